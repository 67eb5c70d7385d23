"""
The outbox.  A message is enqueued in the transaction that makes it due; sending it is a job.

`registry.deliveries.states` has the states, `registry.deliveries.keys` the idempotency keys.
"""

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, false, func, literal, not_, select, update

from content.message import Message
from registry.deliveries.keys import Key, Purpose, Subject
from registry.deliveries.outcomes import Doubtful, Outcome, Refused, Sent, TryAgain, Unreachable
from registry.deliveries.states import IN_QUEUE, UNSENT, Reason, State, Trigger, change, in_states, insert, mark_sent
from registry.people.people import Account, accounts_of, current, mark_unreachable, merged_ids, reach
from registry.store.ordered_ids import ordered_id
from registry.store.prepared import Prepared
from registry.store.rows import broadcasts, deliveries, people
from registry.store.sealing import seal_for, unseal_for, vault_of

STILL_PENDING = in_states(*IN_QUEUE)
PRIORITY = {"reply": 0, "status": 1, "reminder": 2, "broadcast": 3}
MOST_ATTEMPTS = 8
NEWS_LASTS = timedelta(days=30)
"""A parked broadcast without an end is too old after this; a decision waits as long as it takes."""
LONGEST_TRY = timedelta(hours=6)
"""Given up only after eight attempts over at least six hours (`reliability`: outcome classes)."""
LEFT = "left before it was sent"
"""The account left before anything was sent to it: the message goes to the person's other account, or nowhere."""


_FIRST_DUE = Prepared(
    select(
        *(
            select(deliveries.c.due_at)
            .where(
                deliveries.c.channel == bindparam("on_channel"),
                deliveries.c.priority == literal(priority),
                deliveries.c.state == State.QUEUED.value,
                STILL_PENDING,
            )
            .order_by(deliveries.c.due_at)
            .limit(1)
            .scalar_subquery()
            .label(kind)
            for kind, priority in PRIORITY.items()
        )
    )
)
"""The first of each urgency: one minimum over all would read a whole broadcast."""


@dataclass(frozen=True, slots=True)
class Pending:
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
    by_night: bool = False
    dated_at: datetime | None = None  # of what is said to many: when it was to leave first
    language: str = "vi"  # of its text


_BY_ID = Prepared(select(deliveries).where(deliveries.c.id == bindparam("of_delivery")))


