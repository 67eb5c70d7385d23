"""The messages that wait and those that failed, counted up to a limit: for health and metrics."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, func, literal, select, union_all

from registry.deliveries.deliveries import PRIORITY
from registry.deliveries.states import IN_QUEUE, State, in_states
from registry.store.distinct import values_in
from registry.store.rows import accounts, deliveries

COUNTED_UP_TO = 10_000
"""More than this is shown as this number: a look at the health does not read a whole broadcast."""
LATE = timedelta(minutes=1)
WAITING = (*IN_QUEUE, State.PARKED, State.PAUSED)
FAILED = (State.REFUSED, State.GIVEN_UP, State.DOUBTFUL, State.UNREACHABLE)


def backlog(db: Connection, *, now: datetime) -> dict[str, int]:
    """The number of messages by state that are not sent, and of those overdue by a minute; states without any left out.

    Every part reads a partial index (`registry.store.rows`), so sent messages cost nothing.
    """
    parts = [
        _bounded(str(state), select(deliveries.c.id).where(in_states(state), group))
        for states, group in ((IN_QUEUE, in_states(*IN_QUEUE)), ((State.PARKED,), in_states(State.PARKED)),
                              ((State.PAUSED,), in_states(State.PAUSED)), (FAILED, in_states(*FAILED)))
        for state in states
    ]  # fmt: skip
    for channel in values_in(db, accounts.c.channel):
        for priority in PRIORITY.values():
            late = select(deliveries.c.id).where(
                deliveries.c.channel == channel, deliveries.c.priority == priority, deliveries.c.due_at < now - LATE,
                in_states(State.QUEUED), in_states(*IN_QUEUE),
            )  # fmt: skip
            parts.append(_bounded("late", late))
    counts = {"late": 0}
    for row in db.execute(union_all(*parts)):
        if row[1]:
            counts[row[0]] = min(counts.get(row[0], 0) + row[1], COUNTED_UP_TO)
    return counts


def _bounded(name: str, rows: Select[str]) -> Select[str, int]:
    return select(literal(name), func.count()).select_from(rows.limit(COUNTED_UP_TO).subquery())
