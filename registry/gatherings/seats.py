"""Answers to an invitation, seats, the line for them, and the notices to people who come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, exists, func, select, text, update

from content.decent_hours import out_of_the_night
from content.programme.pack import Pack
from registry.deliveries.deliveries import cancel as cancel_pending
from registry.deliveries.deliveries import enqueue
from registry.deliveries.keys import WHILE_IT_STANDS, Key, Purpose, Subject, gathering_notice
from registry.deliveries.states import Reason
from registry.gatherings.gatherings import Gathering, answer_of, decline_button, lock, values_of
from registry.gatherings.invitees import set_invitee
from registry.people.people import person
from registry.store.audit import record
from registry.store.rows import gatherings, invitees
from registry.store.slices import Place, Room, Slice
from registry.telling import Offer, Teller

Answer = Literal["yes", "no", "later"]
SEATED_AT_ONCE = 5
"""Seats given between two looks at the room of a slice."""
_IS_OPEN = text("gatherings.state = 'open'")
_HAS_SEAT = text("invitees.state = 'yes'")
_WAITS = text("invitees.state = 'waiting'")
"""Written out: SQLite uses a partial index only for a condition without parameters."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of an answer: yes, waiting (with the number in the line), no, later, over or cancelled."""

    gathering: Gathering
    became: str
    number: int = 0


def answer(
    db: Connection, *, pack: Pack, gathering_id: str, person_id: str, given: Answer, now: datetime, tell: Teller
) -> Reply | None:
    """
    Record an invited person's answer; None for a person who was not invited, as for an unknown gathering.

    Idempotent. A yes to a full house waits in line and moves up by itself. "Later" does not give a promised seat
    away.
    """
    known = lock(db, gathering_id)
    before = answer_of(db, gathering_id=gathering_id, person_id=person_id)
    if known is None or before is None or known.state not in {"open", "cancelled"}:
        return None
    if known.state == "cancelled":
        return Reply(known, "cancelled")
    if known.starts_at <= now:
        return Reply(known, "over")
    if before in {"yes", "waiting"} and given != "no":
        return Reply(known, before, _number_in_line(db, known.id, person_id))
    became: str = given
    if given == "yes":
        _seat_the_line(db, pack, known, tell, now)  # somebody may have left without an answer; the line goes first
        if known.seats is not None and _taken(db, known.id) >= known.seats:
            became = "waiting"
    if became != before:
        set_invitee(db, known.id, person_id, state=became, answered_at=now)
        record(db, now=now, actor=person_id, act="event.answer", noun="gathering", noun_id=known.id, answer=became)
    if given == "no":
        cancel_pending(
            db,
            subject=Subject.GATHERING,
            subject_id=known.id,
            purposes=WHILE_IT_STANDS,
            reason=Reason.DOES_NOT_COME,
            person_id=person_id,
        )
    if before == "yes":
        _seat_the_line(db, pack, known, tell, now)
    return Reply(known, became, _number_in_line(db, known.id, person_id))


def with_a_line(db: Connection, *, now: datetime, behind: str = "") -> tuple[str, ...]:
    """The gatherings still to come for which somebody waits: a seat may be free where people left or became one."""
    line = exists().where(invitees.c.gathering_id == gatherings.c.id, _WAITS)
    query = select(gatherings.c.id).where(_IS_OPEN, gatherings.c.starts_at > now, gatherings.c.id > behind, line)
    return tuple(db.execute(query.order_by(gatherings.c.id)).scalars())


def fill_lines(db: Connection, *, pack: Pack, tell: Teller, now: datetime, room: Room, after: Place = ()) -> Slice:
    """Give the free seats of all gatherings to their lines.  Those beyond the room wait for the next slice."""
    seated, behind = 0, after[0] if after else ""
    for gathering_id in with_a_line(db, now=now, behind=behind):
        more = 1
        while more:
            if not room.take():
                return Slice({"seated": seated}, (behind,))
            more = fill_seats(db, pack=pack, gathering_id=gathering_id, tell=tell, now=now, most=SEATED_AT_ONCE)
            seated += more
        behind = gathering_id
    return Slice({"seated": seated})


def fill_seats(
    db: Connection, *, pack: Pack, gathering_id: str, tell: Teller, now: datetime, most: int | None = None
) -> int:
    """
    Give free seats to the people in line, in the order of their answers, and notify them. Idempotent.

    At most a number of seats at a time; call again.
    """
    known = lock(db, gathering_id)
    if known is None or known.state != "open" or known.starts_at <= now:
        return 0
    return _seat_the_line(db, pack, known, tell, now, most)


