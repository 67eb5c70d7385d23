"""
Last days of the programme, whom they concern, and the reminders of them as rows.

A reminder is an occurrence with a unique key (deadline, rule, subject), not a
tick of a clock: a night without power loses none, a second process doubles none.
What is not said keeps its row, with the reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, exists, func, insert, or_, select, update

from content.pack import Pack
from content.places import Places
from content.programme import DeadlineSpec
from registry.audit import record
from registry.installation import COUNTED, insert_or
from registry.roles import NotAllowedError, Role, may
from registry.rows import applications, deadlines, drafts, members, new_id, occurrences, people

STOPPED = "stopped by the person"


@dataclass(frozen=True, slots=True)
class Deadline:
    id: str
    spec: str
    place: str
    closes_at: datetime
    sample: bool


@dataclass(frozen=True, slots=True)
class Concerned:
    """One who has not done the step: an application ("a:<id>") or a person with a draft ("p:<id>")."""

    subject: str
    person_id: str
    application_id: str | None


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
    state: str  # planned, said, skipped


def closing_moment(pack: Pack, day: date) -> datetime:
    """The end of a last day, where the programme is: that day still counts."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(pack.programme.timezone)).astimezone(UTC)


def last_day(pack: Pack, deadline: Deadline) -> date:
    """The last day on which the step can still be done."""
    return (deadline.closes_at.astimezone(ZoneInfo(pack.programme.timezone)) - timedelta(microseconds=1)).date()


def seed(db: Connection, *, pack: Pack) -> int:
    """Enter the pack's deadlines that are not there yet; one that an official has moved stays moved."""
    added = 0
    for spec in pack.programme.deadlines:
        added += db.execute(
            insert_or(db, deadlines)
            .values(
                id=new_id(),
                spec=spec.id,
                place=spec.place,
                closes_at=closing_moment(pack, spec.closes_on),
                sample=spec.sample,
            )
            .on_conflict_do_nothing(index_elements=["spec", "place"]),
            execution_options=COUNTED,
        ).rowcount
    return added


def open_deadlines(db: Connection, *, places: Places, place: str | None, now: datetime) -> tuple[Deadline, ...]:
    """
    The deadlines still open for a place (None: for any), soonest first.

    One set for a place goes before the same one set for a place above it.
    """
    rows = db.execute(select(deadlines).where(deadlines.c.closes_at > now).order_by(deadlines.c.closes_at))
    found = [Deadline(*row) for row in rows]
    if place is None:
        return tuple(found)
    near: dict[str, Deadline] = {}
    for one in found:
        if places.within(place, one.place):
            known = near.get(one.spec)
            if known is None or places.within(one.place, known.place):
                near[one.spec] = one
    return tuple(sorted(near.values(), key=lambda one: one.closes_at))


def deadline(db: Connection, deadline_id: str) -> Deadline | None:
    row = db.execute(select(deadlines).where(deadlines.c.id == deadline_id)).one_or_none()
    return None if row is None else Deadline(*row)


def move_deadline(
    db: Connection, *, pack: Pack, deadline_id: str, last: date, role: Role, on: date, now: datetime
) -> Deadline:
    """
    Move a deadline to another last day, and every reminder of it that was not said by as much.

    Moved to the day it has, nothing changes.
    """
    known = deadline(db, deadline_id)
    if known is None or not may(role, "deadline.move", known.place, pack.places, on=on):
        raise NotAllowedError("deadline.move")
    closes_at = closing_moment(pack, last)
    shift = closes_at - known.closes_at
    if not shift:
        return known
    db.execute(update(deadlines).where(deadlines.c.id == deadline_id).values(closes_at=closes_at, sample=False))
    unsaid = db.execute(
        select(occurrences).where(
            occurrences.c.deadline_id == deadline_id,
            occurrences.c.state.in_(("planned", "skipped")),
            or_(occurrences.c.reason.is_(None), occurrences.c.reason != STOPPED),
        )
    ).all()
    for row in unsaid:
        values = {"due_at": row.due_at + shift}
        # what was skipped for being too late may be true again; what the person stopped stays stopped
        if row.state == "planned" or row.due_at + shift > now:
            again = values | {"state": "planned", "reason": None, "said_at": None}
            db.execute(update(occurrences).where(occurrences.c.id == row.id).values(**again))
    record(
        db, now=now, actor=role.person_id, act="deadline.move", noun="deadline", noun_id=deadline_id,
        before=known.closes_at.isoformat(), after=closes_at.isoformat(),
    )  # fmt: skip
    return Deadline(known.id, known.spec, known.place, closes_at, sample=False)


