"""
The connections of the port: how many there may be, and how long one may be silent.

aiohttp closes a connection whose next request is not complete in time: idle ones, and those that send their headers
byte by byte.  The count per address is kept here.
"""

import asyncio
import contextlib
import socket
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from bot.web.addresses import Addresses, line_of
from bot.web.application import count_refusal

IDLE_SECONDS: Final = 30.0
"""How long a connection may be without a complete request.  The proxy keeps its own for a shorter time."""
LINGER_SECONDS: Final = 2.0
"""How long the rest of a refused body is read, so that the client sees the answer."""
UNREAD_SECONDS: Final = 120
"""How long a client may leave what it was sent; then the system ends the connection."""
BACKLOG: Final = 1024
MOST_TOGETHER: Final = 8000
"""Connections of all addresses; each takes about 30 KB of memory."""
ENOUGH_FILES: Final = 65_536
KEPT_BACK: Final = 256
"""Open files that connections leave to the database, the backups and the platforms."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The most connections of one address and of all together; trusted proxies count in the second only."""

    of_one: int = MOST_TOGETHER // 4
    together: int = MOST_TOGETHER


class Door(web.Server):
    """aiohttp's server, which closes connections above the limits at once."""

    def __init__(self, made: web.Server, *, crowd: Crowd, addresses: Addresses, **more: Any) -> None:
        super().__init__(made.request_handler, request_factory=made.request_factory, **more)
        self._crowd = crowd
        self._addresses = addresses
        self._inside: dict[RequestHandler, str] = {}
        self._of: Counter[str] = Counter()

    def connection_made(self, handler: RequestHandler, transport: Any) -> None:
        super().connection_made(handler, transport)
        peer = str((transport.get_extra_info("peername") or ("",))[0])
        line = "" if self._addresses.trusts(peer) else line_of(peer)
        if len(self._inside) >= self._crowd.together or (line and self._of[line] >= self._crowd.of_one):
            count_refusal("too_many_connections")
            # after aiohttp's task has begun: it takes a line that is closed before for a fault, and logs it
            asyncio.get_running_loop().call_soon(transport.abort)
            return
        self._inside[handler] = line
        self._of[line] += 1
        _give_up_unread(transport.get_extra_info("socket"))

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        line = self._inside.pop(handler, None)
        if line is not None:
            self._of[line] -= 1
            if not self._of[line]:
                del self._of[line]


class Runner(web.AppRunner):
    """aiohttp's runner behind a `Door`."""

    __slots__ = ("_door",)

    def __init__(self, app: web.Application, door: dict[str, Any], **more: Any) -> None:
        super().__init__(app, **more)
        self._door = door

    async def _make_server(self) -> web.Server:
        return Door(await super()._make_server(), **self._door, access_log=None)


async def listen(
    app: web.Application,
    host: str,
    port: int,
    *,
    per_address: int,
    addresses: Addresses,
    idle_seconds: float = IDLE_SECONDS,
) -> Runner:
    """
    Serve an application at an address of this machine.  Raises `OSError` when the port is taken; nothing is left open.

    The limit of open files is raised as far as the system allows, and connections leave some of them to the rest of
    the program.  One address never gets more than half of all connections.
    """
    together = min(MOST_TOGETHER, max(open_files() - KEPT_BACK, KEPT_BACK))
    door = {
        "crowd": Crowd(min(per_address, together // 2), together),
        "addresses": addresses,
        "keepalive_timeout": idle_seconds,
        "lingering_time": LINGER_SECONDS,
    }
    runner = Runner(app, door, access_log=None, shutdown_timeout=3.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=BACKLOG).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner


def open_files() -> int:
    """Raise this process's limit of open files to what the system allows, and return it.  Idempotent."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return ENOUGH_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(ENOUGH_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return ENOUGH_FILES if soft == resource.RLIM_INFINITY else soft


def _give_up_unread(raw: Any) -> None:
    """Let the system end a connection whose client takes nothing; only Linux can."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if raw is not None and option is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.IPPROTO_TCP, option, UNREAD_SECONDS * 1000)
