"""Comparing Vietnamese words the way people type them: with or without marks, in any normal form."""

import re
import unicodedata
from difflib import SequenceMatcher

ALIKE = 0.8
"""Two broadcasts with at least this likeness count as the same text with small changes."""
_WORD = re.compile(r"[^\W_]+")
_LONGEST_COMPARED = 3000
_MARKS = ("\u0300", "\u0301", "\u0302", "\u0303", "\u0306", "\u0309", "\u031b", "\u0323")
"""The marks of Vietnamese: grave, acute, circumflex, tilde, breve, hook, horn, dot."""
_KEPT_FORMAT = {"\u200d"}  # joins the parts of one emoji
_SOFT_HYPHEN = "\u00ad"
_TCVN3 = re.compile("[µ¶¸¹¨¬ªßåæçëîïñöøûüþ¾¼Þ]")  # letters of this font that no Vietnamese text has
_VARIATION = {"\ufe0e", "\ufe0f"}


_LOOKALIKES = {
    ord("\u00d0"): "\u0110",
    ord("\u00f0"): "\u0111",
    0x3000: " ",
    **{wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)},
}
"""The Icelandic eth typed for đ by old keyboards, and the wide forms of ASCII."""


def clean(text: str) -> str:
    """
    Bring incoming text to NFC without control, direction or private-use letters.

    The letter eth becomes đ, and wide digits and letters become narrow.

    Line breaks and tabs stay.  Lone surrogates, NUL, bidirectional overrides, zero-width blanks and the private-use
    area (our markup) are removed.  A soft hyphen stays among signs of TCVN3: it is the ư of that font
    (`content/language/legacy.py`).
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = text.translate(_LOOKALIKES)
    if text.replace("\n", "").replace("\t", "").isprintable():  # the usual case: nothing to remove
        return unicodedata.normalize("NFC", text).strip()
    in_legacy_font = _TCVN3.search(text) is not None
    kept = []
    for letter in text:
        category = unicodedata.category(letter)
        if (
            letter in "\n\t"
            or letter in _KEPT_FORMAT
            or letter in _VARIATION
            or (letter == _SOFT_HYPHEN and in_legacy_font)
            or category not in {"Cc", "Cf", "Cs", "Co", "Cn"}
        ):
            kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def fold(text: str) -> str:
    """
    Drop marks, turn đ into d and capitals into small letters, keep one blank: 'Nước  MẮM' → 'nuoc mam'.

    The letters ð and Ð (U+00F0, U+00D0) look like đ and Đ, and old programs write them instead.
    """
    bare = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D").replace("ð", "d").replace("Ð", "D")
    for mark in _MARKS:
        bare = bare.replace(mark, "")
    if not bare.isascii():  # letters of other languages, with their marks
        bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())


_VIETNAMESE = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}


def sort_key(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Order names as Vietnamese dictionaries do (a ă â … d đ …), letters first, then tones."""
    letters: list[int] = []
    tones: list[int] = []
    for letter in unicodedata.normalize("NFC", text).casefold():
        parts = unicodedata.normalize("NFD", letter)
        tone = next((_TONES[mark] for mark in parts if mark in _TONES), 0)
        base = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in _TONES))
        found = _VIETNAMESE.find(base)
        letters.append(found + 1000 if found >= 0 else ord(base[0]))
        tones.append(tone)
    return tuple(letters), tuple(tones)


def likeness(one: str, other: str) -> float:
    """
    The share of words, from 0 to 1, that both texts have in the same order.

    Diacritics, signs and capitals do not count, nor does anything after 3000 letters.
    """
    first, second = _WORD.findall(fold(one[:_LONGEST_COMPARED])), _WORD.findall(fold(other[:_LONGEST_COMPARED]))
    if not first or not second:
        return 0.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
