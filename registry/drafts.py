"""Forms begun and not yet handed in.  A draft waits as long as its person does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from registry.rows import drafts, new_id
from registry.sealing import seal_for, unseal_for


@dataclass(frozen=True, slots=True)
class Draft:
    key: str
    person_id: str
    form: str
    application_id: str | None
    answers: Mapping[str, Any]
    field: str | None
    state: str  # open, submitted, dropped
    updated_at: datetime


def open_draft(
    db: Connection,
    *,
    person_id: str,
    form: str,
    now: datetime,
    answers: Mapping[str, Any] | None = None,
    application_id: str | None = None,
) -> Draft:
    """Begin a form, with what is known already.  Several drafts may stand open side by side."""
    key = new_id()
    sealed = seal_for(db, person_id, f"drafts:answers:{key}", dict(answers or {}))
    db.execute(
        insert(drafts).values(
            key=key,
            person_id=person_id,
            form=form,
            application_id=application_id,
            answers_sealed=sealed,
            state="open",
            created_at=now,
            updated_at=now,
        )
    )
    return Draft(key, person_id, form, application_id, dict(answers or {}), None, "open", now)


def draft(db: Connection, *, key: str, person_id: str) -> Draft | None:
    """One draft of this person's; somebody else's is as if it were not there."""
    row = db.execute(select(drafts).where(drafts.c.key == key, drafts.c.person_id == person_id)).one_or_none()
    return None if row is None else _draft(db, row)


def save_draft(
    db: Connection, *, draft: Draft, answers: Mapping[str, Any], waits_for: str | None, now: datetime
) -> Draft:
    """Keep every answer as it is given, and the question that waits."""
    sealed = seal_for(db, draft.person_id, f"drafts:answers:{draft.key}", dict(answers))
    db.execute(
        update(drafts).where(drafts.c.key == draft.key).values(answers_sealed=sealed, field=waits_for, updated_at=now)
    )
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
    """What a person left unfinished, the latest first."""
    query = select(drafts).where(drafts.c.person_id == person_id, drafts.c.state == "open")
    if form is not None:
        query = query.where(drafts.c.form == form)
    return tuple(_draft(db, row) for row in db.execute(query.order_by(drafts.c.updated_at.desc())))


def close_draft(db: Connection, *, key: str, state: str, now: datetime) -> None:
    """Mark a draft submitted or dropped.  Dropped ones keep their answers until the person is erased."""
    db.execute(update(drafts).where(drafts.c.key == key).values(state=state, updated_at=now))


def reopen_draft(db: Connection, *, key: str, now: datetime) -> None:
    """Take back a drop."""
    db.execute(
        update(drafts).where(drafts.c.key == key, drafts.c.state == "dropped").values(state="open", updated_at=now)
    )


def _draft(db: Connection, row: Row[Any]) -> Draft:
    answers = unseal_for(db, row.person_id, f"drafts:answers:{row.key}", row.answers_sealed) or {}
    return Draft(row.key, row.person_id, row.form, row.application_id, answers, row.field, row.state, row.updated_at)
