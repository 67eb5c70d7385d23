"""The port under attack: silent connections end, one address cannot take all, and the others are answered."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

import bot.web.application as application_module
from bot.web.addresses import Addresses, networks
from bot.web.application import Status, application, more_time
from bot.web.door import listen, open_files

PATIENCE = 30


@asynccontextmanager
async def served(*routes: web.RouteDef, idle: float = 30.0, most: int = 50, trusted: str = "") -> AsyncIterator[int]:
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    app = application(routes, ready=ready, status=Status())
    addresses = Addresses(networks(trusted))
    runner = await listen(app, "127.0.0.1", 0, per_address=most, addresses=addresses, idle_seconds=idle)
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def answer(port: int, source: str = "127.0.0.1") -> int:
    connector = aiohttp.TCPConnector(local_addr=(source, 0))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"http://127.0.0.1:{port}/healthz") as got,
    ):
        return got.status


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the server ends a connection."""
    async with asyncio.timeout(PATIENCE):
        try:
            while await reader.read(1024):
                pass
        except ConnectionError:
            pass
    return True


@pytest.mark.parametrize("said", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_connection_without_a_whole_request_is_ended(said: bytes) -> None:
    async with served(idle=0.2) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        assert await ended(reader)
        writer.close()
        assert await answer(port) == 200


async def test_headers_that_come_byte_by_byte_do_not_hold_a_connection() -> None:
    async with served(idle=0.3) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def drip() -> None:
            writer.write(b"GET /healthz HTTP/1.1\r\n")
            while not writer.is_closing():
                writer.write(b"X-A: b\r\n")
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        assert await ended(reader)
        dripping.cancel()
        writer.close()


async def test_one_address_cannot_take_the_connections_of_the_others() -> None:
    async with served(most=20) as port:
        held = [await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.9", 0)) for _ in range(30)]
        refused = [reader for reader, _ in held[20:]]

        assert all([await ended(reader) for reader in refused])
        assert await answer(port, "127.0.0.10") == 200
        with pytest.raises(aiohttp.ClientError):
            await answer(port, "127.0.0.9")

        for _, writer in held:
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(PATIENCE):  # its places are free again
            while True:
                try:
                    assert await answer(port, "127.0.0.9") == 200
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)


async def test_a_connection_above_the_limit_is_closed_without_an_error_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with served(most=3) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await ended(reader)
            writer.close()
        for _, writer in held:
            writer.close()
    gc.collect()  # the loop reports a failed task when it is dropped

    assert [line.getMessage() for line in caplog.records if line.levelname == "ERROR"] == []


async def test_a_trusted_proxy_has_no_limit_of_its_own() -> None:
    async with served(most=20, trusted="127.0.0.0/8") as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]
        assert await answer(port) == 200
        for _, writer in held:
            writer.close()


async def test_a_body_that_stops_is_answered_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application_module, "BODY_SECONDS", 0.2)

    async def take(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    async with served(web.post("/in", take)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
        assert b" 408 " in await asyncio.wait_for(reader.readline(), PATIENCE)
        assert await ended(reader)
        writer.close()


async def test_a_body_on_a_slow_line_gets_the_time_its_size_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application_module, "BODY_SECONDS", 0.5)
    monkeypatch.setattr(application_module, "SLOWEST", 100)
    parts = 6

    async def take(request: web.Request) -> web.Response:
        received = 0
        async for part in request.content.iter_any():
            received += len(part)
            more_time(request, received)
        return web.Response(text=str(received))

    async def body() -> AsyncIterator[bytes]:
        for _ in range(parts):
            await asyncio.sleep(0.2)
            yield bytes(100)

    async with (
        served(web.post("/in", take)) as port,
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/in", data=body()) as got,
    ):
        assert (got.status, await got.text()) == (200, str(100 * parts))


async def test_a_handler_takes_its_time_once_the_body_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application_module, "BODY_SECONDS", 0.6)

    async def take(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(0.9)
        return web.Response()

    async with (
        served(web.post("/in", take)) as port,
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/in", data=b"x") as got,
    ):
        assert got.status == 200


async def test_two_hundred_people_behind_one_address_are_served() -> None:
    async with served(most=2000) as port:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def visit() -> int:
                async with session.get(f"http://127.0.0.1:{port}/healthz") as got:
                    return got.status

            assert set(await asyncio.gather(*(visit() for _ in range(600)))) == {200}


def test_the_program_takes_the_open_files_the_system_allows() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, before[0]), before[1]))
    try:
        assert open_files() == min(65_536, before[1]) == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
