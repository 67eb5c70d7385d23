"""
A button's command as a value: made from a pattern and read back by the same pattern.

`class KeepHour(Action, spelled="/nhacviec gio {hour}")` with the field `hour: int` is the command `/nhacviec gio 7`.
A field is text without blanks, a number, a day, a time of the day, or one of several words (`Literal`).
A field with a default may be missing at the end, with the blank before it.
Patterns are stored in messages that were sent long ago: never change one, add a second.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, time
from types import NoneType
from typing import Any, ClassVar, Literal, Self, dataclass_transform, get_args, get_origin, get_type_hints

MOST_BYTES = 60
"""Telegram takes 64 bytes of callback data (https://core.telegram.org/bots/api#inlinekeyboardbutton)."""
_HOLE = re.compile(r"( ?)\{(\w+)\}")
_READERS: dict[Any, tuple[str, Callable[[str], Any]]] = {
    str: (r"[^ ]+", str),
    int: (r"\d{1,18}", int),
    date: (r"\d{4}-\d\d-\d\d", date.fromisoformat),
    time: (r"\d\d:\d\d", time.fromisoformat),
}


@dataclass_transform(frozen_default=True)
class Action:
    """One command.  Equal values are equal actions; `command` and `parse` are inverse to each other."""

    pattern: ClassVar[str]
    _parts: ClassVar[tuple[str | tuple[str, str], ...]]
    _shape: ClassVar[re.Pattern[str]]
    _readers: ClassVar[dict[str, Callable[[str], Any]]]

    def __init_subclass__(cls, *, spelled: str = "", **given: Any) -> None:
        """List the command; a class without a pattern only holds the fields that several share."""
        super().__init_subclass__(**given)
        dataclass(frozen=True)(cls)
        if not spelled:
            return
        cls.pattern = spelled
        cls._parts = tuple(_parts_of(spelled))
        _LISTED[_head(spelled)].append(cls)

    @property
    def command(self) -> str:
        """The text a button carries, at most 60 bytes of ASCII.  Raises ValueError for a value that has blanks."""
        words = ""
        for part in self._parts:
            if isinstance(part, str):
                words += part
            elif (value := getattr(self, part[1])) is not None:
                words += part[0] + _written(value)
        if len(words.encode("ascii")) > MOST_BYTES or self._matcher().fullmatch(words) is None:
            raise ValueError(f"{words!r} is over {MOST_BYTES} bytes, or cannot be read back: {self!r}.")
        return words

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The action this text spells; None where it does not."""
        found = cls._matcher().fullmatch(text)
        if found is None:
            return None
        try:
            return cls(**{name: cls._readers[name](word) for name, word in found.groupdict().items() if word})
        except ValueError:  # 30 February has the shape of a day
            return None

    @classmethod
    def _matcher(cls) -> re.Pattern[str]:
        """Compiled at the first use: its types may be named before they exist."""
        if "_shape" not in cls.__dict__:
            hints = get_type_hints(cls)
            cls._readers = {one.name: _reader(hints[one.name])[1] for one in fields(cls)}  # type: ignore[arg-type]
            cls._shape = _shape_of(cls, hints)
        return cls._shape

    @classmethod
    def fixed_letters(cls) -> int:
        """How many letters of the pattern are fixed; of two patterns that fit, the one with more is meant."""
        return sum(len(part) for part in cls._parts if isinstance(part, str))


_LISTED: dict[str, list[type[Action]]] = defaultdict(list)


def parse(text: str, *among: type[Action]) -> Action | None:
    """
    The action a text spells; None for everything else.  Of several patterns the one with more fixed words wins.

    `among` reads only these kinds, where other commands spell alike.
    """
    listed = sorted(among or _LISTED.get(_head(text), ()), key=lambda one: -one.fixed_letters())
    return next((found for one in listed if (found := one.read(text)) is not None), None)


def parse_words(command: str, words: str, *among: type[Action]) -> Action | None:
    """The action of a command and the words behind it, as a handler receives them; typed blanks count as one."""
    return parse(" ".join((f"/{command}", *words.split())), *among)


def command_of(action: Action | str) -> str:
    """The text of a button; commands that carry nothing may be plain text."""
    return action if isinstance(action, str) else action.command


def actions() -> Iterator[type[Action]]:
    """Every kind of action, for tests that walk them."""
    for listed in _LISTED.values():
        yield from listed


def _head(text: str) -> str:
    """`/thongbao` of a command; of an answer to the question that waits (`=day_2026-02-01`) its sign."""
    return "=" if text.startswith("=") else text.partition(" ")[0]


def _parts_of(spelled: str) -> Iterator[str | tuple[str, str]]:
    """Fixed words, and holes as (the blank before, the field)."""
    at = 0
    for hole in _HOLE.finditer(spelled):
        if spelled[at : hole.start()]:
            yield spelled[at : hole.start()]
        yield hole[1], hole[2]
        at = hole.end()
    if spelled[at:]:
        yield spelled[at:]


def _shape_of(cls: type[Action], hints: Mapping[str, Any]) -> re.Pattern[str]:
    defaults = {one.name for one in fields(cls) if one.default is not MISSING}  # type: ignore[arg-type]
    shape = ""
    for part in _parts_of(cls.pattern):
        if isinstance(part, str):
            shape += re.escape(part)
            continue
        blank, name = part
        hole = f"{blank}(?P<{name}>{_reader(hints[name])[0]})"
        shape += f"(?:{hole})?" if name in defaults else hole
    return re.compile(shape, re.ASCII)


def _reader(hint: Any) -> tuple[str, Callable[[str], Any]]:
    if get_origin(hint) is Literal:
        return "|".join(re.escape(one) for one in get_args(hint)), str
    if hint in _READERS:
        return _READERS[hint]
    return next(_reader(one) for one in get_args(hint) if one is not NoneType)  # X | None


def _written(value: object) -> str:
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)
