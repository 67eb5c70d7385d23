"""
The way one notice takes when a platform charges for it or closes after a while: now, elsewhere, or later.

Which way is chosen is the channel's to know (assembly hands the chooser to the
pump); what it cost and what waits is recorded here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from registry.deliveries import Owed
from registry.people import Account, accounts_of
from registry.rows import accounts, deliveries, spendings


@dataclass(frozen=True, slots=True)
class Go:
    """Send it; `dong` is what it costs at most, reserved before it leaves.  `template` names an approved one."""

    reason: str
    dong: int = 0
    template: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The person's other channel takes it."""

    account: Account
    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """It waits until they next write ("sẽ gửi khi họ nhắn lại")."""

    reason: str


Way = Go | Elsewhere | Hold
Router = Callable[[Connection, Owed, datetime], Way]
"""Chooses the way of one claimed message and reserves what it costs, in one unit of work."""


def spent(db: Connection, *, account_id: str, year: int) -> int:
    """What messages to one account cost in a year so far, in đồng, with what is reserved."""
    total = db.execute(
        select(func.coalesce(func.sum(spendings.c.dong), 0)).where(
            spendings.c.account_id == account_id, spendings.c.year == year
        )
    ).scalar_one()
    return int(total)


def reserve(db: Connection, *, delivery_id: str, account_id: str, year: int, dong: int, now: datetime) -> None:
    """Write down what a message will cost before it leaves; the same message twice is one entry."""
    known = db.execute(select(spendings.c.delivery_id).where(spendings.c.delivery_id == delivery_id)).first()
    if known is None and dong:
        db.execute(
            insert(spendings).values(delivery_id=delivery_id, account_id=account_id, year=year, dong=dong, spent_at=now)
        )


def give_up_reserve(db: Connection, *, delivery_id: str) -> None:
    """What certainly did not leave costs nothing."""
    db.execute(update(spendings).where(spendings.c.delivery_id == delivery_id).values(dong=0))


def hold(db: Connection, *, delivery_id: str, reason: str) -> None:
    """Keep a message until its person writes."""
    db.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "claimed")
        .values(state="held", claimed_until=None, reason=reason, attempts=0)
    )


def move_over(db: Connection, *, delivery_id: str, account: Account, reason: str) -> None:
    """Owe a message to the person's other account instead."""
    db.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "claimed")
        .values(
            state="owed",
            channel=account.channel,
            account=account.account,
            claimed_until=None,
            attempts=0,
            reason=reason,
        )
    )


def release_held(db: Connection, *, channel: str, account: str, now: datetime) -> int:
    """They wrote: what waited for that is owed now, unless it is no longer true."""
    return db.execute(
        update(deliveries)
        .where(deliveries.c.channel == channel, deliveries.c.account == account, deliveries.c.state == "held")
        .values(state="owed", due_at=now)
    ).rowcount


def other_account(db: Connection, owed: Owed) -> Account | None:
    """Another open account of the person, the one that spoke last."""
    return next(
        (
            one
            for one in accounts_of(db, owed.person_id)
            if one.state == "open" and (one.channel, one.account) != (owed.channel, owed.account)
        ),
        None,
    )


def last_word(db: Connection, *, channel: str, account: str) -> tuple[str, datetime] | None:
    """The account's id and when its person last did anything there."""
    row = db.execute(
        select(accounts.c.id, accounts.c.last_spoke_at).where(
            accounts.c.channel == channel, accounts.c.account == account
        )
    ).one_or_none()
    return None if row is None else (row.id, row.last_spoke_at)


def sent_since(db: Connection, *, channel: str, account: str, since: datetime) -> int:
    """How many messages left for an account since a moment: free replies are counted by it."""
    return db.execute(
        select(func.count())
        .select_from(deliveries)
        .where(
            deliveries.c.channel == channel,
            deliveries.c.account == account,
            deliveries.c.state == "sent",
            deliveries.c.sent_at >= since,
        )
    ).scalar_one()
