"""The likeness of two short questions: words and letters, without diacritics, order or small words."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from content.fold import fold
from content.language.words import words

SURE = 0.82
"""From here on two questions count as the same one."""
UNSURE = 0.8
"""The most for two questions that differ in more than one word."""
NEAR = 0.55
"""From here on the other question is worth offering."""
_WORD = re.compile(r"[a-z0-9]+")
_KEPT = 2048


def likeness_of(one: str, other: str) -> float:
    """
    Two questions as a number from 0 to 1; 1 for the same words in any order.

    A word exchanged for another one ("lò nung" for "lò sấy"), or two more words, ask something else: such a pair is
    never sure.
    """
    first, second = _features(one), _features(other)
    words_alike, letters_alike = _cosine(first[0], second[0]), _cosine(first[1], second[1])
    alike = round((words_alike + letters_alike) / 2, 6)
    return alike if len(first[0].keys() ^ second[0].keys()) <= 1 else min(alike, UNSURE)


@lru_cache(maxsize=_KEPT)
def _features(text: str) -> tuple[Mapping[str, int], Mapping[str, int]]:
    said = _WORD.findall(fold(text))
    kept = [word for word in said if word not in _small()] or said
    letters = Counter(f" {word} "[at : at + 3] for word in kept for at in range(len(word)))
    return Counter(kept), letters


@lru_cache(maxsize=1)
def _small() -> frozenset[str]:
    return frozenset(fold(word) for word in words()["alike"]["small"])


def _cosine(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    if not one or not other:
        return 0.0
    together = sum(count * other.get(word, 0) for word, count in one.items())
    return together / math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