def enqueue(
    db: Connection,
    *,
    key: Key | str,
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
    Enqueue a message; its delivery id, or None when the key exists already or nobody can be reached.

    Without an account it goes to the open one that last wrote.  `claimed_until` is for a reply that its
    sender takes in this unit of work (`registry.deliveries.claims.enqueue_claimed`).  A key without a subject
    may be a plain text.
    """
    account = account or reach(db, person_id)
    if account is None:
        return None
    text = key if isinstance(key, str) else key.text
    about = None if isinstance(key, str) or key.subject is None else key.columns
    delivery_id = ordered_id(now)
    columns = {
        "id": delivery_id,
        "key": text,
        "person_id": person_id,
        "channel": account.channel,
        "account": account.account,
        "kind": kind,
        "priority": PRIORITY[kind],
        "message_sealed": seal_for(db, person_id, f"deliveries:message:{delivery_id}", message.to_json()),
        "created_at": now,
        "due_at": due_at or now,
        "not_after": not_after,
        "claimed_until": claimed_until,
        "attempts": 0 if claimed_until is None else 1,
        "trying_since": None if claimed_until is None else now,
    }
    if claimed_until is not None:
        return delivery_id if insert(db, Trigger.ENQUEUE_CLAIMED, columns) else None
    return delivery_id if insert(db, Trigger.ENQUEUE, columns, about) else None


def was_enqueued(db: Connection, *, key: Key) -> bool:
    """True for a message that was enqueued before, whatever came of it."""
    return db.execute(select(deliveries.c.id).where(deliveries.c.key == key.text)).first() is not None


def replace_pending(db: Connection, *, key: Key, message: Message, due_at: datetime) -> bool:
    """Replace the text of a queued message (one answer for an album of photos); False when it is not queued."""
    row = db.execute(
        select(deliveries.c.id, deliveries.c.person_id).where(
            deliveries.c.key == key.text, deliveries.c.state == State.QUEUED.value
        )
    ).one_or_none()
    if row is None:
        return False
    sealed = seal_for(db, row.person_id, f"deliveries:message:{row.id}", message.to_json())
    db.execute(update(deliveries).where(deliveries.c.id == row.id).values(message_sealed=sealed, due_at=due_at))
    return True


@dataclass(frozen=True, slots=True)
class _Next:
    """The transition an outcome leads to, and what is written with it."""

    trigger: Trigger
    reason: Reason
    detail: str | None
    columns: Mapping[str, Any] = field(default_factory=dict)


def record(db: Connection, *, delivery_id: str, outcome: Outcome, now: datetime, paid: bool = False) -> None:
    """Record the outcome of an attempt.  Ignored when the delivery is no longer in the queue."""
    if isinstance(outcome, Sent):
        mark_sent(db, delivery_id=delivery_id, platform_id=outcome.platform_id, parts=max(outcome.parts, 1), now=now)
        return
    row = _BY_ID.row(db, of_delivery=delivery_id)
    if row is None or row.state not in IN_QUEUE:
        return
    match outcome:
        case TryAgain(after, reason, counted=False):
            following = _put_off(row, now, now + after, Reason.ATTEMPT_FAILED, reason)
        case TryAgain(after, reason):
            following = _retry(row, now, after, Reason.ATTEMPT_FAILED, reason)
        case Doubtful(reason) if paid:
            following = _Next(Trigger.DOUBT, Reason.NO_ANSWER, reason, {"doubtful": True})
        case Doubtful(reason):
            after = timedelta(seconds=2 * 2 ** min(row.attempts, 8))
            following = _retry(row, now, after, Reason.NO_ANSWER, reason, doubtful=True)
        case Unreachable(reason):
            mark_unreachable(db, channel=row.channel, account=row.account)
            following = _unreachable(db, row, reason)
        case Refused(reason, until_they_write=True):
            following = _park(db, row, now, reason)
        case Refused(reason):
            following = _Next(Trigger.REFUSE, Reason.REFUSED_BY_PLATFORM, reason)
        case _:
            assert_never(outcome)
    columns = dict(following.columns)
    left = outcome.parts
    if left and (columns.get("account") or row.account) == row.account:
        columns |= {"parts": row.parts + left, "sent_at": now}
    change(
        db, deliveries.c.id == delivery_id, following.trigger, reason=following.reason, detail=following.detail,
        **columns,
    )  # fmt: skip


def put_off(db: Connection, *, delivery_id: str, until: datetime, detail: str, now: datetime) -> None:
    """Queue a claimed message again for a later moment, as if it had not been attempted."""
    row = _BY_ID.row(db, of_delivery=delivery_id)
    if row is not None and row.state == State.CLAIMED:
        later = _put_off(row, now, until, Reason.WAY_CLOSED, detail)
        change(db, deliveries.c.id == delivery_id, later.trigger, reason=later.reason, detail=detail, **later.columns)


def release_claims(db: Connection, *, channel: str) -> int:
    """Queue again what was in flight when the last sender of a channel died; its next sender calls this first."""
    return change(db, and_(deliveries.c.channel == channel, STILL_PENDING), Trigger.GIVE_BACK)


def cancel(
    db: Connection,
    *,
    subject: Subject,
    subject_id: str,
    reason: Reason,
    purposes: Collection[Purpose] = (),
    person_id: str | None = None,
) -> int:
    """Cancel unsent messages about one thing, perhaps of some purposes or to one person.  Idempotent."""
    about = [deliveries.c.subject == subject.value, deliveries.c.subject_id == subject_id]
    if purposes:
        about.append(deliveries.c.purpose.in_([one.value for one in purposes]))
    if person_id is not None:
        about.append(deliveries.c.person_id.in_(merged_ids(db, person_id)))
    return change(db, and_(*about), Trigger.CANCEL, reason=reason)


def pause_about(db: Connection, *, subject: Subject, subject_id: str, purpose: Purpose) -> int:
    """Pause the unsent messages of one purpose about a thing that is changed; their number."""
    return change(db, _about(subject, subject_id, purpose), Trigger.PAUSE)


def resume_about(db: Connection, *, subject: Subject, subject_id: str, purpose: Purpose, due_at: datetime) -> int:
    """Queue them again for a moment; their number."""
    return change(db, _about(subject, subject_id, purpose), Trigger.RESUME, due_at=due_at)


def _about(subject: Subject, subject_id: str, purpose: Purpose) -> ColumnElement[bool]:
    return and_(
        deliveries.c.subject == subject.value,
        deliveries.c.subject_id == subject_id,
        deliveries.c.purpose == purpose.value,
    )


def cancel_unasked(db: Connection, *, person_id: str, reason: Reason) -> int:
    """
    Cancel the unsent reminders and broadcasts of a person; replies and decisions are still sent.

    A correction outlasts a pause: it waits until the pause ends.
    """
    theirs = and_(
        deliveries.c.person_id.in_(merged_ids(db, person_id)), deliveries.c.kind.in_(("reminder", "broadcast"))
    )
    if reason is Reason.PERSON_PAUSED:
        corrections = select(broadcasts.c.id).where(broadcasts.c.corrects.is_not(None))
        correcting = func.coalesce(deliveries.c.broadcast_id.in_(corrections), false())
        change(db, and_(theirs, correcting), Trigger.PAUSE, reason=reason)
        theirs = and_(theirs, not_(correcting))
    return change(db, theirs, Trigger.CANCEL, reason=reason)


def cancel_older(db: Connection, *, before: datetime) -> int:
    """Cancel the queue of before a moment, for the operator of a restored backup.  Idempotent."""
    return change(db, deliveries.c.created_at < before, Trigger.DISCARD, reason=Reason.OLDER_THAN_BACKUP)


def cancel_reminders(db: Connection, *, occurrence_ids: Sequence[str], reason: Reason) -> frozenset[str]:
    """Cancel the unsent reminders of some occurrences; the occurrences whose reminder was cancelled."""
    unsent = db.execute(
        select(deliveries.c.id, deliveries.c.subject_id)
        .where(
            deliveries.c.subject == Subject.OCCURRENCE.value,
            deliveries.c.subject_id.in_(occurrence_ids),
            in_states(*UNSENT),
        )
        .with_for_update()
    ).all()
    change(db, deliveries.c.id.in_([row.id for row in unsent]), Trigger.CANCEL, reason=reason)
    return frozenset(row.subject_id for row in unsent)


def cancel_invitations(db: Connection, *, gathering_id: str, reason: Reason) -> Sequence[str]:
    """Cancel the unsent invitations of a gathering; the people they were for."""
    unsent = and_(
        deliveries.c.subject == Subject.GATHERING.value,
        deliveries.c.subject_id == gathering_id,
        deliveries.c.purpose == Purpose.INVITE.value,
    )
    found = db.execute(
        select(deliveries.c.id, deliveries.c.person_id).where(unsent, in_states(*UNSENT)).with_for_update()
    ).all()
    change(db, deliveries.c.id.in_([row.id for row in found]), Trigger.CANCEL, reason=reason)
    return [row.person_id for row in found]


def next_due(db: Connection, *, channel: str) -> datetime | None:
    """The moment the next message of a channel is due; None without one."""
    moments = _FIRST_DUE.row(db, on_channel=channel)
    return min((moment for moment in moments if moment is not None), default=None)


def _retry(row: Row[Any], now: datetime, after: timedelta, reason: Reason, detail: str, **columns: Any) -> _Next:
    """Back off and retry, or give up."""
    if row.attempts >= MOST_ATTEMPTS and row.trying_since is not None and now - row.trying_since >= LONGEST_TRY:
        return _Next(Trigger.GIVE_UP, reason, detail, columns)
    longer = timedelta(seconds=min(2 ** (row.attempts - 2), 3600)) * _spread(row) if row.attempts > 2 else after
    return _Next(Trigger.RETRY, reason, detail, {"due_at": now + max(after, longer)} | columns)


def _spread(row: Row[Any]) -> float:
    """A factor from 1 to 1.25: messages that failed together are not retried together."""
    return 1 + zlib.crc32(f"{row.id} {row.attempts}".encode()) % 256 / 1024


def _put_off(row: Row[Any], now: datetime, until: datetime, reason: Reason, detail: str) -> _Next:
    """Retry later without counting the attempt; a broadcast only while it is news."""
    columns: dict[str, Any] = {"due_at": until, "attempts": 0}  # once the way is open, six hours of retries begin
    if row.kind == "broadcast":
        columns["not_after"] = row.not_after or now + NEWS_LASTS
    return _Next(Trigger.RETRY, reason, detail, columns)


def _unreachable(db: Connection, row: Row[Any], detail: str) -> _Next:
    """Nobody is at this account: move over to the person's other one, if there is one."""
    other = _other_account(db, row)
    if other is not None:
        return _Next(Trigger.MOVE_OVER, Reason.FIRST_ACCOUNT_UNREACHABLE, detail, _to(other))
    reason = Reason.LEFT_BEFORE_IT_WAS_SENT if detail == LEFT else Reason.ACCOUNT_UNREACHABLE
    return _Next(Trigger.FIND_NOBODY, reason, detail)


def _park(db: Connection, row: Row[Any], now: datetime, detail: str) -> _Next:
    """The platform takes nothing before the person writes: move over to their other account, or park."""
    other = _other_account(db, row)
    if other is not None:
        return _Next(Trigger.MOVE_OVER, Reason.OTHER_ACCOUNT, detail, _to(other))
    columns: dict[str, Any] = {"attempts": 0}
    if row.kind == "broadcast":
        columns["not_after"] = row.not_after or now + NEWS_LASTS
    return _Next(Trigger.PARK, Reason.UNTIL_THEY_WRITE, detail, columns)


def _to(account: Account) -> dict[str, Any]:
    return {"channel": account.channel, "account": account.account, "attempts": 0}


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


def message_of(db: Connection, row: Row[Any]) -> Message | None:
    """The text of a delivery; None when its person was erased."""
    if row.message_sealed is None and row.broadcast_id is not None:
        return _of_broadcast(db, row.broadcast_id)[0]
    content = unseal_for(db, row.person_id, f"deliveries:message:{row.id}", row.message_sealed)
    return None if content is None else Message.from_json(content)


def opened(db: Connection, row: Row[Any]) -> Pending | None:
    """A claimed row with its text; None, and it is cancelled, when the person was erased meanwhile."""
    dated_at, language = None, "vi"
    if row.message_sealed is None and row.broadcast_id is not None:
        message, dated_at = _of_broadcast(db, row.broadcast_id)
    elif (known := message_of(db, row)) is not None:
        message = known
        if row.kind == "broadcast":
            dated_at = row.created_at
            language = db.execute(select(people.c.language).where(people.c.id == row.person_id)).scalar_one()
    else:
        change(db, deliveries.c.id == row.id, Trigger.ERASE, reason=Reason.ERASED)
        return None
    return Pending(
        row.id, row.key, row.channel, row.account, row.person_id, row.kind, message, row.attempts, row.due_at,
        row.not_after, row.by_night, dated_at, language,
    )  # fmt: skip


def _of_broadcast(db: Connection, broadcast_id: str) -> tuple[Message, datetime | None]:
    """The text of a broadcast, and the moment it first leaves."""
    columns = (broadcasts.c.text_sealed, broadcasts.c.dated_at)
    row = db.execute(select(*columns).where(broadcasts.c.id == broadcast_id)).one()
    words = vault_of(db).unseal_common(f"broadcasts:text:{broadcast_id}", row.text_sealed)
    return Message.from_json(json.loads(words)), row.dated_at


def sent_on(db: Connection, *, channel: str, since: datetime) -> int:
    """The number of messages, as the platform counts them, sent on a channel since a moment, for a quota."""
    return int(
        db.execute(
            select(func.coalesce(func.sum(deliveries.c.parts), 0)).where(
                deliveries.c.channel == channel, deliveries.c.sent_at >= since
            )
        ).scalar_one()
    )
