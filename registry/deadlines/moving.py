"""The reminders of a deadline that is moved, dropped or brought back, and of its unsent messages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, select, update

from registry.deadlines.announced_days import tellings
from registry.deadlines.deadlines import Deadline
from registry.deadlines.occurrences import DROPPED, MOVED, STOPPED, Trigger, change, occurrences
from registry.deliveries.deliveries import cancel_reminders
from registry.deliveries.states import Reason

_AT_ONCE = 400


def shift(db: Connection, *, deadline: Deadline, by: timedelta, now: datetime) -> None:
    """
    Move every reminder of a deadline by the same time.

    Reminders skipped as too late, or said about the old day, are planned again where their moment is in the future
    again. Moved back, they count as said again. Reminders a person stopped stay stopped.
    """
    rows = db.execute(select(occurrences).where(occurrences.c.deadline_id == deadline.id)).all()
    unsent = _take_back(db, deadline, rows)
    unsent_again: list[str] = []
    late_again: list[str] = []
    said_again: list[str] = []
    said_before: list[str] = []
    for row in rows:
        moved = row.due_at + by
        ahead = moved > now
        if row.reason == STOPPED:
            pass
        elif row.id in unsent:
            unsent_again.append(row.id)
        elif row.state == "skipped" and ahead:
            late_again.append(row.id)
        elif row.state == "said" and ahead and row.said_at is not None and moved > row.said_at:
            said_again.append(row.id)
        elif row.state == "planned" and row.said_at is not None and moved <= row.said_at:
            said_before.append(row.id)
    _move_all(db, [{"row_id": row.id, "new_due_at": row.due_at + by} for row in rows])
    _change_all(db, unsent_again, Trigger.PLAN_AGAIN, reason=MOVED, said_at=None)
    _change_all(db, late_again, Trigger.PLAN_AGAIN, reason=None, said_at=None)
    _change_all(db, said_again, Trigger.PLAN_AGAIN, reason="said of an earlier day")
    _change_all(db, said_before, Trigger.SAY, reason=None)


def forget_deadline(db: Connection, *, deadline: Deadline) -> None:
    """Delete every reminder of a deadline and the days told for it; cancel unsent messages."""
    _take_back(db, deadline, db.execute(select(occurrences).where(occurrences.c.deadline_id == deadline.id)).all())
    db.execute(delete(occurrences).where(occurrences.c.deadline_id == deadline.id))
    db.execute(delete(tellings).where(tellings.c.spec == deadline.spec, tellings.c.round == deadline.round))


def drop(db: Connection, *, deadline: Deadline, now: datetime) -> None:
    """Skip every planned reminder of a dropped deadline, and cancel unsent messages about it."""
    rows = db.execute(select(occurrences).where(occurrences.c.deadline_id == deadline.id)).all()
    unsent = _take_back(db, deadline, rows)
    ids = [row.id for row in rows if row.state == "planned" or (row.id in unsent and row.reason != STOPPED)]
    _change_all(db, ids, Trigger.CALL_OFF, reason=DROPPED, said_at=now)


def revive_dropped(db: Connection, *, deadline_id: str, now: datetime) -> int:
    """Plan again the future reminders that were skipped because their deadline was dropped."""
    which = and_(
        occurrences.c.deadline_id == deadline_id,
        occurrences.c.state == "skipped",
        occurrences.c.reason == DROPPED,
        occurrences.c.due_at > now,
    )
    return change(db, which, Trigger.PLAN_AGAIN, reason=None, said_at=None)


def _take_back(db: Connection, deadline: Deadline, rows: Sequence[Any]) -> frozenset[str]:
    """
    Cancel unsent messages that name the old day, and return the reminders that are therefore unsaid.

    Subjects that no other message reached were told no day, and get no correction.
    """
    rows = [row for row in rows if row.state == "said"]
    ids = [row.id for row in rows]
    taken: set[str] = set()
    for start in range(0, len(ids), _AT_ONCE):
        taken |= cancel_reminders(db, occurrence_ids=ids[start : start + _AT_ONCE], reason=Reason.DAY_MOVED)
    heard = {row.subject for row in rows if row.id not in taken}
    untold = [row.subject for row in rows if row.subject not in heard]
    for start in range(0, len(untold), _AT_ONCE):
        db.execute(
            delete(tellings).where(
                tellings.c.spec == deadline.spec,
                tellings.c.round == deadline.round,
                tellings.c.closes_at == deadline.closes_at,
                tellings.c.subject.in_(untold[start : start + _AT_ONCE]),
            )
        )
    return frozenset(taken)


def _move_all(db: Connection, moved: list[dict[str, Any]]) -> None:
    if moved:
        one = update(occurrences).where(occurrences.c.id == bindparam("row_id"))
        db.execute(one.values(due_at=bindparam("new_due_at")), moved)


def _change_all(db: Connection, ids: Sequence[str], trigger: Trigger, **values: Any) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        change(db, occurrences.c.id.in_(ids[start : start + _AT_ONCE]), trigger, **values)
