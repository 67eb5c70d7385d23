"""The words people type, read once from `words.yaml`: numbers, units, days, yes and no."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from content.fold import fold


@lru_cache(maxsize=1)
def words() -> Mapping[str, Any]:
    """Read the list of words; cached."""
    loaded: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return loaded


_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a word or a sign of a text, as typed (small letters) and without marks."""

    marked: str
    bare: str
    start: int
    end: int
    glued: bool  # no blank before it

    @property
    def is_number(self) -> bool:
        return self.marked[0] in _DIGITS

    @property
    def is_whole(self) -> bool:
        return self.is_number and self.marked.isdigit()


def marks(word: str) -> tuple[str, ...]:
    """Name the marks of a word in a fixed order, independent of their position; the bar of đ is one."""
    return tuple(
        sorted(
            letter for letter in unicodedata.normalize("NFD", word) if letter == "đ" or unicodedata.combining(letter)
        ),
    )


def _within(few: Sequence[str], many: Sequence[str]) -> bool:
    left = list(many)
    for mark in few:
        if mark not in left:
            return False
        left.remove(mark)
    return True


@dataclass(frozen=True, slots=True)
class _Spelling:
    words: tuple[str, ...]
    marks: tuple[tuple[str, ...], ...]
    meaning: str
    exact_only: bool


class Vocabulary:
    """
    Spellings of one or more words, each with its meaning.

    A typed word matches a spelling when its letters agree and every mark it has is in the spelling.
    So 'tan', 'tân' and 'tấn' are tấn, but 'bà' is not ba.
    Words typed with marks exactly as listed have that meaning only.
    The spellings of a vocabulary `behind` count, too; where both agree, those listed here come first.
    """

    def __init__(self, meanings: Mapping[str, Iterable[str]], behind: "Vocabulary | None" = None) -> None:
        self._spellings: dict[tuple[str, ...], list[_Spelling]] = {}
        self._longest: dict[str, int] = {}
        for meaning, spellings in meanings.items():
            for spelling in spellings:
                self._add(spelling, str(meaning))
        for bare, entries in (behind.spellings if behind is not None else {}).items():
            self._spellings.setdefault(bare, []).extend(entries)
            self._longest[bare[0]] = max(len(bare), self._longest.get(bare[0], 0))

    def _add(self, spelling: str, meaning: str) -> None:
        exact_only = spelling.startswith("=") and len(spelling) > 1
        parts = tuple(token.marked for token in tokens(spelling.removeprefix("=") if exact_only else spelling))
        bare = tuple(fold(part) for part in parts)
        entry = _Spelling(parts, tuple(marks(part) for part in parts), meaning, exact_only)
        self._spellings.setdefault(bare, []).append(entry)
        self._longest[bare[0]] = max(len(bare), self._longest.get(bare[0], 0))

    @property
    def spellings(self) -> Mapping[tuple[str, ...], Sequence[_Spelling]]:
        """The spellings by their words without marks."""
        return self._spellings

    @property
    def first_words(self) -> frozenset[str]:
        """The words, without marks, with which a spelling begins."""
        return frozenset(self._longest)

    def match(self, said: Sequence[Token], at: int) -> tuple[int, tuple[str, ...]]:
        """Find the longest spelling at a place: how many tokens it takes (0 for none) and what it may mean."""
        if at >= len(said):
            return 0, ()
        for length in range(min(self._longest.get(said[at].bare, 0), len(said) - at), 0, -1):
            piece = said[at : at + length]
            spellings = self._spellings.get(tuple(token.bare for token in piece), ())
            found = self._meanings(piece, spellings)
            if found:
                return length, found
        return 0, ()

    def _meanings(self, piece: Sequence[Token], spellings: Iterable[_Spelling]) -> tuple[str, ...]:
        typed = tuple(token.marked for token in piece)
        typed_marks = tuple(marks(word) for word in typed)
        if any(typed_marks):
            exact = tuple(dict.fromkeys(s.meaning for s in spellings if s.words == typed))
            if exact:
                return exact
        return tuple(
            dict.fromkeys(
                s.meaning
                for s in spellings
                if (s.words == typed)
                or (
                    not s.exact_only and all(_within(few, many) for few, many in zip(typed_marks, s.marks, strict=True))
                )
            ),
        )

    def one(self, said: Sequence[Token], at: int) -> tuple[int, str]:
        """Find the longest spelling at a place, with the meaning listed first; (0, '') for none."""
        length, found = self.match(said, at)
        return (length, found[0]) if length else (0, "")


def _kind(letter: str) -> str:
    if letter in _DIGITS:
        return "number"
    if letter.isalpha() or unicodedata.combining(letter):
        return "word"
    return "sign"


def tokens(text: str) -> list[Token]:
    """
    Split a text into numbers (with the dots and commas inside them), words and signs.

    Takes time in proportion to the text.
    """
    small = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    found: list[Token] = []
    at = 0
    while at < len(small):
        letter = small[at]
        if letter.isspace():
            at += 1
            continue
        kind = _kind(letter)
        end = at + 1
        if kind != "sign":
            while end < len(small) and (
                _kind(small[end]) == kind
                or (kind == "number" and small[end] in ".," and end + 1 < len(small) and small[end + 1] in _DIGITS)
            ):
                end += 1
        word = small[at:end]
        found.append(Token(word, fold(word) or word, at, end, glued=bool(found) and found[-1].end == at))
        at = end
    return found


@lru_cache(maxsize=64)
def vocabulary(section: str) -> Vocabulary:
    """Give the spellings of one section of the list."""
    return Vocabulary(words()[section])