def concerned(db: Connection, *, places: Places, deadline: Deadline, spec: DeadlineSpec) -> tuple[Concerned, ...]:
    """
    Who has not done the step a deadline is about, in its place: nobody else is reminded.

    Applications in one of the spec's statuses, said to the member who stands
    longest; and, where the spec reminds drafts, people with an open idea draft who
    have handed in none.  A place with a last day of its own is left to that one.
    """
    found: list[Concerned] = []
    reached = _reached(db, places, deadline)
    statuses = [status for status in spec.concerns if status not in spec.done_when]
    rows = db.execute(
        select(applications.c.id, members.c.person_id)
        .join(members, members.c.entity_id == applications.c.entity_id)
        .join(people, people.c.id == members.c.person_id)
        .where(
            applications.c.status.in_(statuses),
            applications.c.place.in_(reached),
            people.c.erased_at.is_(None),
        )
        .order_by(applications.c.submitted_at, members.c.since, members.c.person_id)
    ).all()
    told: set[str] = set()
    for row in rows:
        if row.id not in told:
            told.add(row.id)
            found.append(Concerned(f"a:{row.id}", row.person_id, row.id))
    if spec.reminds_drafts:
        done = (
            select(applications.c.id)
            .join(members, members.c.entity_id == applications.c.entity_id)
            .where(members.c.person_id == people.c.id, applications.c.status.in_(spec.done_when))
        )
        waiting = db.execute(
            select(people.c.id)
            .where(
                people.c.erased_at.is_(None),
                or_(people.c.place.is_(None), people.c.place.in_(reached)),
                exists(
                    select(drafts.c.key).where(
                        drafts.c.person_id == people.c.id,
                        drafts.c.form == "idea",
                        drafts.c.state == "open",
                        drafts.c.application_id.is_(None),
                    )
                ),
                ~exists(done),
            )
            .order_by(people.c.created_at, people.c.id)
        ).scalars()
        found += [Concerned(f"p:{person_id}", person_id, None) for person_id in waiting]
    return tuple(found)


