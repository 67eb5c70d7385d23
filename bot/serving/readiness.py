"""
The answer of /readyz: the state of the database and the channels, and the backlog.

It is ready while the database takes a write and nobody waits for their turn for longer than a minute. A person above
the rate limit waits by their own pace and does not count. The answer comes in time whatever the database and its disk
do: a monitor takes a late answer for a program that is gone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.channels.manifest import Opened
from bot.serving.intake import BURST
from registry.deliveries.backlog import backlog
from registry.deliveries.channel_pauses import channel_pauses
from registry.deliveries.claims import paused_for
from registry.people import trials
from registry.store import inbox
from registry.store.installation import set_fact
from registry.store.store import Store, StoreRefusesError

ANSWERS_WITHIN = 1.5
"""Seconds until /readyz answers."""
LONGEST_WAIT = timedelta(minutes=1)
"""The age of an event from which nobody can be said to be served."""


Look = Callable[[], Awaitable[dict[str, Any]]]


class InTime:
    """Answers with one look at a time; a look that takes too long continues, and nothing waits behind it."""

    def __init__(self, look: Look, *, within: float = ANSWERS_WITHIN) -> None:
        self._look = look
        self._within = within
        self._looking: asyncio.Future[dict[str, Any]] | None = None

    async def facts(self, noted: Mapping[str, str]) -> dict[str, Any]:
        """Return the facts, or that the database does not answer.  `noted` are the troubles known without it."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look())
        looking = self._looking
        done, _ = await asyncio.wait({looking}, timeout=self._within)
        if done:
            return looking.result()
        return {"ready": False, "troubles": dict(noted), "database": f"no answer within {self._within:g} s"}


async def readiness(
    store: Store, opened: Mapping[str, Opened], *, noted: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """Check everything once.  `noted` are the troubles that receivers noted, by channel."""
    troubles = dict(noted)
    facts: dict[str, Any] = {"ready": True, "channels": sorted(opened), "troubles": troubles}
    try:
        await store.write(_touch, now=now)
        facts["deliveries"] = await store.read(backlog, now=now)
        paused = await store.read(paused_for)
        if paused:
            troubles["pump"] = f"paused: {paused}. Run: ocopbot resume"
        for pause in await store.read(channel_pauses, now=now):
            _also(troubles, pause.channel, pause.words)
        facts["trial"] = await store.read(trials.is_on)
        facts["inbox_waiting"] = await store.read(inbox.backlog)
        oldest = await store.read(inbox.oldest_waiting, most_of_one=BURST, channels=frozenset(opened))
        waits = timedelta() if oldest is None else max(now - oldest, timedelta())
        facts["inbox_oldest_seconds"] = int(waits.total_seconds())
        if waits > LONGEST_WAIT:
            facts["ready"] = False
            troubles["inbox"] = (
                f"an event waits for {int(waits.total_seconds())} s. Does `run` or `run --only pump` run?"
            )
    except StoreRefusesError as trouble:
        facts |= {"ready": False, "database": str(trouble)}
    for name, channel in opened.items():
        try:
            problems = await channel.problems()
        except StoreRefusesError as trouble:  # the database was reported already
            facts |= {"ready": False, "database": str(trouble)}
            continue
        if problems and problems not in troubles.get(name, ""):
            _also(troubles, name, problems)
    return facts


def _also(troubles: dict[str, str], channel: str, words: str) -> None:
    """Add a trouble to those of the same channel."""
    troubles[channel] = f"{troubles[channel]}; {words}" if channel in troubles else words


def _touch(db: Connection, *, now: datetime) -> None:
    """A write that shows whether the database still takes any."""
    set_fact(db, "touched_at", now.isoformat())
