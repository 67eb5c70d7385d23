"""
Trainings and fairs of officials ("gatherings"), and the right to see them.

`events` is the history of applications. Planning is in `planning.py`, invitees in `invitees.py`, answers and seats in
`seats.py`. While a gathering waits for a second official (`approvals.py`) or for its hour (`delays.py`), only
officials see it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, or_, select, update

from content.actions.producers import AnswerInvitation, ShowTopic
from content.places.places import Places
from content.programme.pack import Pack
from registry.broadcasts.approvals import Reason
from registry.people.official_names import known_as
from registry.people.roles import Role, may, role_by_id
from registry.store.rows import gatherings, invitees
from registry.store.sealing import vault_of
from registry.telling import Offer, place_name

KINDS = ("producers", "councils", "fair")
EVENING = time(18)
"""The local hour of the reminder: after work, well before the night."""


NOT_TAKEN_UP: Mapping[str, Any] = {"taken_up_by": None, "taken_up_at": None, "turned_away": None}
"""The columns of a change that was begun, once it is saved, given back or stopped."""


class PastError(ValueError):
    """The day and hour lie behind; nothing was changed."""


class TooSoonError(ValueError):
    """It begins before an invitation could arrive, at `due`; nothing was changed."""

    def __init__(self, due: datetime) -> None:
        super().__init__(f"Invitations leave at {due.isoformat()}, when it has begun. Nothing was changed.")
        self.due = due


class MovedOnError(Exception):
    """Somebody changed, decided or cancelled it since it was read; that was kept, and this was not done."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An official's plan of a gathering; `seats` None means no limit."""

    kind: str
    place: str
    title: str
    venue: str
    starts_at: datetime
    seats: int | None
    lesson: str | None = None  # the id of a topic to read before


@dataclass(frozen=True, slots=True)
class Gathering:
    id: str
    author: str
    role_id: str
    kind: str
    place: str
    title: str
    venue: str
    starts_at: datetime
    seats: int | None
    state: str  # waiting, refused, held, open, cancelled
    version: int
    invited: int
    reasons: tuple[Reason, ...]
    words_by: str
    approved_by: str | None = None
    due_at: datetime | None = None
    taken_up_by: str | None = None
    taken_up_at: datetime | None = None
    turned_away: tuple[str, ...] = ()
    lesson: str | None = None


def gathering(db: Connection, gathering_id: str) -> Gathering | None:
    """One gathering, for those whose right to it was checked."""
    row = db.execute(select(gatherings).where(gatherings.c.id == gathering_id)).one_or_none()
    return None if row is None else _gathering(db, row)


def gathering_for(
    db: Connection, *, gathering_id: str, role: Role, places: Places, on: date, act: str = "event.see"
) -> Gathering | None:
    """Return one gathering within an official's place; None for any other."""
    known = gathering(db, gathering_id)
    if known is None or not may(role, act, known.place, places, on=on):
        return None
    return known


def may_change(db: Connection, role: Role, known: Gathering, places: Places, *, on: date) -> bool:
    """Its author may, a colleague of the same office, and an office above; not one below that it merely reaches."""
    if not may(role, "event.change", known.place, places, on=on):
        return False
    made_by = role_by_id(db, known.role_id)
    return role.person_id == known.author or (made_by is not None and places.within(made_by.place, role.place))


def gatherings_seen_by(
    db: Connection, *, role: Role, places: Places, on: date, since: datetime, limit: int = 8
) -> tuple[Gathering, ...]:
    """Return the coming and recent gatherings in an official's place, the latest day first, without cancelled ones."""
    rows = db.execute(
        select(gatherings)
        .where(gatherings.c.state != "cancelled", gatherings.c.starts_at >= since)
        .order_by(gatherings.c.starts_at.desc(), gatherings.c.id)
    ).all()
    seen = [row for row in rows if may(role, "event.see", row.place, places, on=on)]
    return tuple(_gathering(db, row) for row in seen[:limit])


def lock(db: Connection, gathering_id: str) -> Gathering | None:
    """One gathering as it is now, and until the end of this unit: answers, seats and changes take turns."""
    take_turns(db, gathering_id)
    return gathering(db, gathering_id)


def take_turns(db: Connection, gathering_id: str) -> None:
    """Lock a gathering until the end of the transaction: answers, seats and changes take turns."""
    db.execute(select(gatherings.c.id).where(gatherings.c.id == gathering_id).with_for_update())


def answer_of(db: Connection, *, gathering_id: str, person_id: str) -> str | None:
    """Return an invited person's answer so far; None for somebody who is not invited."""
    found: str | None = db.execute(
        select(invitees.c.state).where(invitees.c.gathering_id == gathering_id, invitees.c.person_id == person_id)
    ).scalar_one_or_none()
    return found


