"""
The pump: the only place that sends.  It sends the queued messages at a pace, with one sender per channel.

Replies go first, then news of an application, reminders and broadcasts.  One message per account is in flight at a
time, so they arrive in order.  No transaction is open during a request to a platform.  A crash leaves at most one
window of claimed messages; the next start queues them again, and those the platform had taken arrive twice.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime

from registry.deliveries.deliveries import Pending
from registry.deliveries.routing import Router
from registry.store.sender_lock import SenderLock
from registry.store.store import Store
from scheduler.dated import Dated
from scheduler.pump.sender import Sender
from scheduler.pump.sending import ChannelSender
from scheduler.pump.window import LEAST, MOST

DEFAULT_RATE = 28.0
"""Messages per second.  core.telegram.org/bots/faq allows about 30; the rest is a margin for other senders."""
STANDBY = 5.0
"""Seconds between two attempts to become the sender."""
CHECK = 15.0
"""Seconds between two checks that this process is still the sender."""


class Pump:
    """Sends the queued messages of every channel; of several processes one sends, and the others are standby."""

    def __init__(
        self,
        store: Store,
        senders: Mapping[str, Sender],
        *,
        now: Callable[[], datetime],
        files: Callable[[str], Awaitable[bytes]],
        rate_per_second: Mapping[str, float] | None = None,
        window: tuple[int, int] = (LEAST, MOST),
        decent: Callable[[datetime], datetime] | None = None,
        routers: Mapping[str, Router] | None = None,
        lists: Collection[str] = (),
        dated: Dated | None = None,
    ) -> None:
        """
        `window` is the least and the most messages in flight on a channel.

        `lists` are the channels that write choices as numbers into the text; the numbers of a notice are stored.
        """
        rates = rate_per_second or {}
        self._senders = {
            name: ChannelSender(
                store,
                name,
                sender,
                now=now,
                files=files,
                rate=rates.get(name, DEFAULT_RATE),
                window=window,
                decent=decent,
                router=(routers or {}).get(name),
                lists=name in lists,
                dated=dated,
            )
            for name, sender in senders.items()
        }
        self._locks = {name: SenderLock(store.url, name) for name in senders}
        self._running: set[str] = set()

    def wake(self, channel: str | None = None) -> None:
        """Query a channel, or all of them, at once: a message was enqueued."""
        for name, sender in self._senders.items():
            if channel is None or name == channel:
                sender.wake()

    def keep_place(self, channel: str, account: str) -> bool:
        """Keep a place for the reply to a person whose message is being answered, so that it leaves without a query."""
        return self._senders[channel].keep_place(account)

    def leave(self, channel: str, account: str, pending: Pending | None) -> bool:
        """Send the reply a place was kept for, or free the place; False when this process no longer sends there."""
        return self._senders[channel].leave(account, pending)

    @property
    def counts(self) -> Mapping[str, int]:
        """Return the number of outcomes since the start, by name."""
        return sum((sender.counts for sender in self._senders.values()), Counter[str]())

    @property
    def sends_on(self) -> frozenset[str]:
        """Return the channels this process sends on; another process, or none yet, sends on the others."""
        return frozenset(self._running)

    async def run(self) -> None:
        """
        Send until cancelled.

        On cancellation, release the messages that have not left and wait a moment for those in flight.
        """
        async with asyncio.TaskGroup() as tasks:
            for name in self._senders:
                tasks.create_task(self._run_channel(name), name=f"pump {name}")

    async def drain(self) -> dict[str, int]:
        """
        Send every message that is due, and return the counts by outcome.

        While `run` is active, wait for it instead.  Skip channels another process sends on.
        """
        before = Counter(self.counts)
        await asyncio.gather(*(self._drain_channel(name) for name in self._senders))
        return dict(Counter(self.counts) - before)

    async def _drain_channel(self, name: str) -> None:
        sender, lock = self._senders[name], self._locks[name]
        if name in self._running:
            await sender.settled()
            return
        if not await lock.take():
            return
        self._running.add(name)
        try:
            await sender.recover()
            work = asyncio.create_task(sender.run())
            try:
                settled = asyncio.create_task(sender.settled())
                await asyncio.wait({work, settled}, return_when=asyncio.FIRST_COMPLETED)
                settled.cancel()
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
        finally:
            self._running.discard(name)
            await lock.release()

    async def _run_channel(self, name: str) -> None:
        sender, lock = self._senders[name], self._locks[name]
        try:
            while True:
                if not await lock.take():
                    await asyncio.sleep(STANDBY)
                    continue
                self._running.add(name)
                await sender.recover()
                work = asyncio.create_task(sender.run())
                try:
                    while await lock.still_held():
                        done, _ = await asyncio.wait({work}, timeout=CHECK)
                        if done:
                            work.result()
                finally:
                    self._running.discard(name)
                    work.cancel()
                    await asyncio.gather(work, return_exceptions=True)
        finally:
            await lock.release()
