"""
The way of one notice where a platform charges for it or closes after a while: now, elsewhere, or later.

The channel chooses the way (assembly hands its router to the pump); costs and parked messages are
recorded here.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, and_, delete, func, insert, select, text, update

from registry.deliveries.deliveries import NEWS_LASTS, Pending
from registry.deliveries.keys import Subject
from registry.deliveries.outcomes import Doubtful, Outcome, Sent
from registry.deliveries.states import Reason, State, Trigger, change, too_late
from registry.people.people import Account, Person, account_person, accounts_of, current, merged_ids, of_them, person
from registry.store.prepared import Prepared
from registry.store.rows import accounts, broadcasts, deliveries, spendings
from registry.store.slices import Place, Room, Slice, each

HELD = text(f"deliveries.state = '{State.PARKED}'")
"""Written out: SQLite uses the partial index of parked messages only for a condition without parameters."""
_AT_ONCE = 500
"""People per query: a database limits the number of parameters."""


@dataclass(frozen=True, slots=True)
class Go:
    """
    Send it; `dong` is its highest cost, reserved before it is sent.

    `each` is the price of one part that the platform says it charged; 0 where that is not counted.
    With `template` it is sent as an approved template.
    """

    reason: str
    dong: int = 0
    template: bool = False
    each: int = 0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The person's other channel takes it."""

    account: Account
    reason: str


@dataclass(frozen=True, slots=True)
class Park:
    """It is parked until they next write ("sẽ gửi khi họ nhắn lại")."""

    reason: str
    because: Reason = Reason.UNTIL_THEY_WRITE


@dataclass(frozen=True, slots=True)
class Unsure:
    """It may have been sent before, for money, and its outcome is unknown: only a person sends it again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not attempted before that moment: an operator must act first."""

    until: datetime
    reason: str


Way = Go | Elsewhere | Park | Unsure | Later


Router = Callable[[Connection, Pending, datetime], Way]
"""Chooses the way of one claimed message and reserves its cost, in one unit of work."""


@dataclass(frozen=True, slots=True)
class WaysCount:
    """
    The number of people per way, if a broadcast were sent now, and its highest cost.

    `free` of charge where they last wrote, `paid` there, by `template`, by their `other_channel`, or `held`
    until they next write ("sẽ nhận khi nhắn lại").  Each person is counted once; unreachable people are not.
    """

    free: int = 0
    paid: int = 0
    template: int = 0
    other_channel: int = 0
    held: int = 0
    dong: int = 0


class WaysEstimate(Protocol):
    """
    Counts the ways of a broadcast before it is sent; assembly gives it to the house (`House.ways`).

    `parts` is the number of messages the platform makes of it; 1 for a text without files.
    """

    def __call__(self, db: Connection, people: Collection[str], now: datetime, /, *, parts: int = 1) -> WaysCount: ...


# costs


def spent(db: Connection, *, account_id: str, year: int) -> int:
    """The cost of messages to one account in a year so far, in đồng, with reserved amounts."""
    return spent_by(db, account_ids=(account_id,), year=year).get(account_id, 0)


