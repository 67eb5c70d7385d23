"""
Voices in both directions: what producers said is typed and confirmed, what officials spoke is played.

One command each: `goloi` types for an office, `loinoi` confirms for a producer, `thuam` records, `nghe` plays.
"""
