"""
The reminders of deadlines as rows.

A reminder is an occurrence with a unique key (deadline, rule, subject), not a tick of a clock. An outage loses none;
a second process duplicates none. A skipped reminder keeps its row, with the reason.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
    text,
    update,
)

from registry.deadlines.deadlines import deadlines
from registry.store.installation import COUNTED, insert_or
from registry.store.rows import UTCDateTime, applications, drafts, id_column, metadata, new_id
from registry.store.tombstones import Kind, note

occurrences = Table(
    "occurrences",
    metadata,
    id_column(),
    Column("deadline_id", Text, ForeignKey("deadlines.id"), nullable=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),  # "a:<application>" or "p:<person>"
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("due_at", UTCDateTime, nullable=False),
    Column("state", Text, nullable=False),  # planned, said, skipped
    Column("reason", Text),
    Column("said_at", UTCDateTime),
    UniqueConstraint("deadline_id", "rule", "subject"),
    Index(
        "ix_occurrences_due",
        "due_at",
        sqlite_where=text("state = 'planned'"),
        postgresql_where=text("state = 'planned'"),
    ),
    Index(
        "ix_occurrences_skipped",
        "said_at",
        sqlite_where=text("state = 'skipped'"),
        postgresql_where=text("state = 'skipped'"),
    ),
)
_PLANNED = text("occurrences.state = 'planned'")
"""Written out and not as a parameter: only so does SQLite use the partial index."""


STOPPED = "stopped by the person"
DROPPED = "the deadline was dropped"
MOVED = "the deadline was moved before it left"
SKEW = timedelta(minutes=5)
"""The largest difference between the clocks of two processes; a later moment means that a clock ran ahead."""


class State(StrEnum):
    PLANNED = "planned"
    SAID = "said"
    SKIPPED = "skipped"


class Trigger(StrEnum):
    SAY = "say"
    SKIP = "skip"
    CALL_OFF = "call off"  # the deadline was dropped, and with it a message that had not left
    PLAN_AGAIN = "plan again"


TRANSITIONS: Mapping[Trigger, tuple[frozenset[State], State]] = {
    Trigger.SAY: (frozenset({State.PLANNED}), State.SAID),
    Trigger.SKIP: (frozenset({State.PLANNED}), State.SKIPPED),
    Trigger.CALL_OFF: (frozenset({State.PLANNED, State.SAID}), State.SKIPPED),
    Trigger.PLAN_AGAIN: (frozenset(State), State.PLANNED),
}
"""From which states each trigger leads, and to which one.  No state is final: a deadline may move, or come back."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder to be: of one rule, at one moment, or skipped with its reason."""

    rule: str
    subject: str
    person_id: str
    due_at: datetime
    skipped: str | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    id: str
    deadline_id: str
    rule: str
    subject: str
    person_id: str
    due_at: datetime
    state: str  # a `State`


def plan_rows(db: Connection, *, deadline_id: str, planned: Iterable[Planned], now: datetime | None = None) -> int:
    """
    Enter reminders; one that is there already (said, skipped, snoozed) stays as it is.

    Idempotent: the plan may be made again at any time.
    """
    added = 0
    for one in planned:
        added += db.execute(
            insert_or(db, occurrences)
            .values(
                id=new_id(),
                deadline_id=deadline_id,
                rule=one.rule,
                subject=one.subject,
                person_id=one.person_id,
                due_at=one.due_at,
                state="planned" if one.skipped is None else "skipped",
                reason=one.skipped,
                said_at=None if one.skipped is None else now,
            )
            .on_conflict_do_nothing(index_elements=["deadline_id", "rule", "subject"]),
            execution_options=COUNTED,
        ).rowcount
    return added


def due(
    db: Connection,
    *,
    now: datetime,
    limit: int | None = 500,
    without: Collection[str] = (),
    person_id: str | None = None,
) -> tuple[Occurrence, ...]:
    """The reminders whose moment has come, oldest first; without those of some deadlines, perhaps of one person."""
    whose = () if person_id is None else (occurrences.c.person_id == person_id,)
    rows = db.execute(
        select(*_SHOWN)
        .where(_PLANNED, occurrences.c.due_at <= now, occurrences.c.deadline_id.not_in(without), *whose)
        .order_by(occurrences.c.due_at, *(() if person_id is None else (occurrences.c.id,)))
        .limit(limit)
    )
    return tuple(Occurrence(*row) for row in rows)


def reminders_of(db: Connection, *, person_id: str) -> tuple[Occurrence, ...]:
    """Return the planned reminders of a person, soonest first."""
    rows = db.execute(
        select(*_SHOWN)
        .where(occurrences.c.person_id == person_id, occurrences.c.state == "planned")
        .order_by(occurrences.c.due_at, occurrences.c.id)
    )
    return tuple(Occurrence(*row) for row in rows)


