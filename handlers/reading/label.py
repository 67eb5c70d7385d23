"""A typed label of a button, apart from the small words people put around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from content.fold import fold
from content.language.words import Token, Vocabulary, tokens, words
from handlers.reading.yesno import read_yesno

MOST_LABEL = 200
"""Letters of a typed label; what is longer is no label."""
MOST_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Spoken:
    """
    What may be a label, without marks and signs: as it was said, and without the small words around it.

    `agreed` is without a yes in front of it as well: "đúng rồi, gửi đi".
    """

    text: str
    plain: frozenset[str]
    agreed: frozenset[str]
    number: int


@lru_cache(maxsize=8)
def _vocabulary(*names: str) -> Vocabulary:
    return Vocabulary({name: words()["pressing"][name] for name in names})


def spoken(text: str) -> Spoken:
    """Take what is said apart; a number is one that stands alone, as in "số 2 ạ", else 0."""
    said = [token for token in tokens(text) if token.bare[0].isalnum()]
    polite = _after(said, 0, "polite")
    agreed = _after(said, 0, "polite", "yes")
    ends = {len(said), _before(said, polite)}
    number = said[_after(said, polite, "number") : _before(said, polite)]
    return Spoken(
        text,
        frozenset(_joined(said[at:end]) for at in (0, polite) for end in ends if end > at) or frozenset({fold(text)}),
        frozenset(_joined(said[agreed:end]) for end in ends if end > agreed),
        int(number[0].marked) if len(number) == 1 and _is_short_number(number[0]) else 0,
    )


def _is_short_number(token: Token) -> bool:
    return token.is_whole and len(token.marked) <= MOST_DIGITS


def _joined(said: Sequence[Token]) -> str:
    return " ".join(token.bare for token in said)


def _after(said: Sequence[Token], at: int, *names: str) -> int:
    """Where it goes on behind the small words; all of it when there is nothing else."""
    while (length := _vocabulary(*names).one(said, at)[0]) and at + length < len(said):
        at += length
    return at


def _before(said: Sequence[Token], first: int) -> int:
    """Where the small words at its end begin."""
    for start in range(first + 1, len(said)):
        at = start
        while (length := _vocabulary("behind").one(said, at)[0]) > 0:
            at += length
        if at == len(said):
            return start
    return len(said)


def bare_label(text: str) -> str:
    return _joined([token for token in tokens(text) if token.bare[0].isalnum()]) or fold(text)


def is_label(text: str, label: str) -> bool:
    """
    Whether a label is typed, with or without marks, perhaps with small words around it.

    "Dừng" is no "Đúng", and "ok không" is no "Không".
    """
    return len(text) <= MOST_LABEL and names(spoken(text), label)


@lru_cache(maxsize=1)
def _instead() -> dict[str, frozenset[str]]:
    listed = words()["instead_of"]
    return {bare_label(label): frozenset(map(bare_label, spellings)) for label, spellings in listed.items()}


def names(said: Spoken, label: str, *, instead: bool = False) -> bool:
    """Whether a label is said; with `instead` also what people say instead of it, as "đi" for "Tôi đi được"."""
    bare = bare_label(label)
    if instead and not _instead().get(bare, frozenset()).isdisjoint(said.plain):
        return True
    if bare not in said.plain and bare not in said.agreed:
        return False
    meant = read_yesno(label).understood
    if meant is False:
        return bare in said.plain
    return meant is None or read_yesno(said.text).understood is not False
