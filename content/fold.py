"""Comparing Vietnamese words the way people type them: with or without marks, in any normal form."""

import re
import unicodedata

_BLANKS = re.compile(r"\s+")
_KEPT_FORMAT = {"\u200d"}  # joins the parts of one emoji
_VARIATION = {"\ufe0e", "\ufe0f"}


def clean(text: str) -> str:
    """
    Bring text that enters to NFC without control, direction or private letters.

    Line breaks and tabs stay; lone surrogates, NUL, bidirectional overrides,
    zero-width blanks and the private area (our markup) go.
    """
    kept = []
    for letter in text.replace("\r\n", "\n").replace("\r", "\n"):
        category = unicodedata.category(letter)
        if (
            letter in "\n\t"
            or letter in _KEPT_FORMAT
            or letter in _VARIATION
            or category not in {"Cc", "Cf", "Cs", "Co", "Cn"}
        ):
            kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def fold(text: str) -> str:
    """Drop marks, make đ a d and all letters small, one blank between words: 'Nước  MẮM' → 'nuoc mam'."""
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _BLANKS.sub(" ", bare.replace("đ", "d").replace("Đ", "D").casefold()).strip()


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
