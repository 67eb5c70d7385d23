"""The last day each subject was told, so that a changed day is corrected for exactly these people."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Column, Connection, Index, Table, Text, and_, delete, select, update

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
    Index("ix_tellings_day", "spec", "round", "closes_at", "subject"),
)
"""The last day each subject was told last; subjects that were told another one get a correction."""


def note_told(db: Connection, *, deadline: Deadline, subject: str) -> None:
    """Record the last day a subject is told."""
    db.execute(
        insert_or(db, tellings)
        .values(spec=deadline.spec, round=deadline.round, subject=subject, closes_at=deadline.closes_at)
        .on_conflict_do_update(index_elements=["spec", "round", "subject"], set_={"closes_at": deadline.closes_at})
    )


def days_told(db: Connection, *, deadline: Deadline) -> tuple[datetime, ...]:
    """The last days that somebody was told for a deadline: a few, each found by one look-up."""
    found: list[datetime] = []
    of_this = and_(tellings.c.spec == deadline.spec, tellings.c.round == deadline.round)
    query = select(tellings.c.closes_at).where(of_this).order_by(tellings.c.closes_at).limit(1)
    following = db.execute(query).scalar_one_or_none()
    while following is not None:
        found.append(following)
        following = db.execute(query.where(tellings.c.closes_at > following)).scalar_one_or_none()
    return tuple(found)


def told_behind(db: Connection, *, deadline: Deadline, day: datetime, behind: str, most: int) -> tuple[str, ...]:
    """The subjects that were told a day, behind one of them, in order."""
    return tuple(
        db.execute(
            select(tellings.c.subject)
            .where(
                tellings.c.spec == deadline.spec, tellings.c.round == deadline.round, tellings.c.closes_at == day,
                tellings.c.subject > behind,
            )
            .order_by(tellings.c.subject)
            .limit(most)
        ).scalars()
    )  # fmt: skip


def told_among(db: Connection, *, deadline: Deadline, subjects: Collection[str]) -> Mapping[str, datetime]:
    """Those of these subjects that were told a day, with it."""
    rows = db.execute(
        select(tellings.c.subject, tellings.c.closes_at).where(
            tellings.c.spec == deadline.spec, tellings.c.round == deadline.round, tellings.c.subject.in_(subjects)
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
