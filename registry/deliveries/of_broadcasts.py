"""
The deliveries of one broadcast together: enqueued in one insert, paused, resumed, cancelled, queued again.

`registry.broadcasts` decides and holds the lock of the broadcast; nobody else calls this.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, delete, false, func, literal, null, select, update
from sqlalchemy.sql.selectable import FromClause, Select

from registry.deliveries.deliveries import PRIORITY
from registry.deliveries.keys import broadcast_keys
from registry.deliveries.states import Reason, State, Trigger, change, in_states, insert_many
from registry.people.people import Account
from registry.store.ordered_ids import ordered_since
from registry.store.rows import UTCDateTime, broadcasts, deliveries, people
from registry.store.slices import Place, Room, Slice, each

NOTHING_SENT = frozenset({State.QUEUED, State.PAUSED, State.CANCELLED})


def enqueue(
    db: Connection, *, broadcast_id: str, people: FromClause, by_night: bool, due_at: datetime,
    ends_at: datetime | None, now: datetime,
) -> int:  # fmt: skip
    """
    Enqueue a broadcast for a query of people (`person_id`, `channel`, `account`); their number.

    No copy is delivered after `ends_at`.  Idempotent: nobody gets a second copy.
    """
    columns = {
        "id": literal(ordered_since(now)) + _random_end(db),
        "key": literal(broadcast_keys(broadcast_id, by_night=by_night)) + people.c.person_id,
        "person_id": people.c.person_id,
        "channel": people.c.channel,
        "account": people.c.account,
        "kind": literal("broadcast"),
        "priority": literal(PRIORITY["broadcast"]),
        "message_sealed": null(),
        "broadcast_id": literal(broadcast_id),
        "by_night": literal(by_night),
        "created_at": literal(now, UTCDateTime()),
        "due_at": literal(due_at, UTCDateTime()),
        "not_after": literal(ends_at, UTCDateTime()),
        "attempts": literal(0),
        "doubtful": false(),
    }
    rows = select(*columns.values()).where(people.c.person_id.is_not(None))
    return insert_many(db, columns=list(columns), rows=rows)


def people_of(db: Connection, *, broadcast_id: str, states: Collection[State] = ()) -> Sequence[str]:
    """The people of a broadcast, perhaps only those whose copy is in some states."""
    which = [deliveries.c.broadcast_id == broadcast_id]
    if states:
        which.append(deliveries.c.state.in_([state.value for state in states]))
    return db.execute(select(deliveries.c.person_id).where(*which).order_by(deliveries.c.person_id)).scalars().all()


def nothing_sent(db: Connection, *, broadcast_id: str) -> bool:
    """True, and its rows are locked, while no copy was sent, claimed or parked."""
    of_this = deliveries.c.broadcast_id == broadcast_id
    states = db.execute(select(deliveries.c.state).where(of_this).with_for_update()).scalars().all()
    return NOTHING_SENT.issuperset(states)


def remove_all(db: Connection, *, broadcast_id: str) -> None:
    """Remove the copies of a broadcast of which nothing was sent, so that its next version has its own audience."""
    db.execute(delete(deliveries).where(deliveries.c.broadcast_id == broadcast_id))


def pause_all(db: Connection, *, broadcast_id: str) -> int:
    """Pause the unsent copies; their number."""
    return change(db, deliveries.c.broadcast_id == broadcast_id, Trigger.PAUSE)


def resume_all(db: Connection, *, broadcast_id: str, able: Select[Any] | None, due_at: datetime, reason: Reason) -> int:
    """Queue the paused copies of those who are `able` to get it, and cancel the others; the number queued."""
    of_this = deliveries.c.broadcast_id == broadcast_id
    queued = 0
    if able is not None:
        queued = change(db, and_(of_this, deliveries.c.person_id.in_(able)), Trigger.RESUME, due_at=due_at)
    change(db, and_(of_this, deliveries.c.state == State.PAUSED.value), Trigger.CANCEL, reason=reason)
    return queued


def cancel_all(db: Connection, *, broadcast_id: str, reason: Reason) -> int:
    """Cancel the unsent copies; their number."""
    return change(db, deliveries.c.broadcast_id == broadcast_id, Trigger.CANCEL, reason=reason)


def expire_over(db: Connection, *, now: datetime, room: Room | None = None) -> Slice:
    """
    Expire the unsent copies of broadcasts whose end has passed, paused ones too.  Idempotent.

    The pump sends none of them meanwhile.  Those beyond the room wait for the next slice.
    """
    over = select(broadcasts.c.id).where(
        broadcasts.c.ends_at <= now, broadcasts.c.state.in_(("going", "paused", "done"))
    )
    unsent = and_(deliveries.c.broadcast_id.in_(over), in_states(State.QUEUED, State.PARKED, State.PAUSED))

    def act(ids: tuple[str, ...]) -> Mapping[str, int]:
        these = and_(deliveries.c.id.in_(ids), in_states(State.QUEUED, State.PARKED, State.PAUSED))
        return {"expired": change(db, these, Trigger.EXPIRE, reason=Reason.PAST_ITS_END)}

    return each(_pages(db, unsent), act, room=room or Room())


def wait_for_pauses(db: Connection, *, broadcast_id: str, now: datetime) -> int:
    """Withhold the copies of a correction from people who paused, until their pause ends; their number."""
    pausing = select(people.c.id).where(people.c.paused_until > now)
    this = and_(deliveries.c.broadcast_id == broadcast_id, deliveries.c.person_id.in_(pausing))
    return change(db, this, Trigger.PAUSE, reason=Reason.PERSON_PAUSED)


def resume_after_pauses(db: Connection, *, now: datetime) -> int:
    """Queue corrections again for people whose pause has ended, and cancel them for people who stopped.  Idempotent."""
    going = select(broadcasts.c.id).where(broadcasts.c.corrects.is_not(None), broadcasts.c.state.in_(("going", "done")))
    withheld = and_(
        deliveries.c.state == State.PAUSED.value,
        deliveries.c.reason == Reason.PERSON_PAUSED.value,
        deliveries.c.broadcast_id.in_(going),
    )
    stopped = select(people.c.id).where(people.c.stopped_at.is_not(None))
    pausing = select(people.c.id).where(people.c.paused_until > now)
    change(db, and_(withheld, deliveries.c.person_id.in_(stopped)), Trigger.CANCEL, reason=Reason.UNWANTED)
    return change(db, and_(withheld, deliveries.c.person_id.not_in(pausing)), Trigger.RESUME, due_at=now)


def hold_back(db: Connection, *, room: Room | None = None) -> Slice:
    """
    Cancel or pause copies that were in flight when their broadcast was, and were not sent.  Idempotent.

    A failed attempt, or a killed program, queues such a copy again.  Those beyond the room wait for the next slice.
    """
    stopped, paused = (
        deliveries.c.broadcast_id.in_(
            select(broadcasts.c.id).where(broadcasts.c.state == state, broadcasts.c.reported_at.is_(None))
        )
        for state in ("cancelled", "paused")
    )
    room = room or Room()

    def cancel(ids: tuple[str, ...]) -> Mapping[str, int]:
        these = deliveries.c.id.in_(ids)
        return {"held_back": change(db, these, Trigger.CANCEL, reason=Reason.BROADCAST_STOPPED)}

    def pause(ids: tuple[str, ...]) -> Mapping[str, int]:
        return {"held_back": change(db, deliveries.c.id.in_(ids), Trigger.PAUSE)}

    unsent = in_states(State.QUEUED, State.PARKED, State.PAUSED)
    done = each(_pages(db, and_(stopped, unsent)), cancel, room=room)
    if done.after is not None:
        return done
    more = each(_pages(db, and_(paused, in_states(State.QUEUED, State.PARKED))), pause, room=room)
    return Slice(Counter(done.counts) + Counter(more.counts), more.after)


def _pages(db: Connection, which: ColumnElement[bool]) -> Callable[[Place, int], list[tuple[str, ...]]]:
    """Find the copies of a kind a page at a time; a page is one row of a slice."""

    def find(_after: Place, most: int) -> list[tuple[str, ...]]:
        ids = tuple(db.execute(select(deliveries.c.id).where(which).limit(most)).scalars())
        return [ids] if ids else []

    return find


def not_reached(db: Connection, *, broadcast_id: str, states: Collection[State], able: Select[Any]) -> Sequence[Any]:
    """The copies in some states of people who are `able` to get it: `id`, `person_id`, `channel`."""
    return db.execute(
        select(deliveries.c.id, deliveries.c.person_id, deliveries.c.channel).where(
            deliveries.c.broadcast_id == broadcast_id,
            deliveries.c.state.in_([state.value for state in states]),
            deliveries.c.person_id.in_(able),
        )
    ).all()


def enqueue_again(
    db: Connection, *, delivery_id: str, states: Collection[State], account: Account, due_at: datetime,
    ends_at: datetime | None,
) -> int:  # fmt: skip
    """Queue one copy again until the end of its broadcast, to an account, if it is still in one of the states."""
    this = and_(deliveries.c.id == delivery_id, deliveries.c.state.in_([state.value for state in states]))
    return change(
        db, this, Trigger.ENQUEUE_AGAIN,
        channel=account.channel, account=account.account, due_at=due_at, attempts=0, not_after=ends_at,
    )  # fmt: skip


def mark_understood(db: Connection, *, broadcast_ids: Select[Any], people: Collection[str], now: datetime) -> None:
    """Record "đã hiểu" on the copies of a person; the first tap counts."""
    db.execute(
        update(deliveries)
        .where(
            deliveries.c.broadcast_id.in_(broadcast_ids),
            deliveries.c.person_id.in_(people),
            deliveries.c.understood_at.is_(None),
        )
        .values(understood_at=now)
    )


def _random_end(db: Connection) -> ColumnElement[str]:
    """The random part of an ordered id, another one for every row."""
    if db.dialect.name == "sqlite":
        return func.lower(func.hex(func.randomblob(10)), type_=Text())
    return func.substr(func.replace(func.gen_random_uuid().cast(Text), "-", ""), 1, 20, type_=Text())
