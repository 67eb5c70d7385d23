"""
Places without unasked messages for a time: a flood, a storm, a house of mourning in the whole village.

A pause is an official's act with an end; messages due meanwhile are put off until then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Column, Connection, ForeignKey, Table, Text, insert, select, update

from content.places.places import Places
from content.programme.pack import Pack
from registry.deadlines import occurrences
from registry.deadlines.deadlines import closing_moment, day_of, lock
from registry.deliveries import notices
from registry.people.people import set_preference
from registry.people.roles import NotAllowedError, Role, may
from registry.store.audit import record
from registry.store.rows import UTCDateTime, id_column, metadata, new_id, people
from registry.store.tombstones import Kind, note

pauses = Table(
    "pauses",
    metadata,
    id_column(),
    Column("place", Text, nullable=False, index=True),
    Column("by", Text, ForeignKey("people.id"), nullable=False),
    Column("began_at", UTCDateTime, nullable=False),
    Column("ends_at", UTCDateTime, nullable=False),  # ended earlier, it is moved forward
)
"""Places without unasked messages for a time: a flood, a storm."""


PAUSED = "paused"
PLACE_PAUSED = "the place is paused"
"""The reasons of a skipped or delayed message: the person's own pause, or that of their place."""
LONGEST = timedelta(days=31)
"""The longest pause; an official who needs a longer one pauses again, and looks at it once more."""


class UnfitEndError(Exception):
    """The end of a pause has passed, or is too far ahead; nothing was changed."""

    def __init__(self, latest: date) -> None:
        super().__init__(f"A pause ends today at the earliest and on {latest} at the latest. Nothing was changed.")
        self.latest = latest


@dataclass(frozen=True, slots=True)
class Pause:
    id: str
    place: str
    by: str
    ends_at: datetime


def pause_place(db: Connection, *, pack: Pack, place: str, last: date, role: Role, on: date, now: datetime) -> None:
    """Send nothing unasked to a place up to and including a day; a pause under way gets the new end."""
    if not may(role, "place.pause", place, pack.places, on=on):
        raise NotAllowedError("place.pause")
    latest = on + LONGEST
    if not on <= last <= latest:
        raise UnfitEndError(latest)
    ends_at = closing_moment(pack, last)
    # all that go on: of two officials who pause at once each writes a row, and the last word counts for both
    goes_on = db.execute(
        update(pauses)
        .where(pauses.c.place == place, pauses.c.began_at <= now, pauses.c.ends_at > now)
        .values(ends_at=ends_at, by=role.person_id)
    ).rowcount
    if goes_on:
        _look_again(db, reason=PLACE_PAUSED, now=now)  # it may end sooner now
    else:
        db.execute(insert(pauses).values(id=new_id(), place=place, by=role.person_id, began_at=now, ends_at=ends_at))
    note(db, Kind.PLACE, place, now=now, until=ends_at.isoformat(), by=role.person_id)
    record(db, now=now, actor=role.person_id, act="place.pause", noun="place", noun_id=place, until=ends_at.isoformat())


def end_pause(db: Connection, *, pack: Pack, place: str, role: Role, on: date, now: datetime) -> bool:
    """End the pause of a place now and send the delayed messages; False when there is none."""
    if not may(role, "place.pause", place, pack.places, on=on):
        raise NotAllowedError("place.pause")
    ended = db.execute(
        update(pauses).where(pauses.c.place == place, pauses.c.ends_at > now).values(ends_at=now)
    ).rowcount
    if ended:
        _look_again(db, reason=PLACE_PAUSED, now=now)
        note(db, Kind.PLACE, place, now=now, until=now.isoformat(), by=role.person_id)
        record(db, now=now, actor=role.person_id, act="place.resume", noun="place", noun_id=place)
    return bool(ended)


def take_messages_again(db: Connection, *, person_id: str, now: datetime) -> None:
    """End a person's own pause, or their stop, and send the delayed messages."""
    set_preference(db, person_id=person_id, stopped_at=None, paused_until=None)
    _look_again(db, reason=PAUSED, now=now, person_id=person_id)


def _look_again(db: Connection, *, reason: str, now: datetime, person_id: str | None = None) -> None:
    """Let the next sweep decide again; people in another paused place still wait."""
    lock(db)  # a sweep that puts something off at this moment has done so before we look
    occurrences.look_again(db, reason=reason, now=now, person_id=person_id)
    notices.look_again(db, reason=reason, now=now, person_id=person_id)


def pauses_now(db: Connection, *, now: datetime) -> tuple[Pause, ...]:
    """The pauses that hold at this moment."""
    rows = db.execute(
        select(pauses.c.id, pauses.c.place, pauses.c.by, pauses.c.ends_at)
        .where(pauses.c.began_at <= now, pauses.c.ends_at > now)
        .order_by(pauses.c.ends_at, pauses.c.id)
    )
    return tuple(Pause(*row) for row in rows)


def paused_until(held: Iterable[Pause], places: Places, place: str | None) -> datetime | None:
    """Return the end of the latest pause that covers a place, of it or of a place above it."""
    if place is None:
        return None
    return max((one.ends_at for one in held if places.within(place, one.place)), default=None)


def paused_places(held: Iterable[Pause], places: Places) -> frozenset[str]:
    """Every place a pause holds in."""
    return frozenset(code for one in held for code in places.subtree(one.place))


def last_day_of(pack: Pack, pause: Pause) -> date:
    return day_of(pack, pause.ends_at)


def people_of(db: Connection, *, places: Places, place: str) -> int:
    """Count the people a pause of a place would spare."""
    rows = db.execute(select(people.c.place).where(people.c.place.is_not(None), people.c.erased_at.is_(None)))
    return sum(places.within(row.place, place) for row in rows)


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move the pauses an official made over."""
    db.execute(update(pauses).where(pauses.c.by == gone).values(by=keep))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Keep the rows: a pause belongs to its place."""
