"""
Last days of the programme as rows, and the people they concern.

They come from the pack; officials move them and set others for their place (`registry.deadlines.rounds`). Reminders
have rows too (`registry.deadlines.occurrences`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    exists,
    func,
    or_,
    select,
    true,
)

from content.places.places import Places
from content.programme.pack import Pack
from content.programme.programme import DeadlineSpec
from content.working_days import day_before
from registry.deadlines.handed_papers import silences, silences_draft
from registry.store.distinct import values_in
from registry.store.installation import COUNTED, insert_or
from registry.store.rows import UTCDateTime, applications, drafts, id_column, members, metadata, new_id, people

deadlines = Table(
    "deadlines",
    metadata,
    id_column(),
    Column("spec", Text, nullable=False),  # id in the pack, or "certificate"
    Column("place", Text, nullable=False),
    Column("round", Text, nullable=False, server_default=""),  # name of a further round; an application's id
    Column("closes_at", UTCDateTime, nullable=False),
    Column("sample", Boolean, nullable=False),  # "hạn mẫu": the source gives no date
    Column("application_id", Text, ForeignKey("applications.id")),  # the end of one product's certificate
    Column("closed_before", UTCDateTime),  # the value before the last change, to go back to
    Column("changed_at", UTCDateTime),  # by an official
    Column("dropped_at", UTCDateTime),
    UniqueConstraint("spec", "place", "round"),
    Index("ix_deadlines_round", "round"),
)


_ONE_AT_A_TIME = 0x0C0C
"""Key of the advisory lock on PostgreSQL, beside that of `registry.store.schema`."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """
    One last day for one place and all below it.

    `round` names a further one beside the pack's; `application_id` makes it the
    end of one product's certificate.  `closed_before` is where it was before the
    last change.
    """

    id: str
    spec: str
    place: str
    round: str
    closes_at: datetime
    sample: bool
    application_id: str | None = None
    closed_before: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Concerned:
    """An application ("a:<id>") or a person with a draft ("p:<id>") that has not done the step."""

    subject: str
    person_id: str
    application_id: str | None


@dataclass(frozen=True, slots=True)
class Among:
    """The only applications and people to look at."""

    applications: Collection[str] = ()
    people: Collection[str] = ()


def closing_moment(pack: Pack, day: date) -> datetime:
    """The end of a last day, where the programme is: that day still counts."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(pack.programme.timezone)).astimezone(UTC)


def day_of(pack: Pack, closes_at: datetime) -> date:
    """The last day that ends at a closing moment."""
    return (closes_at.astimezone(ZoneInfo(pack.programme.timezone)) - timedelta(microseconds=1)).date()


def last_day(pack: Pack, deadline: Deadline) -> date:
    """The last day on which the step can still be done."""
    return day_of(pack, deadline.closes_at)


def advised_day(pack: Pack, deadline: Deadline) -> date | None:
    """
    The day by which a producer should hand in, so that the office's check still ends in time.

    Advice counted from the rules, not a day of the law; None where nothing is checked before.
    """
    programme = pack.programme
    spec = spec_of(pack, deadline)
    working_days = programme.evaluation.check_working_days
    if spec is None or not spec.round or working_days is None:
        return None
    return day_before(last_day(pack, deadline), working_days, programme.holidays, programme.workdays)


def spec_of(pack: Pack, deadline: Deadline) -> DeadlineSpec | None:
    """Return the pack's entry for a deadline; None for one of an earlier edition, and for a certificate."""
    return next((spec for spec in pack.programme.deadlines if spec.id == deadline.spec), None)


def title_of(pack: Pack, deadline: Deadline) -> str:
    """How a deadline is called; a further round by its own name too."""
    spec = spec_of(pack, deadline)
    title = deadline.spec if spec is None else spec.title
    return f"{title} ({deadline.round})" if deadline.round and not deadline.application_id else title


def seed(db: Connection, *, pack: Pack) -> int:
    """Add the pack's missing deadlines; one that an official has moved stays moved. Idempotent."""
    added = 0
    for spec in pack.programme.deadlines:
        added += db.execute(
            insert_or(db, deadlines)
            .values(
                id=new_id(),
                spec=spec.id,
                place=spec.place,
                round="",
                closes_at=closing_moment(pack, spec.closes_on),
                sample=spec.sample,
            )
            .on_conflict_do_nothing(index_elements=["spec", "place", "round"]),
            execution_options=COUNTED,
        ).rowcount
    return added


def lock(db: Connection) -> None:
    """
    Lock the last days for the rest of this transaction.

    Otherwise a reminder planned while its deadline moves keeps the old day, and two moves at once add up. SQLite has
    a single writer anyway.
    """
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))


def open_deadlines(db: Connection, *, places: Places, place: str | None, now: datetime) -> tuple[Deadline, ...]:
    """The deadlines still open for a place (None: for any), soonest first."""
    return tuple(one for one in all_deadlines(db, places=places, place=place) if one.closes_at > now)


