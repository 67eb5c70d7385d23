# ruff: noqa: F811  the fixture is imported by its name
import asyncio
import shutil
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from aiohttp import web
from sqlalchemy import Connection, update

from bot.channels.finding import Finding
from bot.channels.zalo_oa.bars import Bars
from bot.channels.zalo_oa.pair import Pair
from bot.commands import check as checking
from bot.commands.check import findings
from bot.serving.registered import CHANNELS
from bot.zalo import tokens as zalo_tokens
from bot.zalo.refusals import note
from content.message import Message
from platforms.telegram.server import TelegramServer
from platforms.zalo_bot.server import ZaloBotServer
from platforms.zalo_oa.refusals import no
from platforms.zalo_oa.server import OA_ID, ZaloOAServer
from registry.deliveries.channel_pauses import note_pause
from registry.deliveries.deliveries import enqueue
from registry.people.people import meet
from registry.store.rows import deliveries
from tests.bot.shell import Shell, opened, shell  # noqa: F401  a fixture
from tests.bot.zalo.platform import zalo, zalo_bot  # noqa: F401  fixtures


@dataclass
class Platform:
    """Telegram on loopback, in a separate thread, because the command has its own event loop."""

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


def test_a_webhook_of_another_program_is_told_without_its_path(shell: Shell, telegram: TelegramServer) -> None:
    address = f"{telegram.base_url}/bot{telegram.token}/setWebhook?url=https://other.example/secret-path"
    urllib.request.urlopen(address).close()

    found = of(shell, "telegram")

    assert [one.state for one in found] == ["ok", "warning"]
    assert "Updates go to https://other.example, and polling gets none" in found[1].words
    assert "secret-path" not in found[1].words


def test_a_webhook_that_is_not_registered_yet_is_told(shell: Shell, telegram: TelegramServer) -> None:
    shell.set(TELEGRAM__MODE="webhook", TELEGRAM__SECRET_TOKEN="abc", SERVER__PUBLIC_URL="https://ocop.example")

    assert "`ocopbot run` sets https://ocop.example/telegram/webhook" in of(shell, "telegram")[1].words


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
    from bot.channels.telegram.check import who_am_i
    from bot.channels.telegram.settings import Telegram

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="<h1>welcome</h1>")

    application = web.Application()
    application.router.add_get("/{any:.*}", hello)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    given = Telegram.model_validate({"enabled": True, "token": "1:a", "base_url": address})

    found = await who_am_i(given)

    await runner.cleanup()
    assert found.state == "fault"
    assert "is not Telegram" in found.words


def test_a_pack_with_faults_is_told_with_all_of_them(shell: Shell) -> None:
    shell.set(PACK=str(shell.folder))
    (shell.folder / "programme.yaml").write_text("format: 1\n")

    assert len([one for one in of(shell, "pack") if one.state == "fault"]) > 3


def test_a_database_of_another_pack_is_a_fault(shell: Shell) -> None:
    from registry.store.installation import serve_pack

    with opened(shell.settings) as store:
        store.write_now(serve_pack, "quang-binh-2021")

    assert of(shell, "database")[0].state == "fault"


def test_a_paused_pump_and_a_key_to_keep_are_told(shell: Shell) -> None:
    from registry.deliveries.claims import pause_sending

    with opened(shell.settings) as store:
        store.write_now(pause_sending, reason="restored x.tar")

    assert any("ocopbot resume" in one.words and one.state == "warning" for one in of(shell, "database"))
    assert "Keep a copy" in of(shell, "key")[0].words


def test_what_reached_nobody_is_told_shown_and_queued_again(shell: Shell) -> None:
    def given_up(db: Connection) -> None:
        now = datetime.now(UTC)
        person, _ = meet(db, channel="webchat", account="an", now=now)
        made = enqueue(db, key="status:a", person_id=person.id, kind="status", message=Message("Tin"), now=now)
        db.execute(update(deliveries).where(deliveries.c.id == made).values(state="given_up", reason="Bad\nGateway"))

    with opened(shell.settings) as store:
        store.write_now(given_up)

    assert any("1 messages" in one.words and "ocopbot deliveries" in one.words for one in of(shell, "database"))
    assert "Bad Gateway" in shell("deliveries").out
    assert "1 are queued again" in shell("deliveries", "--again").out
    assert "arrived" in shell("deliveries").out
    assert all("deliveries" not in one.words for one in of(shell, "database"))


