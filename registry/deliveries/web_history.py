"""The history of the web chat, in order, so that a returning browser shows the messages it missed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from registry.people.people import meet
from registry.store.rows import accounts, web_history
from registry.store.sealing import seal_for, unseal_for

CHANNEL = "webchat"
MOST_SHOWN = 200
"""Messages a page gets at once when it comes back; earlier ones stay kept."""


def keep_said(db: Connection, *, account: str, message: Mapping[str, Any], now: datetime) -> int:
    """Keep one message; its number is larger than all before it."""
    person_id = db.execute(
        select(accounts.c.person_id).where(accounts.c.channel == CHANNEL, accounts.c.account == account)
    ).scalar_one_or_none()
    if person_id is None:
        person_id = meet(db, channel=CHANNEL, account=account, now=now)[0].id
    row_id = db.execute(
        insert(web_history)
        .values(account=account, person_id=person_id, message_sealed=b"", said_at=now)
        .returning(web_history.c.id)
    ).scalar_one()
    sealed = seal_for(db, person_id, f"web_history:message:{row_id}", dict(message))
    db.execute(update(web_history).where(web_history.c.id == row_id).values(message_sealed=sealed))
    return int(row_id)


def said_since(db: Connection, *, account: str, seq: int) -> list[tuple[int, Mapping[str, Any]]]:
    """The messages after a number, oldest first; of very many the latest."""
    rows = db.execute(
        select(web_history)
        .where(web_history.c.account == account, web_history.c.id > seq)
        .order_by(web_history.c.id.desc())
        .limit(MOST_SHOWN)
    ).all()
    told = []
    for row in reversed(rows):
        message = unseal_for(db, row.person_id, f"web_history:message:{row.id}", row.message_sealed)
        if message is not None:
            told.append((int(row.id), message))
    return told


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:
    """Keep the rows as they are: they are read by account, and sealed under the other person's key."""


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Delete everything the web chat showed to a person."""
    db.execute(delete(web_history).where(web_history.c.person_id == person_id))
