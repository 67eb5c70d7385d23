"""How much two texts say the same, so that nobody is told one thing twice by mistake."""

import re
from difflib import SequenceMatcher

from content.fold import fold

ALIKE = 0.8
"""From here on two announcements are taken for the same one, worded a little otherwise."""
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 3000


def likeness(one: str, other: str) -> float:
    """From 0 to 1: the share of words that stand in both in the same order; marks, signs and size do not count."""
    first, second = _WORD.findall(fold(one[:_LONGEST])), _WORD.findall(fold(other[:_LONGEST]))
    if not first or not second:
        return 0.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
