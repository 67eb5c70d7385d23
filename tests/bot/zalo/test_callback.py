"""The browser of an administrator comes back: what is kept, what is shown, and what changes nothing."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import REGISTRY

from bot.channels.zalo_oa.account import CALLBACK_PATH
from bot.channels.zalo_oa.pair import Pair
from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from bot.serving.house import house_for
from bot.settings.key import vault_for
from bot.zalo import tokens as zalo_tokens
from bot.zalo.callback import STATUS, callback_routes
from bot.zalo.consent import begin, begun
from console.notice import notice_page
from content.phrases import Phrases
from platforms.shared.script import Answer, lost_answer
from platforms.zalo_oa.refusals import no
from platforms.zalo_oa.server import APP_ID, APP_SECRET, OA_ID, OA_SECRET_KEY, ZaloOAServer
from registry.store import audit
from registry.store.store import Store
from tests.bot.shell import new_installation

OUT_OF_REACH = "http://127.0.0.1:9"


@dataclass
class Scene:
    """A bot that serves its callback, before the strict local platform."""

    server: ZaloOAServer
    store: Store
    settings: Settings
    browser: TestClient[Any, Any]

    def link(self) -> str:
        """The output of `ocopbot zalo authorise`."""
        now = datetime.now(UTC)
        return self.store.write_now(begin, settings=self.settings, now=now).link

    async def agree(self, link: str) -> dict[str, str]:
        """Agree at the platform as an administrator; return the parameters of the redirect."""
        async with aiohttp.ClientSession() as there, there.get(link, allow_redirects=False) as answer:
            address = urlsplit(answer.headers["Location"])
        assert address.path == CALLBACK_PATH
        return {name: values[0] for name, values in parse_qs(address.query).items()}

    async def comes_back(self, came: dict[str, str]) -> tuple[int, str]:
        answer = await self.browser.get(f"{CALLBACK_PATH}?{urlencode(came)}")
        return answer.status, await answer.text()

    def pair(self, key: str = zalo_tokens.PAIR) -> Pair | None:
        found = self.store.read_now(zalo_tokens.kept, key=key)
        return None if found is None else found.pair

    def alarm(self) -> str:
        return self.store.read_now(zalo_tokens.alarm)

    def exchanges(self) -> int:
        return len(self.server.calls("/v4/oa/access_token"))

    def say(self, became: str, **values: object) -> str:
        return Phrases.load().say(
            f"zalo_consent.{became}", **{"name": "", "command": "ocopbot zalo authorise"} | values
        )

    def shows(self, page: tuple[int, str], became: str) -> bool:
        return page[0] == STATUS[became] and all(line in page[1] for line in self.say(became).splitlines())


def serving(settings: Settings, store: Store) -> web.Application:
    app = web.Application()
    now = datetime(2026, 11, 2, tzinfo=UTC)
    app.router.add_routes(callback_routes(settings, store, Phrases.load().say, now=lambda: now))
    return app


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    shutil.copytree(new_installation(), tmp_path, dirs_exist_ok=True)
    async with ZaloOAServer() as server:
        settings = Settings.model_validate(
            {
                "pack": "quang-tri-2026",
                "data_dir": tmp_path,
                "server": {"public_url": "https://ocop.example"},
                "zalo_oa": {
                    "enabled": True,
                    "app_id": APP_ID,
                    "app_secret": APP_SECRET,
                    "oa_secret_key": OA_SECRET_KEY,
                    "base_url": server.openapi_url,
                    "oauth_url": server.oauth_url,
                },
            }
        )
        store = Store(settings.database_url, vault_for(settings))
        async with TestClient(TestServer(serving(settings, store))) as browser:
            yield Scene(server, store, settings, browser)
        store.close()
        assert server.left_over() == {}


async def test_agreeing_in_the_browser_is_all_there_is_to_do(scene: Scene) -> None:
    came = await scene.agree(scene.link())

    status, page = await scene.comes_back(came)

    assert (status, "OCOP thử nghiệm" in page) == (200, True)
    assert scene.pair() == Pair(
        scene.server.tokens.access_token, scene.server.tokens.refresh_token, scene.pair().expires_at
    )
    assert (scene.pair(zalo_tokens.NEW_PAIR), scene.alarm()) == (None, "")
    entries = scene.store.read_now(audit.entries, noun="channel", noun_id="zalo_oa")
    assert [(entry.act, entry.facts) for entry in entries] == [("zalo_oa.consent", {"account": OA_ID})]


async def test_an_address_serves_once(scene: Scene) -> None:
    came = await scene.agree(scene.link())
    await scene.comes_back(came)
    kept = scene.pair()

    again = [await scene.comes_back(came) for _ in range(3)]

    assert all(scene.shows(page, "over") for page in again)
    assert (scene.pair(), scene.exchanges()) == (kept, 1)


async def test_of_two_browsers_at_once_with_one_address_one_is_served(scene: Scene) -> None:
    came = await scene.agree(scene.link())
    scene.server.script("access_token", Answer(seconds=0.1))

    pages = await asyncio.gather(*(scene.comes_back(came) for _ in range(5)))

    assert sorted(status for status, _ in pages) == [200, 403, 403, 403, 403]
    assert (scene.exchanges(), scene.alarm()) == (1, "")


@pytest.mark.parametrize(
    "state",
    ["", "short", "A" * 22, "A" * 3000, "%00", "é" * 22, "' or 1=1 --", "<script>alert(1)</script>"],
)
async def test_a_forged_state_changes_nothing_and_asks_nobody(scene: Scene, state: str) -> None:
    came = await scene.agree(scene.link())
    before = REGISTRY.get_sample_value("ocopbot_requests_turned_away_total", {"reason": "zalo_oa_consent_forged"}) or 0

    page = await scene.comes_back(came | {"state": state})

    assert scene.shows(page, "over")
    assert "<script>" not in page[1]
    assert (scene.exchanges(), scene.pair()) == (0, None)
    counted = REGISTRY.get_sample_value("ocopbot_requests_turned_away_total", {"reason": "zalo_oa_consent_forged"})
    assert counted == before + 1
    assert (await scene.comes_back(came))[0] == 200  # the open link is as good as before


async def test_a_state_of_an_earlier_link_is_refused(scene: Scene) -> None:
    old = await scene.agree(scene.link())
    await scene.comes_back(old)
    kept = scene.pair()
    code = (await scene.agree(scene.link()))["code"]

    assert scene.shows(await scene.comes_back(old | {"code": code}), "over")
    assert (scene.pair(), scene.exchanges()) == (kept, 1)


async def test_a_link_ends_after_a_day(scene: Scene) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1, minutes=1)
    link = scene.store.write_now(begin, settings=scene.settings, now=yesterday).link

    assert scene.shows(await scene.comes_back(await scene.agree(link)), "over")
    assert scene.exchanges() == 0


async def test_without_any_open_link_nothing_is_exchanged(scene: Scene) -> None:
    assert scene.shows(await scene.comes_back({"code": "abc", "state": "A" * 22}), "over")
    assert scene.exchanges() == 0


async def test_whoever_does_not_agree_is_told_how_to(scene: Scene) -> None:
    scene.link()

    assert scene.shows(await scene.comes_back({"error": "-1"}), "declined")
    assert scene.store.read_now(begun, settings=scene.settings, now=datetime.now(UTC)) is not None


async def test_only_a_get_exchanges(scene: Scene) -> None:
    came = await scene.agree(scene.link())

    for method in ("HEAD", "POST"):
        answer = await scene.browser.request(method, f"{CALLBACK_PATH}?{urlencode(came)}")
        assert answer.status == 405

    assert scene.exchanges() == 0


async def test_a_code_of_another_link_is_refused_by_the_platform_and_the_link_stays_open(scene: Scene) -> None:
    link = scene.link()
    came = await scene.agree(link)
    forged = scene.server.tokens.consent("of-another-verifier")

    assert scene.shows(await scene.comes_back(came | {"code": forged}), "refused")
    assert scene.pair() is None
    assert (await scene.comes_back(await scene.agree(link)))[0] == 200


async def test_a_platform_out_of_reach_leaves_code_and_link_good_for_a_reload(scene: Scene) -> None:
    came = await scene.agree(scene.link())
    oa = scene.settings.zalo_oa.model_copy(update={"oauth_url": OUT_OF_REACH})
    app = serving(scene.settings.model_copy(update={"zalo_oa": oa}), scene.store)
    async with TestClient(TestServer(app)) as cut_off:
        answer = await cut_off.get(f"{CALLBACK_PATH}?{urlencode(came)}")

        assert scene.shows((answer.status, await answer.text()), "later")
    assert (await scene.comes_back(came))[0] == 200


async def test_a_lost_answer_is_an_alarm_since_the_old_tokens_may_be_dead(scene: Scene) -> None:
    came = await scene.agree(scene.link())
    scene.server.script("access_token", lost_answer())

    assert scene.shows(await scene.comes_back(came), "unclear")
    assert "consent again" in scene.alarm()
    assert (await scene.comes_back(await scene.agree(scene.link())))[0] == 200
    assert scene.alarm() == ""


async def test_the_consent_of_another_account_never_serves(scene: Scene) -> None:
    link = scene.link()
    scene.store.write_now(lambda db: zalo_tokens.set_fact(db, zalo_tokens.ACCOUNT, "999999999999999999"))
    came = await scene.agree(link)

    assert scene.shows(await scene.comes_back(came), "other")
    assert scene.exchanges() == 0
    del came["oa_id"]  # an address that does not name it
    assert scene.shows(await scene.comes_back(came), "other")
    assert (scene.pair(), scene.pair(zalo_tokens.NEW_PAIR)) == (None, None)
    assert not scene.store.read_now(zalo_tokens.is_cut_off, now=datetime.now(UTC) + timedelta(days=1))


async def test_tokens_whose_account_cannot_be_asked_are_kept_aside(scene: Scene) -> None:
    scene.server.script("getoa", no(-212))

    assert scene.shows(await scene.comes_back(await scene.agree(scene.link())), "unfinished")
    assert scene.pair() is None
    assert scene.pair(zalo_tokens.NEW_PAIR).access_token == scene.server.tokens.access_token


async def test_no_secret_is_on_a_page_in_its_headers_or_in_a_log(
    scene: Scene, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    link = scene.link()
    consent = scene.store.read_now(begun, settings=scene.settings, now=datetime.now(UTC))
    came = await scene.agree(link)
    scene.server.script(
        "access_token", no(-14009, f"Invalid code verifier {consent.verifier} {came['code']} {APP_SECRET}")
    )
    with caplog.at_level(logging.DEBUG):
        refused = await scene.browser.get(f"{CALLBACK_PATH}?{urlencode(came)}")
        done = await scene.browser.get(f"{CALLBACK_PATH}?{urlencode(came)}")
        told = [str(await one.text()) + str(one.headers) for one in (refused, done)]
    told += [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    told += [*capsys.readouterr()]

    assert (refused.status, done.status) == (502, 200)
    assert done.headers["Referrer-Policy"] == "no-referrer"
    tokens = scene.server.tokens
    secrets = (consent.verifier, came["code"], came["state"], APP_SECRET, tokens.access_token, tokens.refresh_token)
    assert [secret for secret in secrets if any(secret in one for one in told)] == []


def test_whatever_is_in_the_words_of_a_page_stays_letters() -> None:
    page = notice_page("OA <script>alert('x')</script> & bạn\nhai")

    assert "OA &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; bạn</p>" in page
    assert page.count("<p>") == 2


async def test_an_exchange_that_never_ended_is_an_alarm_once_and_ends_its_link(scene: Scene) -> None:
    came = await scene.agree(scene.link())
    now = datetime.now(UTC)
    scene.store.write_now(zalo_tokens.take, state=came["state"], now=now)
    assert not scene.store.write_now(zalo_tokens.tell_cut_off, now=now + timedelta(minutes=4))
    assert scene.alarm() == ""

    told = [scene.store.write_now(zalo_tokens.tell_cut_off, now=now + timedelta(minutes=6)) for _ in range(2)]

    assert (told, scene.alarm()) == ([True, False], zalo_tokens.CUT_OFF)
    assert scene.shows(await scene.comes_back(came), "over")
    assert (await scene.comes_back(await scene.agree(scene.link())))[0] == 200
    assert scene.alarm() == ""


async def test_the_program_that_serves_pages_serves_the_callback(scene: Scene) -> None:
    house = house_for(Settings(pack="quang-tri-2026"), date(2026, 11, 2))
    async with Assembly.open(scene.settings, part="web", house=house) as assembly:
        routes = {route.resource.canonical for route in assembly.web_application().router.routes()}

    assert CALLBACK_PATH in routes
