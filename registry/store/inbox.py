"""The inbox: raw events, kept before they are acknowledged and emptied once they are done."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    text,
    update,
)

from registry.store.prepared import Prepared, inserting_or
from registry.store.rows import UTCDateTime, metadata
from registry.store.sealing import vault_of
from registry.store.slices import Place, Room, Slice, each

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer().with_variant(BigInteger, "postgresql"), primary_key=True, autoincrement=True),
    Column("channel", Text, nullable=False),
    Column("event", Text, nullable=False),  # the platform's id of the event; the bot's own id is part of it
    Column("account", Text, nullable=False),  # the lane: in order for one account
    Column("raw_sealed", LargeBinary),  # emptied once the event is done
    Column("received_at", UTCDateTime, nullable=False),
    Column("state", Text, nullable=False),  # new, done, set_aside
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("trouble", Text),
    Column("done_at", UTCDateTime),
    UniqueConstraint("channel", "event"),
    Index(
        "ix_inbox_lanes",
        "channel",
        "account",
        "id",
        sqlite_where=text("state = 'new'"),
        postgresql_where=text("state = 'new'"),
    ),
    sqlite_autoincrement=True,  # replies are idempotent by this id, so an id is never given to a second event
)


KEPT = timedelta(days=7)
"""How long the id of an event is remembered: platforms repeat an unconfirmed one for a day."""
TRIES = 3
_LOOKED_AT = 2000
"""Events that a look for the oldest one reads at most."""

_RECEIVE = inserting_or(
    lambda insert: (
        insert(inbox)
        .values({name: bindparam(name) for name in ("channel", "event", "account", "raw_sealed", "received_at")})
        .values(state="new")
        .on_conflict_do_nothing(index_elements=["channel", "event"])
        .returning(inbox.c.id)
    )
)
_PASS_OVER = inserting_or(
    lambda insert: (
        insert(inbox)
        .values({name: bindparam(name) for name in ("channel", "event", "account", "received_at", "done_at")})
        .values(state="done")
        .on_conflict_do_nothing(index_elements=["channel", "event"])
        .returning(inbox.c.id)
    )
)
_DONE = Prepared(
    update(inbox)
    .where(inbox.c.id == bindparam("of_event"), inbox.c.state == "new")
    .values(state="done", raw_sealed=None, done_at=bindparam("now"))
)


_IS_NEW = text("inbox.state = 'new'")
"""Written out and not as a parameter: only so does SQLite see that the partial index serves."""
_WALK = text(
    """
    WITH RECURSIVE walk(id, channel, account, place) AS (
        SELECT n.id, n.channel, n.account, 1 FROM inbox AS n WHERE n.id = COALESCE(
            (SELECT m.id FROM inbox AS m WHERE m.state = 'new' AND m.channel = :channel AND m.account > :account
             ORDER BY m.account, m.id LIMIT 1),
            (SELECT m.id FROM inbox AS m WHERE m.state = 'new' AND m.channel > :channel
             ORDER BY m.channel, m.account, m.id LIMIT 1))
        UNION ALL
        SELECT n.id, n.channel, n.account,
               CASE WHEN n.channel = w.channel AND n.account = w.account THEN w.place + 1 ELSE 1 END
        FROM walk AS w JOIN inbox AS n ON n.id = COALESCE(
            (SELECT m.id FROM inbox AS m WHERE m.state = 'new' AND m.channel = w.channel AND m.account = w.account
             AND m.id > w.id AND w.place < :per_account ORDER BY m.id LIMIT 1),
            (SELECT m.id FROM inbox AS m WHERE m.state = 'new' AND m.channel = w.channel AND m.account > w.account
             ORDER BY m.account, m.id LIMIT 1),
            (SELECT m.id FROM inbox AS m WHERE m.state = 'new' AND m.channel > w.channel
             ORDER BY m.channel, m.account, m.id LIMIT 1))
    )
    SELECT id, channel, account FROM walk LIMIT :most
    """
)
"""
Step from event to event along the index by account and jump over the rest of an account that had its share.

The cost is that of the rows given, however many one account has waiting: a window function would read them all.
"""


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


def pass_over(db: Connection, *, channel: str, event: str, account: str, now: datetime) -> bool:
    """Remember an event that repeats another one as done, without its words; False when it came before."""
    row = _PASS_OVER.row(db, channel=channel, event=event, account=account, received_at=now, done_at=now)
    return row is not None


def is_waiting(db: Connection, event_id: int) -> bool:
    """True while an event has not had its turn."""
    found = db.execute(select(inbox.c.id).where(inbox.c.id == event_id, inbox.c.state == "new"))
    return found.one_or_none() is not None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that waits, without its words; `lane` is the channel and the account."""

    id: int
    channel: str
    account: str

    @property
    def lane(self) -> tuple[str, str]:
        return self.channel, self.account