def latest_of_each(db: Connection, *, deadline_id: str, person_id: str) -> tuple[Occurrence, ...]:
    """Return one reminder per subject of a person for one deadline, whatever its state; the last planned one."""
    rows = db.execute(
        select(*_SHOWN)
        .where(occurrences.c.deadline_id == deadline_id, occurrences.c.person_id == person_id)
        .order_by(occurrences.c.due_at, occurrences.c.id)
    )
    return tuple({row.subject: Occurrence(*row) for row in rows}.values())


def occurrence_of(db: Connection, *, occurrence_id: str, person_id: str) -> Occurrence | None:
    """Return one reminder of this person; None for another person's."""
    row = db.execute(
        select(*_SHOWN).where(occurrences.c.id == occurrence_id, occurrences.c.person_id == person_id)
    ).one_or_none()
    return None if row is None else Occurrence(*row)


def rules_planned(
    db: Connection, *, deadline_id: str, rules: Collection[str], subjects: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """Which of these rules of a deadline have a row already, by subject: those are never planned again."""
    found: dict[str, set[str]] = {}
    for row in db.execute(
        select(occurrences.c.subject, occurrences.c.rule).where(
            occurrences.c.deadline_id == deadline_id,
            occurrences.c.rule.in_(rules),
            occurrences.c.subject.in_(subjects),
        )
    ):
        found.setdefault(row.subject, set()).add(row.rule)
    return {subject: frozenset(rules) for subject, rules in found.items()}


def concerned_since(db: Connection, *, subjects: Collection[str]) -> Mapping[str, datetime]:
    """
    Return the moment from which each subject is as it is now.

    That is the last change of an application, or the first open draft of a person. A reminder older than that would
    say nothing useful.
    """
    ids = [subject[2:] for subject in subjects]
    changed = {
        f"a:{row.id}": row.updated_at
        for row in db.execute(select(applications.c.id, applications.c.updated_at).where(applications.c.id.in_(ids)))
    }
    begun = {
        f"p:{row.person_id}": row.begun
        for row in db.execute(
            select(drafts.c.person_id, func.min(drafts.c.created_at).label("begun"))
            .where(drafts.c.person_id.in_(ids), drafts.c.state == "open", drafts.c.form == "idea")
            .group_by(drafts.c.person_id)
        )
    }
    return changed | begun


def counts(db: Connection, *, deadline_id: str) -> dict[str, int]:
    """Count the reminders of a deadline by state."""
    rows = db.execute(
        select(occurrences.c.state, func.count())
        .where(occurrences.c.deadline_id == deadline_id)
        .group_by(occurrences.c.state)
    )
    return dict(rows.all())


# --- closing and moving one -------------------------------------------------------------------------------------------


def change(db: Connection, which: ColumnElement[bool], trigger: Trigger, **values: Any) -> int:
    """
    Change the state of the matching reminders, with other columns, and return their number.

    Nothing else in this package writes the state.  Idempotent: reminders in other states are left alone.
    """
    sources, target = TRANSITIONS[trigger]
    rows = update(occurrences).where(which, occurrences.c.state.in_([one.value for one in sources]))
    return db.execute(rows.values(state=target.value, **values)).rowcount


def said(db: Connection, *, occurrence_id: str, now: datetime) -> bool:
    """Mark a due reminder said; False when it was closed or put off before, and then nothing may be sent."""
    return change(db, _is_due(occurrence_id, now), Trigger.SAY, reason=None, said_at=now) == 1


def skip(db: Connection, *, occurrence_id: str, reason: str, now: datetime) -> bool:
    """Close a due reminder unsaid, with the reason; False when it was closed or put off before."""
    return change(db, _is_due(occurrence_id, now), Trigger.SKIP, reason=reason, said_at=now) == 1


def postpone(db: Connection, *, occurrence_id: str, until: datetime, reason: str) -> bool:
    """Move a planned reminder to a decent hour; False when it was closed, or put off for longer, before."""
    return (
        db.execute(
            update(occurrences)
            .where(occurrences.c.id == occurrence_id, occurrences.c.state == "planned", occurrences.c.due_at < until)
            .values(due_at=until, reason=reason)
        ).rowcount
        == 1
    )


def look_again(db: Connection, *, reason: str, now: datetime, person_id: str | None = None) -> int:
    """Plan for now the reminders put off or skipped for a reason that has ended, while their deadline is open."""
    still_open = select(deadlines.c.id).where(deadlines.c.closes_at > now, deadlines.c.dropped_at.is_(None))
    which = and_(
        occurrences.c.reason == reason, occurrences.c.state != "said", occurrences.c.deadline_id.in_(still_open)
    )
    if person_id is not None:
        which &= occurrences.c.person_id == person_id
    return change(db, which, Trigger.PLAN_AGAIN, due_at=now, reason=None, said_at=None)


def reassign(db: Connection, *, occurrence_id: str, person_id: str) -> None:
    """Give a planned reminder to another member of the same entity."""
    db.execute(
        update(occurrences)
        .where(occurrences.c.id == occurrence_id, occurrences.c.state == "planned")
        .values(person_id=person_id)
    )


def snooze(db: Connection, *, occurrence_id: str, person_id: str, until: datetime, now: datetime) -> bool:
    """
    Repeat a reminder later: its row is planned again, none is added.

    False for somebody else's, and when the deadline closes before then.
    """
    row = db.execute(
        select(deadlines.c.closes_at)
        .join(occurrences, occurrences.c.deadline_id == deadlines.c.id)
        .where(
            occurrences.c.id == occurrence_id,
            occurrences.c.person_id == person_id,
            deadlines.c.dropped_at.is_(None),
        )
    ).one_or_none()
    if row is None or not now < until < row.closes_at:
        return False
    which = occurrences.c.id == occurrence_id
    return change(db, which, Trigger.PLAN_AGAIN, due_at=until, reason="snoozed", said_at=None) == 1


def stop_reminding(db: Connection, *, deadline_id: str, person_id: str, now: datetime) -> int:
    """
    Skip every planned reminder of one deadline for a person; return their number.

    Reminders already said are marked as well, so that a move of the deadline does not repeat them.
    """
    theirs = and_(occurrences.c.deadline_id == deadline_id, occurrences.c.person_id == person_id)
    db.execute(update(occurrences).where(theirs, occurrences.c.state == "said").values(reason=STOPPED))
    note(db, Kind.REMINDERS, f"{deadline_id} {person_id}", now=now)
    return change(db, theirs, Trigger.SKIP, reason=STOPPED, said_at=now)


def plan_parked_again(db: Connection, occurrence_id: str, now: datetime) -> bool:
    """
    Plan the reminder of a parked message again, with all reminders of the same message.

    Its text counts the days left, so it is written again when the person writes.  False when it was not said.
    """
    first = db.execute(
        select(occurrences.c.deadline_id, occurrences.c.person_id, occurrences.c.said_at).where(
            occurrences.c.id == occurrence_id, occurrences.c.state == "said"
        )
    ).one_or_none()
    if first is None:
        return False
    together = and_(
        occurrences.c.deadline_id == first.deadline_id,
        occurrences.c.person_id == first.person_id,
        occurrences.c.said_at == first.said_at,
        occurrences.c.state == "said",
    )
    change(db, together, Trigger.PLAN_AGAIN, due_at=now, reason="held until they wrote", said_at=None)
    return True


def change_hour(db: Connection, *, person_id: str, hour: int, zone: ZoneInfo, now: datetime) -> None:
    """Move a person's planned reminders to another hour of their day, from now on."""
    for one in reminders_of(db, person_id=person_id):
        moment = datetime.combine(one.due_at.astimezone(zone).date(), time(hour), zone)
        if moment > now and one.due_at > now:
            db.execute(update(occurrences).where(occurrences.c.id == one.id).values(due_at=moment))


def forget_future(db: Connection, *, now: datetime) -> int:
    """
    Plan again the reminders that were skipped while a clock ran ahead.

    Reminders said then stay said, and those a person stopped stay stopped.
    """
    which = and_(
        text("occurrences.state = 'skipped'"),  # written out, as above
        occurrences.c.said_at > now + SKEW,
        or_(occurrences.c.reason.is_(None), occurrences.c.reason != STOPPED),
    )
    return change(db, which, Trigger.PLAN_AGAIN, reason=None, said_at=None)


_SHOWN = (
    occurrences.c.id,
    occurrences.c.deadline_id,
    occurrences.c.rule,
    occurrences.c.subject,
    occurrences.c.person_id,
    occurrences.c.due_at,
    occurrences.c.state,
)


def _is_due(occurrence_id: str, now: datetime) -> ColumnElement[bool]:
    """One reminder, unless it was put off meanwhile."""
    return and_(occurrences.c.id == occurrence_id, occurrences.c.due_at <= now)


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move reminders of applications over; skip planned ones of the other person, since the kept one has the same."""
    db.execute(
        update(occurrences)
        .where(occurrences.c.person_id == gone, occurrences.c.subject.like("a:%"))
        .values(person_id=keep)
    )
    change(db, occurrences.c.person_id == gone, Trigger.SKIP, reason="linked to another account")


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Skip every planned reminder of a person."""
    change(db, occurrences.c.person_id == person_id, Trigger.SKIP, reason="person erased")
