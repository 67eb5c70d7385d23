"""
Readers of single answers: an amount, a day, a place, a phone number, a yes or no.  Each returns a `Reading`.

Every module named after an answer may be imported; `heard`, `numeral`, `day_words` and `day_patterns` serve them.
"""
