"""The results of claimed messages, and how each is recorded."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy import Connection

from registry.deliveries.claims import give_back
from registry.deliveries.deliveries import Pending, put_off, record
from registry.deliveries.outcomes import Doubtful, Outcome, Sent
from registry.deliveries.routing import Elsewhere, Go, Later, Park, Unsure, keep_reserve, move_over, park, settle

log = structlog.get_logger()

DELIVERIES = Counter("ocopbot_deliveries", "Messages handed to a platform, by outcome.", ["channel", "kind", "outcome"])
WAITED = Histogram(
    "ocopbot_delivery_seconds",
    "Seconds from the moment a message was due until a platform took it.",
    ["channel", "kind"],
    buckets=(0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 15, 60, 300, 3600),
)


@dataclass(frozen=True, slots=True)
class Back:
    """Claimed and not sent: queued again, at a later moment if one is given."""

    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """The outcome of a message and the way it took: a doubtful one that cost money is not retried."""

    outcome: Outcome
    way: Go


What = Outcome | Back | Routed | Elsewhere | Park | Unsure | Later
Result = tuple[Pending, What, datetime]


def outcome_of(result: What) -> What:
    """Return the outcome of the platform, without the way; or the decision made without asking it."""
    return result.outcome if isinstance(result, Routed) else result


def went_well(result: What) -> bool:
    """True when the platform took the message; otherwise it may be due again later."""
    return isinstance(outcome_of(result), Sent)


def measure(channel: str, pending: Pending, result: What, moment: datetime) -> None:
    """Count one outcome in the metrics, and log it unless the platform took the message."""
    name = type(outcome_of(result)).__name__.lower()
    DELIVERIES.labels(channel, pending.kind, name).inc()
    if went_well(result):
        WAITED.labels(channel, pending.kind).observe(max(0.0, (moment - pending.due_at).total_seconds()))
    else:
        log.info("message not delivered", channel=channel, delivery=pending.id, kind=pending.kind, outcome=name)


def write_down(db: Connection, pending: Pending, result: What, moment: datetime) -> None:
    """Record one result, in the transaction of its batch."""
    match result:
        case Back(due_at):
            give_back(db, ids=(pending.id,), due_at=due_at)
        case Park(detail, reason):
            park(db, delivery_id=pending.id, detail=detail, reason=reason, now=moment)
        case Later(until, detail):
            put_off(db, delivery_id=pending.id, until=until, detail=detail, now=moment)
        case Elsewhere(account, detail):
            move_over(db, delivery_id=pending.id, account=account, detail=detail)
        case Unsure(reason):
            keep_reserve(db, delivery_id=pending.id)
            record(db, delivery_id=pending.id, outcome=Doubtful(reason), now=moment, paid=True)
        case Routed(outcome, way):
            settle(db, pending=pending, way=way, outcome=outcome, now=moment)
            record(db, delivery_id=pending.id, outcome=outcome, now=moment, paid=way.dong > 0)
        case _:
            record(db, delivery_id=pending.id, outcome=result, now=moment)
