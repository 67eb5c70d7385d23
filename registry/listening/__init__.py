"""
Voices: what people say under a question, and the texts of the pack as officials have spoken them.

`enclosures` keeps everything that was sent under a question without being its answer, and owns the state of a voice
that waits to be typed.  `prompts` keeps the spoken texts.  Their bytes are rows of `registry.applications.files`.
"""
