"""Polling: the loop that fetches updates, and its backoff when the platform does not answer."""

import asyncio
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable

from bot.channels.channel import Accept, UnreadableError
from registry.store.store import StoreRefusesError

log = logging.getLogger(__name__)

WAIT_SECONDS = 25
"""Seconds of one long poll; below the idle timeouts of mobile networks and proxies."""
LONGEST_PAUSE = 60.0
TOKEN_PAUSE = 600.0
STORE_PAUSE = 2.0

Pause = Callable[[float], Awaitable[None]]


class Polling(ABC):
    """One loop that fetches and commits, one step at a time, with a backoff on failure."""

    def __init__(
        self, channel: str, accept: Accept, *, wait_seconds: int = WAIT_SECONDS, pause: Pause = asyncio.sleep
    ) -> None:
        self._name = channel
        self._accept = accept
        self._wait = wait_seconds
        self._pause = pause
        self._failures = 0
        self.trouble = "not started"
        """The reason why no updates arrive, in one line for the operator; empty when all is well."""
        self.unreadable = 0

    async def run(self) -> None:
        """Fetch until cancelled.  No answer of the platform ends the loop."""
        while True:
            seconds = await self.step()
            if seconds:
                await self._pause(seconds)

    @abstractmethod
    async def step(self) -> float:
        """Fetch and commit.  Returns the seconds to pause before the next step."""

    async def _commit(self, update: bytes) -> bool:
        """
        Commit one update.  True if it is done.

        An unreadable update is logged, counted and skipped.  One that the store refuses is not done.
        """
        try:
            await self._accept(self._name, update)
        except UnreadableError as fault:
            self.unreadable += 1
            log.warning(
                "an update that cannot be read was passed over", extra={"channel": self._name, "reason": str(fault)}
            )
        except StoreRefusesError:
            self.trouble = "the store takes nothing"
            return False
        return True

    def _answered(self) -> None:
        """Reset the backoff: the platform answered."""
        self._failures = 0
        self.trouble = ""

    def _failed(self, reason: str, seconds: float | None) -> float:
        """Note the trouble and return the seconds to wait: as the platform says, else an exponential backoff."""
        self._failures += 1
        self.trouble = reason
        if seconds is None:
            seconds = min(LONGEST_PAUSE, 2.0 ** min(self._failures - 1, 6)) * random.uniform(0.8, 1.2)
        log.warning(
            "no updates from the platform",
            extra={
                "channel": self._name,
                "reason": reason,
                "failures": self._failures,
                "seconds": round(seconds, 1),
            },
        )
        return seconds
