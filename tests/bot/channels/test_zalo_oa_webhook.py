"""The door of the Zalo Official Account: what is genuine gets in, once, and nothing else does."""

import asyncio
import hashlib
import io
import json
import random
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.zalo.door import MOST_BODY, WITHIN
from bot.channels.zalo_oa.webhook import PATH, SIGNATURE_HEADER, Seal, zalo_oa_routes
from platforms.zalo_oa.server import APP_ID, OA_ID, OA_SECRET_KEY
from registry.store.store import StoreRefusesError

from .conftest import JPG, PDF, Inbox
from .zalo import HELLO, LAN, event

SEAL = Seal(APP_ID, OA_SECRET_KEY)
VECTOR = (
    '{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"recipient":{"id":"388613280878808645"},'
    '"event_name":"user_send_text","message":{"text":"Xin chào","msg_id":"96d3cdf3af150460909"},'
    '"timestamp":"1787209817225"}'
).encode()


def signed(raw: bytes, first: str = APP_ID, secret: str = OA_SECRET_KEY) -> dict[str, str]:
    stamp = str(json.loads(raw)["timestamp"])
    mac = hashlib.sha256(first.encode() + raw + stamp.encode() + secret.encode()).hexdigest()
    return {SIGNATURE_HEADER: f"mac={mac}"}


@pytest.fixture
def inbox(zalo_oa):
    return Inbox(zalo_oa.channel)


async def opened(zalo_oa, accept, counts, seal=SEAL):
    app = web.Application()
    app.add_routes(zalo_oa_routes(zalo_oa.channel, accept, seal, clocks=[zalo_oa.time.now], count=counts.append))
    return app


@pytest.fixture
async def door(zalo_oa, inbox):
    counts: list[str] = []
    async with TestClient(TestServer(await opened(zalo_oa, inbox.accept, counts))) as client:
        yield client, inbox, counts


def fresh(zalo_oa, number: int = 1, **ago: float) -> bytes:
    stamp = (zalo_oa.time.now() - timedelta(**ago)).timestamp()
    return event(stamp=str(int(stamp * 1000)), text=f"câu {number}", msg_id=f"m{number}")


def test_the_published_vector_holds():
    mac = "3018fab18f851b9e1957706fafffa91069e20890efc0955b0dc7b6a2c689d5f5"
    seal = Seal("360846524940903967", "oaSecretKeyExample")

    assert seal.matches(VECTOR, json.loads(VECTOR), f"mac={mac}") == "app"
    assert seal.matches(VECTOR, json.loads(VECTOR), mac) == "app"
    assert seal.matches(VECTOR + b" ", json.loads(VECTOR), mac) == ""


async def test_a_genuine_event_is_kept_word_for_word(zalo_oa, door):
    client, inbox, counts = door
    raw = fresh(zalo_oa)

    answer = await client.post(PATH, data=raw, headers=signed(raw))

    assert (answer.status, list(inbox.raw.values()), counts) == (200, [raw], [])


async def test_of_a_thousand_forged_calls_none_is_accepted(zalo_oa, door):
    client, inbox, counts = door
    statuses = set()
    for number in range(1000):
        raw = fresh(zalo_oa, number)
        headers = (
            signed(raw, secret=f"guess {number}"),
            signed(raw, first=OA_ID),
            {SIGNATURE_HEADER: "mac="},
            {},
            {SIGNATURE_HEADER: "mac=" + "é" * 64},
        )[number % 5]
        statuses.add((await client.post(PATH, data=raw, headers=headers)).status)

    assert (statuses, inbox.raw, len(counts)) == ({403}, {}, 1000)


async def test_of_a_thousand_altered_calls_none_is_accepted(zalo_oa, door):
    client, inbox, _ = door
    chance = random.Random(7)
    statuses = set()
    for number in range(1000):
        raw = fresh(zalo_oa, number)
        headers = signed(raw)
        altered = bytearray(raw)
        at = chance.randrange(len(altered))
        altered[at] ^= 1 << chance.randrange(7)
        if number % 10 == 0:
            altered = bytearray(json.dumps(dict(reversed(json.loads(raw).items()))).encode())
        statuses.add((await client.post(PATH, data=bytes(altered), headers=headers)).status)

    assert (statuses, inbox.raw) == ({403}, {})


async def test_of_a_thousand_repeated_calls_one_is_kept(zalo_oa, door):
    client, inbox, counts = door
    raw = fresh(zalo_oa)
    for number in range(1000):
        more = {"num_retry": str(number)} if number else {}
        assert (await client.post(PATH, data=raw, headers={**signed(raw), **more})).status == 200

    assert (list(inbox.raw), counts) == (["m1"], [])


@pytest.mark.parametrize(
    ("ago", "status"),
    [
        ({"hours": 23, "minutes": 59}, 200),
        ({"hours": 24, "seconds": 1}, 403),
        ({"minutes": -9}, 200),
        ({"minutes": -11}, 403),
    ],
    ids=["nearly a day old", "more than a day old", "a clock that is ahead", "from the future"],
)
async def test_an_event_is_taken_for_a_day(zalo_oa, door, ago, status):
    client, inbox, counts = door
    raw = fresh(zalo_oa, **ago)

    assert (await client.post(PATH, data=raw, headers=signed(raw))).status == status
    assert (len(inbox.raw), counts) == ((1, []) if status == 200 else (0, ["zalo_oa_stale"]))