def waiting(
    db: Connection, *, per_account: int, limit: int = 10_000, after: tuple[str, str] = ("", "")
) -> tuple[Waiting, ...]:
    """
    The events that wait, in the order they came: every account's oldest, at most `per_account` each.

    Where `limit` is too small for that, all accounts get fewer, down to one. Where it is too small for all accounts,
    those behind the lane `after` come first, then those from the beginning.
    """
    heads = _walk(db, per_account=1, limit=limit, after=after)
    if after != ("", "") and len(heads) < limit:
        heads = tuple({*heads, *_walk(db, per_account=1, limit=limit - len(heads), after=("", ""))})
    each = min(per_account, limit // len(heads)) if heads else 0
    found = _walk(db, per_account=each, limit=limit, after=("", "")) if each > 1 else heads
    return tuple(sorted(found, key=lambda one: one.id))


def waiting_of(db: Connection, *, channel: str, account: str, behind: int, limit: int) -> tuple[int, ...]:
    """The next events of one account that wait, oldest first, behind the event `behind`."""
    rows = db.execute(
        select(inbox.c.id)
        .where(_IS_NEW, inbox.c.channel == channel, inbox.c.account == account, inbox.c.id > behind)
        .order_by(inbox.c.id)
        .limit(limit)
    )
    return tuple(rows.scalars())


def backlog(db: Connection, *, most: int = 10_000) -> int:
    """Return how many events wait, up to a limit."""
    return len(db.execute(select(inbox.c.id).where(_IS_NEW).limit(most)).all())


def oldest_waiting(db: Connection, *, most_of_one: int, channels: Collection[str]) -> datetime | None:
    """
    Return the moment of the oldest event that should have had its turn; None when nothing waits.

    An account with more than `most_of_one` waiting is delayed by its own pace and not counted, and neither is a
    channel that is not served. The cost is bounded, however many events wait.
    """
    found = _walk(db, per_account=most_of_one + 1, limit=_LOOKED_AT, after=("", ""))
    if len(found) == _LOOKED_AT:  # the last account was cut short
        found = tuple(one for one in found if one.lane != found[-1].lane)
    lanes = Counter(one.lane for one in found)
    heads: dict[tuple[str, str], int] = {}
    for one in found:
        heads.setdefault(one.lane, one.id)
    prompt = [head for lane, head in heads.items() if lanes[lane] <= most_of_one and lane[0] in channels]
    oldest: datetime | None = db.execute(
        select(inbox.c.received_at).where(inbox.c.id.in_(prompt)).order_by(inbox.c.received_at).limit(1)
    ).scalar_one_or_none()
    return oldest


def _walk(db: Connection, *, per_account: int, limit: int, after: tuple[str, str]) -> tuple[Waiting, ...]:
    channel, account = after
    rows = db.execute(_WALK, {"channel": channel, "account": account, "per_account": per_account, "most": limit}).all()
    return tuple(Waiting(row.id, row.channel, row.account) for row in rows)


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
    """Dead-letter an event that cannot be read at all; the next one continues."""
    db.execute(update(inbox).where(inbox.c.id == event_id).values(state="set_aside", trouble=trouble, done_at=now))


def forget_old(db: Connection, *, now: datetime, room: Room | None = None, after: Place = ()) -> Slice:
    """
    Delete the ids of events done more than a week ago; dead-lettered ones stay a month.  Idempotent.

    Ids are in the order of time, so the look ends at the first page of the last week.  A page from a clock that ran
    ahead does not end it.  Those beyond the room wait for the next slice.
    """
    month = now - timedelta(days=30)

    def find(behind: Place, most: int) -> list[tuple[int, tuple[int, ...]]]:
        query = select(inbox.c.id, inbox.c.state, inbox.c.received_at, inbox.c.done_at)
        start = int(behind[0]) if behind else 0
        page = db.execute(query.where(inbox.c.id > start).order_by(inbox.c.id).limit(most)).all()
        if not any(row.received_at <= now - KEPT or row.received_at > now for row in page):
            return []
        gone = [
            row.id
            for row in page
            if (row.state == "done" and row.done_at < now - KEPT) or (row.state == "set_aside" and row.done_at < month)
        ]
        return [(page[-1].id, tuple(gone))]

    def act(one: tuple[int, tuple[int, ...]]) -> Mapping[str, int]:
        return {"forgotten": db.execute(delete(inbox).where(inbox.c.id.in_(one[1]))).rowcount if one[1] else 0}

    return each(find, act, room=room or Room(), after=after, place_of=lambda one: (str(one[0]),))