def test_messages_that_wait_and_a_channel_that_pauses_are_not_called_arrived(shell: Shell) -> None:
    now = datetime.now(UTC)

    def refused(db: Connection) -> None:
        person, _ = meet(db, channel="zalo_bot", account="an", now=now)
        for state, reason in (("owed", "quota: Quota exceeded"), ("held", None), ("unreachable", "404 Not Found")):
            made = enqueue(
                db, key=f"status:{state}", person_id=person.id, kind="status", message=Message("Tin"), now=now
            )
            db.execute(update(deliveries).where(deliveries.c.id == made).values(state=state, reason=reason))
        until = now + timedelta(minutes=15)
        note_pause(db, channel="zalo_bot", reason="token not accepted", until=until, now=now)

    with opened(shell.settings) as store:
        store.write_now(refused)

    told = shell("deliveries").out
    for words in ("quota: Quota exceeded", "until the person writes", "404 Not Found", "token not accepted"):
        assert words in told
    assert "arrived" not in told
    assert any("token not accepted" in one.words and one.state == "warning" for one in of(shell, "database"))


def test_a_damaged_database_is_told_and_left_as_it_is(shell: Shell) -> None:
    shell("migrate")
    file = shell.folder / "var/ocopbot.db"
    file.write_bytes(b"this is no database at all" * 1000)

    ran = shell("check")

    assert ran.code == 1
    assert "damaged or not a database" in ran.out
    assert file.read_bytes().startswith(b"this is no database")


def test_no_channel_at_all_is_a_fault(shell: Shell) -> None:
    shell.set(WEBCHAT__ENABLED="false")

    assert of(shell, "configuration")[-1].state == "fault"


# Zalo


def keep(
    shell: Shell, server: ZaloOAServer, ends: timedelta = timedelta(hours=25), age: timedelta = timedelta()
) -> None:
    """Tokens in the database as after a consent some time ago."""
    now = datetime.now(UTC)
    pair = Pair(server.tokens.access_token, server.tokens.refresh_token, now + ends)
    with opened(shell.settings) as store:
        asyncio.run(zalo_tokens.KeptTokens(store, now=lambda: now - age).keep(pair))


def states(shell: Shell, name: Literal["zalo_oa", "zalo_bot"]) -> dict[str, list[str]]:
    """The findings about one of them, without reading the pack each time."""
    told: dict[str, list[str]] = {"ok": [], "warning": [], "fault": []}
    channel = next(one for one in CHANNELS if one.name == name)
    for finding in checking.look_at(channel, shell.settings):
        told[finding.state].append(finding.words)
    return told


def test_a_whole_official_account_has_no_fault_and_nobody_is_written_to(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo)
    shell.set(ZALO_OA__OA_ID=OA_ID)

    told = states(shell, "zalo_oa")

    assert told["fault"] == []
    assert any(f"OCOP thử nghiệm ({OA_ID})" in words for words in told["ok"])
    assert any("https://ocop.example/zalo/oa/webhook" in words for words in told["ok"])
    assert any("package Tăng trưởng until 2030-12-31" in words for words in told["ok"])
    assert [request.path for request in zalo.requests] == ["/v2.0/oa/getoa"]
    assert zalo.tokens.refreshes == 0


def test_templates_that_are_missing_are_told_with_what_that_means(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo)
    shell.set(ZALO_OA__TEMPLATE_STATUS="123", ZALO_OA__YEARLY_DONG="1000")

    told = states(shell, "zalo_oa")["warning"]

    assert any("No template for reminders, announcements" in words and "7 days" in words for words in told)
    assert any("billing account" in words for words in told)


def test_templates_without_a_budget_are_told(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo)
    shell.set(ZALO_OA__TEMPLATE_STATUS="123")

    assert any("yearly_dong is 0" in words for words in states(shell, "zalo_oa")["warning"])