async def test_the_trial_of_the_address_is_answered_and_has_no_effect(door):
    client, inbox, counts = door
    for body in (b"{}", b" { } "):
        assert (await client.post(PATH, data=body)).status == 200

    assert (inbox.raw, counts) == ({}, [])


async def test_a_signature_that_begins_with_the_account_is_taken_only_where_it_is_switched_on(zalo_oa, inbox, door):
    client, _, _ = door
    raw = fresh(zalo_oa)
    headers = signed(raw, first=OA_ID)
    assert (await client.post(PATH, data=raw, headers=headers)).status == 403

    counts: list[str] = []
    seal = Seal(APP_ID, OA_SECRET_KEY, oa_id=OA_ID)
    async with TestClient(TestServer(await opened(zalo_oa, inbox.accept, counts, seal))) as switched:
        assert (await switched.post(PATH, data=raw, headers=headers)).status == 200
        assert (await switched.post(PATH, data=raw, headers=signed(raw))).status == 200
    assert counts == ["zalo_oa_signed_with_account_id"]


async def test_the_event_of_another_app_is_turned_away(zalo_oa, door):
    client, inbox, _ = door
    raw = fresh(zalo_oa).replace(APP_ID.encode(), b"111")

    assert (await client.post(PATH, data=raw, headers=signed(raw, first="111"))).status == 403
    assert (await client.post(PATH, data=raw, headers=signed(raw))).status == 403
    assert inbox.raw == {}


async def test_without_a_secret_of_ours_everything_is_turned_away(zalo_oa, inbox):
    async with TestClient(TestServer(await opened(zalo_oa, inbox.accept, [], Seal(APP_ID, "")))) as client:
        raw = fresh(zalo_oa)
        assert (await client.post(PATH, data=raw, headers=signed(raw, secret=""))).status == 403
    assert inbox.raw == {}


async def test_a_body_too_large_is_not_read(door):
    client, inbox, counts = door

    answer = await client.post(PATH, data=io.BytesIO(b" " * (MOST_BODY + 1)))

    assert (answer.status, inbox.raw, counts) == (413, {}, ["zalo_oa_too_large"])


async def test_a_signed_body_that_is_no_event_is_counted(zalo_oa, door):
    client, inbox, counts = door
    stamp = str(int(zalo_oa.time.seconds() * 1000))
    raw = json.dumps({"app_id": APP_ID, "timestamp": stamp, "event_name": 7}).encode()

    assert (await client.post(PATH, data=raw, headers=signed(raw))).status == 400
    assert (inbox.raw, counts) == ({}, ["zalo_oa_unreadable"])


async def test_a_store_that_refuses_is_no_200(zalo_oa, door):
    client, inbox, counts = door
    inbox.refuses = StoreRefusesError("disk full")
    raw = fresh(zalo_oa)

    assert (await client.post(PATH, data=raw, headers=signed(raw))).status == 503
    assert counts == ["zalo_oa_not_stored"]


async def test_a_slow_commit_is_no_lie_and_is_kept_all_the_same(zalo_oa, inbox):
    counts: list[str] = []

    answered, kept = asyncio.Event(), asyncio.Event()

    async def slowly(name, raw):
        await answered.wait()
        await inbox.accept(name, raw)
        kept.set()

    async with TestClient(TestServer(await opened(zalo_oa, slowly, counts))) as client:
        raw = fresh(zalo_oa)
        answer = await client.post(PATH, data=raw, headers=signed(raw))
        answered.set()
        async with asyncio.timeout(30):
            await kept.wait()

    assert WITHIN < 2, "the platform waits for two seconds"
    assert (answer.status, counts) == (503, ["zalo_oa_slow"])
    assert list(inbox.raw) == ["m1"]


async def test_what_people_do_reaches_the_inbox_through_the_saved_door(zalo_oa, inbox):
    counts: list[str] = []
    async with TestServer(await opened(zalo_oa, inbox.accept, counts)) as server:
        assert await zalo_oa.server.save_webhook(str(server.make_url(PATH))) == 200
        person = zalo_oa.server.person(LAN)
        await person.follows()
        await person.clicks_chat()
        await person.writes("một")
        await person.sends_image(JPG)
        await person.sends_file(PDF)
        await person.sends_audio()
        await person.sends_sticker()
        await person.shares_location()
        await person.submits_contact(unasked=True)
        await zalo_oa.channel.send(LAN, HELLO, {})
        await person.presses("Đúng")
        await person.reads()
        await person.reacts(person.last())
        zalo_oa.server.staff_writes(person, "Chào chị, em là Hoa")
        zalo_oa.server.visitor_writes("Ai đó")
        await person.withdraws()
        await person.unfollows()
        await zalo_oa.server.settled()

    assert {delivery.status for delivery in zalo_oa.server.events.deliveries} == {200}
    assert counts == []
    said = sorted((one for one in inbox.said() if one is not None), key=lambda one: list(inbox.raw).index(one.event))
    assert [one.kind for one in said] == [
        "opened", "opened", "text", "photo", "document", "voice", "sticker", "location", "contact", "press",
        "blocked", "blocked",
    ]  # fmt: skip
    assert {one.account for one in said} == {LAN}
    assert len(inbox.raw) == len(zalo_oa.server.events.history)
    assert {"zalo_oa_seen", "zalo_oa_answered_by_hand", "zalo_oa_withdrawn"} <= set(zalo_oa.counts)
