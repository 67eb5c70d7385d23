"""
The audit: actor, act and time as ids and states, never texts.

An entry is written in the transaction of the act. A sweep closes the chain that shows tampering: chaining inside the
act's transaction would serialise all writers.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Connection, Index, Integer, Row, Table, Text, select, text, update

from registry.store.installation import fact, set_fact
from registry.store.prepared import inserting
from registry.store.rows import UTCDateTime, metadata
from registry.store.sealing import vault_of
from registry.store.slices import Place, Room, Slice, each

audit = Table(
    "audit",
    metadata,
    Column("id", Integer().with_variant(BigInteger, "postgresql"), primary_key=True, autoincrement=True),
    Column("at", UTCDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("noun", Text, nullable=False),
    Column("noun_id", Text, nullable=False),
    Column("facts", JSON, nullable=False),  # ids and states, never words
    Column("chain", Text),  # closed by a sweep
    Index("ix_audit_noun", "noun", "noun_id"),
    Index("ix_audit_chain", "chain"),
    Index(
        "ix_audit_exports",
        "actor",
        "at",
        sqlite_where=text("act = 'export.run'"),
        postgresql_where=text("act = 'export.run'"),
    ),
)


SETTLED = timedelta(minutes=1)
"""A transaction that is still open may hold a lower number; nothing younger is chained."""
_PLAIN = re.compile(r"[\w:./,+-]{0,120}", re.ASCII)
_HEAD = "audit:head"
_PAGE = 1000

_RECORD = inserting(audit, "at", "actor", "act", "noun", "noun_id", "facts")


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where the chain does not hold: the entry's number and why."""

    entry: int
    why: str


def record(
    db: Connection,
    *,
    now: datetime,
    actor: str,
    act: str,
    noun: str,
    noun_id: str,
    **facts: str | int | bool | None,
) -> None:
    """
    Write an entry in the transaction of the act; a repeated act is entered again.

    Facts are ids, states and counts: a text with a blank in it is refused, so that texts of people cannot end up
    here.
    """
    for name, value in facts.items():
        if isinstance(value, str) and not _PLAIN.fullmatch(value):
            raise ValueError(f"The audit takes no words, and {name} of {act} looks like some. Give an id.")
    _RECORD.count(db, at=now, actor=actor, act=act, noun=noun, noun_id=noun_id, facts=dict(facts))


def close_chain(db: Connection, *, now: datetime, room: Room | None = None) -> Slice:
    """Chain the settled entries that are not chained yet.  Idempotent; those beyond the room wait for a next slice."""
    number, digest = before = _head(db)
    settled = select(audit).where(audit.c.chain.is_(None), audit.c.at <= now - SETTLED).order_by(audit.c.id)

    def act(row: Row[Any]) -> Mapping[str, int]:
        nonlocal number, digest
        number, digest = number + 1, _link(db, digest, row)
        db.execute(update(audit).where(audit.c.id == row.id).values(chain=f"{number:012d}:{digest}"))
        return {"chained": 1}

    def find(behind: Place, most: int) -> Sequence[Row[Any]]:
        return db.execute(settled.where(audit.c.id > (int(behind[0]) if behind else 0)).limit(most)).all()

    done = each(find, act, room=room or Room(), place_of=lambda row: (str(row.id),))
    if (number, digest) != before:
        set_fact(db, _HEAD, f"{number:012d}:{digest}")
    return done


def head(db: Connection) -> str:
    """The end of the chain: sent once a day to a second place, it proves later what stood here."""
    return fact(db, _HEAD) or ""


def verify(db: Connection, *, expected_head: str = "") -> Broken | None:
    """
    Walk the chain; the first entry that was altered, removed or moved, or None.

    With a head that was kept elsewhere, a chain that was rebuilt is found too.
    """
    digest, number, last, seen = "", 0, 0, not expected_head
    for row in _chained(db):
        number, last, digest = number + 1, row.id, _link(db, digest, row)
        if row.chain != f"{number:012d}:{digest}":
            return Broken(row.id, "altered, or one before it is missing")
        seen = seen or row.chain == expected_head
    if (number, digest) != _head(db):
        return Broken(last, "entries after this one are missing")
    return None if seen else Broken(last, "the head that was kept elsewhere is not in this chain")


def entries(db: Connection, *, noun: str, noun_id: str) -> tuple[Row[Any], ...]:
    """Return the entries about one thing, oldest first; the caller checks the right to see them."""
    return tuple(db.execute(select(audit).where(audit.c.noun == noun, audit.c.noun_id == noun_id).order_by(audit.c.id)))


def _head(db: Connection) -> tuple[int, str]:
    number, _, digest = head(db).partition(":")
    return (int(number), digest) if number else (0, "")


def _chained(db: Connection) -> Iterator[Row[Any]]:
    """All chained entries in the order of the chain, a page at a time."""
    after = ""
    while page := db.execute(select(audit).where(audit.c.chain > after).order_by(audit.c.chain).limit(_PAGE)).all():
        yield from page
        after = page[-1].chain


def _link(db: Connection, before: str, row: Row[Any]) -> str:
    content = json.dumps(
        [row.id, row.at.isoformat(), row.actor, row.act, row.noun, row.noun_id, row.facts],
        sort_keys=True,
        ensure_ascii=False,
    )
    return vault_of(db).fingerprint("audit", f"{before}|{content}")
