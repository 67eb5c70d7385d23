"""
Papers that producers say they handed in, as rows: one per product and deadline, for the office to confirm.

A row decides nothing about an application.  While it waits or is confirmed, the deadline is not reminded.
It counts only while the application is in the state it was in: after a return a new paper is due.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    and_,
    delete,
    exists,
    select,
    text,
    update,
)

from registry.store.rows import UTCDateTime, applications, id_column, metadata

handed_papers = Table(
    "handed_papers",
    metadata,
    id_column(),
    Column("spec", Text, nullable=False),  # of the deadline, with its round: the row outlives a dropped one
    Column("round", Text, nullable=False),
    Column("application_id", Text, ForeignKey("applications.id")),  # none for a form that was not sent
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("status", Text, nullable=False),  # of the application when it was said
    Column("place", Text, nullable=False),
    Column("holder", Text, nullable=False, index=True),
    Column("holder_since", UTCDateTime, nullable=False),
    Column("said_at", UTCDateTime, nullable=False),
    Column("state", Text, nullable=False),  # waiting, received, not_seen
    Column("version", Integer, nullable=False),
    Column("answered_by", Text),
    Column("answered_at", UTCDateTime),
    Index(
        "uq_handed_papers_application",
        "application_id",
        "spec",
        "round",
        unique=True,
        sqlite_where=text("application_id IS NOT NULL"),
        postgresql_where=text("application_id IS NOT NULL"),
    ),
    Index(
        "uq_handed_papers_person",
        "person_id",
        "spec",
        "round",
        unique=True,
        sqlite_where=text("application_id IS NULL"),
        postgresql_where=text("application_id IS NULL"),
    ),
    Index(
        "ix_handed_papers_waiting",
        "id",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)


class State(StrEnum):
    WAITING = "waiting"
    RECEIVED = "received"
    NOT_SEEN = "not_seen"


class Trigger(StrEnum):
    SAY_AGAIN = "say again"
    RECEIVE = "receive"
    MISS = "miss"


TRANSITIONS: Mapping[Trigger, tuple[frozenset[State], State]] = {
    Trigger.SAY_AGAIN: (frozenset({State.RECEIVED, State.NOT_SEEN}), State.WAITING),
    Trigger.RECEIVE: (frozenset({State.WAITING, State.NOT_SEEN}), State.RECEIVED),
    Trigger.MISS: (frozenset({State.WAITING, State.RECEIVED}), State.NOT_SEEN),
}
"""An answer may be corrected, so no state is final.  A confirmed paper is said again only after a return."""


@dataclass(frozen=True, slots=True)
class HandedPaper:
    """One paper.  `version` counts the changes; a button is valid for the version it was shown for."""

    id: str
    spec: str
    round: str
    application_id: str | None
    person_id: str
    status: str
    place: str
    holder: str
    holder_since: datetime
    said_at: datetime
    state: State
    version: int
    answered_by: str | None
    answered_at: datetime | None


def change(db: Connection, which: ColumnElement[bool], trigger: Trigger, **values: Any) -> int:
    """
    Change the state of the matching papers, with other columns, and return their number.

    Nothing else writes the state.  Idempotent: papers in other states are left alone.
    """
    sources, target = TRANSITIONS[trigger]
    rows = update(handed_papers).where(which, handed_papers.c.state.in_([one.value for one in sources]))
    return db.execute(rows.values(state=target.value, version=handed_papers.c.version + 1, **values)).rowcount


def read(db: Connection, which: ColumnElement[bool]) -> tuple[HandedPaper, ...]:
    """The matching papers, the one said first before the others; for functions that checked the right to them."""
    rows = db.execute(select(handed_papers).where(which).order_by(handed_papers.c.said_at, handed_papers.c.id))
    return tuple(HandedPaper(**(row._asdict() | {"state": State(row.state)})) for row in rows)


def waiting_behind(db: Connection, paper_id: str, most: int) -> tuple[HandedPaper, ...]:
    """The papers that wait, behind an id, in the order of their ids."""
    waits = text("handed_papers.state = 'waiting'")  # written out: only so does SQLite use the partial index
    rows = db.execute(
        select(handed_papers).where(waits, handed_papers.c.id > paper_id).order_by(handed_papers.c.id).limit(most)
    )
    return tuple(HandedPaper(**(row._asdict() | {"state": State(row.state)})) for row in rows)


def silences(spec: str, round_: str | ColumnElement[str]) -> ColumnElement[bool]:
    """True for an application (a row of the outer query) whose paper for a deadline waits or was confirmed."""
    return exists(
        select(handed_papers.c.id).where(
            _of(spec, round_),
            handed_papers.c.application_id == applications.c.id,
            handed_papers.c.status == applications.c.status,
        )
    )


def silences_draft(spec: str, round_: str, person_id: ColumnElement[str]) -> ColumnElement[bool]:
    """True for a person whose paper waits or was confirmed, before anything was sent."""
    own = and_(handed_papers.c.application_id.is_(None), handed_papers.c.person_id == person_id)
    return exists(select(handed_papers.c.id).where(_of(spec, round_), own))


def _of(spec: str, round_: str | ColumnElement[str]) -> ColumnElement[bool]:
    standing = handed_papers.c.state.in_((State.WAITING.value, State.RECEIVED.value))
    return and_(handed_papers.c.spec == spec, handed_papers.c.round == round_, standing)


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move the papers over; where both said the same one, the kept person's counts."""
    theirs = and_(handed_papers.c.person_id == keep, handed_papers.c.application_id.is_(None))
    for row in db.execute(select(handed_papers.c.spec, handed_papers.c.round).where(theirs)).all():
        db.execute(
            delete(handed_papers).where(
                handed_papers.c.person_id == gone,
                handed_papers.c.application_id.is_(None),
                handed_papers.c.spec == row.spec,
                handed_papers.c.round == row.round,
            )
        )
    for column in (handed_papers.c.person_id, handed_papers.c.answered_by):
        db.execute(update(handed_papers).where(column == gone).values({column: keep}))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Delete the papers of a person; the answers of an erased official stay, without the name."""
    db.execute(delete(handed_papers).where(handed_papers.c.person_id == person_id))
    db.execute(update(handed_papers).where(handed_papers.c.answered_by == person_id).values(answered_by=None))
