"""
Scheduled messages other than deadline reminders: nudges about a draft, weekly lessons, the Monday digest.

A notice is a row with a unique key (kind, subject, step), planned before it is enqueued.
A skipped one keeps its row, with the reason.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, text, update

from registry.store.installation import COUNTED, insert_or
from registry.store.rows import new_id, notices

SKEW = timedelta(minutes=5)
KINDS = ("nudge", "lesson", "digest")
_PLANNED = text("notices.state = 'planned'")
"""Written out and not as a parameter: only so does SQLite use the partial index."""
FARTHEST = timedelta(days=62)
"""Longer than any pause or holiday delays a notice."""


@dataclass(frozen=True, slots=True)
class Notice:
    id: str
    kind: str
    subject: str
    step: str
    person_id: str
    due_at: datetime
    state: str  # planned, said, skipped
    reason: str | None
    closed_at: datetime | None


def plan(
    db: Connection,
    *,
    kind: str,
    subject: str,
    step: str,
    person_id: str,
    due_at: datetime,
    now: datetime,
    skipped: str | None = None,
) -> bool:
    """Enter a notice, planned or skipped with its reason; False when its key exists already."""
    return (
        db.execute(
            insert_or(db, notices)
            .values(
                id=new_id(),
                kind=kind,
                subject=subject,
                step=step,
                person_id=person_id,
                due_at=due_at,
                state="planned" if skipped is None else "skipped",
                reason=skipped,
                closed_at=None if skipped is None else now,
            )
            .on_conflict_do_nothing(index_elements=["kind", "subject", "step"]),
            execution_options=COUNTED,
        ).rowcount
        == 1
    )


def plan_again(db: Connection, *, notice_id: str, due_at: datetime) -> bool:
    """Plan a skipped notice again; a sent one is never planned again."""
    return (
        db.execute(
            update(notices)
            .where(notices.c.id == notice_id, notices.c.state == "skipped")
            .values(state="planned", due_at=due_at, reason=None, closed_at=None)
        ).rowcount
        == 1
    )


def due(db: Connection, *, kind: str, now: datetime, limit: int) -> tuple[Notice, ...]:
    """The due notices of a kind, oldest first."""
    rows = db.execute(
        select(*_SHOWN)
        .where(notices.c.kind == kind, _PLANNED, notices.c.due_at <= now)
        .order_by(notices.c.due_at)
        .limit(limit)
    )
    return tuple(Notice(*row) for row in rows)


def of_subjects(db: Connection, *, kind: str, subjects: Collection[str]) -> Mapping[str, Mapping[str, Notice]]:
    """All notices of a kind about some subjects: by subject, then by step."""
    found: dict[str, dict[str, Notice]] = {}
    for row in db.execute(select(*_SHOWN).where(notices.c.kind == kind, notices.c.subject.in_(subjects))):
        one = Notice(*row)
        found.setdefault(one.subject, {})[one.step] = one
    return found


def later_due(db: Connection, *, notice: Notice, now: datetime) -> bool:
    """True when a later notice about the same subject is due as well."""
    others = of_subjects(db, kind=notice.kind, subjects=[notice.subject]).get(notice.subject, {})
    return any(
        one.state == "planned" and one.due_at <= now and (one.due_at, one.id) > (notice.due_at, notice.id)
        for one in others.values()
    )


def said(db: Connection, *, notice_id: str, now: datetime) -> bool:
    """Mark a notice sent; False when it was closed before, and then nothing may be enqueued."""
    return _close(db, notice_id, "said", None, now)


def skip(db: Connection, *, notice_id: str, reason: str, now: datetime) -> bool:
    """Skip a notice, with the reason."""
    return _close(db, notice_id, "skipped", reason, now)


def postpone(db: Connection, *, notice_id: str, until: datetime, reason: str | None) -> bool:
    """Move a planned notice to another moment."""
    return (
        db.execute(
            update(notices)
            .where(notices.c.id == notice_id, notices.c.state == "planned")
            .values(due_at=until, reason=reason)
        ).rowcount
        == 1
    )


def look_again(db: Connection, *, reason: str, now: datetime, person_id: str | None = None) -> int:
    """Plan for now the notices that were put off for a reason that no longer holds."""
    whose = () if person_id is None else (notices.c.person_id == person_id,)
    return db.execute(
        update(notices)
        .where(notices.c.reason == reason, notices.c.state == "planned", *whose)
        .values(due_at=now, reason=None)
    ).rowcount


def forget_future(db: Connection, *, now: datetime) -> int:
    """After the clock was set back, plan again the notices skipped in that future; sent ones stay sent."""
    db.execute(delete(notices).where(notices.c.kind.in_(KINDS), _PLANNED, notices.c.due_at > now + FARTHEST))
    return db.execute(
        update(notices)
        .where(text("notices.state = 'skipped'"), notices.c.closed_at > now + SKEW)
        .values(state="planned", reason=None, closed_at=None)
    ).rowcount


def _close(db: Connection, notice_id: str, state: str, reason: str | None, now: datetime) -> bool:
    return (
        db.execute(
            update(notices)
            .where(notices.c.id == notice_id, notices.c.state == "planned")
            .values(state=state, reason=reason, closed_at=now)
        ).rowcount
        == 1
    )


_SHOWN = (
    notices.c.id,
    notices.c.kind,
    notices.c.subject,
    notices.c.step,
    notices.c.person_id,
    notices.c.due_at,
    notices.c.state,
    notices.c.reason,
    notices.c.closed_at,
)


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move nudges about drafts over; lessons and digests of the other account end with it."""
    db.execute(update(notices).where(notices.c.person_id == gone, notices.c.kind == "nudge").values(person_id=keep))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Skip everything planned for a person."""
    db.execute(
        update(notices)
        .where(notices.c.person_id == person_id, notices.c.state == "planned")
        .values(state="skipped", reason="person erased", closed_at=now)
    )
