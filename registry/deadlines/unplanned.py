"""
The applications and drafts whose reminders were not planned since they, or the deadlines, changed.

Each has the mark of the deadlines it was planned for.  A change of it removes the mark; a change of the deadlines is
another mark.  So a plan looks at what changed, and at everybody only when a deadline is added or closes.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, select, text, update

from registry.store.rows import applications, drafts, members

_IDEA = text("drafts.form = 'idea' and drafts.state = 'open'")


def applications_to_plan(db: Connection, *, mark: str, most: int) -> Sequence[str]:
    """Return applications with another mark or none, at most a number."""
    found: list[str] = []
    for which in _other(applications.c.planned_for, mark):
        found += db.execute(select(applications.c.id).where(which).limit(most - len(found))).scalars()
    return found


def mark_applications(db: Connection, *, ids: Collection[str], mark: str) -> None:
    """Record that they are planned."""
    db.execute(update(applications).where(applications.c.id.in_(ids)).values(planned_for=mark))


def drafting_to_plan(db: Connection, *, mark: str, most: int) -> Sequence[str]:
    """Return people with an open idea that has another mark or none, at most a number."""
    found: list[str] = []
    for which in _other(drafts.c.planned_for, mark):
        found += db.execute(select(drafts.c.person_id).where(_IDEA, which).limit(most - len(found))).scalars()
    return list(dict.fromkeys(found))


def mark_drafts(db: Connection, *, person_ids: Collection[str], mark: str) -> None:
    """Record that the open ideas of these people are planned."""
    db.execute(update(drafts).where(drafts.c.person_id.in_(person_ids), _IDEA).values(planned_for=mark))


def subjects_of(db: Connection, *, person_id: str) -> tuple[str, ...]:
    """The subjects of reminders that may be a person's: their entities' applications, and their draft."""
    ids = db.execute(
        select(applications.c.id)
        .join(members, members.c.entity_id == applications.c.entity_id)
        .where(members.c.person_id == person_id)
    ).scalars()
    return (*(f"a:{one}" for one in ids), f"p:{person_id}")


def _other(column: Column[Any], mark: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions that together mean another mark; each reads an index."""
    return column.is_(None), column < mark, column > mark
