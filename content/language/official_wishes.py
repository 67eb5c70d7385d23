"""
Wishes of officials with a place, a day or a name inside: "gửi tin cho bà con xã Hải Ninh mai họp".

Each function takes time in proportion to the text, of which the first letters are read.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from content.language.words import Token, Vocabulary, tokens

MOST_LETTERS = 500
_MOST_SEATS_DIGITS = 5
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Led:
    """A wish by its lead, and the tokens of the text behind it."""

    wish: str
    rest: Sequence[Token]


@dataclass(frozen=True, slots=True)
class Occasion:
    """The parts of an invitation as they were typed; empty where it says nothing."""

    kind: str
    title: str
    moment: str
    venue: str
    seats: int


def led(text: str) -> Led | None:
    """Find the lead at the beginning of a text; None for any other text."""
    said = tokens(text[:MOST_LETTERS])
    at = _behind(said, 0, "before")
    length, wish = _leads().one(said, at)
    return Led(wish, said[at + length :]) if length else None


def said_from(text: str, said: Sequence[Token]) -> str:
    """The words of a text from the first of these tokens on; empty without one."""
    return _SPACES.sub(" ", text[said[0].start :]).strip(" ,.:-") if said else ""


def audience_in(said: Sequence[Token], place: Sequence[str]) -> tuple[bool, Sequence[Token]]:
    """
    Tell whether people are addressed, and return the words meant for them.

    `place` is the name of the place without marks, word by word; it is left out where it stands before the words.
    """
    addressed, at = False, 0
    while at < len(said):
        length = _group("audience").one(said, at)[0]
        if length:
            addressed = True
        elif place and tuple(token.bare for token in said[at : at + len(place)]) == tuple(place):
            length, addressed = len(place), True
        elif not (length := _group("joins").one(said, at)[0]):
            break
        at += length
    return addressed, said[at:]


def occasion_in(text: str, said: Sequence[Token]) -> Occasion | None:
    """Take an invitation apart; None for one to nothing that is known."""
    first = next((at for at in range(len(said)) if _group("occasions").one(said, at)[0]), None)
    if first is None:
        return None
    seats, without = _seats(said[first:])
    ends = _ends(without)
    title = without[: min([end for _, end in ends], default=len(without))]
    venue = next((_until(without, at, ends) for name, at in ends if name == "venue"), [])
    moment = next((without[at:] for name, at in ends if name == "moment"), [])
    if venue and moment and venue[0].start > moment[0].start:
        moment = [token for token in moment if token.start < venue[0].start]
    named = [kind for at in range(len(said)) if (kind := _kinds().one(said, at)[1])]
    kind = next((one for one in ("councils", "fair", "producers") if one in named), "")
    behind = _behind(venue, 0, "venue")
    return Occasion(kind, _joined(text, title), _joined(text, moment), _joined(text, venue[behind:]), seats)


def asks_next_week(said: Sequence[Token]) -> bool:
    """True for "tuần sau" and nothing else."""
    at = _behind(said, 0, "joins")
    length = _group("next_week").one(said, at)[0]
    return bool(length) and at + length == len(said)


def _seats(said: Sequence[Token]) -> tuple[int, list[Token]]:
    """The number of seats, and the tokens without it."""
    for at, token in enumerate(said[:-1]):
        counted = token.is_whole and len(token.marked) <= _MOST_SEATS_DIGITS
        length = _group("seats").one(said, at + 1)[0] if counted else 0
        if length:
            return int(token.marked), [*said[:at], *said[at + 1 + length :]]
    return 0, list(said)


def _ends(said: Sequence[Token]) -> list[tuple[str, int]]:
    """Where the moment, the venue or a further part begins, each at its first place; the title ends before them."""
    found: dict[str, int] = {}
    for at in range(1, len(said)):
        if _group("venue").one(said, at)[0]:
            found.setdefault("venue", at)
        elif said[at].marked == ",":
            found.setdefault("comma", at)
        elif _group("moment").one(said, at)[0] or _is_hour(said, at):
            found.setdefault("moment", at)
    return sorted(found.items(), key=lambda one: one[1])


def _is_hour(said: Sequence[Token], at: int) -> bool:
    token = said[at]
    return token.is_whole and at + 1 < len(said) and bool(_group("hour").one(said, at + 1)[0])


def _until(said: Sequence[Token], start: int, ends: Sequence[tuple[str, int]]) -> Sequence[Token]:
    """The tokens of one part: up to the next one, or a comma."""
    comma = next((at for at in range(start + 1, len(said)) if said[at].marked == ","), len(said))
    later = min([at for _, at in ends if at > start], default=len(said))
    return said[start : min(comma, later)]


def _joined(text: str, said: Sequence[Token]) -> str:
    return _SPACES.sub(" ", text[said[0].start : said[-1].end]).strip(" ,.:-") if said else ""


def _behind(said: Sequence[Token], at: int, group: str) -> int:
    while (length := _group(group).one(said, at)[0]) > 0:
        at += length
    return at


@lru_cache(maxsize=1)
def _read() -> Mapping[str, Any]:
    read: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return read


@lru_cache(maxsize=16)
def _group(name: str) -> Vocabulary:
    return Vocabulary({name: _read()[name]})


@lru_cache(maxsize=1)
def _leads() -> Vocabulary:
    return Vocabulary(_read()["leads"])


@lru_cache(maxsize=1)
def _kinds() -> Vocabulary:
    return Vocabulary(_read()["kinds"])
