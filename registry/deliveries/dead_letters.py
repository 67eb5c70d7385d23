"""Dead letters: messages that reached nobody and are not retried.  The operator looks at them and queues some again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from registry.deliveries.deliveries import STILL_PENDING
from registry.deliveries.states import State, Trigger, change, explained
from registry.people.people import reach
from registry.people.roles import OPERATOR
from registry.store.audit import record
from registry.store.rows import deliveries

DEAD = (State.REFUSED, State.GIVEN_UP, State.DOUBTFUL)
"""Refused by a platform, retried for hours, or perhaps sent where a repeat costs money."""
UNREACHABLE = (State.UNREACHABLE,)
"""Nobody is at the account; no operator can remove the cause."""
AGAIN = (State.REFUSED, State.GIVEN_UP)
KINDS = ("status", "reminder")
"""Still useful later.  A reply is not, and a broadcast is repeated by the officials in charge of it."""


@dataclass(frozen=True, slots=True)
class Dead:
    """Messages of one kind that ended the same way on one channel."""

    channel: str
    kind: str
    state: str
    reason: str
    count: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class Late:
    """Messages of one kind that wait on one channel for the same reason; `next_at` is when the first is tried."""

    channel: str
    kind: str
    state: str
    reason: str
    count: int
    next_at: datetime


def late_letters(db: Connection) -> tuple[Late, ...]:
    """Messages put off by a platform or parked until their person writes, the most frequent first."""
    count = func.count().label("messages")
    rows = db.execute(
        select(
            deliveries.c.channel, deliveries.c.kind, deliveries.c.state, deliveries.c.reason, deliveries.c.detail,
            count, func.min(deliveries.c.due_at).label("next_at"),
        )
        .where(or_(and_(STILL_PENDING, deliveries.c.reason.is_not(None)), deliveries.c.state == State.PARKED.value))
        .group_by(deliveries.c.channel, deliveries.c.kind, deliveries.c.state, deliveries.c.reason, deliveries.c.detail)
        .order_by(count.desc(), deliveries.c.channel, deliveries.c.kind)
    )  # fmt: skip
    return tuple(
        Late(row.channel, row.kind, row.state, explained(row.reason, row.detail), row.messages, row.next_at)
        for row in rows
    )


def dead_letters(db: Connection, *, since: datetime, states: Sequence[str] = DEAD) -> tuple[Dead, ...]:
    """The dead letters since a moment, the most frequent first."""
    count = func.count().label("messages")
    rows = db.execute(
        select(
            deliveries.c.channel, deliveries.c.kind, deliveries.c.state, deliveries.c.reason, deliveries.c.detail,
            count, func.max(func.coalesce(deliveries.c.trying_since, deliveries.c.due_at)).label("newest"),
        )
        .where(deliveries.c.state.in_(states), _ended_since(since))
        .group_by(deliveries.c.channel, deliveries.c.kind, deliveries.c.state, deliveries.c.reason, deliveries.c.detail)
        .order_by(count.desc(), deliveries.c.channel, deliveries.c.kind)
    )  # fmt: skip
    return tuple(
        Dead(row.channel, row.kind, row.state, explained(row.reason, row.detail), row.messages, row.newest)
        for row in rows
    )


def _ended_since(since: datetime) -> ColumnElement[bool]:
    """Due or first attempted since a moment: one that waited for weeks may have been refused today."""
    return or_(deliveries.c.due_at >= since, deliveries.c.trying_since >= since)


def enqueue_again(db: Connection, *, since: datetime, now: datetime) -> int:
    """
    Queue refused and given-up decisions and reminders again, to the account their person uses now.

    Expired ones, and people without an open account, are left out.  Idempotent.
    """
    pending = 0
    for delivery_id, channel, account in list(_worth_it(db, since, now)):
        pending += change(
            db, deliveries.c.id == delivery_id, Trigger.ENQUEUE_AGAIN,
            channel=channel, account=account, due_at=now, attempts=0,
        )  # fmt: skip
    if pending:
        record(db, now=now, actor=OPERATOR, act="delivery.anew", noun="installation", noun_id="pump", pending=pending)
    return pending


def _worth_it(db: Connection, since: datetime, now: datetime) -> Iterator[tuple[str, str, str]]:
    """The deliveries, each with the channel and account it goes to now."""
    rows = db.execute(
        select(deliveries.c.id, deliveries.c.person_id).where(
            deliveries.c.state.in_(AGAIN),
            deliveries.c.kind.in_(KINDS),
            _ended_since(since),
            or_(deliveries.c.not_after.is_(None), deliveries.c.not_after > now),
        )
    ).all()
    for row in rows:
        account = reach(db, row.person_id)
        if account is not None:
            yield row.id, account.channel, account.account
