"""Forms begun and not yet handed in. A draft stays until its person hands it in, drops it or is erased."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, or_, select, text, update

from registry.store.prepared import Prepared, inserting
from registry.store.rows import drafts, new_id
from registry.store.sealing import seal_for, unseal_for
from registry.store.tombstones import Kind, note

Answer = Any
"""The stored answer to one question: a text, a number, a yes or no, a list, or the parts of a price; JSON."""
Answers = Mapping[str, Answer]
"""Stored answers by the id of their question, in the order in which they were given."""
_ONE = Prepared(select(drafts).where(drafts.c.key == bindparam("of_key"), drafts.c.person_id == bindparam("of_person")))
_OPEN = Prepared(
    select(drafts)
    .where(drafts.c.person_id == bindparam("of_person"), drafts.c.state == "open")
    .order_by(drafts.c.updated_at.desc())
)
_SAVE = Prepared(
    update(drafts)
    .where(drafts.c.key == bindparam("of_key"))
    .values(
        answers_sealed=bindparam("answers_sealed"),
        field=bindparam("field"),
        updated_at=bindparam("now"),
        left_at=None,
        planned_for=None,
    )
)
_IDLE = text("drafts.state = 'open' and drafts.left_at is null")
"""Written out and not as a parameter: only so does SQLite use the partial index."""
_BEGIN = inserting(
    drafts,
    *("key", "person_id", "form", "application_id", "answers_sealed", "created_at", "updated_at"),
    state="open",
)


class State(StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"
    DROPPED = "dropped"


class Trigger(StrEnum):
    SUBMIT = "submit"
    DROP = "drop"
    REOPEN = "reopen"


TRANSITIONS: Mapping[Trigger, tuple[frozenset[State], State]] = {
    Trigger.SUBMIT: (frozenset({State.OPEN, State.DROPPED}), State.SUBMITTED),
    Trigger.DROP: (frozenset({State.OPEN}), State.DROPPED),
    Trigger.REOPEN: (frozenset({State.DROPPED}), State.OPEN),
}
"""From which states each trigger leads, and to which one.  A submitted draft stays submitted."""


@dataclass(frozen=True, slots=True)
class Draft:
    key: str
    person_id: str
    form: str
    application_id: str | None
    answers: Answers
    field: str | None
    state: State
    updated_at: datetime


def open_draft(
    db: Connection,
    *,
    person_id: str,
    form: str,
    now: datetime,
    answers: Answers | None = None,
    application_id: str | None = None,
) -> Draft:
    """Begin a form, with known answers. A person may have several drafts at once."""
    key = new_id()
    sealed = seal_for(db, person_id, f"drafts:answers:{key}", dict(answers or {}))
    _BEGIN.count(
        db,
        key=key,
        person_id=person_id,
        form=form,
        application_id=application_id,
        answers_sealed=sealed,
        created_at=now,
        updated_at=now,
    )
    return Draft(key, person_id, form, application_id, dict(answers or {}), None, State.OPEN, now)


def draft(db: Connection, *, key: str, person_id: str) -> Draft | None:
    """Return one draft of this person; None for another person's."""
    row = _ONE.row(db, of_key=key, of_person=person_id)
    return None if row is None else _draft(db, row)


def save_draft(db: Connection, *, draft: Draft, answers: Answers, waits_for: str | None, now: datetime) -> Draft:
    """Keep every answer as it is given, and the question that waits."""
    sealed = seal_for(db, draft.person_id, f"drafts:answers:{draft.key}", dict(answers))
    _SAVE.count(db, of_key=draft.key, answers_sealed=sealed, field=waits_for, now=now)
    return Draft(
        draft.key,
        draft.person_id,
        draft.form,
        draft.application_id,
        dict(answers),
        waits_for,
        draft.state,
        now,
    )


def open_drafts(db: Connection, *, person_id: str, form: str | None = None) -> tuple[Draft, ...]:
    """Return the open drafts of a person, the latest first."""
    rows = _OPEN.rows(db, of_person=person_id)
    return tuple(_draft(db, row) for row in rows if form is None or row.form == form)


def place_begun(db: Connection, *, person_id: str) -> str | None:
    """Return the place of production in the person's latest draft, as far as it is known."""
    return next(
        (str(one.answers["place"]) for one in open_drafts(db, person_id=person_id) if one.answers.get("place")), None
    )


