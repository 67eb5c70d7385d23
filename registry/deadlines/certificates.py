"""
The ends of recognitions as deadlines: the ladder of reminders to evaluate a product again.

A corrected day moves its reminders, a new decision gets a new ladder.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, exists, insert, select, update

from content.programme.pack import Pack
from content.programme.programme import Certificates, ReminderRule
from registry.deadlines import moving
from registry.deadlines.deadlines import (
    SHOWN,
    Concerned,
    Deadline,
    closing_moment,
    deadlines,
    last_day,
    open_deadlines,
    spec_of,
)
from registry.deadlines.handed_papers import silences
from registry.products.products import products
from registry.products.recognitions import State, recognitions
from registry.store.rows import applications, members, new_id, people

SPEC = "certificate"
IN_EVALUATION = ("dossier_submitted", "dossier_needs_changes", "scored_local", "forwarded")
"""The statuses of a course whose dossier was handed in: nobody is reminded to hand in another."""

_TO_DO = (
    recognitions.c.state == State.STANDING,
    ~exists().where(applications.c.product_id == recognitions.c.product_id, applications.c.status.in_(IN_EVALUATION)),
)


@dataclass(frozen=True, slots=True)
class Window:
    """The days between which the dossier for another evaluation is taken, and the day the stars end."""

    opens: date
    closes: date
    ends: date
    grace_days: int = 0  # how long it may be kept behind its end; an official confirms it


def window(pack: Pack, one: Deadline) -> Window | None:
    """The days of one certificate; None where the programme orders no evaluation again."""
    ordered = pack.programme.evaluation.certificates
    if ordered is None:
        return None
    ends = last_day(pack, one)
    return Window(
        opens=ends - timedelta(days=ordered.reopens_days_before),
        closes=ends - timedelta(days=ordered.closes_days_before),
        ends=ends,
        grace_days=ordered.grace_days,
    )


def rules(ordered: Certificates) -> tuple[ReminderRule, ...]:
    """The rungs of the ladder as reminder rules."""
    return tuple(ReminderRule(f"c{days}", days) for days in ordered.remind_days)


def follow(db: Connection, *, pack: Pack, now: datetime) -> int:
    """
    Give every recognition that ends soon a deadline, and move those whose day was corrected. Idempotent.

    Soon is before the first rung of the ladder: nothing is planned years ahead. The deadline of a recognition that no
    longer stands is deleted with its reminders.
    """
    ordered = pack.programme.evaluation.certificates
    if ordered is None or not ordered.remind_days:
        return 0
    horizon = now + timedelta(days=max(ordered.remind_days) + 2)
    changed = _drop_replaced(db)
    rows = db.execute(
        select(
            recognitions.c.id, recognitions.c.application_id, recognitions.c.ends_on, products.c.place,
            deadlines.c.id.label("deadline_id"), deadlines.c.closes_at,
        )
        .join(products, products.c.id == recognitions.c.product_id)
        .outerjoin(deadlines, (deadlines.c.spec == SPEC) & (deadlines.c.round == recognitions.c.id))
        .where(recognitions.c.state == State.STANDING, recognitions.c.ends_on.is_not(None))
    ).all()  # fmt: skip
    for row in rows:
        closes_at = closing_moment(pack, row.ends_on)
        if row.deadline_id is None:
            if now < closes_at <= horizon:
                db.execute(
                    insert(deadlines).values(
                        id=new_id(), spec=SPEC, place=row.place, round=row.id, closes_at=closes_at, sample=False,
                        application_id=row.application_id,
                    )
                )  # fmt: skip
                changed += 1
        elif row.closes_at != closes_at:
            known = Deadline(row.deadline_id, SPEC, row.place, row.id, row.closes_at, sample=False)
            moving.shift(db, deadline=known, by=closes_at - known.closes_at, now=now)
            db.execute(update(deadlines).where(deadlines.c.id == known.id).values(closes_at=closes_at, place=row.place))
            changed += 1
    return changed


def _drop_replaced(db: Connection) -> int:
    """Delete the deadlines of recognitions that no longer stand, with their reminders; return their number."""
    gone = db.execute(
        select(*SHOWN)
        .join(recognitions, recognitions.c.id == deadlines.c.round)
        .where(deadlines.c.spec == SPEC, recognitions.c.state != State.STANDING)
    ).all()
    for row in gone:
        one = Deadline(*row)
        moving.forget_deadline(db, deadline=one)
        db.execute(delete(deadlines).where(deadlines.c.id == one.id))
    return len(gone)


def still_to_do(db: Connection, deadline: Deadline) -> bool:
    """True while the recognition of a deadline stands and no dossier for another evaluation is handed in."""
    return db.execute(select(recognitions.c.id).where(recognitions.c.id == deadline.round, *_TO_DO)).first() is not None


def ending(
    db: Connection, *, now: datetime, person_id: str | None = None, ids: Collection[str] | None = None
) -> tuple[tuple[Deadline, tuple[Concerned, ...]], ...]:
    """
    Certificates that come to their end, with every member of the entity (or this one only), the owner first.

    `ids` names the deadlines to look at, to remind of them: without those whose paper was said to be handed in.

    Of one application the first member's reminder is the application's own ("a:<id>"), another member's has their id
    beside it.
    """
    query = (
        select(*SHOWN, members.c.person_id)
        .join(recognitions, recognitions.c.id == deadlines.c.round)
        .join(products, products.c.id == recognitions.c.product_id)
        .join(members, members.c.entity_id == products.c.entity_id)
        .join(people, people.c.id == members.c.person_id)
        .where(deadlines.c.closes_at > now, *_TO_DO, people.c.erased_at.is_(None))
        .order_by(deadlines.c.closes_at, deadlines.c.id, members.c.since, members.c.person_id)
    )
    if ids is not None:
        query = query.where(deadlines.c.id.in_(ids), ~silences(SPEC, deadlines.c.round))
    found: dict[str, tuple[Deadline, list[Concerned]]] = {}
    for row in db.execute(query):
        one = Deadline(*row[:-1])
        known = found.setdefault(one.id, (one, []))[1]
        subject = f"a:{one.application_id}" if not known else f"a:{one.application_id}:{row.person_id}"
        known.append(Concerned(subject, row.person_id, one.application_id))
    return tuple(
        (one, kept)
        for one, whom in found.values()
        if (kept := tuple(member for member in whom if person_id in {None, member.person_id}))
    )


def ahead(db: Connection, *, now: datetime, behind: str, most: int) -> tuple[str, ...]:
    """The deadlines of certificates still ahead, behind an id, in the order of their ids."""
    return tuple(
        db.execute(
            select(deadlines.c.id)
            .where(deadlines.c.application_id.is_not(None), deadlines.c.closes_at > now, deadlines.c.id > behind)
            .order_by(deadlines.c.id)
            .limit(most)
        ).scalars()
    )


def ahead_for(db: Connection, *, pack: Pack, person_id: str, now: datetime) -> tuple[Deadline, ...]:
    """
    Return the deadlines ahead of one person, soonest first.

    These are the open deadlines of their places of production, and the ends of their certificates. Without a product
    it is the place they live in, else the general deadlines.
    """
    places: set[str | None] = set(
        db.execute(
            select(applications.c.place)
            .join(members, members.c.entity_id == applications.c.entity_id)
            .where(members.c.person_id == person_id)
        ).scalars()
    )
    if not places:
        places = {db.execute(select(people.c.place).where(people.c.id == person_id)).scalar_one_or_none()}
    found = {
        one.id: one
        for place in places
        for one in open_deadlines(db, places=pack.places, place=place, now=now)
        if (spec := spec_of(pack, one)) is not None and (place is not None or one.place == spec.place)
    }
    found |= {one.id: one for one, _ in ending(db, now=now, person_id=person_id)}
    return tuple(sorted(found.values(), key=lambda one: (one.closes_at, one.id)))
