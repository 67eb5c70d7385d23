# ruff: noqa: F811  the fixture is imported by its name
"""/readyz: the status for everybody, the facts for the operator; one program per database."""

import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import Connection

from bot.serving.assembly import Assembly
from bot.serving.intake import BURST
from bot.serving.one_program import only_one
from bot.serving.readiness import readiness
from bot.settings.command_error import CommandError
from bot.web.application import OPEN, Status, application
from registry.store import inbox
from registry.store.store import Store
from tests.bot.shell import Shell, opened, shell  # noqa: F401  a fixture

NOW = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
FACTS = {"ready": True, "troubles": {"telegram": "pauses"}}
MINUTE = timedelta(minutes=1)


@asynccontextmanager
async def served(status: Status):
    async def ready():
        return FACTS

    runner = web.AppRunner(application((), ready=ready, status=status))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
        yield session
    await runner.cleanup()


async def _answers(session: aiohttp.ClientSession, **headers: str) -> tuple[int, dict, int]:
    async with session.get("/readyz", headers=headers) as status, session.get("/metrics", headers=headers) as metrics:
        return status.status, await status.json(), metrics.status


async def test_a_public_server_says_the_status_to_everybody_and_the_facts_to_nobody() -> None:
    async with served(Status()) as session:
        assert await _answers(session) == (200, {"ready": True}, 404)
        assert await _answers(session, Authorization="Bearer ") == (200, {"ready": True}, 404)


@pytest.mark.parametrize("given", ["Bearer wrong", "geheim", "bearer geheim", "Bearer geheim2", "Basic geheim"])
async def test_another_token_opens_nothing(given: str) -> None:
    async with served(Status("geheim")) as session:
        assert await _answers(session, Authorization=given) == (200, {"ready": True}, 404)


