"""One process and port: webhooks, web chat, health, metrics, and the files of the pages."""

import asyncio
import contextlib
import hmac
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest

STATIC = Path(__file__).resolve().parents[2] / "console" / "static"
MOST_BODY = 12 * 1024 * 1024

BODY_SECONDS = 30.0
"""How long a body may take, without the seconds its size adds."""
SLOWEST = 8 * 1024
"""Bytes a second of the slowest line that is waited for: a phone on 2G."""
BEGAN = web.RequestKey("body_began", float)
DEADLINE = web.RequestKey("body_deadline", asyncio.Timeout)

TURNED_AWAY = Counter("ocopbot_requests_turned_away", "Requests refused at the door, by reason.", ["reason"])


def count_refusal(reason: str) -> None:
    TURNED_AWAY.labels(reason).inc()


@web.middleware
async def body_in_time(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer 408 to a body that does not arrive in time.  Once it is whole, the handler has no limit."""
    if not request.can_read_body:
        return await handler(request)
    deadline = asyncio.timeout(BODY_SECONDS)

    def arrived() -> None:
        with contextlib.suppress(RuntimeError):  # the handler is done already
            deadline.reschedule(None)

    try:
        async with deadline:
            request[DEADLINE] = deadline
            request.content.on_eof(arrived)
            return await handler(request)
    except TimeoutError:
        if not deadline.expired():
            raise
        count_refusal("slow_body")
        raise web.HTTPRequestTimeout from None


def more_time(request: web.Request, received: int) -> None:
    """Let a body that arrives in parts take one second more for every 8 KB of it that are here; once per part."""
    deadline = request.get(DEADLINE)
    began = request.setdefault(BEGAN, asyncio.get_running_loop().time())
    if deadline is not None and deadline.when() is not None:
        deadline.reschedule(began + BODY_SECONDS + received / SLOWEST)


@dataclass(frozen=True, slots=True)
class Status:
    """
    The readers of the facts behind /readyz and of /metrics; everybody may read the status itself.

    A proxy on this machine speaks from a loopback address, so `local` is for servers without a public address.
    """

    token: str = ""
    local: bool = False
    anybody: bool = False

    def may(self, request: web.Request) -> bool:
        if self.anybody or (self.local and request.remote in {"127.0.0.1", "::1"}):
            return True
        given = request.headers.get("Authorization", "")
        return bool(self.token) and hmac.compare_digest(
            given.encode("utf-8", "surrogateescape"), f"Bearer {self.token}".encode()
        )


OPEN = Status(anybody=True)
"""For a port that only this machine reaches."""


def application(
    routes: Iterable[web.AbstractRouteDef], *, ready: Callable[[], Awaitable[dict[str, Any]]], status: Status
) -> web.Application:
    """Put the routes together.  The facts of /readyz and /metrics are for the readers `status` names."""

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readiness(request: web.Request) -> web.Response:
        facts = await ready()
        shown = facts if status.may(request) else {"ready": facts["ready"]}
        return web.json_response(shown, status=200 if facts["ready"] else 503)

    async def metrics(request: web.Request) -> web.Response:
        if not status.may(request):
            raise web.HTTPNotFound
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application(client_max_size=MOST_BODY, middlewares=[body_in_time])
    app.router.add_routes(
        [
            web.get("/healthz", alive),
            web.get("/readyz", readiness),
            web.get("/metrics", metrics),
            web.static("/static", STATIC),
            *routes,
        ]
    )
    return app
