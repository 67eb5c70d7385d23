"""The proxy in front, where Caddy is installed: it names the client, refuses what is too large, and lets sockets by."""

import asyncio
import io
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.web.addresses import FORWARDED, Addresses, networks
from bot.web.application import OPEN, application
from bot.web.door import listen
from tests.hard.machine import free_port

FILE = Path(__file__).parents[2] / "deploy" / "Caddyfile"
CADDY = shutil.which("caddy")
PATIENCE = 60
HERE = Addresses(networks("127.0.0.1, ::1"))

pytestmark = pytest.mark.skipif(CADDY is None, reason="caddy is not installed")


async def whose(request: web.Request) -> web.Response:
    return web.Response(text=HERE.of(request))


async def take(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for frame in socket:
        await socket.send_str(str(frame.data))
    return socket


async def ready() -> dict[str, Any]:
    return {"ready": True}


@asynccontextmanager
async def proxied(folder: Path) -> AsyncIterator[str]:
    """The application behind Caddy, with the configuration as it is delivered; the proxy's address."""
    routes = [web.get("/whose", whose), web.post("/in", take), web.get("/echo", echo)]
    runner = await listen(
        application(routes, ready=ready, status=OPEN), "127.0.0.1", 0, per_address=100, addresses=HERE
    )
    site = f"http://127.0.0.1:{free_port()}"
    given = {
        "OCOP_SITE": site,
        "OCOPBOT_UPSTREAM": f"127.0.0.1:{runner.addresses[0][1]}",
        "OCOPBOT_CADDY_ADMIN": "off",
        "HOME": str(folder),
    }
    with (folder / "caddy.log").open("wb") as told:
        assert CADDY is not None
        asked = (CADDY, "run", "--config", str(FILE), "--adapter", "caddyfile")
        caddy = await asyncio.create_subprocess_exec(*asked, env={**os.environ, **given}, stdout=told, stderr=told)
        try:
            await answering(site, caddy, folder)
            yield site
        finally:
            if caddy.returncode is None:
                caddy.terminate()
            await caddy.wait()
            await runner.cleanup()


async def answering(site: str, caddy: asyncio.subprocess.Process, folder: Path) -> None:
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
        while True:
            assert caddy.returncode is None, (folder / "caddy.log").read_text("utf-8")[-1000:]
            try:
                async with session.get(f"{site}/healthz"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)


async def test_the_delivered_proxy_serves_the_bot(tmp_path: Path) -> None:
    async with proxied(tmp_path) as site:
        connector = aiohttp.TCPConnector(local_addr=("127.0.0.9", 0))
        async with aiohttp.ClientSession(site, connector=connector) as session:
            async with session.get("/whose", headers={FORWARDED: "198.51.100.7"}) as answer:
                assert await answer.text() == "127.0.0.9", "the client made its address up"
            async with session.get("/metrics") as answer:
                assert answer.status == 404
            async with session.get("/readyz") as answer:
                assert answer.status == 200
            async with session.post("/in", data=io.BytesIO(bytes(11_000_000))) as answer:
                assert (answer.status, await answer.text()) == (200, "11000000")
            async with session.post("/in", data=io.BytesIO(bytes(13_000_000))) as answer:
                assert answer.status in {400, 413, 502}
            async with session.ws_connect("/echo") as socket:
                await socket.send_str("chào")
                assert await socket.receive_str(timeout=PATIENCE) == "chào"