def counts_of(db: Connection, gathering_id: str) -> Mapping[str, int]:
    """Count the answers by kind; `came` counts the people an official saw there."""
    rows = db.execute(
        select(invitees.c.state, func.count()).where(invitees.c.gathering_id == gathering_id).group_by(invitees.c.state)
    )
    counts: dict[str, int] = {row[0]: row[1] for row in rows}
    came = select(func.count()).where(invitees.c.gathering_id == gathering_id, invitees.c.came.is_(True))
    return counts | {"came": db.execute(came).scalar_one()}


def open_ahead(db: Connection, *, now: datetime, before: datetime) -> tuple[Gathering, ...]:
    """Return the gatherings up to a moment whose reminder is due, the soonest first, for the sweep."""
    query = select(gatherings).where(
        gatherings.c.state == "open",
        gatherings.c.starts_at > now,
        gatherings.c.starts_at <= before,
        gatherings.c.reminded_at.is_(None),
        or_(gatherings.c.due_at.is_(None), gatherings.c.due_at <= now),
    )
    return tuple(_gathering(db, row) for row in db.execute(query.order_by(gatherings.c.starts_at)))


def evening_before(known: Gathering, pack: Pack) -> datetime:
    """Return the moment of the reminder: six on the evening of the day before."""
    zone = ZoneInfo(pack.programme.timezone)
    day = known.starts_at.astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(day, EVENING, zone)


def values_of(db: Connection, pack: Pack, known: Gathering) -> dict[str, object]:
    """Return the values that every message about a gathering may use."""
    local = known.starts_at.astimezone(ZoneInfo(pack.programme.timezone))
    role = role_by_id(db, known.role_id)
    return {
        "title": known.title,
        "venue": known.venue,
        "day": local.date(),
        "hour": f"{local:%H:%M}",
        "seats": known.seats or 0,
        "official": known_as(db, role) if role is not None else "",
        "office": place_name(pack, role.place if role is not None else known.place),
    }


def answers_to(known: Gathering) -> tuple[Offer, ...]:
    """The buttons of an invitation."""
    lesson = () if known.lesson is None else ((ShowTopic(known.lesson), "event.lesson"),)
    return (accept_button(known), decline_button(known), (AnswerInvitation(known.id, "sau"), "event.later"), *lesson)


def accept_button(known: Gathering) -> Offer:
    return (AnswerInvitation(known.id, "di"), "event.yes")


def decline_button(known: Gathering) -> Offer:
    return (AnswerInvitation(known.id, "khong"), "event.no")


def sealed_words(db: Connection, gathering_id: str, planned: Planned | Gathering) -> bytes:
    """Seal the title, the venue and the lesson; rows of earlier releases have no lesson."""
    given = {"title": planned.title, "venue": planned.venue, "lesson": planned.lesson}
    words = json.dumps({name: value for name, value in given.items() if value is not None}, ensure_ascii=False)
    return vault_of(db).seal_common(f"gatherings:words:{gathering_id}", words)


def _gathering(db: Connection, row: Row[Any]) -> Gathering:
    words = json.loads(vault_of(db).unseal_common(f"gatherings:words:{row.id}", row.words_sealed))
    return Gathering(
        row.id, row.author, row.role_id, row.kind, row.place, words["title"], words["venue"], row.starts_at,
        row.seats, row.state, row.version, row.invited, tuple(row.reasons), row.words_by, row.approved_by, row.due_at,
        row.taken_up_by, row.taken_up_at, tuple(row.turned_away or ()), words.get("lesson"),
    )  # fmt: skip


def invitations_of(db: Connection, *, person_id: str) -> tuple[tuple[Gathering, str], ...]:
    """Return a person's invitations with their answers, for the copy of their data; the soonest first."""
    rows = db.execute(
        select(gatherings, invitees.c.state.label("answered"))
        .join(invitees, invitees.c.gathering_id == gatherings.c.id)
        .where(
            invitees.c.person_id == person_id,
            # one that was stopped before it left invited nobody
            or_(gatherings.c.state == "open", (gatherings.c.state == "cancelled") & invitees.c.told_at.is_not(None)),
        )
        .order_by(gatherings.c.starts_at, gatherings.c.id)
    )
    return tuple((_gathering(db, row), row.answered) for row in rows)


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move every part an official had in a gathering over: nobody approves their own words under another account."""
    for column in (gatherings.c.author, gatherings.c.words_by, gatherings.c.approved_by, gatherings.c.taken_up_by):
        db.execute(update(gatherings).where(column == gone).values({column: keep}))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Keep the rows: a gathering belongs to the office."""
