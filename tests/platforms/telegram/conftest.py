"""The strict local Telegram for its own tests."""

import os
import struct
from collections.abc import AsyncIterator
from typing import Any, Protocol

import aiohttp
import pytest

from platforms.telegram.clock import Clock
from platforms.telegram.server import TelegramServer

# The library then hands out `retry_after` as a timedelta and warns of nothing; read when it is imported.
os.environ.setdefault("PTB_TIMEDELTA", "true")

MAI = 5012345678


class Ask(Protocol):
    async def __call__(self, method: str, **parameters: Any) -> tuple[int, dict[str, Any]]: ...


def png(width: int, height: int) -> bytes:
    """The first bytes of a picture: all that the platform's rules look at."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(17)


def inline(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


def to_mai(**more: Any) -> dict[str, Any]:
    return {"chat_id": MAI, "text": "Chào bà con", **more}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[TelegramServer]:
    async with TelegramServer(clock=clock, retry_pace=0.001) as running:
        running.person(MAI, "Mai", started=True)
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def ask(server: TelegramServer, http: aiohttp.ClientSession) -> Ask:
    """Call a method with JSON and answer with status and body."""

    async def call(method: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
        async with http.post(f"{server.base_url}/bot{server.token}/{method}", json=parameters) as answer:
            return answer.status, await answer.json()

    return call
