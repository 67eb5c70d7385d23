"""
Vietnamese words: as people type them, as the bot writes and reads them out, and the dangerous and risky ones.

Others import `words.py` (vocabularies), `saying.py` (amounts and days), `aloud.py`, `danger.py` and `risky_words.py`.
"""
