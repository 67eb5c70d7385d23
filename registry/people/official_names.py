"""
The names of officials: the name and the number an official gives for producers to see, beside the title of the role.

They are separate from the name and the number a person gave as a producer, which stay private.  A person with any role
has at most one row.  The title belongs to the role (`roles.title`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, LargeBinary, Row, Table, Text, delete, insert, select, update

from registry.people.roles import Role
from registry.store.audit import record
from registry.store.rows import UTCDateTime, metadata
from registry.store.sealing import seal_for, unseal_for

official_names = Table(
    "official_names",
    metadata,
    Column("person_id", Text, ForeignKey("people.id"), primary_key=True),
    Column("name_sealed", LargeBinary),
    Column("phone_sealed", LargeBinary),  # E.164; only a number that may be shown to producers
    Column("asked_at", UTCDateTime),  # the bot asked for them in a chat; it asks once
    Column("updated_at", UTCDateTime, nullable=False),
)

LONGEST_NAME = 80
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class OfficialName:
    """The name an official is known by, and the number people may call."""

    person_id: str
    name: str | None = None
    phone: str | None = None
    asked: bool = False


def official_name(db: Connection, person_id: str) -> OfficialName:
    """Return the name of an official; without a name for somebody who gave none, or was erased."""
    row = db.execute(select(official_names).where(official_names.c.person_id == person_id)).one_or_none()
    return OfficialName(person_id) if row is None else _opened(db, row)


def set_official_name(
    db: Connection,
    *,
    person_id: str,
    now: datetime,
    by: str,
    name: str | None = None,
    phone: str | None = None,
    asked: bool = False,
) -> OfficialName:
    """
    Keep a name or a number; one that is None stays as it is, an empty number is removed.  Idempotent.

    `asked` notes that the bot asked for them in a chat.
    """
    before = official_name(db, person_id)
    after = OfficialName(
        person_id,
        before.name if name is None else " ".join(name.split())[:LONGEST_NAME] or None,
        before.phone if phone is None else phone or None,
        before.asked or asked,
    )
    if after == before:
        return before
    _write(db, after, now)
    if (after.name, after.phone) != (before.name, before.phone):
        record(db, now=now, actor=by, act="official.name", noun="person", noun_id=person_id)
    return after


def known_as(db: Connection, role: Role) -> str:
    """Name and title of the official of a role; one of them where the other is missing, empty without both."""
    return named(official_name(db, role.person_id).name, role.title)


def named(name: str | None, title: str | None) -> str:
    """Put a name and a title together, as they are written on a list."""
    return ", ".join(part for part in (name, title) if part)


def first_known(db: Connection, officials: Iterable[Role]) -> str:
    """Name and title of the first official who has either; empty without one."""
    return next((found for role in officials if (found := known_as(db, role))), "")


def _write(db: Connection, known: OfficialName, now: datetime) -> None:
    person_id = known.person_id
    row = db.execute(select(official_names).where(official_names.c.person_id == person_id)).one_or_none()
    values = {
        "name_sealed": _sealed(db, person_id, "name", known.name),
        "phone_sealed": _sealed(db, person_id, "phone", known.phone),
        "asked_at": now if known.asked and (row is None or row.asked_at is None) else row and row.asked_at,
        "updated_at": now,
    }
    if row is None:
        db.execute(insert(official_names).values(person_id=person_id, **values))
    else:
        db.execute(update(official_names).where(official_names.c.person_id == person_id).values(**values))


def _sealed(db: Connection, person_id: str, column: str, text: str | None) -> bytes | None:
    return None if text is None else seal_for(db, person_id, f"official_names:{column}:{person_id}", text)


def _opened(db: Connection, row: Row[tuple[object, ...]]) -> OfficialName:
    person_id = str(row.person_id)
    return OfficialName(
        person_id,
        unseal_for(db, person_id, f"official_names:name:{person_id}", row.name_sealed),
        unseal_for(db, person_id, f"official_names:phone:{person_id}", row.phone_sealed),
        row.asked_at is not None,
    )


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:
    """Move the name over, where the kept person has none."""
    mine, theirs = official_name(db, keep), official_name(db, gone)
    joined = OfficialName(keep, mine.name or theirs.name, mine.phone or theirs.phone, mine.asked or theirs.asked)
    if joined != mine:
        _write(db, joined, now)
    db.execute(delete(official_names).where(official_names.c.person_id == gone))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Delete the name and the number."""
    db.execute(delete(official_names).where(official_names.c.person_id == person_id))
