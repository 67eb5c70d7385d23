"""What a sweep has to know of reminders besides their rows: which are planned already, and since when they concern."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select

from registry.rows import applications, drafts, occurrences


def rules_planned(db: Connection, *, deadline_id: str) -> Mapping[str, frozenset[str]]:
    """The rules of a deadline that have a row already, by subject: those are never planned again."""
    found: dict[str, set[str]] = {}
    for row in db.execute(
        select(occurrences.c.subject, occurrences.c.rule).where(occurrences.c.deadline_id == deadline_id)
    ):
        found.setdefault(row.subject, set()).add(row.rule)
    return {subject: frozenset(rules) for subject, rules in found.items()}


def concerned_since(db: Connection, *, subjects: Collection[str]) -> Mapping[str, datetime]:
    """
    From when a subject was as it is now: the last change of an application, the first open draft of a person.

    A reminder from before is no news to somebody who has only just begun.
    """
    ids = [subject[2:] for subject in subjects]
    changed = {
        f"a:{row.id}": row.updated_at
        for row in db.execute(select(applications.c.id, applications.c.updated_at).where(applications.c.id.in_(ids)))
    }
    begun = {
        f"p:{row.person_id}": row.begun
        for row in db.execute(
            select(drafts.c.person_id, func.min(drafts.c.created_at).label("begun"))
            .where(drafts.c.person_id.in_(ids), drafts.c.state == "open", drafts.c.form == "idea")
            .group_by(drafts.c.person_id)
        )
    }
    return changed | begun
