"""
A claim: somebody asks for an entity the office entered first, and an official decides.

A claim by a phone number waits for an official's tap.  A claim by a one-time code has no row here: the official
who read the code out has decided already (`registry.identity.claiming`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Row,
    Table,
    Text,
    insert,
    select,
    text,
    update,
)

from registry.store.audit import record
from registry.store.rows import UTCDateTime, id_column, metadata, new_id

claims = Table(
    "claims",
    metadata,
    id_column(),
    Column("entity_id", Text, ForeignKey("entities.id"), nullable=False),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),  # `State`; only `change` writes it
    Column("asked_at", UTCDateTime, nullable=False),
    Column("closed_at", UTCDateTime),
    Index(
        "ix_claims_asked",
        "entity_id",
        "person_id",
        unique=True,
        sqlite_where=text("state = 'asked'"),
        postgresql_where=text("state = 'asked'"),
    ),
)


class State(StrEnum):
    """The state of a claim."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"


class Trigger(StrEnum):
    """The changes of a claim; it lapses when its person is erased, or the entity is handed to another person."""

    GRANT = "grant"
    REFUSE = "refuse"
    LAPSE = "lapse"


TRANSITIONS: Mapping[Trigger, tuple[frozenset[State], State]] = {
    Trigger.GRANT: (frozenset({State.ASKED}), State.GRANTED),
    Trigger.REFUSE: (frozenset({State.ASKED}), State.REFUSED),
    Trigger.LAPSE: (frozenset({State.ASKED}), State.LAPSED),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a person to an entity."""

    id: str
    entity_id: str
    person_id: str
    state: State
    asked_at: datetime


def change(db: Connection, which: ColumnElement[bool], trigger: Trigger, *, now: datetime) -> int:
    """Change the state of the matching claims and return their number.  Idempotent."""
    sources, target = TRANSITIONS[trigger]
    rows = update(claims).where(which, claims.c.state.in_(sources)).values(state=target, closed_at=now)
    return db.execute(rows).rowcount


def ask(db: Connection, *, entity_id: str, person_id: str, now: datetime) -> Claim:
    """Ask for an entity.  Idempotent while the claim is open."""
    open_one = (claims.c.entity_id == entity_id, claims.c.person_id == person_id, claims.c.state == State.ASKED)
    known = db.execute(select(claims).where(*open_one)).one_or_none()
    if known is not None:
        return _claim(known)
    made = Claim(new_id(), entity_id, person_id, State.ASKED, now)
    db.execute(
        insert(claims).values(id=made.id, entity_id=entity_id, person_id=person_id, state=made.state, asked_at=now)
    )
    record(db, now=now, actor=person_id, act="claim.ask", noun="entity", noun_id=entity_id, claim=made.id)
    return made


def claim(db: Connection, claim_id: str) -> Claim | None:
    """Return one claim, for callers that check the right to it."""
    row = db.execute(select(claims).where(claims.c.id == claim_id)).one_or_none()
    return None if row is None else _claim(row)


def claims_of(db: Connection, *, person_id: str) -> tuple[Claim, ...]:
    """The claims of a person, for the copy of their data; the oldest first."""
    rows = db.execute(select(claims).where(claims.c.person_id == person_id).order_by(claims.c.asked_at, claims.c.id))
    return tuple(_claim(row) for row in rows)


def refused_before(db: Connection, *, entity_id: str, person_id: str) -> bool:
    """True once an official has refused this person's claim: the same claim is not offered again."""
    refused = (claims.c.entity_id == entity_id, claims.c.person_id == person_id, claims.c.state == State.REFUSED)
    return db.execute(select(claims.c.id).where(*refused).limit(1)).first() is not None


def _claim(row: Row[tuple[object, ...]]) -> Claim:
    return Claim(row.id, row.entity_id, row.person_id, State(row.state), row.asked_at)


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:
    """Move claims over; of two open ones to the same entity the other person's lapses."""
    mine = select(claims.c.entity_id).where(claims.c.person_id == keep, claims.c.state == State.ASKED)
    change(db, (claims.c.person_id == gone) & claims.c.entity_id.in_(mine.scalar_subquery()), Trigger.LAPSE, now=now)
    db.execute(update(claims).where(claims.c.person_id == gone).values(person_id=keep))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Let every open claim lapse."""
    change(db, claims.c.person_id == person_id, Trigger.LAPSE, now=now)
