"""
Events on their way to a webhook, as both products of Zalo send them.

The first attempts for one person go in order.  An event that must be repeated waits separately,
so later ones may overtake it.  Nothing is ever sent to another machine.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from platforms.shared.bell import Bell

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ANSWER_WITHIN = 2.0


def on_this_machine(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK


@dataclass(slots=True, eq=False)
class Posting:
    """One event with the very bytes that go out, each time the same."""

    event: dict[str, Any]
    body: bytes
    headers: dict[str, str]
    lane: str
    attempts: int = 0
    task: asyncio.Task[None] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt; `status` is 0 when no answer came, `repeat` is 0 for the first attempt."""

    event: dict[str, Any]
    status: int
    repeat: int
    seconds: float


class Postman:
    """
    Delivers events to one address.

    `ladder` gives the waits before each repeat in the platform's seconds; real waits are these times
    `pace`.  `repeats_any` repeats whatever was not answered with 200 in time, otherwise only what
    found no connection or no answer.  When the ladder is used up `on_given_up` is called once.
    """

    def __init__(
        self,
        bell: Bell,
        *,
        ladder: tuple[float, ...],
        pace: float,
        repeats_any: bool,
        answer_within: float = ANSWER_WITHIN,
        repeat_header: str = "",
    ) -> None:
        self.url = ""
        self.deliveries: list[Delivery] = []
        self.dropped: list[dict[str, Any]] = []
        self.waits: list[float] = []
        self.on_given_up: Callable[[], None] | None = None
        self._bell = bell
        self._ladder = ladder
        self._pace = pace
        self._repeats_any = repeats_any
        self._answer_within = answer_within
        self._repeat_header = repeat_header
        self._open: list[Posting] = []
        self._last_of_lane: dict[str, asyncio.Event] = {}
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._answer_within))

    async def stop(self) -> None:
        tasks = [posting.task for posting in self._open if posting.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._open.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def send(self, posting: Posting) -> None:
        """Put an event on its way; it is gone when no address is known."""
        if not self.url:
            self.dropped.append(posting.event)
            return
        before = self._last_of_lane.get(posting.lane)
        tried = asyncio.Event()
        self._last_of_lane[posting.lane] = tried
        self._open.append(posting)
        posting.task = asyncio.create_task(self._carry(posting, before, tried))

    def settled(self) -> bool:
        """True if no event is in flight."""
        return not self._open

    def waiting(self) -> list[dict[str, Any]]:
        return [posting.event for posting in self._open]

    async def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Send bytes once, now, and answer with the status; 0 when there was no answer in time."""
        if self._session is None or not on_this_machine(self.url):
            return 0
        try:
            sent = {"Content-Type": "application/json", **headers}
            async with self._session.post(self.url, data=body, headers=sent, allow_redirects=False) as answer:
                return answer.status
        except (aiohttp.ClientError, OSError, TimeoutError):
            return 0

    async def _carry(self, posting: Posting, before: asyncio.Event | None, tried: asyncio.Event) -> None:
        try:
            if before is not None:
                await before.wait()
            try:
                status = await self._attempt(posting)
            finally:
                tried.set()
            for wait in self._ladder:
                if not self._again(status):
                    break
                self.waits.append(wait)
                await asyncio.sleep(wait * self._pace)
                status = await self._attempt(posting)
            if status != 200:
                self.dropped.append(posting.event)
                if self._ladder and self._again(status) and self.on_given_up is not None:
                    self.on_given_up()
        finally:
            tried.set()
            if posting in self._open:
                self._open.remove(posting)
            self._bell.ring()

    def _again(self, status: int) -> bool:
        return status == 0 or (self._repeats_any and status != 200)

    async def _attempt(self, posting: Posting) -> int:
        headers = dict(posting.headers)
        if posting.attempts and self._repeat_header:
            headers[self._repeat_header] = str(posting.attempts)
        began = time.monotonic()
        status = await self.post(posting.body, headers)
        self.deliveries.append(Delivery(posting.event, status, posting.attempts, time.monotonic() - began))
        posting.attempts += 1
        self._bell.ring()
        return status
