"""Forged webhook calls: refused before a byte is read, counted, and nothing changes."""

import json
import random

import aiohttp
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import func, select

from platforms.telegram.server import TOKEN, TelegramServer
from registry.store.inbox import inbox
from registry.store.rows import deliveries, people
from tests.hard.fuzz import FIRST_PERSON, serving
from tests.hard.hostile import Hostile
from tests.hard.machine import SECRET, SECRET_HEADER, WEBHOOK

CALLS = 1_000


def forged_headers(chance: random.Random) -> dict[str, str]:
    """No secret, or one that is not ours: another, shorter, longer, in other letters, the bot's token."""
    wrong = {
        "none": None,
        "empty": "",
        "wrong": "".join(chance.choices(SECRET, k=len(SECRET))),
        "one letter off": SECRET[:-1] + "x",
        "short": SECRET[: chance.randrange(len(SECRET))],
        "long": SECRET + SECRET[: chance.randrange(1, len(SECRET))],
        "very long": SECRET * 150,
        "unicode": "mật-khẩu-của-bà-con",
        "look-alike": SECRET.replace("A", "А"),
        "other case": SECRET.swapcase(),
        "token": TOKEN,
        "twice": f"{SECRET}, {SECRET}",
    }
    given = wrong[chance.choice(sorted(wrong))]
    return {} if given is None else {SECRET_HEADER: given}


def counted(reason: str) -> float:
    return REGISTRY.get_sample_value("ocopbot_requests_turned_away_total", {"reason": reason}) or 0.0


async def rows(house):
    return await house.store.read(
        lambda db: [db.execute(select(func.count()).select_from(t)).scalar_one() for t in (inbox, deliveries, people)]
    )


@pytest.fixture
async def platform():
    async with TelegramServer(rate_per_second=None, per_chat=None) as running:
        yield running


@pytest.fixture
async def house(tmp_path, platform):
    async with serving(tmp_path, platform) as running:
        yield running


async def test_a_thousand_forged_calls_are_refused_and_change_nothing(house, platform):
    chance = random.Random(20261123)
    person = platform.person(FIRST_PERSON, started=True)
    make = Hostile(3, [FIRST_PERSON], ["start"])
    bodies = [raw for _, raw in make.stream(200)] + [make.text(FIRST_PERSON, "/start")]
    before, refused_before = await rows(house), counted("telegram_forged")
    statuses = []

    async with aiohttp.ClientSession() as session:
        for _ in range(CALLS):
            async with session.post(
                house.address + WEBHOOK, data=chance.choice(bodies), headers=forged_headers(chance)
            ) as answer:
                statuses.append(answer.status)

    assert set(statuses) == {403}
    assert counted("telegram_forged") - refused_before == CALLS
    assert await rows(house) == before
    assert person.sees() == []


async def test_the_same_call_with_the_secret_is_taken(house, platform):
    person = platform.person(FIRST_PERSON, started=True)
    body = Hostile(3, [FIRST_PERSON], ["start"]).text(FIRST_PERSON, "/start")

    async with (
        aiohttp.ClientSession() as session,
        session.post(house.address + WEBHOOK, data=body, headers={SECRET_HEADER: SECRET}) as answer,
    ):
        assert answer.status == 200

    assert "Trợ lý OCOP" in (await person.hears())[0].text


async def test_a_malformed_call_with_the_secret_is_turned_away_and_keeps_nothing(house):
    before, refused_before = await rows(house), counted("telegram_unreadable")
    bodies = (
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe\x00",
        b'{"message": {}}',
        json.dumps({"update_id": "1"}).encode(),
    )

    async with aiohttp.ClientSession() as session:
        for body in bodies:
            async with session.post(house.address + WEBHOOK, data=body, headers={SECRET_HEADER: SECRET}) as answer:
                assert answer.status == 400, body

    assert counted("telegram_unreadable") - refused_before == len(bodies)
    assert await rows(house) == before
