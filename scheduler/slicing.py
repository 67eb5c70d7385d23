"""
A job in slices: parts in order, each slice one short unit of work.

Every job has this shape, so `scheduler.ticks` runs all of them alike.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from content.programme.pack import Pack
from registry.store.slices import Place, Room, Slice
from registry.telling import Teller


@dataclass(frozen=True, slots=True)
class Work:
    """The things a slice works with; its unit of work commits it."""

    db: Connection
    pack: Pack
    tell: Teller
    now: datetime
    room: Room = field(default_factory=Room)


Part = Callable[[Work, Place], Slice]
Job = Sequence[Part]


@dataclass(frozen=True, slots=True)
class At:
    """Where the next slice of a job begins: its part, and the place in it."""

    part: int = 0
    after: Place = ()


BEGINNING = At()


def next_slice(job: Job, work: Work, at: At = BEGINNING) -> tuple[dict[str, int], At | None]:
    """
    Work from a place while there is room; return the counts, and the place of the next slice or None at the end.

    Short parts share a slice.
    """
    counts: Counter[str] = Counter()
    after = at.after
    for number in range(at.part, len(job)):
        done = job[number](work, after)
        counts.update(done.counts)
        if done.after is not None:
            return dict(counts), At(number, done.after)
        if work.room.used_up() and number + 1 < len(job):
            return dict(counts), At(number + 1)
        after = ()
    return dict(counts), None


class Sweep(Protocol):
    """A whole job in the unit of work of its caller."""

    def __call__(self, db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]: ...


def whole(job: Job) -> Sweep:
    """Return the function that does all of a job in one unit of work: for few rows."""

    def sweep(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]:
        counts, _ = next_slice(job, Work(db, pack, tell, now))
        return counts

    return sweep


def at_once(name: str, act: Callable[[Work], int]) -> Part:
    """Return the part for an act whose cost does not depend on the number of people; its count has this name."""

    def part(work: Work, after: Place) -> Slice:  # noqa: ARG001  it has no rows to go through
        return Slice({name: act(work)})

    return part
