"""After a restore the pump waits: an operator checks the queue, cancels stale messages, and resumes sending."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from registry.deliveries import deliveries as outbox
from registry.deliveries.claims import paused_for, resume_sending
from registry.deliveries.states import IN_QUEUE
from registry.people.roles import OPERATOR
from registry.store.audit import record
from registry.store.rows import deliveries


@dataclass(frozen=True, slots=True)
class Debt:
    """The queue of one kind: the number of messages, and when the oldest was written."""

    kind: str
    count: int
    oldest: datetime


def why_paused(db: Connection) -> str:
    """Return why the pump waits; empty when it does not."""
    return paused_for(db)


def debts(db: Connection) -> tuple[Debt, ...]:
    """Return the queue by kind, the oldest first."""
    rows = db.execute(
        select(deliveries.c.kind, func.count().label("messages"), func.min(deliveries.c.created_at).label("oldest"))
        .where(deliveries.c.state.in_(IN_QUEUE))
        .group_by(deliveries.c.kind)
    )
    return tuple(sorted((Debt(row.kind, row.messages, row.oldest) for row in rows), key=lambda debt: debt.oldest))


def cancel_older(db: Connection, *, before: datetime, now: datetime) -> int:
    """Cancel the messages queued before a moment that have not left.  Idempotent."""
    count = outbox.cancel_older(db, before=before)
    record(
        db, now=now, actor=OPERATOR, act="pump.cancel_older", noun="installation", noun_id="pump", count=count,
        before=before.isoformat(),
    )  # fmt: skip
    return count


def resume(db: Connection, *, now: datetime) -> bool:
    """Resume sending; False when it was not paused."""
    if not why_paused(db):
        return False
    resume_sending(db)
    record(db, now=now, actor=OPERATOR, act="pump.resume", noun="installation", noun_id="pump")
    return True
