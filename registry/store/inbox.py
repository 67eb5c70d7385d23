"""What platforms told us, kept before it is acknowledged and emptied once it is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select, update

from registry.store.prepared import Prepared, inserting_or
from registry.store.rows import inbox
from registry.store.sealing import vault_of

KEPT = timedelta(days=7)
"""How long the id of an event is remembered: platforms repeat an unconfirmed one for a day."""
TRIES = 3

_RECEIVE = inserting_or(
    lambda insert: (
        insert(inbox)
        .values({name: bindparam(name) for name in ("channel", "event", "account", "raw_sealed", "received_at")})
        .values(state="new")
        .on_conflict_do_nothing(index_elements=["channel", "event"])
        .returning(inbox.c.id)
    )
)
_DONE = Prepared(
    update(inbox)
    .where(inbox.c.id == bindparam("of_event"), inbox.c.state == "new")
    .values(state="done", raw_sealed=None, done_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Event:
    """One event that waits for its turn."""

    id: int
    channel: str
    event: str
    account: str
    raw: bytes
    attempts: int
    received_at: datetime


def receive(db: Connection, *, channel: str, event: str, account: str, raw: bytes, now: datetime) -> int | None:
    """Keep a raw event; None when it came before (a platform repeats what it thinks was not taken)."""
    sealed = vault_of(db).seal_common(f"inbox:raw:{channel}:{event}", raw.decode("utf-8", "replace"))
    row = _RECEIVE.row(db, channel=channel, event=event, account=account, raw_sealed=sealed, received_at=now)
    return None if row is None else int(row.id)


def waiting(db: Connection, *, limit: int = 10_000) -> tuple[tuple[int, str, str], ...]:
    """(id, channel, account) of all that waits, in the order it came."""
    rows = db.execute(
        select(inbox.c.id, inbox.c.channel, inbox.c.account)
        .where(inbox.c.state == "new")
        .order_by(inbox.c.id)
        .limit(limit)
    )
    return tuple((row.id, row.channel, row.account) for row in rows)


def take(db: Connection, event_id: int) -> Event | None:
    """The event when it still waits; None when its turn was taken (a second process, a repeat)."""
    query = select(inbox).where(inbox.c.id == event_id, inbox.c.state == "new")
    if db.dialect.name == "postgresql":
        query = query.with_for_update()
    row = db.execute(query).one_or_none()
    if row is None or row.raw_sealed is None:
        return None
    raw = vault_of(db).unseal_common(f"inbox:raw:{row.channel}:{row.event}", row.raw_sealed)
    return Event(row.id, row.channel, row.event, row.account, raw.encode(), row.attempts, row.received_at)


def done(db: Connection, *, event_id: int, now: datetime) -> bool:
    """
    Mark the event done and drop its words, in the unit of work that is its turn.

    False when it was done before (a second process, a repeat): then nothing of the turn may happen.
    """
    return _DONE.count(db, of_event=event_id, now=now) > 0


def stumbled(db: Connection, *, event_id: int, trouble: str, now: datetime) -> bool:
    """Count a failed turn; after three the event is set aside (kept for the operator) and True comes back."""
    row = db.execute(
        update(inbox)
        .where(inbox.c.id == event_id, inbox.c.state == "new")
        .values(attempts=inbox.c.attempts + 1, trouble=trouble)
        .returning(inbox.c.attempts)
    ).one_or_none()
    if row is None or row.attempts < TRIES:
        return False
    db.execute(update(inbox).where(inbox.c.id == event_id).values(state="set_aside", done_at=now))
    return True


def set_aside(db: Connection, *, event_id: int, trouble: str, now: datetime) -> None:
    """Put an event aside that cannot be read at all; the next goes on."""
    db.execute(update(inbox).where(inbox.c.id == event_id).values(state="set_aside", trouble=trouble, done_at=now))


def forget_old(db: Connection, *, now: datetime) -> int:
    """Drop the ids of events done more than a week ago; what was set aside stays a month."""
    gone = db.execute(delete(inbox).where(inbox.c.state == "done", inbox.c.done_at < now - KEPT)).rowcount
    gone += db.execute(
        delete(inbox).where(inbox.c.state == "set_aside", inbox.c.done_at < now - timedelta(days=30))
    ).rowcount
    return gone