def change(db: Connection, *, key: str, trigger: Trigger, now: datetime) -> bool:
    """
    Change the state of one draft; nothing else writes it.  False, and nothing is written, from any other state.

    The row stays locked until the end of the transaction: of two taps at once only one gets True.
    """
    sources, target = TRANSITIONS[trigger]
    allowed = drafts.c.state.in_([one.value for one in sources])
    done = update(drafts).where(drafts.c.key == key, allowed).values(state=target.value, updated_at=now)
    if db.execute(done).rowcount != 1:
        return False
    if trigger is not Trigger.SUBMIT:
        note(db, Kind.DRAFT, key, now=now, dropped=trigger is Trigger.DROP)
    return True


def close_draft(db: Connection, *, key: str, state: str, now: datetime) -> bool:
    """Mark a draft submitted or dropped; False when it was before.  A dropped one keeps its answers."""
    trigger = Trigger.SUBMIT if State(state) is State.SUBMITTED else Trigger.DROP
    return change(db, key=key, trigger=trigger, now=now)


def hand_over_draft(db: Connection, *, key: str, person_id: str, now: datetime) -> None:
    """Submit a draft whose answers now belong to somebody else, and empty it."""
    change(db, key=key, trigger=Trigger.SUBMIT, now=now)
    emptied = seal_for(db, person_id, f"drafts:answers:{key}", {})
    _SAVE.count(db, of_key=key, answers_sealed=emptied, field=None, now=now)


def leave_drafts(db: Connection, *, person_id: str, now: datetime, key: str | None = None) -> None:
    """
    Send no more nudges about a draft (or about all of a person) until the person continues it.

    The answers stay; a continued draft is as any other.
    """
    query = update(drafts).where(drafts.c.person_id == person_id, drafts.c.state == "open")
    if key is not None:
        query = query.where(drafts.c.key == key)
    db.execute(query.values(left_at=now))


@dataclass(frozen=True, slots=True)
class Idle:
    """An untouched draft, without its texts."""

    key: str
    person_id: str
    updated_at: datetime


def idle_drafts(
    db: Connection, *, since: datetime, until: datetime, behind: str = "", most: int | None = None
) -> tuple[Idle, ...]:
    """
    The draft each person touched last, where that was in this time; those that were left are not asked about.

    In the order of their keys, perhaps only some behind a key.
    """
    later = drafts.alias()
    newer = or_(
        later.c.updated_at > drafts.c.updated_at,
        and_(later.c.updated_at == drafts.c.updated_at, later.c.key > drafts.c.key),
    )
    touched_later = (
        select(later.c.key)
        .where(later.c.person_id == drafts.c.person_id, later.c.state == "open", later.c.left_at.is_(None), newer)
        .exists()
    )
    rows = db.execute(
        select(drafts.c.key, drafts.c.person_id, drafts.c.updated_at)
        .where(_IDLE, drafts.c.updated_at.between(since, until), drafts.c.key > behind, ~touched_later)
        .order_by(drafts.c.key)
        .limit(most)
    )
    return tuple(Idle(*row) for row in rows)


def was_left(db: Connection, *, key: str) -> bool:
    """True when its person said "not now" and has not continued since."""
    return db.execute(select(drafts.c.left_at).where(drafts.c.key == key)).scalar_one_or_none() is not None


def reopen_draft(db: Connection, *, key: str, now: datetime) -> None:
    """Take back a drop; a submitted draft stays submitted."""
    change(db, key=key, trigger=Trigger.REOPEN, now=now)


def _draft(db: Connection, row: Row[Any]) -> Draft:
    answers = unseal_for(db, row.person_id, f"drafts:answers:{row.key}", row.answers_sealed) or {}
    return Draft(
        row.key, row.person_id, row.form, row.application_id, answers, row.field, State(row.state), row.updated_at
    )


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move the drafts over and seal their answers under the kept person's key: drafts are read by person."""
    for row in db.execute(select(drafts).where(drafts.c.person_id == gone)).all():
        place = f"drafts:answers:{row.key}"
        answers = unseal_for(db, gone, place, row.answers_sealed)
        sealed = seal_for(db, keep, place, answers)
        db.execute(
            update(drafts)
            .where(drafts.c.key == row.key)
            .values(person_id=keep, answers_sealed=sealed, planned_for=None)
        )


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Drop the open drafts of a person; their answers are unreadable once the key is gone."""
    for one in _OPEN.rows(db, of_person=person_id):
        change(db, key=one.key, trigger=Trigger.DROP, now=now)
