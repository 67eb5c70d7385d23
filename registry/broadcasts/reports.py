"""The result of a broadcast: how far it is, the people it did not reach, and taps on "đã hiểu"."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, exists, func, select, update

from content.places.places import Places
from content.programme.pack import Pack
from registry.broadcasts.audiences import tags
from registry.broadcasts.broadcasts import Broadcast, Trigger, broadcast_of, change, one
from registry.broadcasts.broadcasts import State as Stage
from registry.deliveries import of_broadcasts
from registry.deliveries.states import FAILED, IN_QUEUE, State, explained
from registry.people.people import current
from registry.people.roles import NotAllowedError, Role, may
from registry.store.audit import record
from registry.store.installation import insert_or
from registry.store.rows import broadcasts, deliveries, people
from registry.telling import local_day

MISSED = (*FAILED, State.DOUBTFUL, State.EXPIRED)
TO_COME = (*IN_QUEUE, State.PAUSED)
PACE_OVER = timedelta(minutes=1)
"""How long back one looks to say how fast it goes."""
LONGEST_TAG = 30


@dataclass(frozen=True, slots=True)
class Report:
    """The progress of a broadcast: deliveries by state, reasons of failures, and taps on "đã hiểu" by place."""

    broadcast: Broadcast
    states: Mapping[str, int]
    reasons: Mapping[str, int]
    doubtful: int  # "có thể đã gửi"
    understood: Mapping[str, int]  # by the commune they live in; the announcement's own place where that is elsewhere

    @property
    def to_come(self) -> int:
        return sum(self.states.get(state, 0) for state in TO_COME)

    @property
    def missed(self) -> int:
        return sum(self.states.get(state, 0) for state in MISSED)


@dataclass(frozen=True, slots=True)
class Pace:
    """The progress at a moment: finished deliveries, and the seconds the rest may take."""

    done: int
    people: int
    seconds_left: int | None  # None while nobody can say


def report(db: Connection, *, broadcast_id: str, role: Role, places: Places, on: date) -> Report | None:
    """Return the progress of a broadcast; None for one outside the official's place, as if it did not exist."""
    known = one(db, broadcast_id)
    if known is None or not may(role, "announce.report", known.place, places, on=on):
        return None
    return report_of(db, known, places)


def broadcasts_seen_by(
    db: Connection, *, role: Role, places: Places, on: date, limit: int = 20
) -> tuple[Broadcast, ...]:
    """The announcements in an official's place, the newest first."""
    rows = db.execute(select(broadcasts).order_by(broadcasts.c.confirmed_at.desc(), broadcasts.c.id)).all()
    seen = [broadcast_of(row) for row in rows if may(role, "announce.report", row.place, places, on=on)]
    return tuple(seen[:limit])


def finished(db: Connection, *, places: Places, now: datetime) -> tuple[Report, ...]:
    """
    Close the broadcasts with nothing left to send, and return the reports their authors have not got yet.

    Each round is reported once; messages parked until a person writes do not keep it open. A paused one is closed at
    its end.
    """
    of_broadcasts.expire_over(db, now=now)
    change(
        db,
        and_(broadcasts.c.state == Stage.PAUSED.value, broadcasts.c.ends_at <= now),
        Trigger.RUN_OUT,
        paused_role=None,
    )
    to_come = exists(
        select(deliveries.c.id).where(deliveries.c.broadcast_id == broadcasts.c.id, deliveries.c.state.in_(IN_QUEUE))
    )
    over = select(broadcasts.c.id).where(broadcasts.c.state == Stage.GOING.value, ~to_come)
    known = db.execute(over.with_for_update()).scalars().all()
    # asked again now that they are locked: an official may have sent one again meanwhile
    change(db, and_(broadcasts.c.id.in_(known), ~to_come), Trigger.FINISH)
    rows = db.execute(
        update(broadcasts)
        .where(
            broadcasts.c.state.in_(("done", "cancelled")),
            broadcasts.c.rounds > 0,
            broadcasts.c.reported_at.is_(None),
            ~to_come,
        )
        .values(reported_at=now)
        .returning(broadcasts)
    ).all()
    return tuple(report_of(db, broadcast_of(row), places) for row in rows)


