"""
A change of an application: the event, the new state and the messages, written together.

The right to make it is checked before (`review.py`, `submitting.py`); nothing else writes the status of an
application.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from content.actions.officials import ReviewIdea
from content.programme.pack import Pack
from content.working_days import add_working_days
from registry.applications.applications import Application, events
from registry.applications.certificates import follow_course, settle_certificate
from registry.applications.entities import members_of
from registry.deliveries import keys
from registry.deliveries.deliveries import cancel, enqueue
from registry.deliveries.states import Reason
from registry.people.roles import Reviewers, Role, officials_for, roles_at
from registry.store.audit import record
from registry.store.prepared import inserting
from registry.store.rows import applications, new_id, roles
from registry.store.sealing import data_key, seal_for
from registry.store.tombstones import Kind, note
from registry.telling import Offer, Teller, place_name

_SUBJECTS = {"idea", "plan", "dossier"}

_EVENT = inserting(events, "id", "application_id", "version", "at", "actor", "act", "status", "note_sealed")


@dataclass(frozen=True, slots=True)
class Change:
    """The new values of an application; fields that are None stay as they are."""

    act: str
    status: str
    actor: str  # a person's id, or "system"
    answers: Mapping[str, Any] | None = None
    columns: Mapping[str, Any] | None = None
    note: str = ""
    changed: Mapping[str, Any] | None = None  # field → its earlier value


def waits_for_level(pack: Pack, status: str) -> str | None:
    """Return the level whose officials decide next; None when it is the producer's turn, or no one's."""
    waits = pack.programme.waits_for(status)
    return waits if any(level.id == waits for level in pack.programme.levels) else None


def term_end(pack: Pack, status: str, on: date) -> date | None:
    """Return the day an answer is expected; None where the office has set no term, or has not its turn."""
    subject = status.split("_", maxsplit=1)[0]
    if subject not in _SUBJECTS or waits_for_level(pack, status) is None:
        return None
    term = pack.programme.decision(subject).term_working_days
    if term is None:
        return None
    return add_working_days(on, term, pack.programme.holidays, pack.programme.workdays)


def reviewers_for(db: Connection, pack: Pack, *, place: str, status: str, on: date) -> Reviewers | None:
    """Return the officials who decide next at this place and status; None when it is not the officials' turn."""
    level = waits_for_level(pack, status)
    return None if level is None else officials_for(db, pack.places, place=place, level=level, on=on)


def write_event(
    db: Connection, *, application_id: str, person_id: str, version: int, change: Change, now: datetime
) -> None:
    """Write the event of a change, its words under the applicant's key; for an erased one without words."""
    event_id = new_id()
    words: dict[str, Any] = {}
    if change.note:
        words["note"] = change.note
    if change.changed:
        words["changed"] = dict(change.changed)
    sealed = None
    if words and data_key(db, person_id) is not None:
        sealed = seal_for(db, person_id, f"events:note:{event_id}", words)
    _EVENT.count(
        db,
        id=event_id,
        application_id=application_id,
        version=version,
        at=now,
        actor=change.actor,
        act=change.act,
        status=change.status,
        note_sealed=sealed,
    )
    record(
        db, now=now, actor=change.actor, act=f"application.{change.act}", noun="application",
        noun_id=application_id, status=change.status, version=version,
    )  # fmt: skip


def move(db: Connection, application: Application, change: Change, now: datetime) -> Application | None:
    """
    Change an application that still has the version it was read with; None when it was changed meanwhile.

    The version check is part of the UPDATE: of two at once one gets None, and nothing is written for it.
    """
    version = application.version + 1
    values: dict[str, Any] = dict(change.columns or {})
    values |= {"status": change.status, "version": version, "updated_at": now}
    stored = values | {"overdue_told_at": None, "planned_for": None}
    if change.answers is not None:
        values["answers"] = dict(change.answers)
        stored["answers_sealed"] = seal_for(
            db, application.person_id, f"applications:answers:{application.id}", dict(change.answers)
        )
    done = db.execute(
        update(applications)
        .where(applications.c.id == application.id, applications.c.version == application.version)
        .values(**stored)
    )
    if done.rowcount != 1:
        return None
    if change.act == "withdraw":
        note(db, Kind.APPLICATION, application.id, now=now, status=change.status, version=version, by=change.actor)
    write_event(
        db, application_id=application.id, person_id=application.person_id, version=version, change=change, now=now
    )
    moved = replace(application, **values)
    if change.answers is not None or {"place", "product_group"} & stored.keys():
        follow_course(db, moved)
    settle_certificate(db, application_id=application.id, act=change.act, actor=change.actor, now=now)
    return moved


def values_of(pack: Pack, application: Application) -> dict[str, object]:
    """Return the values that every message about an application may use."""
    return {
        "code": application.code,
        "product": application.product,
        "status": application.status,
        "step": pack.programme.status_step(application.status),
        "place": place_name(pack, application.place),
        "holder": place_name(pack, application.holder),
        "due_on": application.due_on,
    }


def holder_now(db: Connection, pack: Pack, application: Application, on: date) -> dict[str, object]:
    """
    Return `unheld` while an application waits for an office without an official: no message may name that office.

    Add it to the values of a message for producers.
    """
    if waits_for_level(pack, application.status) is None or roles_at(db, place=application.holder, on=on):
        return {}
    return {"unheld": True}


def tell_members(
    db: Connection,
    *,
    application: Application,
    key: str,
    values: Mapping[str, object],
    actions: Sequence[Offer],
    tell: Teller,
    now: datetime,
    excluding: str | None = None,
) -> int:
    """
    Notify every member of the newest state, and cancel queued messages about an earlier one.

    The acting person gets the reply to their act instead. Idempotent per version and person.
    """
    if not key:
        return 0
    pending = 0
    for person_id, _part in members_of(db, application.entity_id):
        cancel(
            db, subject=keys.Subject.APPLICATION, subject_id=application.id, purposes=(keys.Purpose.STATUS,),
            person_id=person_id, reason=Reason.SUPERSEDED,
        )  # fmt: skip
        if person_id == excluding:
            continue
        made = enqueue(
            db,
            key=keys.application_status(application.id, application.version, person_id),
            person_id=person_id,
            kind="status",
            message=tell(person_id, key, values, actions),
            now=now,
        )
        pending += made is not None
    return pending


def tell_officials(
    db: Connection,
    *,
    application: Application,
    officials: Iterable[Role],
    key: str,
    values: Mapping[str, object],
    tell: Teller,
    now: datetime,
) -> int:
    """Notify each official once per version and kind; an official with two roles there gets one message."""
    pending = 0
    for person_id in dict.fromkeys(role.person_id for role in officials):
        made = enqueue(
            db,
            key=keys.application_review(application.id, application.version, key, person_id),
            person_id=person_id,
            kind="status",
            message=tell(person_id, key, values, ((ReviewIdea(application.code), "button.review"),)),
            now=now,
        )
        pending += made is not None
    return pending


def forget_review(db: Connection, pack: Pack, application: Application) -> None:
    """Cancel the queued messages to officials about an earlier state."""
    above = (application.place, *(place.code for place in pack.places.ancestors(application.place)))
    officials = db.execute(select(roles.c.person_id).where(roles.c.place.in_(above)).distinct()).scalars()
    for person_id in officials.all():
        cancel(
            db, subject=keys.Subject.APPLICATION, subject_id=application.id, purposes=(keys.Purpose.REVIEW,),
            person_id=person_id, reason=Reason.SUPERSEDED,
        )  # fmt: skip