def test_without_tokens_the_command_is_named(shell: Shell, zalo: ZaloOAServer) -> None:
    ran = shell("check")

    assert ran.code == 1
    assert "There are no tokens, so nothing can be sent. Run: ocopbot zalo authorise" in ran.out
    assert zalo.requests == []


def test_tokens_of_the_configuration_are_tried_without_being_used_up(shell: Shell, zalo: ZaloOAServer) -> None:
    shutil.rmtree(shell.folder / "var")
    shell.set(ZALO_OA__ACCESS_TOKEN=zalo.tokens.access_token, ZALO_OA__REFRESH_TOKEN=zalo.tokens.refresh_token)

    assert states(shell, "zalo_oa")["fault"] == []
    assert zalo.tokens.refreshes == 0


def test_the_tokens_of_another_account_are_a_fault(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo)
    shell.set(ZALO_OA__OA_ID="42")

    (fault,) = states(shell, "zalo_oa")["fault"]
    assert OA_ID in fault and "speaks for 42" in fault


def test_an_unknown_account_is_told_so_that_it_can_be_pinned(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo)

    assert any(f"OCOPBOT_ZALO_OA__OA_ID={OA_ID}" in words for words in states(shell, "zalo_oa")["warning"])


def test_an_access_token_that_is_refused_is_told_without_it(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo)
    zalo.tokens.remove_access()

    ran = shell("check")

    assert "Zalo does not take the access token (-220" in ran.out
    assert "ocopbot zalo authorise" in ran.out
    assert zalo.tokens.access_token not in ran.out + ran.err
    assert zalo.tokens.refreshes == 0


def test_a_token_that_ran_out_is_left_to_the_running_bot(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo, ends=-timedelta(hours=1), age=timedelta(days=2))

    assert any("ocopbot run" in words for words in states(shell, "zalo_oa")["warning"])
    assert zalo.tokens.refreshes == 0


def test_tokens_nobody_renewed_for_three_months_are_dead(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo, ends=-timedelta(days=90), age=timedelta(days=91))

    assert any("three months" in words for words in states(shell, "zalo_oa")["fault"])


def test_an_alarm_about_the_tokens_is_a_fault(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo)
    with opened(shell.settings) as store:
        asyncio.run(zalo_tokens.KeptTokens(store).lost("the pair of tokens is lost"))

    assert any("the pair of tokens is lost. 0 message(s)" in words for words in states(shell, "zalo_oa")["fault"])


def test_a_refusal_of_the_account_is_told_by_its_meaning(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo)
    zalo.script("getoa", no(-209))

    assert any("the app is not activated" in words for words in states(shell, "zalo_oa")["fault"])


@pytest.mark.parametrize(
    "url", ["", "http://ocop.example", "https://ocop.example:8443", "https://203.0.113.5", "https://localhost"]
)
def test_a_webhook_needs_https_on_a_domain_without_a_port(shell: Shell, zalo: ZaloOAServer, url: str) -> None:
    keep(shell, zalo)
    shell.set(SERVER__PUBLIC_URL=url)

    assert any("OCOPBOT_SERVER__PUBLIC_URL" in words for words in states(shell, "zalo_oa")["fault"])


def test_where_a_consent_comes_back_to_is_told(shell: Shell, zalo: ZaloOAServer) -> None:
    assert any("comes back to https://ocop.example/zalo/oa/callback" in one for one in states(shell, "zalo_oa")["ok"])

    shell.set(ZALO_OA__CALLBACK_URL="https://other.example/back")

    assert any("has to be pasted" in one for one in states(shell, "zalo_oa")["warning"])


def test_what_zalo_refused_until_somebody_mends_it_is_a_fault(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo)
    bars = Bars(lambda: datetime.now(UTC))
    bars.shut("paid", "-321 Zalo Cloud Account is out of money")
    with opened(shell.settings) as store:
        store.write_now(note, bars=bars)

    assert any("-321" in one and "The messages wait" in one for one in states(shell, "zalo_oa")["fault"])
    assert "Run: ocopbot check" in shell("zalo", "status").out


