"""
Messages owed.  Owing one is a record, in the transaction that made it due; sending it is a job.

The key says what is owed once: `reply:<event>:<n>`, `status:<application>:<version>:<person>`,
`reminder:<occurrence>`, `broadcast:<broadcast>:<person>`.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import Connection, Row, bindparam, func, literal, select, text, update

from content.message import Message
from registry.deliveries.outcomes import Doubtful, Outcome, Refused, Sent, TryAgain, Unreachable
from registry.people.people import Account, accounts_of, current, mark_unreachable, merged_ids, reach
from registry.store.prepared import Prepared, inserting_or
from registry.store.rows import broadcasts, deliveries, new_id
from registry.store.sealing import seal_for, unseal_for, vault_of

STILL_OWED = text("deliveries.state in ('owed', 'claimed')")
"""Written out and not as parameters: only so does SQLite see that the partial index of what is owed serves a query."""
NOT_LEFT = ("owed", "held", "paused")
"""What can still be taken back: owed now, held until the person writes, or of an announcement that is paused."""
PRIORITY = {"reply": 0, "status": 1, "reminder": 2, "broadcast": 3}
MOST_ATTEMPTS = 8
NEWS_LASTS = timedelta(days=30)
"""An announcement that waited longer for a person's word is no news any more; a decision waits as long as it takes."""
LONGEST_TRY = timedelta(hours=6)
"""Given up only after eight attempts over at least six hours (`reliability`: outcome classes)."""


_FIRST_DUE = Prepared(
    select(
        *(
            select(deliveries.c.due_at)
            .where(
                deliveries.c.channel == bindparam("on_channel"),
                deliveries.c.priority == literal(priority),
                deliveries.c.state == "owed",
                STILL_OWED,
            )
            .order_by(deliveries.c.due_at)
            .limit(1)
            .scalar_subquery()
            .label(kind)
            for kind, priority in PRIORITY.items()
        )
    )
)
"""The first of each urgency: as one minimum it would look through a whole announcement."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One message claimed for sending."""

    id: str
    key: str
    channel: str
    account: str
    person_id: str
    kind: str
    message: Message
    attempts: int
    due_at: datetime
    not_after: datetime | None


_NEW = (
    *("id", "key", "person_id", "channel", "account", "kind", "priority", "message_sealed"),
    *("created_at", "due_at", "not_after", "state", "claimed_until", "attempts", "trying_since"),
)
_OWE = inserting_or(
    lambda insert: (
        insert(deliveries)
        .values({name: bindparam(name) for name in _NEW})
        .values(doubtful=False)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(deliveries.c.id)
    )
)
_BY_ID = Prepared(select(deliveries).where(deliveries.c.id == bindparam("of_delivery")))
_SENT = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("of_delivery"), STILL_OWED)
    .values(
        state="sent",
        platform_id=bindparam("platform_id"),
        reason=None,
        parts=deliveries.c.parts + bindparam("more_parts"),
        sent_at=bindparam("sent_at"),
    )
)


def owe(
    db: Connection,
    *,
    key: str,
    person_id: str,
    kind: str,
    message: Message,
    now: datetime,
    due_at: datetime | None = None,
    not_after: datetime | None = None,
    account: Account | None = None,
    claimed_until: datetime | None = None,
) -> str | None:
    """
    Owe a person a message; its delivery id, or None when it is owed already or nobody can be reached.

    Without an account it goes to the open one that last spoke.  `claimed_until` is for what a
    sender takes in this very unit of work (`registry.deliveries.claims.owe_leaving`).
    """
    account = account or reach(db, person_id)
    if account is None:
        return None
    delivery_id = new_id()
    row = _OWE.row(
        db,
        id=delivery_id,
        key=key,
        person_id=person_id,
        channel=account.channel,
        account=account.account,
        kind=kind,
        priority=PRIORITY[kind],
        message_sealed=seal_for(db, person_id, f"deliveries:message:{delivery_id}", message.to_json()),
        created_at=now,
        due_at=due_at or now,
        not_after=not_after,
        state="owed" if claimed_until is None else "claimed",
        claimed_until=claimed_until,
        attempts=0 if claimed_until is None else 1,
        trying_since=None if claimed_until is None else now,
    )
    return None if row is None else delivery_id


