"""
Changes of last days by officials: moved, set apart for their place, added as a further round, taken back.

Every change is checked with `roles.may` here and nowhere else; a refused day names the deadline it conflicts with.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from content.programme.pack import Pack
from registry.deadlines import moving, occurrences, round_titles
from registry.deadlines.announced_days import tellings
from registry.deadlines.deadlines import (
    SHOWN,
    Deadline,
    all_deadlines,
    closing_moment,
    concerned,
    day_of,
    deadline,
    deadlines,
    last_day,
    lock,
    open_deadlines,
    spec_of,
)
from registry.people.roles import NotAllowedError, Role, may
from registry.store.audit import record
from registry.store.rows import new_id, people
from registry.telling import Teller

LONGEST_NAME = 40
GRACE = timedelta(minutes=10)
"""The time in which an official may take a change back before anyone is notified."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """The reason why a day is refused, and the deadline it conflicts with."""

    why: Literal["past", "before_step", "after_step", "later_than_above"]
    other: Deadline | None = None


class UnfitDayError(Exception):
    """A last day that cannot be; nothing was changed."""

    def __init__(self, unfit: Unfit) -> None:
        super().__init__(f"This day cannot be a last day: {unfit.why}. Nothing was changed.")
        self.unfit = unfit


@dataclass(frozen=True, slots=True)
class Effect:
    """The number of people whose reminders move with a deadline, and of those who were told the old day."""

    reminded: int
    told: int


def unfit_day(
    db: Connection,
    *,
    pack: Pack,
    spec: str,
    place: str,
    last: date,
    now: datetime,
    name: str = "",
    apart_from: str = "",
) -> Unfit | None:
    """
    Return why a last day is refused for a place, or None.

    It has passed, or it conflicts with an earlier or later step. Or it is later than the official day of the same
    round for a place above, even one that has passed. Only open deadlines of other steps count; of several of one
    step the nearest counts.
    """
    if last < day_of(pack, now):
        return Unfit("past")
    step = pack.programme.deadline(spec).step
    for one in all_deadlines(db, places=pack.places, place=None):
        above = (one.spec, one.round) == (spec, name) and one.place != place and pack.places.within(place, one.place)
        if above and not one.sample and last > last_day(pack, one):
            return Unfit("later_than_above", one)
    near = [one for one in open_deadlines(db, places=pack.places, place=place, now=now) if one.id != apart_from]
    by_step: dict[int, list[Deadline]] = {}
    for one in near:
        known = spec_of(pack, one)
        if known is not None and known.step != step:
            by_step.setdefault(known.step, []).append(one)
    for other in sorted(by_step):
        ends = sorted(by_step[other], key=lambda one: one.closes_at)
        if other < step and last_day(pack, ends[0]) > last:
            return Unfit("before_step", ends[0])
        if other > step and last_day(pack, ends[-1]) < last:
            return Unfit("after_step", ends[-1])
    return None


def move_deadline(
    db: Connection, *, pack: Pack, deadline_id: str, last: date, role: Role, on: date, now: datetime
) -> Deadline:
    """
    Move a deadline to another last day, and every reminder of it by as much.

    Idempotent. People who were told the old day get the new one at the next sweep (`scheduler.reminders`).
    """
    lock(db)
    known = deadline(db, deadline_id)
    if known is None or known.application_id or not may(role, "deadline.move", known.place, pack.places, on=on):
        raise NotAllowedError("deadline.move")
    closes_at = closing_moment(pack, last)
    if closes_at == known.closes_at:
        return known
    unfit = unfit_day(
        db, pack=pack, spec=known.spec, place=known.place, last=last, now=now, name=known.round, apart_from=deadline_id
    )
    if unfit is not None:
        raise UnfitDayError(unfit)
    spec = spec_of(pack, known)
    as_ordered = spec is not None and not known.round and (spec.place, spec.closes_on) == (known.place, last)
    sample = as_ordered and spec is not None and spec.sample
    db.execute(
        update(deadlines)
        .where(deadlines.c.id == deadline_id)
        .values(closes_at=closes_at, sample=sample, closed_before=known.closes_at, changed_at=now)
    )
    moving.shift(db, deadline=known, by=closes_at - known.closes_at, now=now)
    record(
        db, now=now, actor=role.person_id, act="deadline.move", noun="deadline", noun_id=deadline_id,
        before=known.closes_at.isoformat(), after=closes_at.isoformat(),
    )  # fmt: skip
    return _again(db, deadline_id)


def take_up(db: Connection, *, pack: Pack, deadline_id: str, role: Role, on: date, now: datetime) -> None:
    """Begin the grace of a fresh change again, because its official takes it up: nobody is notified meanwhile."""
    lock(db)
    known = deadline(db, deadline_id)
    if known is None or not may(role, "deadline.move", known.place, pack.places, on=on):
        raise NotAllowedError("deadline.move")
    fresh = (deadlines.c.id == deadline_id, deadlines.c.changed_at > now - GRACE, deadlines.c.changed_at <= now)
    db.execute(update(deadlines).where(*fresh).values(changed_at=now))


def follow_pack(db: Connection, *, pack: Pack, now: datetime) -> int:
    """
    Move the pack's deadlines to the days of its new edition, except those an official has moved. Idempotent.

    The reminders move along, and people who were told the old day get the new one.
    """
    lock(db)
    moved = 0
    for spec in pack.programme.deadlines:
        row = db.execute(
            select(*SHOWN).where(
                deadlines.c.spec == spec.id,
                deadlines.c.place == spec.place,
                deadlines.c.round == "",
                deadlines.c.changed_at.is_(None),
            )
        ).one_or_none()
        closes_at = closing_moment(pack, spec.closes_on)
        if row is None or (row.closes_at, row.sample) == (closes_at, spec.sample):
            continue
        known = Deadline(*row)
        db.execute(update(deadlines).where(deadlines.c.id == known.id).values(closes_at=closes_at, sample=spec.sample))
        moving.shift(db, deadline=known, by=closes_at - known.closes_at, now=now)
        record(
            db, now=now, actor="system", act="deadline.move", noun="deadline", noun_id=known.id,
            before=known.closes_at.isoformat(), after=closes_at.isoformat(),
        )  # fmt: skip
        moved += 1
    return moved


def add_deadline(
    db: Connection,
    *,
    pack: Pack,
    spec: str,
    place: str,
    last: date,
    role: Role,
    on: date,
    now: datetime,
    tell: Teller,
    name: str = "",
) -> Deadline:
    """
    Set a separate last day for one place, or a further round under a name; the same one is moved instead.

    `TitleError` for a name that may not go to its people; officials above are notified of a new round.
    """
    if not may(role, "deadline.move", place, pack.places, on=on):
        raise NotAllowedError("deadline.move")
    pack.programme.deadline(spec)
    lock(db)
    name = name.strip()[:LONGEST_NAME]
    row = db.execute(
        select(deadlines.c.id, deadlines.c.dropped_at).where(
            deadlines.c.spec == spec, deadlines.c.place == place, deadlines.c.round == name
        )
    ).one_or_none()
    if row is not None and row.dropped_at is None:
        return move_deadline(db, pack=pack, deadline_id=row.id, last=last, role=role, on=on, now=now)
    unfit = unfit_day(db, pack=pack, spec=spec, place=place, last=last, now=now, name=name)
    if unfit is not None:
        raise UnfitDayError(unfit)
    if name:
        planned = Deadline("", spec, place, name, closing_moment(pack, last), sample=False)
        round_titles.check_title(pack, name, people=effect(db, pack=pack, deadline=planned).reminded)
    if row is not None:
        db.execute(update(deadlines).where(deadlines.c.id == row.id).values(dropped_at=None, changed_at=now))
        moving.revive_dropped(db, deadline_id=row.id, now=now)
        record(db, now=now, actor=role.person_id, act="deadline.add", noun="deadline", noun_id=row.id, place=place)
        moved = move_deadline(db, pack=pack, deadline_id=row.id, last=last, role=role, on=on, now=now)
        return _told_above(db, pack, moved, role, tell, now)
    made = new_id()
    db.execute(
        insert(deadlines).values(
            id=made,
            spec=spec,
            place=place,
            round=name,
            closes_at=closing_moment(pack, last),
            sample=False,
            changed_at=now,
        )
    )
    record(db, now=now, actor=role.person_id, act="deadline.add", noun="deadline", noun_id=made, place=place)
    return _told_above(db, pack, _again(db, made), role, tell, now)


def _told_above(db: Connection, pack: Pack, made: Deadline, role: Role, tell: Teller, now: datetime) -> Deadline:
    """Notify those above of a round that was made; a separate day has no title."""
    if made.round:
        reminded = effect(db, pack=pack, deadline=made).reminded
        round_titles.tell_above(db, pack=pack, known=made, people=reminded, role=role, tell=tell, now=now)
    return made


def drop_deadline(
    db: Connection, *, pack: Pack, deadline_id: str, role: Role, on: date, now: datetime, shown: date | None = None
) -> bool:
    """
    Take back a last day an official has set apart, or a further round; False for one that is gone already.

    False, too, where its last day is no longer the one that was `shown`.

    One of the pack's own stays: it can only be moved.
    """
    lock(db)
    known = deadline(db, deadline_id)
    if known is None or (shown is not None and shown != last_day(pack, known)):
        return False
    if not may(role, "deadline.move", known.place, pack.places, on=on) or not is_apart(pack, known):
        raise NotAllowedError("deadline.move")
    db.execute(update(deadlines).where(deadlines.c.id == deadline_id).values(dropped_at=now, changed_at=now))
    moving.drop(db, deadline=known, now=now)
    record(db, now=now, actor=role.person_id, act="deadline.drop", noun="deadline", noun_id=deadline_id)
    return True


def is_apart(pack: Pack, one: Deadline) -> bool:
    """True when officials made it: a separate day for a place, or a further round."""
    spec = spec_of(pack, one)
    return one.application_id is None and (bool(one.round) or spec is None or spec.place != one.place)


def effect(db: Connection, *, pack: Pack, deadline: Deadline, new_place: str | None = None) -> Effect:
    """Count the people a change of this deadline concerns; with `new_place`, those of a separate day there."""
    spec = spec_of(pack, deadline)
    if spec is None:
        return Effect(0, 0)
    about = deadline
    if new_place is not None:
        about = Deadline("", deadline.spec, new_place, deadline.round, deadline.closes_at, deadline.sample)
    found = concerned(db, places=pack.places, deadline=about, spec=spec)
    wanting = _wanting(db, {one.person_id for one in found})
    told = set(
        db.execute(
            select(tellings.c.subject).where(tellings.c.spec == deadline.spec, tellings.c.round == deadline.round)
        ).scalars()
    )
    return Effect(
        len(wanting), len({one.person_id for one in found if one.subject in told and one.person_id in wanting})
    )


def later_below(db: Connection, *, pack: Pack, deadline: Deadline, last: date, now: datetime) -> tuple[Deadline, ...]:
    """Return the separate days of places below that are later than this last day: they do not move along."""
    return tuple(
        one
        for one in open_deadlines(db, places=pack.places, place=None, now=now)
        if (one.spec, one.round) == (deadline.spec, deadline.round)
        and one.place != deadline.place
        and pack.places.within(one.place, deadline.place)
        and last_day(pack, one) > last
    )


def dropped_ahead(db: Connection, *, now: datetime) -> tuple[Deadline, ...]:
    """Return the dropped deadlines that would still be ahead: people who were told one are notified."""
    rows = db.execute(
        select(*SHOWN)
        .where(deadlines.c.dropped_at.is_not(None), deadlines.c.closes_at > now, deadlines.c.application_id.is_(None))
        .order_by(deadlines.c.closes_at, deadlines.c.id)
    )
    return tuple(Deadline(*row) for row in rows)


def changed_lately(db: Connection, *, since: datetime, now: datetime) -> frozenset[tuple[str, str]]:
    """
    Return the deadlines (spec and round) an official changed since a moment: they may still be changed back.

    A change recorded while a clock ran ahead is left out: it would suppress reminders until then.
    """
    rows = db.execute(
        select(deadlines.c.spec, deadlines.c.round).where(
            deadlines.c.changed_at > since, deadlines.c.changed_at <= now + occurrences.SKEW
        )
    )
    return frozenset((row.spec, row.round) for row in rows)


def seen_from(db: Connection, *, pack: Pack, roles: Iterable[Role], on: date, now: datetime) -> tuple[Deadline, ...]:
    """
    Return the open deadlines at an official's place, and the separate ones of places below it.

    For a step without an open deadline, include the last one that closed, so that it can be opened again. Deadlines
    of an earlier edition of the pack are left out.
    """
    found: dict[str, Deadline] = {}
    steps = {spec.id: spec.step for spec in pack.programme.deadlines}
    for role in roles:
        if not role.holds(on):
            continue
        here = [one for one in all_deadlines(db, places=pack.places, place=role.place) if one.spec in steps]
        still_open = {steps[one.spec] for one in here if one.closes_at > now}
        latest = {steps[one.spec]: one for one in here if steps[one.spec] not in still_open}
        for one in (*(one for one in here if one.closes_at > now), *latest.values()):
            found.setdefault(one.id, one)
        for one in open_deadlines(db, places=pack.places, place=None, now=now):
            if pack.places.within(one.place, role.place):
                found.setdefault(one.id, one)
    known = (one for one in found.values() if one.spec in steps)
    return tuple(sorted(known, key=lambda one: (one.closes_at, one.id)))


def _wanting(db: Connection, person_ids: set[str]) -> set[str]:
    rows = db.execute(select(people.c.id).where(people.c.reminders, people.c.stopped_at.is_(None))).scalars()
    return person_ids & set(rows)


def _again(db: Connection, deadline_id: str) -> Deadline:
    return Deadline(*db.execute(select(*SHOWN).where(deadlines.c.id == deadline_id)).one())
