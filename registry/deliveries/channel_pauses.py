"""
The pause of a channel whose platform takes nothing for a while, noted by its sender.

Kept in the database so that any process may show it (`/readyz`, `ocopbot check`, `ocopbot deliveries`).
A note is shown until its moment and never keeps a channel closed.  It stays until the platform took a message:
then administrators who read about the pause read about its end.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from registry.deliveries.outcomes import Cause
from registry.store.installation import fact, set_fact
from registry.store.rows import installation

_KEY = "pump:channel_paused:"


LASTING = timedelta(minutes=1)
"""A pause of this length is told to administrators; a shorter one is over before they could act."""
REMEDY = {
    Cause.AWAY: "Does this machine reach the platform's address?",
    Cause.LIMIT: "Nothing needs to be done; it ends by itself.",
    Cause.QUOTA: "Wait for the next month, or take a larger plan of the platform.",
    Cause.ACCESS: "Set a valid token in the configuration and restart the bot.",
    Cause.SILENCE: "Nothing needs to be done; if it lasts for hours, look for reports of an outage of the platform.",
}


@dataclass(frozen=True, slots=True)
class ChannelPause:
    """Since when a channel sends nothing, until when at most, and the platform's reason; `ended` once it is over."""

    channel: str
    reason: str
    cause: Cause
    since: datetime
    until: datetime
    ended: datetime | None = None
    told: bool = False
    """Whether administrators read about it."""

    @property
    def words(self) -> str:
        """The pause on one line, for the operator."""
        until = self.until.isoformat(timespec="minutes")
        return f"nothing is sent before {until} ({self.reason}); what is due waits and is tried then. {self.remedy}"

    @property
    def remedy(self) -> str:
        """The next step of the operator."""
        return REMEDY[self.cause]

    def lasts(self, now: datetime) -> bool:
        """Whether it has lasted, or will last, long enough for administrators to be told."""
        return max(self.until, now) - self.since > LASTING


def note_pause(
    db: Connection, *, channel: str, reason: str, until: datetime, now: datetime, cause: Cause = Cause.AWAY
) -> None:
    """Note that a channel pauses.  Until the platform took a message, the next pause keeps the beginning."""
    known = _read(channel, fact(db, _KEY + channel))
    if known is None or known.ended is not None:
        known = ChannelPause(channel, reason, cause, now, until)
    _write(db, replace(known, reason=reason, cause=cause, until=until))


def end_pause(db: Connection, *, channel: str, now: datetime) -> None:
    """The platform takes messages again.  Idempotent.  Administrators who read about the pause read that, too."""
    known = _read(channel, fact(db, _KEY + channel))
    if known is None or known.ended is not None:
        return
    if known.told:
        _write(db, replace(known, ended=now))
    else:
        forget_pause(db, channel=channel)


def told_of_pause(db: Connection, *, channel: str) -> None:
    """Note that administrators read about the pause in force.  Idempotent."""
    known = _read(channel, fact(db, _KEY + channel))
    if known is not None and not known.told:
        _write(db, replace(known, told=True))


def forget_pause(db: Connection, *, channel: str) -> None:
    """Delete the note: nobody waits for its end.  Idempotent."""
    set_fact(db, _KEY + channel, "")


def channel_pauses(db: Connection, *, now: datetime) -> tuple[ChannelPause, ...]:
    """The channels that pause at this moment, by name."""
    return tuple(one for one in noted_pauses(db) if one.ended is None and one.until > now)


def noted_pauses(db: Connection) -> tuple[ChannelPause, ...]:
    """Every note, by channel: also of a pause whose moment has passed untried, and of one whose end is not told."""
    rows = db.execute(
        select(installation.c.key, installation.c.value)
        .where(installation.c.key.startswith(_KEY, autoescape=True))
        .order_by(installation.c.key)
    )
    found = (_read(row.key.removeprefix(_KEY), row.value) for row in rows)
    return tuple(one for one in found if one is not None)


def _read(channel: str, value: str | None) -> ChannelPause | None:
    """One note; those of the release before have neither a cause nor an end."""
    if not value:
        return None
    kept: dict[str, Any] = json.loads(value)
    moments = {name: datetime.fromisoformat(kept[name]) for name in ("since", "until")}
    ended = datetime.fromisoformat(kept["ended"]) if kept.get("ended") else None
    return ChannelPause(
        channel, kept["reason"], Cause(kept.get("cause", Cause.AWAY)), ended=ended, told=kept.get("told", False),
        **moments,
    )  # fmt: skip


def _write(db: Connection, pause: ChannelPause) -> None:
    value = {"reason": pause.reason, "cause": pause.cause.value, "told": pause.told} | {
        name: moment.isoformat() for name in ("since", "until", "ended") if (moment := getattr(pause, name)) is not None
    }
    set_fact(db, _KEY + pause.channel, json.dumps(value, ensure_ascii=False))