def replace_owed(db: Connection, *, key: str, message: Message, due_at: datetime) -> bool:
    """Say something newer instead, while it is still owed (one answer for an album of photos)."""
    row = db.execute(
        select(deliveries.c.id, deliveries.c.person_id).where(deliveries.c.key == key, deliveries.c.state == "owed")
    ).one_or_none()
    if row is None:
        return False
    sealed = seal_for(db, row.person_id, f"deliveries:message:{row.id}", message.to_json())
    db.execute(update(deliveries).where(deliveries.c.id == row.id).values(message_sealed=sealed, due_at=due_at))
    return True


def record(db: Connection, *, delivery_id: str, outcome: Outcome, now: datetime, paid: bool = False) -> None:
    """Write down what became of a message, and with it the person's future."""
    if isinstance(outcome, Sent):
        _SENT.count(
            db,
            of_delivery=delivery_id,
            platform_id=outcome.platform_id,
            sent_at=now,
            more_parts=max(outcome.parts, 1),
        )
        return
    row = _BY_ID.row(db, of_delivery=delivery_id)
    if row is None or row.state not in {"claimed", "owed"}:
        return
    values: dict[str, Any]
    match outcome:
        case TryAgain(after, reason, counted=False):
            values = _put_off(row, now, now + after, reason)
        case TryAgain(after, reason):
            values = _retry(row, now, after, reason)
        case Doubtful(reason):
            values = (
                {"state": "doubtful", "doubtful": True, "reason": reason}
                if paid
                else _retry(row, now, timedelta(seconds=2 * 2 ** min(row.attempts, 8)), reason) | {"doubtful": True}
            )
        case Unreachable(reason):
            mark_unreachable(db, channel=row.channel, account=row.account)
            values = {"state": "unreachable", "reason": reason}
            other = _other_account(db, row)
            if other is not None:
                values = {
                    "state": "owed",
                    "channel": other.channel,
                    "account": other.account,
                    "claimed_until": None,
                    "attempts": 0,
                    "reason": f"first account: {reason}",
                }
        case Refused(reason, until_they_write=True):
            values = {"state": "held", "claimed_until": None, "attempts": 0, "reason": reason}
            if row.kind == "broadcast":
                values["not_after"] = min(row.not_after or now + NEWS_LASTS, now + NEWS_LASTS)
            other = _other_account(db, row)
            if other is not None:
                values |= {
                    "state": "owed",
                    "channel": other.channel,
                    "account": other.account,
                    "not_after": row.not_after,
                }
        case Refused(reason):
            values = {"state": "refused", "reason": reason}
        case _:
            assert_never(outcome)
    left = outcome.parts
    if left and (values.get("account") or row.account) == row.account:
        values |= {"parts": row.parts + left, "sent_at": now}
    db.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values))


def put_off(db: Connection, *, delivery_id: str, until: datetime, reason: str, now: datetime) -> None:
    """Owe a claimed message again later, as if it had not been tried; an announcement only while it is news."""
    row = _BY_ID.row(db, of_delivery=delivery_id)
    if row is not None and row.state == "claimed":
        values = _put_off(row, now, until, reason)
        db.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values))


def release_claims(db: Connection, *, channel: str) -> int:
    """At the start of the one sender of a channel: what was in flight when the last one died is owed again."""
    return db.execute(
        update(deliveries)
        .where(deliveries.c.channel == channel, deliveries.c.state == "claimed")
        .values(state="owed", claimed_until=None)
    ).rowcount


def cancel(db: Connection, *, person_id: str | None = None, key_like: str | None = None, reason: str) -> int:
    """Cancel what is still owed or held, to a person or under a kind of key; what has left has left."""
    if person_id is None and key_like is None:
        raise ValueError("Cancelling needs a person or a key; nothing was cancelled.")
    query = update(deliveries).where(deliveries.c.state.in_(NOT_LEFT))
    if person_id is not None:
        query = query.where(deliveries.c.person_id.in_(merged_ids(db, person_id)))
    if key_like is not None:
        query = query.where(deliveries.c.key.like(key_like.replace("_", r"\_"), escape="\\"))
    return db.execute(query.values(state="cancelled", reason=reason)).rowcount


def next_due(db: Connection, *, channel: str) -> datetime | None:
    """When the next message of a channel is due, so that nobody has to look before."""
    moments = _FIRST_DUE.row(db, on_channel=channel)
    return min((moment for moment in moments if moment is not None), default=None)