def spent_by(db: Connection, *, account_ids: Collection[str], year: int) -> Mapping[str, int]:
    """The cost of messages in a year, by account; accounts without a cost are missing."""
    rows = db.execute(
        select(spendings.c.account_id, func.sum(spendings.c.dong + spendings.c.reserved))
        .where(spendings.c.account_id.in_(account_ids), spendings.c.year == year)
        .group_by(spendings.c.account_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def spent_on(db: Connection, *, broadcast_id: str) -> int:
    """The cost of a broadcast so far, in đồng, with reserved amounts."""
    return int(
        db.execute(
            select(func.coalesce(func.sum(spendings.c.dong + spendings.c.reserved), 0))
            .join(deliveries, deliveries.c.id == spendings.c.delivery_id)
            .where(deliveries.c.broadcast_id == broadcast_id)
        ).scalar_one()
    )


def reserve(db: Connection, *, delivery_id: str, account_id: str, year: int, dong: int, now: datetime) -> None:
    """Reserve the highest cost of the next attempt before it is sent; nothing for a free one."""
    if not dong:
        return
    known = db.execute(
        update(spendings).where(spendings.c.delivery_id == delivery_id).values(reserved=dong, spent_at=now)
    ).rowcount
    if not known:
        db.execute(
            insert(spendings).values(
                delivery_id=delivery_id, account_id=account_id, year=year, dong=0, reserved=dong, spent_at=now
            )
        )


def reserved_for(db: Connection, *, delivery_id: str) -> int:
    """The amount reserved for a message: above 0 while the outcome of its last attempt is unknown."""
    found = db.execute(select(spendings.c.reserved).where(spendings.c.delivery_id == delivery_id)).scalar_one_or_none()
    return found or 0


def settle(db: Connection, *, pending: Pending, way: Go, outcome: Outcome, now: datetime) -> None:
    """
    Turn the reserved amount into the cost after an attempt.

    The platform's own figure counts where it gives one.  Otherwise a message that was, or may have been,
    sent costs all of it, and an unsent one nothing.
    """
    told = None if outcome.charged is None else outcome.charged * way.each
    if isinstance(outcome, Doubtful):
        cost = way.dong
    elif isinstance(outcome, Sent):
        cost = way.dong if told is None else told
    else:
        cost = told or 0
    known = db.execute(
        update(spendings)
        .where(spendings.c.delivery_id == pending.id)
        .values(dong=spendings.c.dong + cost, reserved=0, spent_at=now)
    ).rowcount
    if cost and not known:  # it was thought to be free
        account = last_word(db, channel=pending.channel, account=pending.account)
        if account is not None:
            db.execute(
                insert(spendings).values(
                    delivery_id=pending.id, account_id=account[0], year=now.year, dong=cost, reserved=0, spent_at=now
                )
            )
    db.execute(
        delete(spendings).where(spendings.c.delivery_id == pending.id, spendings.c.dong == 0, spendings.c.reserved == 0)
    )


def keep_reserve(db: Connection, *, delivery_id: str) -> None:
    """Count the reserved amount as spent: the message may have been sent."""
    db.execute(
        update(spendings)
        .where(spendings.c.delivery_id == delivery_id)
        .values(dong=spendings.c.dong + spendings.c.reserved, reserved=0)
    )


# parked messages


def park(
    db: Connection, *, delivery_id: str, detail: str, now: datetime, reason: Reason = Reason.UNTIL_THEY_WRITE
) -> None:
    """Park a claimed message until its person writes; a broadcast until its end."""
    this = and_(deliveries.c.id == delivery_id, deliveries.c.state == State.CLAIMED.value)
    change(db, this, Trigger.PARK, reason=reason, detail=detail, attempts=0)
    db.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery_id,
            HELD,
            deliveries.c.kind == "broadcast",
            deliveries.c.not_after.is_(None),
        )
        .values(not_after=now + NEWS_LASTS)
    )


def move_over(db: Connection, *, delivery_id: str, account: Account, detail: str) -> None:
    """Queue a claimed message for the person's other account instead."""
    this = and_(deliveries.c.id == delivery_id, deliveries.c.state == State.CLAIMED.value)
    change(
        db, this, Trigger.MOVE_OVER, reason=Reason.OTHER_ACCOUNT, detail=detail,
        channel=account.channel, account=account.account, attempts=0,
    )  # fmt: skip


RemindAgain = Callable[[Connection, str, datetime], bool]
"""Plans the reminder of a parked message again; deadlines are a floor above (`occurrences.plan_parked_again`)."""
_HELD_FOR = Prepared(
    select(
        deliveries.c.id,
        deliveries.c.subject,
        deliveries.c.subject_id,
        deliveries.c.kind,
        deliveries.c.not_after,
        deliveries.c.broadcast_id,
    ).where(HELD, of_them(deliveries.c.person_id))
)


def release_held(
    db: Connection, *, person_id: str, channel: str, account: str, now: datetime, remind_again: RemindAgain
) -> int:
    """
    Queue the parked messages of a person who wrote, to the account they wrote from; the number of those sent.

    What is no longer true is closed with its reason.  A reminder is planned again by the sweep, since its
    text counts the days left.
    """
    rows = _HELD_FOR.rows(db, of_person=person_id)
    if not rows:
        return 0
    told = person(db, person_id)
    released = 0
    there: dict[str, Any] = {"due_at": now, "channel": channel, "account": account}
    for row in rows:
        this = and_(deliveries.c.id == row.id, HELD)
        if row.not_after is not None and row.not_after < now:
            released += row.kind == "reminder"
            change(db, this, Trigger.EXPIRE, reason=too_late(row.kind, Reason.EXPIRED_WHEN_THEY_WROTE), **there)
        elif row.broadcast_id is not None and told is not None and _waits_for_pause(db, told, row.broadcast_id, now):
            change(db, this, Trigger.PAUSE, reason=Reason.PERSON_PAUSED)
        elif row.kind in {"reminder", "broadcast"} and (told is None or not told.wants_unasked(now)):
            released += row.kind == "reminder"
            change(db, this, Trigger.CANCEL, reason=Reason.UNWANTED, **there)
        elif row.subject == Subject.OCCURRENCE and remind_again(db, row.subject_id, now):
            released += 1
            change(db, this, Trigger.CANCEL, reason=Reason.REMINDED_AGAIN, **there)
        else:
            released += change(db, this, Trigger.RELEASE, **there)
    return released


