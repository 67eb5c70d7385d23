# ruff: noqa: F811  the fixture is imported by its name
import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bot.checking import Finding, findings
from platforms.telegram.server import TelegramServer
from tests.bot.shell import Shell, shell  # noqa: F401  a fixture


@dataclass
class Platform:
    """Telegram on loopback, in a thread of its own: the command has an event loop of its own, too."""

    server: TelegramServer | None = None
    ready: threading.Event = field(default_factory=threading.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop | None = None

    def serve(self) -> None:
        async def until_stopped() -> None:
            self.loop = asyncio.get_running_loop()
            async with TelegramServer() as server:
                self.server = server
                self.ready.set()
                await self.stop.wait()

        asyncio.run(until_stopped())


@pytest.fixture
def telegram(shell: Shell) -> Iterator[TelegramServer]:
    platform = Platform()
    thread = threading.Thread(target=platform.serve)
    thread.start()
    assert platform.ready.wait(10)
    assert platform.server is not None
    shell.set(
        TELEGRAM__ENABLED="true", TELEGRAM__TOKEN=platform.server.token, TELEGRAM__BASE_URL=platform.server.base_url
    )
    yield platform.server
    assert platform.loop is not None
    platform.loop.call_soon_threadsafe(platform.stop.set)
    thread.join(10)


def of(shell: Shell, name: str) -> list[Finding]:
    return [finding for finding in findings(shell.settings) if finding.of == name]


def test_a_sound_installation_has_no_fault_and_nothing_was_made(shell: Shell) -> None:
    shell.set(PACK="quang-binh-2021", CLOCK__START="2021-06-01")

    ran = shell("check")

    assert (ran.code, [line for line in ran.lines if line.startswith("fault")]) == (0, [])
    assert list(shell.folder.iterdir()) == []


def test_check_asks_telegram_who_the_bot_is_and_writes_to_nobody(shell: Shell, telegram: TelegramServer) -> None:
    found = of(shell, "telegram")

    assert [one.state for one in found] == ["ok"]
    assert "@" in found[0].words
    assert len(telegram.calls("getMe")) == 1
    assert telegram.calls("sendMessage") == []


def test_a_wrong_token_is_told_without_it(shell: Shell, telegram: TelegramServer) -> None:
    shell.set(TELEGRAM__TOKEN="999:canary-token")

    found = of(shell, "telegram")

    assert found[0].state == "fault"
    assert "does not know this token" in found[0].words


def test_a_platform_out_of_reach_is_told_without_the_token(shell: Shell) -> None:
    shell.set(TELEGRAM__ENABLED="true", TELEGRAM__TOKEN="999:canary-token", TELEGRAM__BASE_URL="http://127.0.0.1:9")

    ran = shell("check")

    assert ran.code == 1
    assert "http://127.0.0.1:9 cannot be reached" in ran.out
    assert "canary" not in ran.out + ran.err


async def test_something_else_at_the_address_is_told() -> None:
    from bot.checking import _who_am_i
    from bot.config import Settings

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="<h1>welcome</h1>")

    application = web.Application()
    application.router.add_get("/{any:.*}", hello)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings = Settings.model_validate({"telegram": {"enabled": True, "token": "1:a", "base_url": address}})

    found = await _who_am_i(settings)

    await runner.cleanup()
    assert found.state == "fault"
    assert "is not Telegram" in found.words


def test_a_pack_with_faults_is_told_with_all_of_them(shell: Shell) -> None:
    shell.set(PACK=str(shell.folder))
    (shell.folder / "programme.yaml").write_text("format: 1\n")

    assert len([one for one in of(shell, "pack") if one.state == "fault"]) > 3


def test_a_database_of_another_pack_is_a_fault(shell: Shell) -> None:
    from bot.database import opened
    from registry.installation import serve_pack

    with opened(shell.settings) as store:
        store.write_now(serve_pack, "quang-binh-2021")

    assert of(shell, "database")[0].state == "fault"


def test_a_paused_pump_and_a_key_to_keep_are_told(shell: Shell) -> None:
    from bot.database import opened
    from registry.claims import pause_sending

    with opened(shell.settings) as store:
        store.write_now(pause_sending, reason="restored x.tar")

    assert any("ocopbot resume" in one.words and one.state == "warning" for one in of(shell, "database"))
    assert "Keep a copy" in of(shell, "key")[0].words


def test_a_damaged_database_is_told_and_left_as_it_is(shell: Shell) -> None:
    shell("migrate")
    file = shell.folder / "var/ocopbot.db"
    file.write_bytes(b"this is no database at all" * 1000)

    ran = shell("check")

    assert ran.code == 1
    assert "damaged or is no database" in ran.out
    assert file.read_bytes().startswith(b"this is no database")


def test_no_channel_at_all_is_a_fault(shell: Shell) -> None:
    shell.set(WEBCHAT__ENABLED="false")

    assert of(shell, "configuration")[-1].state == "fault"
