"""Noise: letters without words, laughter, one word alone.  The officials' list of questions gets none of it."""

import re

from content.fold import fold

LEAST_WORDS = 2
_WORD = re.compile(r"[^\W\d_]+")
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnprstvx])?"
    r"[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?"
)
"""A Vietnamese syllable without marks: a beginning, one to three vowels, an end."""
_MASH = re.compile(r"[bcdfghjklmnpqrstvwxz]{6}")
_SHARE = 0.5
"""The least part of the words that are syllables: names and English words are the rest."""


def is_mash(text: str) -> bool:
    """True for keys struck at random: every word has six consonants in a row, which no two joined syllables have."""
    words = _WORD.findall(fold(text))
    return bool(words) and all(_MASH.search(word) for word in words)


def is_bare_syllable(word: str) -> bool:
    """True for a possible syllable written without marks, as `content.fold.fold` returns it."""
    return _SYLLABLE.fullmatch(word) is not None


def reads_as_question(text: str) -> bool:
    """True for a text of at least two different words, most of them Vietnamese; whether it asks is not looked at."""
    words = _WORD.findall(fold(text))
    real = [word for word in words if _SYLLABLE.fullmatch(word)]
    return len(set(real)) >= LEAST_WORDS and len(real) >= _SHARE * len(words)
