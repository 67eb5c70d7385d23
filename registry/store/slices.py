"""
Slices: work on many rows in short units, so that replies are written between them.

A unit of work keeps the one writer busy.  A part of a job therefore takes rows while its `Room` lasts, and says where
the next slice begins.  `scheduler.slicing` runs the slices.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

Place = tuple[str, ...]
"""Where a slice begins: the key of the last row that was looked at, in parts.  Empty: at the first row."""
SECONDS = 0.01
"""The time of the writer after which a slice takes no further row; the last row and the commit come on top."""
PAGE = 50
"""Rows read at once."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The counts of one slice, and where the next one begins; None when every row was looked at."""

    counts: Mapping[str, int] = field(default_factory=dict)
    after: Place | None = None


class Room:
    """The limit of a slice: rows, or seconds of the writer, or both.  Without either it is unlimited."""

    def __init__(self, *, rows: int | None = None, seconds: float | None = None) -> None:
        self._rows = rows
        self._until = None if seconds is None else time.monotonic() + seconds
        self._taken = 0

    def used_up(self) -> bool:
        """True when no further row fits."""
        if self._rows is not None and self._taken >= self._rows:
            return True
        return self._until is not None and time.monotonic() >= self._until

    def take(self) -> bool:
        """Take room for a row; False when it is used up.  The first row always fits."""
        if self._taken and self.used_up():
            return False
        self._taken += 1
        return True


def each(
    find: Callable[[Place, int], Sequence[T]],
    act: Callable[[T], Mapping[str, int]],
    *,
    room: Room,
    after: Place = (),
    place_of: Callable[[T], Place] | None = None,
) -> Slice:
    """
    Act on the rows that `find` gives behind a place (at most a number), while there is room.

    Without `place_of` the rows that were acted on are not found again, so every search begins at the first one.
    A row that is found again nevertheless is acted on once per slice.
    """
    counts: Counter[str] = Counter()
    seen: set[T] = set()
    while True:
        found = find(after, PAGE)
        new = [one for one in found if place_of is not None or one not in seen]
        for one in new:
            if not room.take():
                return Slice(counts, after)
            counts.update(act(one))
            if place_of is None:
                seen.add(one)
            else:
                after = place_of(one)
        if not new:
            return Slice(counts)
