"""
The ends of recognitions as deadlines: the ladder of reminders to evaluate a product again.

A corrected day moves its reminders, a new decision gets a new ladder.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, delete, exists, insert, select, text, update

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
from registry.products.recognitions import AHEAD, UNFOLLOWED, State, recognitions
from registry.store.rows import applications, members, new_id, people
from registry.store.slices import Place, Room, Slice, each
from registry.telling import local_day

SPEC = "certificate"
_IS_AHEAD = text(AHEAD)
_IS_UNFOLLOWED = text(UNFOLLOWED)
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


def follow(db: Connection, *, pack: Pack, now: datetime, room: Room | None = None) -> Slice:
    """
    Give every recognition that ends soon a deadline, and move those whose day was corrected. Idempotent.

    Soon is before the first rung of the ladder: nothing is planned years ahead. The deadline of a recognition that no
    longer stands is deleted with its reminders. A recognition that was followed is not looked at again until its end or
    its state changes. Those beyond the room wait for the next slice.
    """
    ordered = pack.programme.evaluation.certificates
    if ordered is None or not ordered.remind_days:
        return Slice()
    today = local_day(pack, now)
    horizon = today + timedelta(days=max(ordered.remind_days) + 1)
    soon = and_(_IS_AHEAD, recognitions.c.ends_on >= today, recognitions.c.ends_on <= horizon)

    def find(_after: Place, most: int) -> Sequence[str]:
        rows: list[str] = []
        for which in (_IS_UNFOLLOWED, soon):
            rows += db.execute(select(recognitions.c.id).where(which).limit(most - len(rows))).scalars()
        return rows

    def act(recognition_id: str) -> Mapping[str, int]:
        return {"followed": _follow_one(db, pack, recognition_id, today, horizon, now)}

    return each(find, act, room=room or Room())


def _follow_one(db: Connection, pack: Pack, recognition_id: str, today: date, horizon: date, now: datetime) -> bool:
    """Make, move or delete the deadline of one recognition; remember the end it was done for."""
    row = db.execute(
        select(
            recognitions.c.id, recognitions.c.application_id, recognitions.c.state, recognitions.c.ends_on,
            products.c.place, *(column.label(f"known_{column.name}") for column in SHOWN),
        )
        .join(products, products.c.id == recognitions.c.product_id)
        .outerjoin(deadlines, (deadlines.c.spec == SPEC) & (deadlines.c.round == recognitions.c.id))
        .where(recognitions.c.id == recognition_id)
    ).one()  # fmt: skip
    known = None if row.known_id is None else Deadline(*row[-len(SHOWN) :])
    stands = row.state == State.STANDING
    wanted = stands and (known is not None or today <= row.ends_on <= horizon)
    followed = update(recognitions).where(recognitions.c.id == row.id)
    db.execute(followed.values(followed_on=row.ends_on if wanted else None))
    if not stands and known is not None:
        moving.forget_deadline(db, deadline=known)
        db.execute(delete(deadlines).where(deadlines.c.id == known.id))
        return True
    if not wanted:
        return False
    closes_at = closing_moment(pack, row.ends_on)
    if known is None:
        db.execute(
            insert(deadlines).values(
                id=new_id(), spec=SPEC, place=row.place, round=row.id, closes_at=closes_at, sample=False,
                application_id=row.application_id,
            )
        )  # fmt: skip
        return True
    if known.closes_at == closes_at:
        return False
    moving.shift(db, deadline=known, by=closes_at - known.closes_at, now=now)
    db.execute(update(deadlines).where(deadlines.c.id == known.id).values(closes_at=closes_at, place=row.place))
    return True


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
