"""
The claims of the one sender of a channel.

A claim is a short lease on a few messages; a claimed message can no longer be cancelled.
One message of an account at a time, in order.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Row, and_, bindparam, case, or_, select, update

from content.message import Message
from registry.deliveries.deliveries import LEFT, STILL_PENDING, Pending, enqueue, opened, record
from registry.deliveries.keys import Key
from registry.deliveries.outcomes import Unreachable
from registry.deliveries.states import Reason, State, Trigger, change, take, too_late
from registry.people import trials
from registry.people.people import Account, current
from registry.store.installation import fact, set_fact
from registry.store.prepared import Prepared
from registry.store.rows import accounts, deliveries
from registry.store.sealing import SealError

_PAUSED = "pump:paused"
_ROUNDS = 4
"""Rounds in which one claim skips accounts that have to wait."""
_LONG = timedelta(minutes=10)
"""A message put off for longer waits for an hour or a quota; later messages of its account overtake it."""
_SPARE = 4
"""Candidates read per message wanted, since several may be of one account."""

_SEEN: tuple[Column[Any], ...] = (
    deliveries.c.id,
    deliveries.c.person_id,
    deliveries.c.account,
    deliveries.c.priority,
    deliveries.c.created_at,
    deliveries.c.key,
    deliveries.c.due_at,
    deliveries.c.not_after,
    deliveries.c.kind,
)
_READY = (
    select(*_SEEN)
    .where(
        deliveries.c.channel == bindparam("on_channel"),
        deliveries.c.due_at <= bindparam("now"),
        or_(
            deliveries.c.state == State.QUEUED.value,
            and_(deliveries.c.state == State.CLAIMED.value, deliveries.c.claimed_until < bindparam("now")),
        ),
        STILL_PENDING,
    )
    .order_by(deliveries.c.priority, deliveries.c.due_at, deliveries.c.created_at, deliveries.c.key)
    .limit(bindparam("most"))
)
_REPLY = deliveries.c.priority == 0
_NOT_PASSED = deliveries.c.account.not_in(bindparam("passed", expanding=True))
_NOT_RESTING = or_(_REPLY, deliveries.c.account.not_in(bindparam("resting", expanding=True)))
_READY_AS = {
    only: _READY.where(_NOT_PASSED, *conditions)
    for only, conditions in (("all", []), ("replies", [_REPLY]), ("while resting", [_NOT_RESTING]))
}
_FIRST_READY = {"all": Prepared(_READY), "replies": Prepared(_READY.where(_REPLY))}
"""Without the list of accounts, which would be compiled at every call; accounts that wait are skipped below."""
_TRIED = Prepared(
    select(*_SEEN).where(
        deliveries.c.channel == bindparam("on_channel"),
        deliveries.c.state == State.QUEUED.value,
        STILL_PENDING,
        deliveries.c.attempts > 0,
        deliveries.c.due_at <= bindparam("before_long"),
        deliveries.c.person_id == bindparam("of_person"),
        deliveries.c.account == bindparam("to_account"),
        deliveries.c.priority == bindparam("as_urgent"),
    )
)
"""Asked by person, by the index of what waits: a broadcast to a province has many rows, a person many sent ones."""
_REPLY_BEFORE = Prepared(
    select(deliveries.c.id)
    .where(
        deliveries.c.channel == bindparam("on_channel"),
        _REPLY,
        deliveries.c.account == bindparam("to_account"),
        STILL_PENDING,
    )
    .limit(1)
)
_STATE = Prepared(
    select(accounts.c.state).where(
        accounts.c.channel == bindparam("on_channel"), accounts.c.account == bindparam("as_account")
    )
)


def pause_sending(db: Connection, *, reason: str) -> None:
    """Send nothing until an operator resumes: messages of a restored backup may have been sent before."""
    set_fact(db, _PAUSED, reason)


def resume_sending(db: Connection) -> None:
    """Send again.  Idempotent."""
    set_fact(db, _PAUSED, "")


def paused_for(db: Connection) -> str:
    """The reason why nothing is sent; empty while messages are sent."""
    return fact(db, _PAUSED) or ""


def claim_ready(
    db: Connection,
    *,
    channel: str,
    now: datetime,
    limit: int,
    bulk: int,
    lease: timedelta,
    busy: Collection[str] = (),
    resting: Collection[str] = (),
) -> tuple[Pending, ...]:
    """
    Claim up to `limit` messages that are due, the most urgent first, one per account.

    At most `bulk` of them are not replies.  `busy` accounts wait for an earlier message,
    `resting` ones get only replies.  Messages that are too late are expired here.
    A claim is a lease.  During a trial, messages to people who are not invited are parked here.
    """
    if limit < 1 or paused_for(db):
        return ()
    trial = trials.is_on(db)
    chosen: list[str] = []
    passed = set(busy)
    for _round in range(_ROUNDS):
        most = limit * _SPARE if _round else limit * _SPARE + len(passed)
        rows = _candidates(db, channel, now, limit=most, bulk=bulk, passed=passed if _round else (), resting=resting)
        for row in rows:
            if row.account in passed or len(chosen) == limit or (row.priority and not bulk):
                continue
            passed.add(row.account)
            first = min([row, *_tried_before(db, channel, row, now)], key=lambda one: (one.created_at, one.key))
            if first.due_at > now:  # it waits for its next attempt, and later ones wait behind it
                continue
            if first.not_after is not None and first.not_after < now:
                _expire(db, first)
                passed.discard(row.account)
                continue
            if first.priority and trial and _is_shut_out(db, first.person_id, now):
                change(db, deliveries.c.id == first.id, Trigger.PARK, reason=Reason.TRIAL, attempts=0)
                passed.discard(row.account)
                continue
            if first.priority and _has_left(db, channel, first.account):
                record(db, delivery_id=first.id, outcome=Unreachable(LEFT), now=now)
                continue
            bulk -= row.priority > 0
            chosen.append(first.id)
        if len(chosen) == limit or len(rows) < most:
            break
    taken = (take(db, delivery_id=delivery_id, until=now + lease, now=now) for delivery_id in chosen)
    claimed = (_open(db, row) for row in taken if row is not None)
    return tuple(one for one in claimed if one is not None)


def enqueue_claimed(
    db: Connection, *, key: Key, person_id: str, account: Account, message: Message, now: datetime, lease: timedelta
) -> Pending | None:
    """
    Enqueue a reply and claim it at once, for the sender that keeps a place for it.

    Returns None and enqueues nothing where it has to wait: sending is paused, or an earlier reply to that account is
    not sent yet.
    """
    if paused_for(db) or _REPLY_BEFORE.row(db, on_channel=account.channel, to_account=account.account) is not None:
        return None
    delivery_id = enqueue(
        db, key=key, person_id=person_id, kind="reply", message=message, now=now, account=account,
        claimed_until=now + lease,
    )  # fmt: skip
    if delivery_id is None:
        return None
    return Pending(delivery_id, key.text, account.channel, account.account, person_id, "reply", message, 1, now, None)


def give_back(db: Connection, *, ids: Iterable[str], due_at: datetime | None = None) -> int:
    """
    Queue claimed messages again that were never attempted: the claim does not count as an attempt.

    With a moment they are due then.  Idempotent.
    """
    values: dict[str, Any] = {"attempts": case((deliveries.c.attempts > 0, deliveries.c.attempts - 1), else_=0)}
    if due_at is not None:
        values["due_at"] = due_at
    return change(db, deliveries.c.id.in_(list(ids)), Trigger.GIVE_BACK, **values)


def bring_forward(db: Connection, *, channel: str, now: datetime, limit: int | None = None) -> int:
    """
    Retry failed messages now, the oldest first: the platform may be back.

    Messages without an attempt keep their hour.
    """
    oldest = (
        select(deliveries.c.id)
        .where(
            deliveries.c.channel == channel,
            deliveries.c.state == State.QUEUED.value,
            deliveries.c.due_at > now,
            deliveries.c.attempts > 0,
        )
        .order_by(deliveries.c.priority, deliveries.c.created_at, deliveries.c.key)
        .limit(limit)
    )
    return db.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(list(db.execute(oldest).scalars())), deliveries.c.state == State.QUEUED.value)
        .values(due_at=now)
    ).rowcount


def _candidates(
    db: Connection,
    channel: str,
    now: datetime,
    *,
    limit: int,
    bulk: int,
    passed: Collection[str],
    resting: Collection[str],
) -> list[Row[Any]]:
    only = "replies" if not bulk else "while resting" if resting else "all"
    values: dict[str, Any] = {"on_channel": channel, "now": now, "most": limit}
    if not passed and only in _FIRST_READY:
        return _FIRST_READY[only].rows(db, **values)
    if only == "while resting":
        values["resting"] = list(resting)
    return list(db.execute(_READY_AS[only], values | {"passed": list(passed)}))


def _tried_before(db: Connection, channel: str, row: Row[Any], now: datetime) -> list[Row[Any]]:
    """Messages of the same account and urgency that are retried soon: they are sent before later ones."""
    return _TRIED.rows(
        db,
        on_channel=channel,
        before_long=now + _LONG,
        of_person=row.person_id,
        to_account=row.account,
        as_urgent=row.priority,
    )


def _has_left(db: Connection, channel: str, account: str) -> bool:
    found = _STATE.row(db, on_channel=channel, as_account=account)
    return found is not None and found.state != "open"


def _is_shut_out(db: Connection, person_id: str, now: datetime) -> bool:
    """True for a person the trial does not write to; a role's last day counts to its end in every time zone."""
    return not trials.is_invited(db, person_id=current(db, person_id), on=now.date())


def _expire(db: Connection, row: Row[Any]) -> None:
    reason = too_late(row.kind, Reason.EXPIRED_IN_QUEUE)
    change(db, deliveries.c.id == row.id, Trigger.EXPIRE, reason=reason)


def _open(db: Connection, row: Row[Any]) -> Pending | None:
    try:
        return opened(db, row)
    except SealError:  # a tampered row must not block the others
        change(db, deliveries.c.id == row.id, Trigger.REFUSE, reason=Reason.UNREADABLE)
        return None
