"""One process and port: webhooks, web chat, health, metrics, and the files of the pages."""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest

STATIC = Path(__file__).resolve().parent.parent / "console" / "static"
MOST_BODY = 12 * 1024 * 1024

TURNED_AWAY = Counter("ocopbot_requests_turned_away", "Requests refused at the door, by reason.", ["reason"])


def count_refusal(reason: str) -> None:
    TURNED_AWAY.labels(reason).inc()


def application(
    routes: Iterable[web.AbstractRouteDef], *, ready: Callable[[], Awaitable[dict[str, Any]]], public: bool
) -> web.Application:
    """Put the routes together.  /metrics is served on loopback addresses only when the server is public."""

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readiness(_request: web.Request) -> web.Response:
        facts = await ready()
        return web.json_response(facts, status=200 if facts["ready"] else 503)

    async def metrics(request: web.Request) -> web.Response:
        if public and request.remote not in {"127.0.0.1", "::1"}:
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
