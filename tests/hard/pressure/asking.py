"""
People who ask and wait for their answer, on Telegram and on the web chat.

How long they wait is compared within one run: a few seconds without pressure, a few seconds under it,
and again.  The machine may be busy with other work, and it is in both.
"""

import asyncio
import itertools
import json
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from platforms.telegram.server import TelegramServer

FIRST = 6_100_000_000
"""The account of the first person who asks."""
PATIENCE = 30.0
"""Seconds until an answer counts as missing; it is then counted as so long."""
PAUSE = 3.2
"""Seconds between two questions of one person: slower than a person is allowed to write."""
SETTLE = 1.0
MOST = 1.5
"""How much longer than without pressure the slowest twentieth may wait."""

Ask = Callable[[str], Awaitable[float]]
"""Ask with a mark that the answer repeats; return the seconds waited."""


@dataclass(slots=True)
class Compared:
    """The waits of the others without and under pressure."""

    quiet: list[float] = field(default_factory=list)
    pressed: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return p95(self.pressed) / p95(self.quiet) if self.quiet and self.pressed else float("inf")

    @property
    def missing(self) -> int:
        return sum(wait >= PATIENCE for wait in (*self.quiet, *self.pressed))

    @property
    def kept(self) -> bool:
        return not self.missing and self.ratio <= MOST

    def __str__(self) -> str:
        return (
            f"p95 {p95(self.quiet) * 1000:.0f} → {p95(self.pressed) * 1000:.0f} ms ({self.ratio:.2f} ×), "
            f"median {statistics.median(self.quiet) * 1000:.0f} → {statistics.median(self.pressed) * 1000:.0f} ms, "
            f"{len(self.quiet)} + {len(self.pressed)} questions, {self.missing} without an answer"
        )


def p95(waits: Sequence[float]) -> float:
    """The wait that one of twenty exceeds."""
    return statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else float("nan")


async def compared(
    people: Sequence[Ask], press: Callable[[], AbstractAsyncContextManager[object]], *, rounds: int, seconds: float
) -> Compared:
    """Let people ask without pressure and under it in turns."""
    found = Compared()
    marks = (f"/h{number:05d}" for number in itertools.count())
    await asked(people, marks, PAUSE)  # everybody is known, and every statement was compiled
    for _ in range(rounds):
        found.quiet += await asked(people, marks, seconds)
        async with press():
            await asyncio.sleep(SETTLE)
            found.pressed += await asked(people, marks, seconds)
        await asked(people, marks, PAUSE)  # everybody who waits is answered before the next quiet time
    return found


async def asked(people: Sequence[Ask], marks: Iterator[str], seconds: float) -> list[float]:
    """Everybody asks again and again for a number of seconds, spread evenly; return the waits."""
    ends = time.monotonic() + seconds

    async def one(ask: Ask, first: float) -> list[float]:
        waits: list[float] = []
        await asyncio.sleep(first)
        while time.monotonic() < ends:
            waits.append(await ask(next(marks)))
            await asyncio.sleep(max(0.0, PAUSE - waits[-1]))
        return waits

    spread = PAUSE / len(people)
    found = await asyncio.gather(*(one(ask, number * spread) for number, ask in enumerate(people)))
    return [wait for waits in found for wait in waits]


def on_telegram(platform: TelegramServer, number: int, *, first: int = FIRST) -> list[Ask]:
    """A number of people on Telegram."""
    return [_telegram(platform, first + one) for one in range(number)]


def _telegram(platform: TelegramServer, account: int) -> Ask:
    person = platform.person(account, f"Người {account}", started=True)

    async def ask(mark: str) -> float:
        seen = len(platform.messages_in(account))
        began = time.monotonic()
        await person.writes(mark)
        await platform.bell.until(
            lambda: any(mark in one.text for one in platform.messages_in(account)[seen:]), PATIENCE
        )
        return time.monotonic() - began

    return ask


class Visitor:
    """Somebody before the page of the web chat, with its socket open."""

    def __init__(self, http: aiohttp.ClientSession, address: str, session: str) -> None:
        self._http = http
        self._address = address
        self.session = session
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def says(self, text: str) -> str:
        """Send a text; return the id of the event."""
        assert self._socket is not None
        number = str(uuid.uuid4())
        await self._socket.send_json({"id": number, "kind": "text", "text": text})
        return number

    async def hears(self, mark: str) -> bool:
        """Wait for a frame with this mark; False after the patience is over."""
        assert self._socket is not None
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    frame = await self._socket.receive()
                    if frame.type is not aiohttp.WSMsgType.TEXT:
                        return False
                    if mark in frame.data:
                        return True
        except TimeoutError:
            return False

    async def ask(self, mark: str) -> float:
        began = time.monotonic()
        await self.says(mark)
        return time.monotonic() - began if await self.hears(mark) else PATIENCE

    async def told(self, text: str) -> float:
        """Send a text; the seconds until the page knows whether it was saved."""
        began = time.monotonic()
        number = await self.says(text)
        return time.monotonic() - began if await self.hears(f'"{number}"') else PATIENCE

    async def enter(self) -> None:
        """Open the socket, as the page does."""
        self._socket = await self._http.ws_connect(self._address + "/chat/ws", headers={"Origin": self._address})
        await self._socket.send_str(json.dumps({"hello": self.session, "since": 0}))
        assert await self.hears('"ready"'), "the page was not greeted"


@asynccontextmanager
async def visitors(address: str, number: int) -> AsyncIterator[list[Visitor]]:
    """A number of people on the web chat, each with a session."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        found = []
        for _ in range(number):
            async with http.post(address + "/chat/session", headers={"Origin": address}) as answer:
                found.append(Visitor(http, address, (await answer.json())["session"]))
            await found[-1].enter()
        yield found
