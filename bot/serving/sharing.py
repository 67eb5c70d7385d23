"""
The accounts on one line share its turns: one turn at a time, the account that waits longest first.

Where an account costs nothing, a flood makes up thousands, each with a separate lane.  So it waits behind itself,
and everybody else behind one turn of it at most.  A turn takes some milliseconds: two hundred people of a school who
share an address do not notice.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from bot.channels.manifest import LineOf


class Shares:
    """One lock per line that has something to do."""

    def __init__(self, line_of: Mapping[str, LineOf]) -> None:
        self._line_of = line_of
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, channel: str, account: str) -> AsyncIterator[None]:
        """Wait until it is this account's turn among those on its line; at once where it has no line."""
        of = self._line_of.get(channel)
        line = of(account) if of is not None else ""
        if not line:
            yield
            return
        lock = self._locks.setdefault((channel, line), asyncio.Lock())
        async with lock:
            yield
