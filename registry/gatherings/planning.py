"""
Setting up a training or fair, moving it, calling it off.

Each function checks the official's reach in one place, writes the change with its audit, and queues the notices in
the same unit of work.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from content.message import Message
from content.programme.pack import Pack
from registry.broadcasts.approvals import Reason
from registry.deliveries.deliveries import cancel as cancel_pending
from registry.deliveries.deliveries import resume_about
from registry.deliveries.keys import WHILE_IT_STANDS, Purpose, Subject
from registry.deliveries.states import Reason as Why
from registry.gatherings.approvals import reasons_for
from registry.gatherings.delays import in_delay, leaves_at, tell_above
from registry.gatherings.gatherings import (
    KINDS,
    NOT_TAKEN_UP,
    Gathering,
    MovedOnError,
    PastError,
    Planned,
    TooSoonError,
    accept_button,
    counts_of,
    decline_button,
    lock,
    may_change,
    sealed_words,
    values_of,
)
from registry.gatherings.invitees import freeze, invite_again
from registry.gatherings.seats import coming, fill_seats, tell_coming
from registry.people.people import person
from registry.people.roles import NotAllowedError, Role, may
from registry.store.audit import record
from registry.store.rows import gatherings, new_id, people
from registry.store.tombstones import Kind, note
from registry.telling import Teller, local_day

MOST_SEATS = 5000


class SeatsTakenError(ValueError):
    """More people were promised a seat than there would be; nothing was changed."""

    def __init__(self, coming: int) -> None:
        super().__init__(f"{coming} people were promised a seat. Nothing was changed; give at least as many.")
        self.coming = coming


class WordsStayError(Exception):
    """More people were invited than one official may send other words to alone; nothing was changed."""


def convene(db: Connection, *, pack: Pack, role: Role, planned: Planned, tell: Teller, now: datetime) -> Gathering:
    """
    Set up a training or fair and freeze its invitees; invitations leave after a delay.

    It waits where a second official is needed (`approvals.py`); otherwise officials above are notified at once
    (`delays.py`). This is the one place that decides how far an invitation reaches. Not idempotent: confirmed twice it
    would be two, so the confirming question carries a stamp.
    """
    on = local_day(pack, now)
    if planned.kind not in KINDS or not may(role, "event.invite", planned.place, pack.places, on=on):
        raise NotAllowedError("event.invite")
    if planned.starts_at <= now:
        raise PastError("A gathering cannot begin in the past. Nothing was made.")
    # two of one author at the same moment: the second is counted with the first
    db.execute(select(people.c.id).where(people.c.id == role.person_id).with_for_update())
    reasons = _reasons(db, pack, role, planned, now)
    due = None if reasons else _due(pack, planned.starts_at, now)
    made = Gathering(
        new_id(), role.person_id, role.id, planned.kind, planned.place, planned.title, planned.venue,
        planned.starts_at, planned.seats, "waiting" if reasons else "held", 1, 0, reasons, role.person_id,
        due_at=due, lesson=planned.lesson,
    )  # fmt: skip
    db.execute(
        insert(gatherings).values(
            id=made.id,
            author=made.author,
            role_id=made.role_id,
            kind=made.kind,
            place=made.place,
            words_sealed=sealed_words(db, made.id, made),
            starts_at=made.starts_at,
            seats=made.seats,
            state=made.state,
            version=made.version,
            invited=0,
            reasons=list(reasons),
            words_by=made.words_by,
            words_at=now,
            due_at=due,
            created_at=now,
        )
    )
    made = replace(made, invited=freeze(db, pack=pack, role=role, known=made, now=now))
    record(
        db, now=now, actor=role.person_id, act="event.invite", noun="gathering", noun_id=made.id, kind=made.kind,
        place=made.place, people=made.invited, seats=made.seats, starts_at=made.starts_at.isoformat(), role=role.id,
        state=made.state,
    )  # fmt: skip
    if made.state == "held":
        tell_above(db, pack=pack, known=made, role=role, tell=tell, now=now)
    return made


def change(
    db: Connection, *, pack: Pack, role: Role, gathering_id: str, version: int, planned: Planned, now: datetime,
    tell: Teller,
) -> Gathering:  # fmt: skip
    """
    Move or rename a gathering, or change its seats; people who said yes or wait for a seat are notified.

    Kind and place stay as they are. Unsent invitations are written again; one that has arrived keeps its buttons, and
    the reply to them gives the present facts. An unsent gathering waits for a second official again where one is
    needed, or for a new delay. Once more people were invited than one official may invite alone, its words stay
    (`WordsStayError`): a new day, hour or number cannot mislead anybody. Other words to fewer people are delayed, and
    officials above are notified.
    """
    known = _changeable(db, pack, role, gathering_id, version, now)
    if planned.starts_at != known.starts_at and planned.starts_at <= now:
        raise PastError("A gathering cannot be moved into the past. Nothing was changed.")
    coming = counts_of(db, known.id).get("yes", 0)
    if planned.seats is not None and planned.seats < coming:
        raise SeatsTakenError(coming)
    reworded = (planned.title, planned.venue) != (known.title, known.venue)
    reasons, state, due = known.reasons, known.state, known.due_at
    if known.state != "open" or reworded:
        here = replace(planned, kind=known.kind, place=known.place)
        reasons = _reasons(db, pack, role, here, now, excluding=known.id)
        state = "waiting" if reasons else "open" if known.state == "open" else "held"
        due = None if reasons else now + pack.programme.announcements.delay
    if known.state == "open" and state == "waiting":
        raise WordsStayError(f"More people know of gathering {known.id} than may be told alone. Nothing was changed.")
    if state == "held":
        due = _due(pack, planned.starts_at, now)
    moved = replace(
        known, title=planned.title, venue=planned.venue, starts_at=planned.starts_at, seats=planned.seats,
        version=version + 1, state=state, reasons=reasons, due_at=due, taken_up_by=None, taken_up_at=None,
        turned_away=(), lesson=planned.lesson,
    )  # fmt: skip
    values = _columns_of(db, moved)
    if reworded or known.state != "open":  # the official who lets it go from here answers for its words
        values |= {"words_by": role.person_id, "words_at": now, "approved_by": None}
        moved = replace(moved, words_by=role.person_id, approved_by=None)
    if moved.starts_at != known.starts_at:
        values["reminded_at"] = None
        cancel_pending(
            db, subject=Subject.GATHERING, subject_id=known.id, purposes=(Purpose.EVE,), reason=Why.DAY_MOVED
        )
    _write(db, known, version, values)
    if reworded or moved.starts_at != known.starts_at:
        invite_again(db, known.id)
        tell_coming(db, pack, moved, "event.changed", (accept_button(moved), decline_button(moved)), tell, now)
    else:  # words that are still in their delay, withheld while this was changed
        later = max(moved.due_at or now, now)
        resume_about(db, subject=Subject.GATHERING, subject_id=known.id, purpose=Purpose.CHANGED, due_at=later)
    record(
        db, now=now, actor=role.person_id, act="event.change", noun="gathering", noun_id=known.id, role=role.id,
        version=moved.version, starts_at=moved.starts_at.isoformat(), seats=moved.seats,
    )  # fmt: skip
    if moved.state == "held" or (moved.state == "open" and reworded):
        tell_above(db, pack=pack, known=moved, role=role, tell=tell, now=now)
    fill_seats(db, pack=pack, gathering_id=known.id, tell=tell, now=now)
    return moved


def _columns_of(db: Connection, moved: Gathering) -> dict[str, Any]:
    """The columns a change always writes."""
    return {
        "words_sealed": sealed_words(db, moved.id, moved),
        "starts_at": moved.starts_at,
        "seats": moved.seats,
        "state": moved.state,
        "reasons": list(moved.reasons),
        "due_at": moved.due_at,
        **NOT_TAKEN_UP,
    }


def cancel(
    db: Connection, *, pack: Pack, role: Role, gathering_id: str, version: int, now: datetime, tell: Teller
) -> int:
    """Call a gathering off: cancel queued invitations, notify people who said yes or wait; return their number."""
    known = _changeable(db, pack, role, gathering_id, version, now)
    _write(db, known, version, {"state": "cancelled", **NOT_TAKEN_UP})
    note(db, Kind.GATHERING, known.id, now=now)
    cancel_pending(db, subject=Subject.GATHERING, subject_id=known.id, purposes=WHILE_IT_STANDS, reason=Why.CALLED_OFF)
    called_off = replace(known, state="cancelled", version=version + 1, due_at=None)
    told = tell_coming(db, pack, called_off, _called_off(known, now), (), tell, now)
    record(
        db, now=now, actor=role.person_id, act="event.cancel", noun="gathering", noun_id=known.id, role=role.id,
        told=told,
    )  # fmt: skip
    return told


def would_cancel(db: Connection, *, pack: Pack, known: Gathering, now: datetime, tell: Teller) -> dict[str, Message]:
    """The message that `cancel` would queue for each person who said yes or waits.  Changes nothing."""
    values = values_of(db, pack, known)
    key = _called_off(known, now)
    return {one: tell(one, key, values, ()) for one in coming(db, known.id) if person(db, one) is not None}


def _called_off(known: Gathering, now: datetime) -> str:
    """Its newest words may be in their delay still: they are told to nobody, and calling off is told at once."""
    return "event.called_off_unread" if known.state == "open" and in_delay(known, now) else "event.called_off"


def _changeable(db: Connection, pack: Pack, role: Role, gathering_id: str, version: int, now: datetime) -> Gathering:
    known = lock(db, gathering_id)
    if known is None or not may_change(db, role, known, pack.places, on=local_day(pack, now)):
        raise NotAllowedError("event.change")
    if known.state == "cancelled" or known.version != version:
        raise MovedOnError(f"Gathering {gathering_id} is {known.state}, version {known.version}. Nothing was changed.")
    if known.starts_at <= now:
        raise PastError("It has begun already. Nothing was changed.")
    return known


def _write(db: Connection, known: Gathering, version: int, values: Mapping[str, Any]) -> None:
    done = db.execute(
        update(gatherings)
        .where(gatherings.c.id == known.id, gatherings.c.version == version)
        .values(**values, version=version + 1)
    )
    if done.rowcount != 1:
        raise MovedOnError(f"Gathering {known.id} was changed at the same moment. Nothing was changed by this.")


def _due(pack: Pack, starts_at: datetime, now: datetime) -> datetime:
    """Return when an invitation without a second official leaves; `TooSoonError` when it begins before that."""
    due = leaves_at(pack, starts_at=starts_at, now=now, alone=True)
    if due >= starts_at:
        raise TooSoonError(due)
    return due


def _reasons(
    db: Connection, pack: Pack, role: Role, planned: Planned, now: datetime, excluding: str = ""
) -> tuple[Reason, ...]:
    texts = (planned.title, planned.venue)
    return reasons_for(
        db, pack=pack, role=role, kind=planned.kind, place=planned.place, texts=texts, now=now, excluding=excluding
    )