def plan_rows(db: Connection, *, deadline_id: str, planned: Iterable[Planned]) -> int:
    """
    Enter reminders; one that is there already (said, skipped, snoozed) stays as it is.

    So the plan may be made anew as often as one likes.
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
            )
            .on_conflict_do_nothing(index_elements=["deadline_id", "rule", "subject"]),
            execution_options=COUNTED,
        ).rowcount
    return added


def due(db: Connection, *, now: datetime, limit: int = 500) -> tuple[Occurrence, ...]:
    """The reminders whose moment has come, oldest first."""
    rows = db.execute(
        select(*_SHOWN)
        .where(occurrences.c.state == "planned", occurrences.c.due_at <= now)
        .order_by(occurrences.c.due_at, occurrences.c.id)
        .limit(limit)
    )
    return tuple(Occurrence(*row) for row in rows)


def reminders_of(db: Connection, *, person_id: str) -> tuple[Occurrence, ...]:
    """What a person will still be reminded of, soonest first."""
    rows = db.execute(
        select(*_SHOWN)
        .where(occurrences.c.person_id == person_id, occurrences.c.state == "planned")
        .order_by(occurrences.c.due_at, occurrences.c.id)
    )
    return tuple(Occurrence(*row) for row in rows)


def said(db: Connection, *, occurrence_id: str, now: datetime) -> bool:
    """Mark a reminder said; False when it was said or skipped before, and then nothing may be owed."""
    return _close(db, occurrence_id, "said", None, now)


def skip(db: Connection, *, occurrence_id: str, reason: str, now: datetime) -> bool:
    """Close a reminder unsaid, with the reason; False when it was closed before."""
    return _close(db, occurrence_id, "skipped", reason, now)


def postpone(db: Connection, *, occurrence_id: str, until: datetime, reason: str) -> bool:
    """Move a planned reminder to a decent hour; False when it was closed before."""
    return (
        db.execute(
            update(occurrences)
            .where(occurrences.c.id == occurrence_id, occurrences.c.state == "planned")
            .values(due_at=until, reason=reason)
        ).rowcount
        == 1
    )


def snooze(db: Connection, *, occurrence_id: str, person_id: str, until: datetime, now: datetime) -> bool:
    """
    Say a reminder once more later: its row is planned again, none is added.

    False for somebody else's, and when the deadline closes before then.
    """
    row = db.execute(
        select(deadlines.c.closes_at)
        .join(occurrences, occurrences.c.deadline_id == deadlines.c.id)
        .where(occurrences.c.id == occurrence_id, occurrences.c.person_id == person_id)
    ).one_or_none()
    if row is None or not now < until < row.closes_at:
        return False
    db.execute(
        update(occurrences)
        .where(occurrences.c.id == occurrence_id)
        .values(state="planned", due_at=until, reason="snoozed", said_at=None)
    )
    return True


def stop_reminding(db: Connection, *, deadline_id: str, person_id: str, now: datetime) -> int:
    """Skip all that a person would still hear of one deadline; the count of those that were planned."""
    return db.execute(
        update(occurrences)
        .where(
            occurrences.c.deadline_id == deadline_id,
            occurrences.c.person_id == person_id,
            occurrences.c.state == "planned",
        )
        .values(state="skipped", reason=STOPPED, said_at=now)
    ).rowcount


def add_deadline(
    db: Connection, *, pack: Pack, spec: str, place: str, last: date, role: Role, on: date, now: datetime
) -> Deadline:
    """Set a last day of its own for one place; the same one again is moved."""
    if not may(role, "deadline.move", place, pack.places, on=on):
        raise NotAllowedError("deadline.move")
    pack.programme.deadline(spec)
    known = db.execute(
        select(deadlines.c.id).where(deadlines.c.spec == spec, deadlines.c.place == place)
    ).scalar_one_or_none()
    if known is not None:
        return move_deadline(db, pack=pack, deadline_id=known, last=last, role=role, on=on, now=now)
    made = Deadline(new_id(), spec, place, closing_moment(pack, last), sample=False)
    db.execute(insert(deadlines).values(id=made.id, spec=spec, place=place, closes_at=made.closes_at, sample=False))
    record(db, now=now, actor=role.person_id, act="deadline.add", noun="deadline", noun_id=made.id, place=place)
    return made


def counts(db: Connection, *, deadline_id: str) -> dict[str, int]:
    """How many reminders of a deadline stand in each state."""
    rows = db.execute(
        select(occurrences.c.state, func.count())
        .where(occurrences.c.deadline_id == deadline_id)
        .group_by(occurrences.c.state)
    )
    return dict(rows.all())


_SHOWN = (
    occurrences.c.id,
    occurrences.c.deadline_id,
    occurrences.c.rule,
    occurrences.c.subject,
    occurrences.c.person_id,
    occurrences.c.due_at,
    occurrences.c.state,
)


def _close(db: Connection, occurrence_id: str, state: str, reason: str | None, now: datetime) -> bool:
    done = db.execute(
        update(occurrences)
        .where(occurrences.c.id == occurrence_id, occurrences.c.state == "planned")
        .values(state=state, reason=reason, said_at=now)
    )
    return done.rowcount == 1


def _reached(db: Connection, places: Places, deadline: Deadline) -> tuple[str, ...]:
    """The places a deadline is for, where anybody is or makes anything."""
    known = select(applications.c.place).union(select(people.c.place).where(people.c.place.is_not(None)))
    other = db.execute(
        select(deadlines.c.place).where(deadlines.c.spec == deadline.spec, deadlines.c.id != deadline.id)
    ).scalars()
    nearer = [place for place in other.all() if places.within(place, deadline.place)]
    return tuple(
        sorted(
            place
            for place in db.execute(known).scalars()
            if places.within(place, deadline.place) and not any(places.within(place, one) for one in nearer)
        )
    )


def occurrence_of(db: Connection, *, occurrence_id: str, person_id: str) -> Occurrence | None:
    """One reminder of this person's; somebody else's is as if it were not there."""
    row = db.execute(
        select(*_SHOWN).where(occurrences.c.id == occurrence_id, occurrences.c.person_id == person_id)
    ).one_or_none()
    return None if row is None else Occurrence(*row)