def _seat_the_line(
    db: Connection, pack: Pack, known: Gathering, tell: Teller, now: datetime, most: int | None = None
) -> int:
    """The same for a gathering this unit has locked: counting and giving must not be two units' work at once."""
    waiting = (
        select(invitees.c.person_id)
        .where(invitees.c.gathering_id == known.id, _WAITS)
        .order_by(invitees.c.answered_at, invitees.c.person_id)
    )
    if known.seats is not None:
        free = max(known.seats - _taken(db, known.id), 0)
        most = free if most is None else min(most, free)
    if most is not None:
        waiting = waiting.limit(most)
    seated = db.execute(waiting).scalars().all()
    for person_id in seated:
        set_invitee(db, known.id, person_id, state="yes")
        key = gathering_notice(known.id, Purpose.SEAT, f"{now:%Y%m%d%H%M%S}", person_id)
        _notice(db, pack, known, person_id, key, "event.seat_free", (decline_button(known),), tell, now)
    return len(seated)


def _taken(db: Connection, gathering_id: str) -> int:
    """The number of people with a seat."""
    seated = select(func.count()).select_from(invitees).where(invitees.c.gathering_id == gathering_id, _HAS_SEAT)
    return db.execute(seated).scalar_one()


def coming_to(db: Connection, gathering_id: str, *, behind: str = "", most: int | None = None) -> tuple[str, ...]:
    """Return the people with a seat, behind an id, in the order of their ids."""
    return tuple(
        db.execute(
            select(invitees.c.person_id)
            .where(invitees.c.gathering_id == gathering_id, invitees.c.person_id > behind, _HAS_SEAT)
            .order_by(invitees.c.person_id)
            .limit(most)
        ).scalars()
    )


def take_evening(db: Connection, *, known: Gathering, now: datetime) -> bool:
    """Claim the reminder of the evening before, as it was read; of two sweeps one gets it, until the day is moved."""
    done = db.execute(
        update(gatherings)
        .where(
            gatherings.c.id == known.id,
            gatherings.c.version == known.version,
            gatherings.c.reminded_at.is_(None),
            gatherings.c.state == "open",
        )
        .values(reminded_at=now)
    )
    return done.rowcount == 1


def coming(db: Connection, gathering_id: str) -> tuple[str, ...]:
    """The people who said yes or wait for a seat."""
    waiting = select(invitees.c.person_id).where(invitees.c.gathering_id == gathering_id, _WAITS)
    return (*coming_to(db, gathering_id), *db.execute(waiting).scalars())


def tell_coming(
    db: Connection, pack: Pack, known: Gathering, key: str, actions: tuple[Offer, ...], tell: Teller, now: datetime
) -> int:
    """Notify people who said yes or wait for a seat; cancel queued messages about an earlier day or seat."""
    told = 0
    for person_id in coming(db, known.id):
        cancel_pending(
            db,
            subject=Subject.GATHERING,
            subject_id=known.id,
            purposes=(Purpose.CHANGED, Purpose.SEAT),
            reason=Reason.SUPERSEDED,
            person_id=person_id,
        )
        once = gathering_notice(known.id, Purpose.CHANGED, f"{known.version}", person_id)
        told += _notice(db, pack, known, person_id, once, key, actions, tell, now)
    return told


def _notice(
    db: Connection, pack: Pack, known: Gathering, person_id: str, key: Key, phrase: str, actions: tuple[Offer, ...],
    tell: Teller, now: datetime,
) -> bool:  # fmt: skip
    """Notify one who said yes, after the delay of new words; not at night unless it begins before the morning."""
    if person(db, person_id) is None:
        return False
    soonest = max(now, known.due_at or now)
    due = out_of_the_night(soonest, pack.programme)
    message = tell(person_id, phrase, values_of(db, pack, known), actions)
    pending = enqueue(
        db, key=key, person_id=person_id, kind="status", message=message, now=now,
        due_at=soonest if due >= known.starts_at else due, not_after=known.starts_at,
    )  # fmt: skip
    return pending is not None


def _number_in_line(db: Connection, gathering_id: str, person_id: str) -> int:
    line = (
        db.execute(
            select(invitees.c.person_id)
            .where(invitees.c.gathering_id == gathering_id, invitees.c.state == "waiting")
            .order_by(invitees.c.answered_at, invitees.c.person_id)
        )
        .scalars()
        .all()
    )
    return line.index(person_id) + 1 if person_id in line else 0