def _waits_for_pause(db: Connection, told: Person, broadcast_id: str, now: datetime) -> bool:
    """True for a correction to a person who paused, and did not stop."""
    if told.stopped_at is not None or told.wants_unasked(now):
        return False
    corrects = select(broadcasts.c.corrects).where(broadcasts.c.id == broadcast_id)
    return db.execute(corrects).scalar_one_or_none() is not None


def parked_for(db: Connection, *, channel: str, reason: Reason) -> Mapping[str, int]:
    """Return the accounts of a channel with messages parked for this reason, and the number of messages."""
    which = (HELD, deliveries.c.channel == channel, deliveries.c.reason == reason.value)
    found = select(deliveries.c.account, func.count()).where(*which).group_by(deliveries.c.account)
    return {row[0]: row[1] for row in db.execute(found)}


def expire_held(db: Connection, *, now: datetime, room: Room | None = None) -> Slice:
    """Expire parked messages past their deadline.  Idempotent; those beyond the room wait for the next slice."""
    overdue = select(deliveries.c.id, deliveries.c.kind).where(HELD, deliveries.c.not_after < now)

    def act(row: Any) -> Mapping[str, int]:
        reason = too_late(row.kind, Reason.THEY_DID_NOT_WRITE)
        return {"expired": change(db, and_(deliveries.c.id == row.id, HELD), Trigger.EXPIRE, reason=reason)}

    def find(_after: Place, most: int) -> Sequence[Any]:
        return db.execute(overdue.order_by(deliveries.c.not_after).limit(most)).all()

    return each(find, act, room=room or Room())


# accounts


def other_account(db: Connection, pending: Pending, *, on: Collection[str] | None = None) -> Account | None:
    """Another open account of the person, the one last written from; `on` names the channels that count."""
    return next(
        (
            one
            for one in accounts_of(db, current(db, pending.person_id))
            if one.state == "open"
            and (one.channel, one.account) != (pending.channel, pending.account)
            and (on is None or one.channel in on)
        ),
        None,
    )


def last_word(db: Connection, *, channel: str, account: str) -> tuple[str, datetime] | None:
    """The id of an account and the moment of its person's last activity there."""
    row = db.execute(
        select(accounts.c.id, accounts.c.last_spoke_at).where(
            accounts.c.channel == channel, accounts.c.account == account
        )
    ).one_or_none()
    return None if row is None else (row.id, row.last_spoke_at)


def sent_since(db: Connection, *, channel: str, account: str, since: datetime) -> int:
    """The number of messages, as the platform counts them, sent to an account since a moment, for free replies."""
    person_id = account_person(db, channel=channel, account=account)
    if person_id is None:
        return 0
    return int(
        db.execute(
            select(func.coalesce(func.sum(deliveries.c.parts), 0)).where(
                deliveries.c.person_id.in_(merged_ids(db, person_id)),
                deliveries.c.channel == channel,
                deliveries.c.account == account,
                deliveries.c.sent_at >= since,
            )
        ).scalar_one()
    )


def open_accounts(db: Connection, person_ids: Collection[str]) -> Mapping[str, tuple[Account, ...]]:
    """The open accounts of many people, the one last written from first; people without one are missing."""
    found: dict[str, tuple[Account, ...]] = {}
    listed = sorted(person_ids)
    for at in range(0, len(listed), _AT_ONCE):
        rows = db.execute(
            select(accounts)
            .where(accounts.c.person_id.in_(listed[at : at + _AT_ONCE]), accounts.c.state == "open")
            .order_by(accounts.c.last_spoke_at.desc(), accounts.c.id)
        )
        for row in rows:
            one = Account(row.id, row.person_id, row.channel, row.account, row.state, row.last_spoke_at)
            found[row.person_id] = (*found.get(row.person_id, ()), one)
    return found


def sent_since_last_word(db: Connection, person_ids: Collection[str], *, channel: str) -> Mapping[str, int]:
    """By account, the number of messages sent on a channel since its person last wrote there."""
    found: dict[str, int] = {}
    listed = sorted(person_ids)
    for at in range(0, len(listed), _AT_ONCE):
        rows = db.execute(
            select(deliveries.c.account, func.sum(deliveries.c.parts))
            .join(
                accounts,
                (accounts.c.channel == deliveries.c.channel) & (accounts.c.account == deliveries.c.account),
            )
            .where(
                deliveries.c.person_id.in_(listed[at : at + _AT_ONCE]),
                deliveries.c.channel == channel,
                deliveries.c.sent_at >= accounts.c.last_spoke_at,
            )
            .group_by(deliveries.c.account)
        )
        found |= {row[0]: int(row[1]) for row in rows}
    return found
