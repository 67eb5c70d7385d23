"""Attendance at a training or fair: an official taps the people present, and exports the list."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select, update

from content.fold import sort_key
from content.programme.pack import Pack
from registry.applications.applications import applications_of
from registry.applications.exports import note_export
from registry.gatherings.gatherings import Gathering, gathering_for
from registry.people.consents import has_given
from registry.people.people import person
from registry.people.roles import NotAllowedError, Role, may
from registry.store.audit import record
from registry.store.rows import invitees
from registry.telling import local_day

OPENS_BEFORE = timedelta(hours=3)
"""From then on people arrive and may be ticked."""
ORDER = {"yes": 0, "waiting": 1, "later": 2, "none": 3, "no": 4}


class TooEarlyError(ValueError):
    """Nobody can have come yet; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Attendant:
    """One invited person; `phone` only of somebody of the official's own place who agreed to be kept."""

    person_id: str
    name: str | None
    place: str | None
    phone: str | None
    answer: str
    came: bool | None


def attendants(
    db: Connection, *, pack: Pack, role: Role, gathering_id: str, on: date, everybody: bool = False
) -> tuple[Attendant, ...]:
    """
    Return the people who said yes or came, by name; with `everybody` all invitees.

    This is the one place that decides which facts of a person are shown. The inviting office sees the name. A phone
    number is shown only within the official's place and after consent.
    """
    known = gathering_for(db, gathering_id=gathering_id, role=role, places=pack.places, on=on, act="event.attend")
    if known is None:
        raise NotAllowedError("event.attend")
    rows = db.execute(
        select(invitees.c.person_id, invitees.c.state, invitees.c.came).where(invitees.c.gathering_id == known.id)
    ).all()
    found = [
        _attendant(db, pack, role, row.person_id, row.state, row.came)
        for row in rows
        if everybody or row.state in {"yes", "waiting"} or row.came
    ]
    return tuple(sorted(found, key=lambda one: (ORDER[one.answer], sort_key(one.name or ""), one.person_id)))


def mark(
    db: Connection, *, pack: Pack, role: Role, gathering_id: str, person_id: str, came: bool, now: datetime
) -> Gathering:
    """Record whether an invited person was there. Idempotent."""
    known = gathering_for(
        db, gathering_id=gathering_id, role=role, places=pack.places, on=local_day(pack, now), act="event.attend"
    )
    if known is None or known.state != "open":
        raise NotAllowedError("event.attend")
    if now < known.starts_at - OPENS_BEFORE:
        raise TooEarlyError(f"Gathering {gathering_id} has not begun. Nothing was noted.")
    row = db.execute(
        select(invitees.c.came).where(invitees.c.gathering_id == known.id, invitees.c.person_id == person_id)
    ).one_or_none()
    if row is None:
        raise NotAllowedError("event.attend")
    if row.came is not came:
        db.execute(
            update(invitees)
            .where(invitees.c.gathering_id == known.id, invitees.c.person_id == person_id)
            .values(came=came, marked_by=role.person_id)
        )
        record(
            db, now=now, actor=role.person_id, act="event.attend", noun="gathering", noun_id=known.id,
            person=person_id, came=came, role=role.id,
        )  # fmt: skip
    return known


def _attendant(db: Connection, pack: Pack, role: Role, person_id: str, answer: str, came: bool | None) -> Attendant:
    told = person(db, person_id)
    if told is None:
        return Attendant(person_id, None, None, None, answer, came)
    place = told.place
    if place is None:
        made = applications_of(db, person_id=person_id)
        place = made[0].place if made else None
    near = place is not None and pack.places.within(place, role.place)
    agreed = near and has_given(db, person_id=person_id, purpose="registration")
    return Attendant(person_id, told.name, place, told.phone if agreed else None, answer, came)


def note_taken(
    db: Connection, *, pack: Pack, role: Role, gathering_id: str, now: datetime, most: int | None = None
) -> Gathering:
    """An official takes the list along as a file: allowed by its own act, written down, and `most` times a day."""
    on = local_day(pack, now)
    known = gathering_for(db, gathering_id=gathering_id, role=role, places=pack.places, on=on, act="event.attend")
    if known is None or not may(role, "export.run", known.place, pack.places, on=on):
        raise NotAllowedError("export.run")
    note_export(db, pack=pack, by=role, noun="gathering", noun_id=known.id, what="attendance", now=now, most=most)
    return known