def test_an_official_account_out_of_reach_is_told(shell: Shell, zalo: ZaloOAServer) -> None:
    keep(shell, zalo)
    shell.set(ZALO_OA__BASE_URL="http://127.0.0.1:9")

    assert any("http://127.0.0.1:9 cannot be reached" in words for words in states(shell, "zalo_oa")["fault"])


def test_check_asks_the_bot_platform_who_the_bot_is_and_writes_to_nobody(shell: Shell, zalo_bot: ZaloBotServer) -> None:
    told = states(shell, "zalo_bot")

    assert (told["fault"], told["warning"]) == ([], [])
    assert "Bot OCOP thử nghiệm" in told["ok"][0]
    assert [request.method for request in zalo_bot.requests] == ["getMe", "getWebhookInfo"]


@pytest.mark.parametrize("url", ["", "http://ocop.example"])
def test_pictures_on_the_bot_platform_need_a_public_https_address(
    shell: Shell, zalo_bot: ZaloBotServer, url: str
) -> None:
    shell.set(SERVER__PUBLIC_URL=url)

    (warning,) = states(shell, "zalo_bot")["warning"]
    assert "pictures and papers" in warning and "OCOPBOT_SERVER__PUBLIC_URL" in warning


def test_a_wrong_token_of_the_bot_platform_is_told_without_it(shell: Shell, zalo_bot: ZaloBotServer) -> None:
    shell.set(ZALO_BOT__TOKEN="1:canary-token")

    ran = shell("check")

    assert "The Zalo Bot Platform does not know this token" in ran.out
    assert "canary" not in ran.out + ran.err


def test_a_webhook_that_takes_the_updates_of_polling_away_is_told(shell: Shell, zalo_bot: ZaloBotServer) -> None:
    zalo_bot.updates.set_webhook("https://other.example/hook?secret=canary", "secret-of-eight", loopback=False)

    (warning,) = states(shell, "zalo_bot")["warning"]
    assert "https://other.example" in warning
    assert "canary" not in warning


def test_a_webhook_of_the_bot_platform_that_goes_elsewhere_is_told(shell: Shell, zalo_bot: ZaloBotServer) -> None:
    shell.set(
        ZALO_BOT__MODE="webhook", ZALO_BOT__SECRET_TOKEN="secret-of-eight", SERVER__PUBLIC_URL="https://ocop.example"
    )

    assert any("go to nobody" in words for words in states(shell, "zalo_bot")["warning"])


def test_a_plan_that_runs_out_is_told_before(shell: Shell, zalo_bot: ZaloBotServer) -> None:
    shell.set(ZALO_BOT__MOST_PEOPLE="5")
    with opened(shell.settings) as store:
        for number in range(4):
            store.write_now(meet, channel="zalo_bot", account=f"{number:020x}", now=datetime.now(UTC))

    assert any("4 of 5 people" in words for words in states(shell, "zalo_bot")["warning"])


def test_zalo_alone_is_a_channel(shell: Shell, zalo_bot: ZaloBotServer) -> None:
    shell.set(WEBCHAT__ENABLED="false")

    assert [one for one in of(shell, "configuration") if one.state == "fault"] == []


def test_rows_of_merged_places_are_counted_listed_and_moved(shell: Shell) -> None:
    from bot.settings.clock import parse_start
    from registry.people.people import meet, person, set_preference
    from tests.bot.shell import opened

    shell.set(PACK="quang-tri-2026", CLOCK__START="2026-09-16")
    shell("migrate")
    now = parse_start("2026-09-16")
    with opened(shell.settings) as store:
        lai, _ = store.write_now(meet, channel="telegram", account="1", now=now)
        store.write_now(set_preference, person_id=lai.id, place="19216")

    assert "move-places" in shell("check").out
    assert "19216: 1 people" in shell("move-places").out
    assert "people: 1 moved" in shell("move-places", "--apply").out
    with opened(shell.settings) as store:
        known = store.read_now(person, lai.id)
        assert known is not None
        assert known.place == "19225"
    assert "Every place is valid" in shell("move-places").out
