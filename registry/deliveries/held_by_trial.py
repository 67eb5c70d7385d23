"""Messages parked during a trial, because their person is not invited."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from registry.deliveries.routing import HELD
from registry.deliveries.states import Reason, Trigger, change
from registry.store.rows import deliveries

_OF_THE_TRIAL = and_(HELD, deliveries.c.reason == Reason.TRIAL.value)
_NEWS = and_(_OF_THE_TRIAL, deliveries.c.kind.in_(("reminder", "broadcast")))


@dataclass(frozen=True, slots=True)
class Held:
    """The number of parked messages: news (reminders, announcements) and decisions."""

    news: int
    decisions: int


def held(db: Connection) -> Held:
    """Count the messages the trial keeps back."""
    rows = db.execute(select(deliveries.c.kind, func.count()).where(_OF_THE_TRIAL).group_by(deliveries.c.kind))
    counts: dict[str, int] = {row[0]: row[1] for row in rows}
    news = counts.pop("reminder", 0) + counts.pop("broadcast", 0)
    return Held(news, sum(counts.values()))


def drop_news(db: Connection) -> int:
    """Cancel parked reminders and announcements: they were for the trial.  Idempotent."""
    return change(db, _NEWS, Trigger.CANCEL, reason=Reason.TRIAL_ENDED)


def release_decisions(db: Connection, *, now: datetime) -> int:
    """Queue the other parked messages: a decision waits as long as it takes.  Idempotent."""
    return change(db, _OF_THE_TRIAL, Trigger.RELEASE, due_at=now)
