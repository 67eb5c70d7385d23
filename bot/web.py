"""One process and port: webhooks, web chat, health, metrics, and the files of the pages."""

import hmac
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest

STATIC = Path(__file__).resolve().parent.parent / "console" / "static"
MOST_BODY = 12 * 1024 * 1024

TURNED_AWAY = Counter("ocopbot_requests_turned_away", "Requests refused at the door, by reason.", ["reason"])


def count_refusal(reason: str) -> None:
    TURNED_AWAY.labels(reason).inc()


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

    app = web.Application(client_max_size=MOST_BODY)
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
