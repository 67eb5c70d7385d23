"""The last day each subject was told, so that a changed day is corrected for exactly these people."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Column, Connection, Table, Text, delete, select, update

from registry.deadlines.deadlines import Deadline
from registry.store.installation import insert_or
from registry.store.rows import UTCDateTime, metadata

tellings = Table(
    "tellings",
    metadata,
    Column("spec", Text, primary_key=True),
    Column("round", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("closes_at", UTCDateTime, nullable=False),
)
"""The last day each subject was told last; subjects that were told another one get a correction."""


def note_told(db: Connection, *, deadline: Deadline, subject: str) -> None:
    """Record the last day a subject is told."""
    db.execute(
        insert_or(db, tellings)
        .values(spec=deadline.spec, round=deadline.round, subject=subject, closes_at=deadline.closes_at)
        .on_conflict_do_update(index_elements=["spec", "round", "subject"], set_={"closes_at": deadline.closes_at})
    )


def told_otherwise(db: Connection, *, deadline: Deadline) -> Mapping[str, datetime]:
    """Return the subjects that were told another last day than the present one, with that day."""
    rows = db.execute(
        select(tellings.c.subject, tellings.c.closes_at).where(
            tellings.c.spec == deadline.spec,
            tellings.c.round == deadline.round,
            tellings.c.closes_at != deadline.closes_at,
        )
    )
    return {row.subject: row.closes_at for row in rows}


def told_of(db: Connection, *, deadline: Deadline) -> Mapping[str, datetime]:
    """Return the subjects that were told this very last day, with it."""
    rows = db.execute(
        select(tellings.c.subject, tellings.c.closes_at).where(
            tellings.c.spec == deadline.spec,
            tellings.c.round == deadline.round,
            tellings.c.closes_at == deadline.closes_at,
        )
    )
    return {row.subject: row.closes_at for row in rows}


def forget(db: Connection, *, deadline: Deadline, subject: str, told: datetime) -> bool:
    """Record that a subject is told the day is off; of two at once one gets False and sends nothing."""
    return (
        db.execute(
            delete(tellings).where(
                tellings.c.spec == deadline.spec,
                tellings.c.round == deadline.round,
                tellings.c.subject == subject,
                tellings.c.closes_at == told,
            )
        ).rowcount
        == 1
    )


def correct(db: Connection, *, deadline: Deadline, subject: str, told: datetime) -> bool:
    """Record that a subject is told the new day; of two at once one gets False and sends nothing."""
    return (
        db.execute(
            update(tellings)
            .where(
                tellings.c.spec == deadline.spec,
                tellings.c.round == deadline.round,
                tellings.c.subject == subject,
                tellings.c.closes_at == told,
            )
            .values(closes_at=deadline.closes_at)
        ).rowcount
        == 1
    )
