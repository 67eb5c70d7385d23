"""The strict local Zalo Official Account for its own tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
import pytest
from aiohttp import web

from platforms.telegram.clock import Clock
from platforms.zalo_oa.clients import ZaloPerson
from platforms.zalo_oa.server import ZaloOAServer

MAI = "246845883529197922"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


class Ask(Protocol):
    async def __call__(self, path: str, body: dict[str, Any], *, token: str | None = None) -> dict[str, Any]: ...


@dataclass
class Hook:
    """A webhook that keeps what it got; `status` and `seconds` may be changed."""

    url: str = ""
    status: int = 200
    seconds: float = 0.0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0


def to_mai(**message: Any) -> dict[str, Any]:
    return {"recipient": {"user_id": MAI}, "message": message or {"text": "Chào bà con"}}


def template(**payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def buttons(*given: dict[str, Any]) -> dict[str, Any]:
    return {"text": "Chọn", **template(buttons=list(given))}


def query(title: str = "Có", payload: str = "#co") -> dict[str, Any]:
    return {"title": title, "type": "oa.query.hide", "payload": payload}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def start(clock: Clock) -> AsyncIterator[Callable[..., Awaitable[ZaloOAServer]]]:
    """Start a server with some switches; it is stopped at the end."""
    running: list[ZaloOAServer] = []

    async def run(**switches: Any) -> ZaloOAServer:
        server = ZaloOAServer(clock=clock, **{"retry_pace": 0.00001, **switches})
        await server.start()
        running.append(server)
        return server

    yield run
    for server in running:
        await server.stop()


@pytest.fixture
async def server(start: Callable[..., Awaitable[ZaloOAServer]]) -> ZaloOAServer:
    return await start()


@pytest.fixture
def mai(server: ZaloOAServer) -> ZaloPerson:
    return server.person(MAI, "Mai", following=True, phone="84912345678")


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def ask(server: ZaloOAServer, http: aiohttp.ClientSession) -> Ask:
    """Post JSON and answer with the body; every refusal comes under HTTP 200."""
    return asker(server, http)


def asker(server: ZaloOAServer, http: aiohttp.ClientSession) -> Ask:
    async def call(path: str, body: dict[str, Any], *, token: str | None = None) -> dict[str, Any]:
        headers = {"access_token": server.tokens.access_token if token is None else token}
        async with http.post(f"{server.base_url}{path}", json=body, headers=headers) as answer:
            assert answer.status == 200
            told: dict[str, Any] = await answer.json()
            return told

    return call


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """A webhook on this machine."""
    kept = Hook()

    async def take(request: web.Request) -> web.Response:
        kept.at_once += 1
        kept.most_at_once = max(kept.most_at_once, kept.at_once)
        kept.got.append((dict(request.headers), await request.read()))
        await asyncio.sleep(kept.seconds)
        kept.at_once -= 1
        return web.Response(status=kept.status)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    kept.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield kept
    await runner.cleanup()