def over_unapproved(db: Connection, *, now: datetime) -> tuple[Broadcast, ...]:
    """The broadcasts whose end came within a day while they waited for a second official."""
    rows = db.execute(
        select(broadcasts)
        .where(
            broadcasts.c.state == Stage.WAITING.value,
            broadcasts.c.ends_at <= now,
            broadcasts.c.ends_at > now - timedelta(days=1),
        )
        .order_by(broadcasts.c.ends_at, broadcasts.c.id)
    ).all()
    return tuple(map(broadcast_of, rows))


def under_way(db: Connection, *, now: datetime) -> tuple[Broadcast, ...]:
    """The broadcasts that leave right now, or stand still in the middle."""
    rows = db.execute(
        select(broadcasts)
        .where(broadcasts.c.state.in_(("going", "paused")), broadcasts.c.due_at <= now)
        .order_by(broadcasts.c.due_at, broadcasts.c.id)
    ).all()
    return tuple(broadcast_of(row) for row in rows)


def pace(db: Connection, broadcast: Broadcast, *, now: datetime) -> Pace:
    """Return how far it is, and the time the rest takes at the pace of the last minute."""
    of_this = deliveries.c.broadcast_id == broadcast.id
    states: dict[str, int] = dict(
        db.execute(select(deliveries.c.state, func.count()).where(of_this).group_by(deliveries.c.state)).all()
    )
    left = sum(states.get(state, 0) for state in TO_COME)
    since = max(broadcast.due_at, now - PACE_OVER)
    lately = db.execute(
        select(func.count()).select_from(deliveries).where(of_this, deliveries.c.sent_at > since)
    ).scalar_one()
    seconds = (now - since).total_seconds()
    going = broadcast.state == "going" and lately and seconds > 0
    return Pace(broadcast.people - left, broadcast.people, math.ceil(left * seconds / lately) if going else None)


def tag_understood(db: Connection, *, pack: Pack, broadcast_id: str, role: Role, tag: str, now: datetime) -> int:
    """Put a label of the official's office on people who tapped "đã hiểu"; return their number."""
    known = one(db, broadcast_id)
    if known is None or not may(role, "announce.tag", known.place, pack.places, on=local_day(pack, now)):
        raise NotAllowedError("announce.tag")
    label = " ".join(tag.split())[:LONGEST_TAG]
    understood = db.execute(
        select(deliveries.c.person_id).where(
            deliveries.c.broadcast_id == known.id, deliveries.c.understood_at.is_not(None)
        )
    ).scalars()
    rows = [{"person_id": current(db, one), "place": role.place, "tag": label, "at": now} for one in understood]
    if not label or not rows:
        return 0
    db.execute(insert_or(db, tags).values(rows).on_conflict_do_nothing())
    record(db, now=now, actor=role.person_id, act="announce.tag", noun="broadcast", noun_id=known.id, people=len(rows))
    return len(rows)


def report_of(db: Connection, known: Broadcast, places: Places) -> Report:
    """The whole report; the caller guards who may see it."""
    of_this = deliveries.c.broadcast_id == known.id
    states: dict[str, int] = dict(
        db.execute(select(deliveries.c.state, func.count()).where(of_this).group_by(deliveries.c.state)).all()
    )
    reasons: Counter[str] = Counter()
    for row in db.execute(
        select(deliveries.c.reason, deliveries.c.detail, func.count().label("people"))
        .where(of_this, deliveries.c.reason.is_not(None), deliveries.c.state.not_in((State.SENT, State.QUEUED)))
        .group_by(deliveries.c.reason, deliveries.c.detail)
    ):
        reasons[explained(row.reason, row.detail)] += row.people
    doubtful = db.execute(
        select(func.count()).select_from(deliveries).where(and_(of_this, deliveries.c.doubtful))
    ).scalar_one()
    return Report(known, states, reasons, doubtful, _understood(db, known, places))


def _understood(db: Connection, known: Broadcast, places: Places) -> Mapping[str, int]:
    codes = places.subtree(known.place)
    found: Counter[str] = Counter()
    rows: Any = db.execute(
        select(people.c.place, func.count())
        .join(deliveries, deliveries.c.person_id == people.c.id)
        .where(deliveries.c.broadcast_id == known.id, deliveries.c.understood_at.is_not(None))
        .group_by(people.c.place)
    )
    for place, count in rows:
        found[place if place in codes else known.place] += count
    return dict(found.most_common())
