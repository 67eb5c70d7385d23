"""What became of a message that was claimed, and how each end is written down."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from registry.deliveries.claims import give_back
from registry.deliveries.deliveries import Owed, put_off, record
from registry.deliveries.outcomes import Doubtful, Outcome, Sent
from registry.deliveries.routing import Elsewhere, Go, Hold, Later, Unsure, hold, keep_reserve, move_over, settle


@dataclass(frozen=True, slots=True)
class Back:
    """Claimed and not tried: owed again, at a later moment if one is given."""

    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """What became of a message where money may be at stake: after an ambiguity that cost some it is not tried again."""

    outcome: Outcome
    way: Go


What = Outcome | Back | Routed | Elsewhere | Hold | Unsure | Later
Result = tuple[Owed, What, datetime]


def outcome_of(result: What) -> What:
    """The platform's answer where it was asked, by whichever way; else what was decided instead."""
    return result.outcome if isinstance(result, Routed) else result


def went_well(result: What) -> bool:
    """Whether the platform took it; anything else may be due again at another moment."""
    return isinstance(outcome_of(result), Sent)


def write_down(db: Connection, owed: Owed, result: What, moment: datetime) -> None:
    """Record one result, in the unit of work that takes them all."""
    match result:
        case Back(due_at):
            give_back(db, ids=(owed.id,), due_at=due_at)
        case Hold(detail, reason):
            hold(db, delivery_id=owed.id, detail=detail, reason=reason, now=moment)
        case Later(until, detail):
            put_off(db, delivery_id=owed.id, until=until, detail=detail, now=moment)
        case Elsewhere(account, detail):
            move_over(db, delivery_id=owed.id, account=account, detail=detail)
        case Unsure(reason):
            keep_reserve(db, delivery_id=owed.id)
            record(db, delivery_id=owed.id, outcome=Doubtful(reason), now=moment, paid=True)
        case Routed(outcome, way):
            settle(db, owed=owed, way=way, outcome=outcome, now=moment)
            record(db, delivery_id=owed.id, outcome=outcome, now=moment, paid=way.dong > 0)
        case _:
            record(db, delivery_id=owed.id, outcome=result, now=moment)