async def test_a_token_that_is_no_text_opens_nothing() -> None:
    async with served(Status("geheim")) as session:
        for path, found in (("/readyz", b" 200 "), ("/metrics", b" 404 ")):
            reader, writer = await asyncio.open_connection("127.0.0.1", session._base_url.port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n".encode() + b"Authorization: Bearer \xff\r\n\r\n")
            line = await reader.readline()
            writer.close()
            assert found in line


async def test_the_token_opens_both() -> None:
    async with served(Status("geheim")) as session:
        assert await _answers(session, Authorization="Bearer geheim") == (200, FACTS, 200)


@pytest.mark.parametrize("status", [OPEN, Status(local=True)])
async def test_an_own_port_and_a_server_without_a_public_address_answer_this_machine(status: Status) -> None:
    async with served(status) as session:
        assert await _answers(session) == (200, FACTS, 200)


async def test_behind_a_proxy_on_this_machine_a_public_server_keeps_its_facts(shell: Shell) -> None:
    shell.set(SERVER__PUBLIC_URL="https://ocop.example.vn", SERVER__PORT="0", SERVER__STATUS_PORT="0")
    with opened(shell.settings):
        pass
    async with Assembly.open(shell.settings, part="web") as assembly:
        reached = asyncio.Event()
        running = asyncio.create_task(assembly.run("web", started=lambda _: reached.set()))
        await asyncio.wait_for(reached.wait(), 30)
        try:
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{assembly._port}/readyz") as answer:
                    assert await answer.json() == {"ready": True}
                async with session.get(f"http://127.0.0.1:{assembly._port}/metrics") as answer:
                    assert answer.status == 404
                async with session.get(f"http://127.0.0.1:{assembly.status_port}/readyz") as answer:
                    assert {"channels", "deliveries"} <= (await answer.json()).keys()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


# --- who waits --------------------------------------------------------------------------------------------------------


def _event(store: Store, account: str, number: int, at: datetime, channel: str = "webchat") -> None:
    store.write_now(inbox.receive, channel=channel, event=f"{account}{number}", account=account, raw=b"{}", now=at)


async def _facts(store: Store, now: datetime) -> dict:
    return await readiness(store, {"webchat": _Silent()}, noted={}, now=now)


class _Silent:
    """A channel without problems."""

    async def problems(self) -> str:
        return ""


async def test_it_is_not_ready_while_somebody_waits_for_longer_than_a_minute(shell: Shell) -> None:
    with opened(shell.settings) as store:
        _event(store, "a", 1, NOW)

        assert (await _facts(store, NOW + MINUTE))["ready"]
        late = await _facts(store, NOW + 2 * MINUTE)

    assert not late["ready"]
    assert late["inbox_oldest_seconds"] == 120
    assert "an event waits for 120 s" in late["troubles"]["inbox"]


async def test_a_flooder_and_a_channel_that_is_off_do_not_count(shell: Shell) -> None:
    with opened(shell.settings) as store:
        for number in range(BURST + 1):
            _event(store, "flooder", number, NOW)
        _event(store, "gone", 1, NOW, channel="zalo_oa")
        assert (await _facts(store, NOW + 5 * MINUTE))["ready"]

        _event(store, "somebody", 1, NOW)
        assert not (await _facts(store, NOW + 5 * MINUTE))["ready"]


def test_the_look_for_the_oldest_is_bounded(shell: Shell) -> None:
    with opened(shell.settings) as store:
        for account in range(300):
            for number in range(10):
                _event(store, f"{account:03}", number, NOW + timedelta(seconds=account))
        look = {"most_of_one": BURST, "channels": {"webchat"}}

        assert store.read_now(inbox.oldest_waiting, **look) == NOW


async def test_it_answers_while_the_writer_or_its_disk_hangs_and_again_when_it_moves(shell: Shell) -> None:
    with opened(shell.settings):
        pass
    begun, gate = threading.Event(), threading.Event()

    def hang(_db: Connection) -> bool:
        begun.set()
        return gate.wait(120)

    async with Assembly.open(shell.settings, part="web") as assembly:
        hanging = asyncio.ensure_future(assembly.store.write(hang))
        assert await asyncio.to_thread(begun.wait, 60)
        try:
            silent = [await asyncio.wait_for(assembly.readiness(), 60) for _ in range(3)]
        finally:
            gate.set()
        await hanging
        async with asyncio.timeout(60):
            while not (facts := await assembly.readiness())["ready"]:
                pass

    assert [one["ready"] for one in silent] == [False] * 3
    assert "no answer" in silent[0]["database"]
    assert "database" not in facts


# --- one program ------------------------------------------------------------------------------------------------------


async def test_a_second_program_on_one_sqlite_file_is_refused_while_the_first_runs(shell: Shell) -> None:
    settings = shell.settings
    async with only_one(settings):
        with pytest.raises(CommandError, match="--only web"):
            async with only_one(settings):
                pass
    async with only_one(settings):
        pass


@pytest.mark.postgres
async def test_on_postgresql_the_second_waits_until_the_first_ends(shell: Shell, postgres_server) -> None:
    with postgres_server.database() as url:
        shell.set(DATABASE__URL=url)
        settings, begun = shell.settings, []

        async def second() -> None:
            async with only_one(settings):
                begun.append(True)

        async with only_one(settings):
            waiting = asyncio.create_task(second())
            await asyncio.sleep(0.1)
            assert not begun
        await asyncio.wait_for(waiting, 30)

    assert begun


@pytest.mark.parametrize(
    "command",
    [
        ("resume", "--yes"), ("audit", "verify"), ("deliveries",), ("backup", "drill"), ("restore",), ("backup",),
        ("grant", "--channel", "webchat", "--account", "a", "--role", "admin"), ("invite", "--role", "admin"),
        ("export", "ideas", "--place", "44", "--out", "x.xlsx"), ("zalo", "status"), ("check",),
    ],
    ids=lambda command: " ".join(command[:2]),
)  # fmt: skip
def test_a_command_that_needs_an_installation_makes_none(shell: Shell, command: tuple[str, ...]) -> None:
    ran = shell(*command)

    assert ran.code == 1 or command == ("check",)
    assert "Nothing was" in ran.err or "nothing to keep" in ran.err or command == ("check",)
    assert not (shell.folder / "var").exists()
