"""Messages that nobody got and that are not tried again by themselves: what the operator looks at, and owes anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select, update

from registry.deliveries.deliveries import STILL_OWED
from registry.people.people import reach
from registry.people.roles import OPERATOR
from registry.store.audit import record
from registry.store.rows import deliveries

DEAD = ("refused", "given_up", "doubtful")
"""Refused by a platform, tried for hours, or perhaps there already where a repeat costs money."""
UNREACHABLE = ("unreachable",)
"""Nobody was there any more: no fault an operator could remove, yet nothing arrived."""
ANEW = ("refused", "given_up")
KINDS = ("status", "reminder")
"""What is still worth saying later.  An answer is not, and an announcement is repeated by those in charge of it."""


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
    """Messages that were put off by a platform or wait until their person writes, the most frequent first."""
    count = func.count().label("messages")
    rows = db.execute(
        select(
            deliveries.c.channel, deliveries.c.kind, deliveries.c.state, deliveries.c.reason, count,
            func.min(deliveries.c.due_at).label("next_at"),
        )
        .where(or_(and_(STILL_OWED, deliveries.c.reason.is_not(None)), deliveries.c.state == "held"))
        .group_by(deliveries.c.channel, deliveries.c.kind, deliveries.c.state, deliveries.c.reason)
        .order_by(count.desc(), deliveries.c.channel, deliveries.c.kind)
    )  # fmt: skip
    return tuple(Late(row.channel, row.kind, row.state, row.reason or "", row.messages, row.next_at) for row in rows)


def dead_letters(db: Connection, *, since: datetime, states: Sequence[str] = DEAD) -> tuple[Dead, ...]:
    """What came to nothing since a moment, the most frequent first."""
    count = func.count().label("messages")
    rows = db.execute(
        select(
            deliveries.c.channel, deliveries.c.kind, deliveries.c.state, deliveries.c.reason, count,
            func.max(deliveries.c.due_at).label("newest"),
        )
        .where(deliveries.c.state.in_(states), deliveries.c.due_at >= since)
        .group_by(deliveries.c.channel, deliveries.c.kind, deliveries.c.state, deliveries.c.reason)
        .order_by(count.desc(), deliveries.c.channel, deliveries.c.kind)
    )  # fmt: skip
    return tuple(Dead(row.channel, row.kind, row.state, row.reason or "", row.messages, row.newest) for row in rows)


def owe_anew(db: Connection, *, since: datetime, now: datetime) -> int:
    """
    Owe decisions and reminders once more that were refused or given up, on the account their person speaks on now.

    What is no longer true, and whom no account reaches, is left out.  A second call finds none.
    """
    owed = 0
    for delivery_id, channel, account in list(_worth_it(db, since, now)):
        owed += db.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery_id, deliveries.c.state.in_(ANEW))
            .values(
                state="owed", channel=channel, account=account, due_at=now, attempts=0, claimed_until=None, reason=None
            )
        ).rowcount
    if owed:
        record(db, now=now, actor=OPERATOR, act="delivery.anew", noun="installation", noun_id="pump", owed=owed)
    return owed


def _worth_it(db: Connection, since: datetime, now: datetime) -> Iterator[tuple[str, str, str]]:
    """The deliveries, each with the channel and account it goes to now."""
    rows = db.execute(
        select(deliveries.c.id, deliveries.c.person_id).where(
            deliveries.c.state.in_(ANEW),
            deliveries.c.kind.in_(KINDS),
            deliveries.c.due_at >= since,
            or_(deliveries.c.not_after.is_(None), deliveries.c.not_after > now),
        )
    ).all()
    for row in rows:
        account = reach(db, row.person_id)
        if account is not None:
            yield row.id, account.channel, account.account