def said_to(db: Connection, *, channel: str, account: str, limit: int = 50) -> Sequence[tuple[str, Message, datetime]]:
    """The latest messages an account was sent, oldest first (key, message, when): a web page shows them again."""
    rows = db.execute(
        select(deliveries)
        .where(deliveries.c.channel == channel, deliveries.c.account == account, deliveries.c.state == "sent")
        .order_by(deliveries.c.sent_at.desc(), deliveries.c.key.desc())
        .limit(limit)
    ).all()
    told = []
    for row in reversed(rows):
        message = _message(db, row)
        if message is not None:
            told.append((row.id, message, row.sent_at))
    return told


def backlog(db: Connection, *, now: datetime) -> dict[str, int]:
    """How many messages stand in each state, and how many are overdue by a minute: for health and metrics."""
    rows = db.execute(select(deliveries.c.state, func.count()).group_by(deliveries.c.state))
    counts: dict[str, int] = {row[0]: row[1] for row in rows}
    late = db.execute(
        select(func.count())
        .select_from(deliveries)
        .where(deliveries.c.state == "owed", deliveries.c.due_at < now - timedelta(minutes=1))
    ).scalar_one()
    return counts | {"late": late}


def _retry(row: Row[Any], now: datetime, after: timedelta, reason: str) -> dict[str, Any]:
    if row.attempts >= MOST_ATTEMPTS and row.trying_since is not None and now - row.trying_since >= LONGEST_TRY:
        return {"state": "given_up", "reason": reason}
    longer = timedelta(seconds=min(2 ** (row.attempts - 2), 3600)) * _spread(row) if row.attempts > 2 else after
    pause = max(after, longer)
    return {"state": "owed", "due_at": now + pause, "claimed_until": None, "reason": reason}


def _spread(row: Row[Any]) -> float:
    """From one to a quarter more, so that what failed together does not come back together."""
    return 1 + zlib.crc32(f"{row.id} {row.attempts}".encode()) % 256 / 1024


def _put_off(row: Row[Any], now: datetime, until: datetime, reason: str) -> dict[str, Any]:
    values = {
        "state": "owed",
        "due_at": until,
        "claimed_until": None,
        "attempts": 0,  # once the way is open, six hours of tries begin
        "reason": reason,
    }
    if row.kind == "broadcast":
        values["not_after"] = min(row.not_after or now + NEWS_LASTS, now + NEWS_LASTS)
    return values


def _other_account(db: Connection, row: Row[Any]) -> Account | None:
    if row.kind == "reply":
        return None
    return next(
        (
            account
            for account in accounts_of(db, current(db, row.person_id))
            if account.state == "open" and (account.channel, account.account) != (row.channel, row.account)
        ),
        None,
    )


def _message(db: Connection, row: Row[Any]) -> Message | None:
    if row.message_sealed is None and row.broadcast_id is not None:
        sealed = db.execute(select(broadcasts.c.text_sealed).where(broadcasts.c.id == row.broadcast_id)).scalar_one()
        words = vault_of(db).unseal_common(f"broadcasts:text:{row.broadcast_id}", sealed)
        return Message.from_json(json.loads(words))
    content = unseal_for(db, row.person_id, f"deliveries:message:{row.id}", row.message_sealed)
    return None if content is None else Message.from_json(content)


def _owed(db: Connection, row: Row[Any]) -> Owed | None:
    message = _message(db, row)
    if message is None:  # the person was erased meanwhile
        db.execute(
            update(deliveries).where(deliveries.c.id == row.id).values(state="cancelled", reason="person erased")
        )
        return None
    return Owed(
        row.id, row.key, row.channel, row.account, row.person_id, row.kind, message, row.attempts, row.due_at,
        row.not_after,
    )  # fmt: skip


def cancel_unasked(db: Connection, *, person_id: str, reason: str) -> int:
    """Cancel what a person did not ask for and has not got yet, held or owed; replies and decisions still come."""
    return db.execute(
        update(deliveries)
        .where(
            deliveries.c.person_id.in_(merged_ids(db, person_id)),
            deliveries.c.state.in_(NOT_LEFT),
            deliveries.c.kind.in_(("reminder", "broadcast")),
        )
        .values(state="cancelled", reason=reason)
    ).rowcount


def sent_on(db: Connection, *, channel: str, since: datetime) -> int:
    """How many messages, as the platform counts them, left on a channel since a moment: a plan's quota goes by it."""
    return int(
        db.execute(
            select(func.coalesce(func.sum(deliveries.c.parts), 0)).where(
                deliveries.c.channel == channel, deliveries.c.sent_at >= since
            )
        ).scalar_one()
    )
