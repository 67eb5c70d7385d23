"""How a platform and the people on it wait for something to happen."""

import asyncio
import contextlib
from collections.abc import Callable

LOOK_AGAIN = 0.02


PATIENCE = 30.0
"""Seconds until a condition counts as never true; a bound for a loaded machine."""


class Bell:
    """Rings when something happened, so that every waiter looks again."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def until(self, true: Callable[[], bool], timeout: float) -> bool:
        """
        Wait for real seconds until something is true; answers whether it became so.

        Also looks again at intervals, since the bell knows nothing of the bot's side.
        """
        loop = asyncio.get_running_loop()
        ends = loop.time() + timeout
        while not true():
            left = ends - loop.time()
            if left <= 0:
                return False
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiting.add(waiter)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(waiter, min(left, LOOK_AGAIN))
            self._waiting.discard(waiter)
        return True
