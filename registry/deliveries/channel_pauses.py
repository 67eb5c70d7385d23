"""
The pause of a channel whose platform takes nothing for a while, noted by its sender.

Kept in the database so that any process may show it (`/readyz`, `ocopbot check`, `ocopbot deliveries`).
A note ends by itself at its moment and never keeps a channel closed.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from registry.store.installation import fact, set_fact
from registry.store.rows import installation

_KEY = "pump:channel_paused:"


@dataclass(frozen=True, slots=True)
class ChannelPause:
    """Since when a channel sends nothing, until when at most, and the platform's reason."""

    channel: str
    reason: str
    since: datetime
    until: datetime

    @property
    def words(self) -> str:
        """The pause on one line, for the operator."""
        until = self.until.isoformat(timespec="minutes")
        return f"nothing is sent before {until} ({self.reason}); what is due waits and is tried then"


def note_pause(db: Connection, *, channel: str, reason: str, until: datetime, now: datetime) -> None:
    """Note that a channel pauses; the next pause without a gap keeps the beginning."""
    known = _read(channel, fact(db, _KEY + channel))
    since = known.since if known is not None else now
    value = {"reason": reason, "since": since.isoformat(), "until": until.isoformat()}
    set_fact(db, _KEY + channel, json.dumps(value, ensure_ascii=False))


def end_pause(db: Connection, *, channel: str) -> None:
    """The platform takes messages again.  Idempotent."""
    if fact(db, _KEY + channel):
        set_fact(db, _KEY + channel, "")


def channel_pauses(db: Connection, *, now: datetime) -> tuple[ChannelPause, ...]:
    """The channels that pause at this moment, by name."""
    rows = db.execute(
        select(installation.c.key, installation.c.value)
        .where(installation.c.key.startswith(_KEY, autoescape=True))
        .order_by(installation.c.key)
    )
    found = (_read(row.key.removeprefix(_KEY), row.value) for row in rows)
    return tuple(one for one in found if one is not None and one.until > now)


def _read(channel: str, value: str | None) -> ChannelPause | None:
    if not value:
        return None
    kept = json.loads(value)
    return ChannelPause(
        channel, kept["reason"], datetime.fromisoformat(kept["since"]), datetime.fromisoformat(kept["until"])
    )
