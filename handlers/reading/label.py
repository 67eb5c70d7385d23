"""A typed label of a button, apart from the small words people put around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from content.fold import fold
from content.language.words import Token, Vocabulary, tokens, words
from handlers.reading.yesno import read_yesno

MOST_LABEL = 200
"""Letters of a typed label; longer texts are not labels."""
MOST_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Spoken:
    """
    Words that may be a label, without marks and signs: as typed, and without the small words around them.

    `agreed` is also without a yes in front: "đúng rồi, gửi đi".
    """

    text: str
    plain: frozenset[str]
    agreed: frozenset[str]
    number: int


@lru_cache(maxsize=8)
def _vocabulary(*names: str) -> Vocabulary:
    return Vocabulary({name: words()["pressing"][name] for name in names})


def spoken(text: str) -> Spoken:
    """Take words apart; `number` is a number said alone, as in "số 2 ạ", else 0."""
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
    """The place after the small words; the first place if there are no others."""
    while (length := _vocabulary(*names).one(said, at)[0]) and at + length < len(said):
        at += length
    return at


def _before(said: Sequence[Token], first: int) -> int:
    """The place where the small words at the end begin."""
    for start in range(first + 1, len(said)):
        at = start
        while (length := _vocabulary("behind").one(said, at)[0]) > 0:
            at += length
        if at == len(said):
            return start
    return len(said)


@dataclass(frozen=True, slots=True)
class Label:
    """A label, taken apart once: its words without marks, and the yes or no it means."""

    bare: str
    meant: bool | None


def label_of(text: str) -> Label:
    return Label(bare_label(text), read_yesno(text).understood)


def bare_label(text: str) -> str:
    return _joined([token for token in tokens(text) if token.bare[0].isalnum()]) or fold(text)


def is_label(text: str, label: str) -> bool:
    """
    True for a typed label, with or without marks, perhaps with small words around it.

    "Dừng" is not "Đúng", and "ok không" is not "Không".
    """
    return len(text) <= MOST_LABEL and names(spoken(text), label)


@lru_cache(maxsize=1)
def _instead() -> dict[str, frozenset[str]]:
    listed = words()["instead_of"]
    return {bare_label(label): frozenset(map(bare_label, spellings)) for label, spellings in listed.items()}


def names(said: Spoken, label: str, *, instead: bool = False) -> bool:
    """True if the words are this label; with `instead` also other words for it, as "đi" for "Tôi đi được"."""
    bare = bare_label(label)
    if instead and not _instead().get(bare, frozenset()).isdisjoint(said.plain):
        return True
    return (bare in said.plain or bare in said.agreed) and names_label(said, label_of(label))


def names_label(said: Spoken, label: Label) -> bool:
    """As `names`, for a label that was taken apart before."""
    if label.bare not in said.plain and label.bare not in said.agreed:
        return False
    if label.meant is False:
        return label.bare in said.plain
    return label.meant is None or read_yesno(said.text).understood is not False
