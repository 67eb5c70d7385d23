"""Syllables of Vietnamese: whether a word can be one, with its marks, or with letters that were lost."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, product, zip_longest
from pathlib import Path

import yaml

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_MOST_LOST = 2
_CHECKED = ("c", "ch", "p", "t", "k")
"""A syllable that ends in one of these has a rising or a heavy tone."""
_CHECKED_TONES = "\u0301\u0323"
_VOWELS = "aăâeêioôơuưy"
_BEGINNING = re.compile(f"qu|gi(?=[{_VOWELS}])|[^{_VOWELS}]*")
LONGEST_SYLLABLE = 8  # letters, "nghiêng" has 7


@lru_cache(maxsize=16384)
def is_syllable(word: str) -> bool:
    """
    True for a possible syllable, small or with capitals as names have them: 'hoà', 'hòa', 'Nghiêng', 'XÃ'.

    Its tone is on a letter that can have it: not 'xaõ', and not 'tìên'.
    """
    if not 0 < len(word) <= LONGEST_SYLLABLE or not (word.islower() or word.isupper() or word.istitle()):
        return False
    base, tone = _apart(word)
    if len(tone) > 1 or base not in _bases():
        return False
    if tone:
        return _has_tone_in_place(word, base) and (not base.endswith(_CHECKED) or tone in _CHECKED_TONES)
    return base.isascii() or not base.endswith((*_CHECKED, "ưi"))  # gửi, ngửi: never without a tone


def may_be_syllable(word: str, lost: str) -> bool:
    """True for a syllable in which each run of at most three `lost` letters is one vowel or đ: 'H?p', 'Nguy??n'."""
    kept = re.split(f"[{re.escape(lost)}]{{1,3}}", _apart(word)[0])
    if len(kept) - 1 > _MOST_LOST:
        return False
    bases = _bases()
    return any(
        "".join(chain.from_iterable(zip_longest(kept, letters, fillvalue=""))) in bases
        for letters in product(f"{_VOWELS}đ", repeat=len(kept) - 1)
    )


def _has_tone_in_place(word: str, base: str) -> bool:
    """The tone is on the main vowel; in oa, oe and uy it is on either letter."""
    at = next(at for at, letter in enumerate(word) if _apart(letter)[1])
    first = len(_BEGINNING.match(base)[0])  # type: ignore[index]  # it matches the empty string, too
    rime, at = base[first:], at - first
    if at < 0 or rime[at] not in _VOWELS:
        return False
    main = [where for where, letter in enumerate(rime) if letter in "ăâêôơ"]
    if main:
        return at == main[-1]
    return not (at and at == len(rime) - 1 and rime[at] in "iyou" and rime != "uy")


def _apart(word: str) -> tuple[str, str]:
    """The letters without their tone, and the tone."""
    letters = unicodedata.normalize("NFD", word.lower())
    base = "".join(letter for letter in letters if letter not in _TONES)
    return unicodedata.normalize("NFC", base).replace("ð", "đ"), "".join(one for one in letters if one in _TONES)


@lru_cache(maxsize=1)
def _bases() -> frozenset[str]:
    return frozenset(_made())


def _made() -> Iterator[str]:
    parts: dict[str, str] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    yield from parts["names"].split()
    for rime in parts["rimes"].split():
        yield rime
        for beginning in parts["beginnings"].split():
            yield beginning + rime
            if beginning == "qu":
                yield beginning + rime.removeprefix("u")
            elif beginning == "gi":
                yield beginning + rime.removeprefix("i")
