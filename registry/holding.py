"""
Setting up a training or fair, moving it, calling it off.

Each function checks the official's reach in one place, writes what changed with
its audit, and owes the notices in the same unit of work.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from content.pack import Pack
from registry.audit import record
from registry.deliveries import cancel as cancel_owed
from registry.events import (
    KINDS,
    Gathering,
    Planned,
    accept_button,
    counts_of,
    decline_button,
    gathering,
    may_change,
    sealed_words,
)
from registry.invitees import freeze, invite_anew
from registry.moves import Teller, local_day
from registry.roles import NotAllowedError, Role, may
from registry.rows import gatherings, new_id
from registry.seats import fill_seats, tell_coming

MOST_SEATS = 5000


class PastError(ValueError):
    """The day and hour lie behind; nothing was changed."""


class SeatsTakenError(ValueError):
    """More people were promised a seat than there would be; nothing was changed."""

    def __init__(self, coming: int) -> None:
        super().__init__(f"{coming} people were promised a seat. Nothing was changed; give at least as many.")
        self.coming = coming


class MovedOnError(Exception):
    """Somebody changed or cancelled it since it was read; that was kept, and this was not done."""


def hold(db: Connection, *, pack: Pack, role: Role, planned: Planned, now: datetime) -> Gathering:
    """
    Set up a training or fair and freeze whom it invites; `invitees.send_invitations` tells them.

    This is the one place that decides how far an invitation goes.  Confirmed twice it
    would be two gatherings, so the question that confirms it carries its stamp.
    """
    on = local_day(pack, now)
    if planned.kind not in KINDS or not may(role, "event.invite", planned.place, pack.places, on=on):
        raise NotAllowedError("event.invite")
    if planned.starts_at <= now:
        raise PastError("A gathering cannot begin in the past. Nothing was made.")
    made = Gathering(
        new_id(), role.person_id, role.id, planned.kind, planned.place, planned.title, planned.venue,
        planned.starts_at, planned.seats, "open", 1, 0,
    )  # fmt: skip
    db.execute(
        insert(gatherings).values(
            id=made.id,
            author=made.author,
            role_id=made.role_id,
            kind=made.kind,
            place=made.place,
            words_sealed=sealed_words(db, made.id, made.title, made.venue),
            starts_at=made.starts_at,
            seats=made.seats,
            state=made.state,
            version=made.version,
            invited=0,
            created_at=now,
        )
    )
    invited = freeze(db, known=made, places=pack.places, on=on, now=now)
    record(
        db, now=now, actor=role.person_id, act="event.invite", noun="gathering", noun_id=made.id, kind=made.kind,
        place=made.place, people=invited, seats=made.seats, starts_at=made.starts_at.isoformat(), role=role.id,
    )  # fmt: skip
    return replace(made, invited=invited)


def change(
    db: Connection, *, pack: Pack, role: Role, gathering_id: str, version: int, planned: Planned, now: datetime,
    tell: Teller,
) -> Gathering:  # fmt: skip
    """
    Move or rename a gathering, or change its seats; those who said yes or wait for a seat are told.

    Kind and place stay as they are.  Invitations not yet sent are written anew; one
    that has arrived keeps its buttons, and the answer to them says what is true now.
    """
    known = _changeable(db, pack, role, gathering_id, version, now)
    if planned.starts_at != known.starts_at and planned.starts_at <= now:
        raise PastError("A gathering cannot be moved into the past. Nothing was changed.")
    coming = counts_of(db, known.id).get("yes", 0)
    if planned.seats is not None and planned.seats < coming:
        raise SeatsTakenError(coming)
    moved = replace(
        known, title=planned.title, venue=planned.venue, starts_at=planned.starts_at, seats=planned.seats,
        version=version + 1,
    )  # fmt: skip
    values: dict[str, Any] = {
        "words_sealed": sealed_words(db, known.id, moved.title, moved.venue),
        "starts_at": moved.starts_at,
        "seats": moved.seats,
    }
    if moved.starts_at != known.starts_at:
        values["reminded_at"] = None
        cancel_owed(db, key_like=f"event:{known.id}:eve:%", reason="the day was moved")
    _write(db, known, version, values)
    if (moved.title, moved.venue, moved.starts_at) != (known.title, known.venue, known.starts_at):
        invite_anew(db, known.id)
        tell_coming(db, pack, moved, "event.changed", (accept_button(moved), decline_button(moved)), tell, now)
    record(
        db, now=now, actor=role.person_id, act="event.change", noun="gathering", noun_id=known.id, role=role.id,
        version=moved.version, starts_at=moved.starts_at.isoformat(), seats=moved.seats,
    )  # fmt: skip
    fill_seats(db, pack=pack, known=moved, tell=tell, now=now)
    return moved


def cancel(
    db: Connection, *, pack: Pack, role: Role, gathering_id: str, version: int, now: datetime, tell: Teller
) -> int:
    """Call a gathering off: invitations still owed are not sent, who said yes or waits is told; how many these are."""
    known = _changeable(db, pack, role, gathering_id, version, now)
    _write(db, known, version, {"state": "cancelled"})
    for what in ("invite", "eve", "seat"):
        cancel_owed(db, key_like=f"event:{known.id}:{what}:%", reason="called off")
    called_off = replace(known, state="cancelled", version=version + 1)
    told = tell_coming(db, pack, called_off, "event.called_off", (), tell, now)
    record(
        db, now=now, actor=role.person_id, act="event.cancel", noun="gathering", noun_id=known.id, role=role.id,
        told=told,
    )  # fmt: skip
    return told


def _changeable(db: Connection, pack: Pack, role: Role, gathering_id: str, version: int, now: datetime) -> Gathering:
    db.execute(select(gatherings.c.id).where(gatherings.c.id == gathering_id).with_for_update())
    known = gathering(db, gathering_id)
    if known is None or not may_change(db, role, known, pack.places, on=local_day(pack, now)):
        raise NotAllowedError("event.change")
    if known.state != "open" or known.version != version:
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
