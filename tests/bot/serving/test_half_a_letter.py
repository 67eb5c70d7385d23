"""
A body that names half of a letter (a lone surrogate, `"\\ud83d"`), at every place of an event of every channel.

A person's text or name is kept without it; an id with it is refused.  The program never fails.
"""

import copy
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from bot.channels.webchat.channel import WebChannel
from bot.channels.zalo_oa.webhook import SIGNATURE_HEADER
from bot.serving.assembly import Assembly, house_for
from bot.serving.configuration import Settings
from handlers.conversation.desk import House
from registry.store.inbox import inbox
from tests.bot.channels.zalo import event as account_event
from tests.bot.channels.zalo import update as bot_update
from tests.bot.shell import install

PACK = "quang-tri-2026"
NOW = datetime(2026, 11, 2, 2, 0, 5, tzinfo=UTC)
SECRET, APP, NOWHERE = "mot-bi-mat-du-dai", "123456789", "http://127.0.0.1:9"
HALF = "\ud83d"
LAN = {"id": 7, "is_bot": False, "first_name": "Lan", "username": "lan"}
WRITTEN = {
    "message_id": 1,
    "date": 1_793_584_805,
    "chat": {"id": 7, "type": "private", "first_name": "Lan"},
    "from": LAN,
    "text": "/menu",
}
PICTURE = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1, "file_size": 5}
SAMPLES: dict[str, list[dict[str, Any]]] = {
    "telegram": [
        {"update_id": 5, "message": WRITTEN},
        {"update_id": 6, "message": {**WRITTEN, "media_group_id": "a", "photo": [PICTURE], "caption": "nhà"}},
        {"update_id": 7, "callback_query": {"id": "9", "from": LAN, "data": "/menu", "message": WRITTEN}},
    ],
    "zalo_bot": [
        json.loads(bot_update(text="/menu")),
        json.loads(bot_update("message.image.received", photo_url="https://f.zdn.vn/a.jpg", caption="nhà")),
    ],
    "zalo_oa": [
        json.loads(account_event(text="/menu")) | {"app_id": APP},
        json.loads(
            account_event(
                "user_send_image", text="nhà", attachments=[{"type": "image", "payload": {"url": "https://f.zdn.vn/a"}}]
            )
        )
        | {"app_id": APP},
    ],
}
PATHS = {"telegram": "/telegram/webhook", "zalo_bot": "/zalo/bot/webhook", "zalo_oa": "/zalo/oa/webhook"}


@pytest.fixture(scope="module")
def house() -> House:
    return house_for(Settings(pack=PACK), NOW.date())


@pytest.fixture
async def bot(tmp_path: Path, house: House) -> AsyncIterator[Assembly]:
    install(tmp_path)
    settings = Settings(
        pack=PACK,
        data_dir=tmp_path,
        limits={"messages_per_minute": 60_000},
        telegram={"enabled": True, "token": "1:" + "t" * 35, "secret_token": SECRET, "base_url": NOWHERE},
        zalo_bot={"enabled": True, "token": "1:" + "t" * 35, "secret_token": SECRET, "base_url": NOWHERE},
        zalo_oa={
            "enabled": True, "app_id": APP, "app_secret": SECRET, "oa_secret_key": SECRET, "base_url": NOWHERE,
            "business_url": NOWHERE, "oauth_url": NOWHERE, "image_url": "https://ocop.example/zalo.png",
        },
    )  # fmt: skip
    async with Assembly.open(settings, real=lambda: NOW, house=house) as assembly:
        yield assembly


@pytest.fixture
async def client(bot: Assembly) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(bot.web_application())) as opened:
        yield opened


