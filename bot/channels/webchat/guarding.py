"""
The limits of the web chat: pages, new sessions and pace, per person and per address.

Anybody may open the page, so a person is cheap there; an address is not.  A page that is too fast is not refused: its
next message is read later, so nothing that was acknowledged is lost.
"""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

REMEMBERED = 20_000
"""People and addresses whose pace is remembered; those quiet for longest are forgotten first."""
BURST_OF_ONE = 60.0
"""Messages of one person that are read at once."""
BURST_OF_ADDRESS = 200.0
PER_SECOND_OF_ADDRESS = 20.0
"""Messages a second of one address: one every ten seconds from each of two hundred people."""
BEGIN_AT_ONCE = 20.0
BEGIN_PER_SECOND = 3.0
"""
New visitors of one address; the others wait at the door.

The first words of a stranger cost most, and a visitor is cheap to make up.
Two hundred in a hall wait a minute at most.
"""
LONGEST_AT_THE_DOOR = 60.0
"""Seconds a new visitor waits at most; above it, the page is told to try again later."""
UPLOADS_AT_ONCE = 20.0
UPLOADS_PER_SECOND = 0.5
MOST_ARRIVING = 100_000_000
"""Bytes of uploads in memory at a time."""


class Buckets:
    """One bucket of tokens per key.  A new key has a full one."""

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float]) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> bool:
        """Take a token; False, and nothing taken, without one."""
        left, now = self._refilled(key)
        self._keep(key, left - 1 if left >= 1 else left, now)
        return left >= 1

    def borrow(self, key: str) -> float:
        """Take a token, ahead of its time if need be, and return the seconds until it is there."""
        wait = self.wait(key)
        left, now = self._refilled(key)
        self._keep(key, left - 1, now)
        return wait

    def wait(self, key: str) -> float:
        """Return the seconds until the next token, and take nothing."""
        left, _ = self._refilled(key)
        return max(0.0, 1 - left) / self._per_second

    def _refilled(self, key: str) -> tuple[float, float]:
        now = self._clock()
        left, at = self._left.get(key, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_second), now

    def _keep(self, key: str, left: float, now: float) -> None:
        self._left[key] = left, now
        self._left.move_to_end(key)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)


def peer_of(request: web.Request) -> str:
    """The address of the other end, for a server without a proxy."""
    return request.remote or ""


@dataclass(slots=True)
class Guard:
    """
    The limits of one server.

    `address_of` finds the address of a client; `has_room` is false while the disk takes nothing of strangers.
    """

    address_of: Callable[[web.Request], str] = peer_of
    has_room: Callable[[], bool] = lambda: True
    pages: int = 600
    sessions_per_hour: int = 600
    per_minute: int = 20
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _open: Counter[str] = field(default_factory=Counter)
    _behind: OrderedDict[str, str] = field(default_factory=OrderedDict)
    """The address each account last wrote from."""
    _arriving: int = 0
    _hourly: Buckets = field(init=False)
    _door: Buckets = field(init=False)
    _of_one: Buckets = field(init=False)
    _of_address: Buckets = field(init=False)
    _uploads: Buckets = field(init=False)

    def __post_init__(self) -> None:
        hourly = float(self.sessions_per_hour)
        self._hourly = Buckets(hourly, hourly / 3600, self.clock)
        self._door = Buckets(BEGIN_AT_ONCE, BEGIN_PER_SECOND, self.clock)
        self._of_one = Buckets(BURST_OF_ONE, self.per_minute / 60, self.clock)
        self._of_address = Buckets(BURST_OF_ADDRESS, PER_SECOND_OF_ADDRESS, self.clock)
        self._uploads = Buckets(UPLOADS_AT_ONCE, UPLOADS_PER_SECOND, self.clock)

    async def why_no_session(self, request: web.Request) -> str:
        """
        Why a new visitor has to come again later: "no_room" or "busy"; "" for one who may come in.

        Returns when it is the visitor's turn among the new ones of that address.
        """
        if not self.has_room():
            return "no_room"
        address = self.address_of(request)
        if self._door.wait(address) > LONGEST_AT_THE_DOOR or not self._hourly.take(address):
            return "busy"
        if (wait := self._door.borrow(address)) > 0:
            await self.sleep(wait)
        return ""

    def enter(self, request: web.Request) -> str | None:
        """Count a page that opens, and return its address; None when that address has too many."""
        address = self.address_of(request)
        if self._open[address] >= self.pages:
            return None
        self._open[address] += 1
        return address

    def leave(self, address: str) -> None:
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]

    async def pace(self, account: str, address: str) -> None:
        """Wait until the next message of a page may be read."""
        self._behind[account] = address
        self._behind.move_to_end(account)
        if len(self._behind) > REMEMBERED:
            self._behind.popitem(last=False)
        wait = max(self._of_one.borrow(account), self._of_address.borrow(address))
        if wait > 0:
            await self.sleep(wait)

    def line_of(self, account: str) -> str:
        """Return the address an account last wrote from; "" where it is not known."""
        return self._behind.get(account, "")

    def may_upload(self, account: str) -> bool:
        """True when an upload may begin now."""
        return self._arriving < MOST_ARRIVING and self._uploads.take(account)

    def arriving(self, more: int) -> bool:
        """Count bytes that came, or (negative) that were stored or dropped; False when there are too many."""
        self._arriving += more
        return more < 0 or self._arriving <= MOST_ARRIVING
