"""The strict local Zalo Bot Platform for its own tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from platforms.telegram.clock import Clock
from platforms.zalo_bot.clients import ZaloBotPerson
from platforms.zalo_bot.server import ZaloBotServer

# The same kind of webhook as beside the other product of Zalo.
from tests.platforms.zalo_oa.conftest import PNG, Hook, hook, http

__all__ = ["MAI", "PNG", "Ask", "Hook", "asker", "hook", "http"]

MAI = "6ede9afa66b88fe6d6a9"

Ask = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def start(clock: Clock) -> AsyncIterator[Callable[..., Awaitable[ZaloBotServer]]]:
    """Start a server with some switches; it is stopped at the end."""
    running: list[ZaloBotServer] = []

    async def run(**switches: Any) -> ZaloBotServer:
        server = ZaloBotServer(clock=clock, **{"retry_pace": 0.00001, **switches})
        await server.start()
        running.append(server)
        return server

    yield run
    for server in running:
        await server.stop()


@pytest.fixture
async def server(start: Callable[..., Awaitable[ZaloBotServer]]) -> ZaloBotServer:
    return await start()


@pytest.fixture
def mai(server: ZaloBotServer) -> ZaloBotPerson:
    return server.person(MAI, "Mai", started=True)


@pytest.fixture
def ask(server: ZaloBotServer, http: aiohttp.ClientSession) -> Ask:
    """Call a method with JSON and answer with status and body."""
    return asker(server, http)


def asker(server: ZaloBotServer, client: aiohttp.ClientSession) -> Ask:
    async def call(method: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
        async with client.post(f"{server.base_url}/bot{server.token}/{method}", json=parameters) as answer:
            return answer.status, await answer.json()

    return call
