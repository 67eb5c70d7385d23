"""The strict local Zalo platforms in a separate thread, because a command has its own event loop."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from platforms.telegram.server import TelegramServer
from platforms.zalo_bot.server import ZaloBotServer
from platforms.zalo_oa.server import APP_ID, APP_SECRET, OA_SECRET_KEY, ZaloOAServer
from tests.bot.shell import Shell, new_installation


@contextmanager
def serving(server: ZaloOAServer | ZaloBotServer | TelegramServer) -> Iterator[None]:
    ready, ends = threading.Event(), []

    async def until_stopped() -> None:
        stop = asyncio.Event()
        ends.append((asyncio.get_running_loop(), stop))
        async with server:
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(until_stopped()))
    thread.start()
    assert ready.wait(60)
    yield
    ((loop, stop),) = ends
    loop.call_soon_threadsafe(stop.set)
    thread.join(60)
    assert server.left_over() == {}
    assert server.faults == []


@pytest.fixture
def zalo(shell: Shell) -> Iterator[ZaloOAServer]:
    shutil.copytree(new_installation(), shell.folder / "var")
    server = ZaloOAServer()
    with serving(server):
        shell.set(
            ZALO_OA__ENABLED="true",
            ZALO_OA__APP_ID=APP_ID,
            ZALO_OA__APP_SECRET=APP_SECRET,
            ZALO_OA__OA_SECRET_KEY=OA_SECRET_KEY,
            ZALO_OA__BASE_URL=server.openapi_url,
            ZALO_OA__BUSINESS_URL=server.business_url,
            ZALO_OA__OAUTH_URL=server.oauth_url,
            SERVER__PUBLIC_URL="https://ocop.example",
        )
        yield server


@pytest.fixture
def zalo_bot(shell: Shell) -> Iterator[ZaloBotServer]:
    server = ZaloBotServer()
    with serving(server):
        shell.set(
            ZALO_BOT__ENABLED="true",
            ZALO_BOT__TOKEN=server.token,
            ZALO_BOT__BASE_URL=server.base_url,
            SERVER__PUBLIC_URL="https://ocop.example",
        )
        yield server
