"""Questions nobody could answer: for the officials' list, without a name beside them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select

from registry.rows import new_id, unanswered
from registry.sealing import vault_of


@dataclass(frozen=True, slots=True)
class Unanswered:
    text: str
    place: str | None
    asked_at: datetime


def note_unanswered(db: Connection, *, text: str, place: str | None, now: datetime) -> None:
    """Keep a question that had no answer, sealed under the installation's key."""
    row_id = new_id()
    sealed = vault_of(db).seal_common(f"unanswered:text:{row_id}", text)
    db.execute(insert(unanswered).values(id=row_id, text_sealed=sealed, place=place, asked_at=now))


def unanswered_in(db: Connection, *, places: Collection[str], everywhere: bool, limit: int = 50) -> list[Unanswered]:
    """The latest unanswered questions of these places; with `everywhere` also those asked without a place."""
    query = select(unanswered).order_by(unanswered.c.asked_at.desc()).limit(limit)
    scope = unanswered.c.place.in_(sorted(places))
    query = query.where(or_(scope, unanswered.c.place.is_(None)) if everywhere else scope)
    vault = vault_of(db)
    return [
        Unanswered(vault.unseal_common(f"unanswered:text:{row.id}", row.text_sealed), row.place, row.asked_at)
        for row in db.execute(query)
    ]