def all_deadlines(db: Connection, *, places: Places, place: str | None) -> tuple[Deadline, ...]:
    """
    The deadlines of a place (None: of any), those that have passed too, soonest first.

    One set for a place goes before the same one set for a place above it, also
    when it has passed already.
    """
    rows = db.execute(
        select(*SHOWN)
        .where(deadlines.c.application_id.is_(None), deadlines.c.dropped_at.is_(None))
        .order_by(deadlines.c.closes_at, deadlines.c.id)
    )
    found = [Deadline(*row) for row in rows]
    if place is not None:
        near: dict[tuple[str, str], Deadline] = {}
        for one in found:
            if places.within(place, one.place):
                known = near.get((one.spec, one.round))
                if known is None or places.within(one.place, known.place):
                    near[one.spec, one.round] = one
        found = sorted(near.values(), key=lambda one: one.closes_at)
    return tuple(found)


def closing_of_ideas(db: Connection, *, pack: Pack, place: str | None, now: datetime) -> Deadline | None:
    """
    Return the next day until which ideas are taken at a place; the last one once all have passed.

    Without a place it is the day for all places.  None where the pack sets no such day.
    """
    specs = {spec.id: spec for spec in pack.programme.deadlines if spec.reminds_drafts}
    found = [
        one
        for one in all_deadlines(db, places=pack.places, place=place)
        if (spec := specs.get(one.spec)) is not None and (place is not None or one.place == spec.place)
    ]
    ahead = [one for one in found if one.closes_at > now]
    return next(iter(ahead), None) or next(reversed(found), None)


def late_idea(db: Connection, *, pack: Pack, place: str, at: datetime) -> Deadline | None:
    """The last day that an idea of this moment came after; None where a day was still open, or none is set."""
    closing = closing_of_ideas(db, pack=pack, place=place, now=at)
    return closing if closing is not None and closing.closes_at <= at else None


def deadline(db: Connection, deadline_id: str) -> Deadline | None:
    """Return one deadline; None for a dropped one."""
    row = db.execute(
        select(*SHOWN).where(deadlines.c.id == deadline_id, deadlines.c.dropped_at.is_(None))
    ).one_or_none()
    return None if row is None else Deadline(*row)


def concerned(
    db: Connection, *, places: Places, deadline: Deadline, spec: DeadlineSpec, among: Among | None = None
) -> tuple[Concerned, ...]:
    """
    Return the people and applications in the deadline's place that have not done its step; only they are reminded.

    `among` looks at some of them only.

    An application counts while it is in one of the spec's statuses. Its reminder goes to the longest-standing member
    who asked for reminders and takes messages. Where the spec reminds drafts, people with an open idea draft and no
    idea handed in count too. A place with a separate last day is left to that one; a person without a known place
    gets the general day.
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
            ~silences(deadline.spec, deadline.round),
            true() if among is None else applications.c.id.in_(among.applications),
        )
        .order_by(
            applications.c.submitted_at,
            people.c.reminders.desc(),
            people.c.stopped_at.is_not(None),
            members.c.since,
            members.c.person_id,
        )
    ).all()
    told: set[str] = set()
    for row in rows:
        if row.id not in told:
            told.add(row.id)
            found.append(Concerned(f"a:{row.id}", row.person_id, row.id))
    if spec.reminds_drafts:
        found += _drafting(db, spec, deadline, reached, among)
    return tuple(found)


def _drafting(
    db: Connection, spec: DeadlineSpec, deadline: Deadline, reached: tuple[str, ...], among: Among | None
) -> list[Concerned]:
    anywhere = deadline.place == spec.place
    done = (
        select(applications.c.id)
        .join(members, members.c.entity_id == applications.c.entity_id)
        .where(members.c.person_id == people.c.id, applications.c.status.in_(spec.done_when))
    )
    waiting = db.execute(
        select(people.c.id)
        .where(
            people.c.erased_at.is_(None),
            true() if among is None else people.c.id.in_(among.people),
            or_(people.c.place.in_(reached), *((people.c.place.is_(None),) if anywhere else ())),
            exists(
                select(drafts.c.key).where(
                    drafts.c.person_id == people.c.id,
                    drafts.c.form == "idea",
                    drafts.c.state == "open",
                    drafts.c.application_id.is_(None),
                )
            ),
            ~exists(done),
            ~silences_draft(deadline.spec, deadline.round, people.c.id),
        )
        .order_by(people.c.created_at, people.c.id)
    ).scalars()
    return [Concerned(f"p:{person_id}", person_id, None) for person_id in waiting]


def _reached(db: Connection, places: Places, deadline: Deadline) -> tuple[str, ...]:
    """The places a deadline is for, where anybody is or makes anything."""
    known = {*values_in(db, applications.c.place), *values_in(db, people.c.place)}
    other = db.execute(
        select(deadlines.c.place).where(
            deadlines.c.spec == deadline.spec,
            deadlines.c.round == deadline.round,
            deadlines.c.id != deadline.id,
            deadlines.c.dropped_at.is_(None),
        )
    ).scalars()
    nearer = [place for place in other.all() if places.within(place, deadline.place) and place != deadline.place]
    return tuple(
        sorted(
            place
            for place in known
            if places.within(place, deadline.place) and not any(places.within(place, one) for one in nearer)
        )
    )


SHOWN = (
    deadlines.c.id,
    deadlines.c.spec,
    deadlines.c.place,
    deadlines.c.round,
    deadlines.c.closes_at,
    deadlines.c.sample,
    deadlines.c.application_id,
    deadlines.c.closed_before,
    deadlines.c.changed_at,
)
"""The columns of a `Deadline`, in its order."""
