"""Answers to an invitation, seats, the line for them, and the notices to those who come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select, update

from content.decent_hours import out_of_the_night
from content.pack import Pack
from registry.audit import record
from registry.deliveries import cancel as cancel_owed
from registry.deliveries import owe
from registry.events import Gathering, answer_of, counts_of, decline_button, gathering, values_of
from registry.invitees import set_invitee
from registry.moves import Action, Teller
from registry.people import person
from registry.rows import gatherings, invitees

Answer = Literal["yes", "no", "later"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of an answer: yes, waiting (with the number in the line), no, later, over or cancelled."""

    gathering: Gathering
    became: str
    number: int = 0


def answer(
    db: Connection, *, pack: Pack, gathering_id: str, person_id: str, given: Answer, now: datetime, tell: Teller
) -> Reply | None:
    """
    Take an invited person's answer; None when they were not invited, as if there were no such gathering.

    The same answer twice is one.  A yes to a full house waits in line and moves up by
    itself.  "Later" takes no promised seat away.
    """
    db.execute(select(gatherings.c.id).where(gatherings.c.id == gathering_id).with_for_update())
    known = gathering(db, gathering_id)
    before = answer_of(db, gathering_id=gathering_id, person_id=person_id)
    if known is None or before is None:
        return None
    if known.state == "cancelled":
        return Reply(known, "cancelled")
    if known.starts_at <= now:
        return Reply(known, "over")
    if before in {"yes", "waiting"} and given != "no":
        return Reply(known, before, _number_in_line(db, known.id, person_id))
    became: str = given
    if given == "yes" and known.seats is not None and counts_of(db, known.id).get("yes", 0) >= known.seats:
        became = "waiting"
    if became != before:
        set_invitee(db, known.id, person_id, state=became, answered_at=now)
        record(db, now=now, actor=person_id, act="event.answer", noun="gathering", noun_id=known.id, answer=became)
    if before == "yes":
        fill_seats(db, pack=pack, known=known, tell=tell, now=now)
        cancel_owed(db, person_id=person_id, key_like=f"event:{known.id}:eve:%", reason="does not come")
    return Reply(known, became, _number_in_line(db, known.id, person_id))


def fill_seats(db: Connection, *, pack: Pack, known: Gathering, tell: Teller, now: datetime) -> int:
    """Give free seats to those who wait, in the order they answered, and tell them; a second time finds none."""
    waiting = (
        select(invitees.c.person_id)
        .where(invitees.c.gathering_id == known.id, invitees.c.state == "waiting")
        .order_by(invitees.c.answered_at, invitees.c.person_id)
    )
    if known.seats is not None:
        waiting = waiting.limit(max(known.seats - counts_of(db, known.id).get("yes", 0), 0))
    seated = db.execute(waiting).scalars().all()
    for person_id in seated:
        set_invitee(db, known.id, person_id, state="yes")
        key = f"event:{known.id}:seat:{now:%Y%m%d%H%M%S}:{person_id}"
        _notice(db, pack, known, person_id, key, "event.seat_free", (decline_button(known),), tell, now)
    return len(seated)


def coming_to(db: Connection, gathering_id: str) -> tuple[str, ...]:
    """Those who said yes and have a seat."""
    return tuple(
        db.execute(
            select(invitees.c.person_id)
            .where(invitees.c.gathering_id == gathering_id, invitees.c.state == "yes")
            .order_by(invitees.c.person_id)
        ).scalars()
    )


def take_evening(db: Connection, *, gathering_id: str, now: datetime) -> bool:
    """Claim the reminder of the evening before; of two sweeps one gets it, until the day is moved."""
    done = db.execute(
        update(gatherings)
        .where(gatherings.c.id == gathering_id, gatherings.c.reminded_at.is_(None), gatherings.c.state == "open")
        .values(reminded_at=now)
    )
    return done.rowcount == 1


def tell_coming(
    db: Connection, pack: Pack, known: Gathering, key: str, actions: tuple[Action, ...], tell: Teller, now: datetime
) -> int:
    """Tell those who said yes or wait for a seat; what is still owed of an earlier change is not said any more."""
    rows = db.execute(
        select(invitees.c.person_id).where(
            invitees.c.gathering_id == known.id, invitees.c.state.in_(("yes", "waiting"))
        )
    ).scalars()
    told = 0
    for person_id in rows.all():
        cancel_owed(db, person_id=person_id, key_like=f"event:{known.id}:changed:%", reason="superseded")
        told += _notice(
            db, pack, known, person_id, f"event:{known.id}:changed:{known.version}:{person_id}", key, actions, tell, now
        )
    return told


def _notice(
    db: Connection, pack: Pack, known: Gathering, person_id: str, key: str, phrase: str, actions: tuple[Action, ...],
    tell: Teller, now: datetime,
) -> bool:  # fmt: skip
    """Tell somebody who said yes; not at night, unless it begins before the morning."""
    if person(db, person_id) is None:
        return False
    due = out_of_the_night(now, pack.programme)
    message = tell(person_id, phrase, values_of(db, pack, known), actions)
    owed = owe(
        db, key=key, person_id=person_id, kind="status", message=message, now=now,
        due_at=now if due >= known.starts_at else due,
    )  # fmt: skip
    return owed is not None


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