def broken(value: Any) -> Iterator[Any]:
    """The value once for every place half a letter can be at: behind every key and at the end of every word."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {**{name: one for name, one in value.items() if name != key}, key + HALF: inner}
            yield from ({**value, key: one} for one in broken(inner))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], one, *value[place + 1 :]] for one in broken(inner))
    else:
        yield f"{value}{HALF}" if isinstance(value, str) else HALF


def sealed(channel: str, raw: bytes) -> dict[str, str]:
    """The headers of a genuine call."""
    if channel == "telegram":
        return {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    if channel == "zalo_bot":
        return {"X-Bot-Api-Secret-Token": SECRET}
    stamp = str(json.loads(raw).get("timestamp", "")).encode("utf-8", "replace")
    return {SIGNATURE_HEADER: "mac=" + hashlib.sha256(APP.encode() + raw + stamp + SECRET.encode()).hexdigest()}


@pytest.mark.parametrize("channel", PATHS)
async def test_half_a_letter_anywhere_in_an_event_is_no_fault(bot: Assembly, client: Any, channel: str) -> None:
    statuses = set()
    for number, one in enumerate(one for sample in SAMPLES[channel] for one in broken(copy.deepcopy(sample))):
        if channel == "telegram" and isinstance(one.get("update_id"), int):
            one["update_id"] = 1000 + number
        raw = json.dumps(one).encode()
        statuses.add((await client.post(PATHS[channel], data=raw, headers=sealed(channel, raw))).status)
    await bot.intake.settled()

    assert statuses <= {200, 400, 403}
    assert {200} < statuses
    assert _failed(bot) == []


@pytest.mark.parametrize("channel", PATHS)
async def test_a_body_that_is_half_a_letter_is_turned_away(client: Any, channel: str) -> None:
    for raw in (b'"\\ud83d"', b'{"\\ud83d": "\\ud83d"}', b"\xed\xa0\xbd", b'{"update_id": "\xed\xa0\xbd"}'):
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "X-Bot-Api-Secret-Token": SECRET}
        status = (await client.post(PATHS[channel], data=raw, headers=headers)).status
        assert 400 <= status < 500


@pytest.mark.parametrize("stamp", ['"\\ud83d"', '"1793584805000\\ud83d"'])
async def test_half_a_letter_where_the_signature_is_made_of_is_forged_and_no_fault(client: Any, stamp: str) -> None:
    raw = f'{{"app_id": "{APP}", "timestamp": {stamp}}}'.encode()

    assert (await client.post(PATHS["zalo_oa"], data=raw, headers={SIGNATURE_HEADER: "mac=0"})).status == 403


async def test_words_with_half_a_letter_are_kept_without_it(bot: Assembly, client: Any) -> None:
    raw = bot_update(text=f"/menu{HALF}")

    assert (await client.post(PATHS["zalo_bot"], data=raw, headers=sealed("zalo_bot", raw))).status == 200
    said = bot.channels["zalo_bot"].read(raw, now=NOW)
    assert said is not None
    assert said.text == "/menu"


async def test_the_page_is_told_and_goes_on(bot: Assembly, client: Any) -> None:
    """Over its socket the page gets a word for a status; the socket stays open."""
    web = bot.channel(WebChannel)
    assert web is not None
    sample = {"id": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "kind": "text", "text": "/menu", "album": "a", "of": "1"}
    picture = {**sample, "id": "baaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "kind": "photo", "ref": "file:a", "name": "a"}
    origin = str(client.make_url("/")).rstrip("/")
    async with client.ws_connect("/chat/ws", headers={"Origin": origin}) as socket:
        await socket.send_str(json.dumps({"hello": web.sessions.issue(), "since": 0}))
        for one in (*broken(sample), *broken(picture), sample):
            await socket.send_str(json.dumps(one))
        told: list[dict[str, Any]] = []
        while not told or told[-1].get("saved") != sample["id"]:
            told.append(await socket.receive_json(timeout=20))
    await bot.intake.settled()

    assert {one["why"] for one in told if "why" in one} == {"unreadable"}
    assert _failed(bot) == []


def _failed(bot: Assembly) -> list[Any]:
    """Events whose turn stumbled."""
    return list(bot.store.read_now(lambda db: db.execute(select(inbox.c.event).where(inbox.c.attempts > 0)).all()))
