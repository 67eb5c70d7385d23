"""
The pump: the only place that sends.  Messages owed leave here, paced, one sender a channel.

Replies first, then news of an application, reminders, announcements.  One message
of an account is under way at a time, so they arrive in order.  No unit of work is
open while a platform is spoken to; a crash leaves at most the window of messages
claimed, and those are owed again at the next start.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime

from registry.deliveries.deliveries import Owed
from registry.deliveries.routing import Router
from registry.store.sender_lock import SenderLock
from registry.store.store import Store
from scheduler.sending import ChannelSender, Sender

WINDOW = 8
"""Messages claimed at once: saturates 30 a second at a quarter of a second each, and bounds what a crash repeats."""
DEFAULT_RATE = 28.0
"""core.telegram.org/bots/faq: about 30 messages a second; a margin for what others send with the same token."""
STANDBY = 5.0
"""Seconds between two tries to become the sender."""
CHECK = 15.0
"""Seconds after which the sender makes sure that it still is."""


class Pump:
    """Sends what is owed, on every channel, for as long as it runs; several processes take turns at standing by."""

    def __init__(
        self,
        store: Store,
        senders: Mapping[str, Sender],
        *,
        now: Callable[[], datetime],
        files: Callable[[str], Awaitable[bytes]],
        rate_per_second: Mapping[str, float] | None = None,
        window: int = WINDOW,
        decent: Callable[[datetime], datetime] | None = None,
        routers: Mapping[str, Router] | None = None,
        lists: Collection[str] = (),
    ) -> None:
        """`lists` are the channels that write choices into the text, where the numbers of a notice are kept."""
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
            )
            for name, sender in senders.items()
        }
        self._locks = {name: SenderLock(store.url, name) for name in senders}
        self._running: set[str] = set()

    def wake(self, channel: str | None = None) -> None:
        """Something is owed now on a channel, or on any: look at once and not at the next turn."""
        for name, sender in self._senders.items():
            if channel is None or name == channel:
                sender.wake()

    def keep_place(self, channel: str, account: str) -> bool:
        """Keep a place for the reply to somebody whose turn it is now, so that it leaves without being looked for."""
        return self._senders[channel].keep_place(account)

    def leave(self, channel: str, account: str, owed: Owed | None) -> bool:
        """Send the reply a place was kept for, or give the place back; False where nothing is sent here any more."""
        return self._senders[channel].leave(account, owed)

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of the messages since the start, by the name of the outcome."""
        return sum((sender.counts for sender in self._senders.values()), Counter[str]())

    @property
    def sends_on(self) -> frozenset[str]:
        """The channels this process is the sender of; on the others another one is, or none yet."""
        return frozenset(self._running)

    async def run(self) -> None:
        """
        Send until cancelled.

        Cancelled, it gives back what had not left yet and waits a little for what had.
        """
        async with asyncio.TaskGroup() as tasks:
            for name in self._senders:
                tasks.create_task(self._run_channel(name), name=f"pump {name}")

    async def drain(self) -> dict[str, int]:
        """
        Send what is due now and come back when nothing is; what became of it, by outcome.

        Beside a `run` it waits for that one.  What another process sends is left to it.
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
