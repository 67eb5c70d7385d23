"""A flood on the web chat is slowed down and nothing of it is lost; strangers wait while the disk is nearly full."""

import asyncio
import uuid

import pytest
from aiohttp import WSServerHandshakeError
from aiohttp.test_utils import make_mocked_request

from bot.channels.webchat.channel import UploadRefusedError
from bot.channels.webchat.guarding import (
    BEGIN_AT_ONCE,
    BEGIN_PER_SECOND,
    BURST_OF_ONE,
    LONGEST_AT_THE_DOOR,
    MOST_ARRIVING,
    UPLOADS_AT_ONCE,
    Guard,
)

from .conftest import JPG

PEOPLE = 200


class Clock:
    """A clock that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def guard(clock: Clock, **more: int) -> Guard:
    return Guard(lambda request: request.headers.get("From", ""), clock=clock, sleep=clock.sleep, **more)


def of(address: str):
    return make_mocked_request("GET", "/chat/ws", headers={"From": address})


async def test_a_person_who_floods_waits_and_the_others_do_not() -> None:
    clock = Clock()
    limits = guard(clock, per_minute=20)
    for _ in range(int(BURST_OF_ONE)):
        await limits.pace("flooder", "a")
    assert clock.now == 0

    await limits.pace("other", "a")
    assert clock.now == 0
    await limits.pace("flooder", "a")
    assert clock.now == pytest.approx(3.0)


async def test_two_hundred_people_behind_one_address_write_without_waiting() -> None:
    clock = Clock()
    limits = guard(clock)
    assert {await limits.why_no_session(of("school")) for _ in range(PEOPLE)} == {""}
    assert clock.now <= LONGEST_AT_THE_DOOR
    assert None not in [limits.enter(of("school")) for _ in range(2 * PEOPLE)]
    for third in range(15):
        clock.now = began = 120.0 + third * 20.0
        for person in range(PEOPLE):
            await limits.pace(f"person {person}", "school")
        assert clock.now == began


async def test_many_people_made_up_at_one_address_wait_together() -> None:
    clock = Clock()
    limits = guard(clock)
    for number in range(10_000):
        await limits.pace(f"made up {number}", "attacker")
    assert clock.now > 60

    before = clock.now
    await limits.pace("mai", "elsewhere")
    assert clock.now == before


async def test_made_up_visitors_come_in_one_after_the_other_and_those_elsewhere_at_once() -> None:
    clock = Clock()
    limits = guard(clock)
    for _ in range(int(BEGIN_AT_ONCE)):
        assert await limits.why_no_session(of("attacker")) == ""
    assert clock.now == 0
    for _ in range(30):
        assert await limits.why_no_session(of("attacker")) == ""
    assert clock.now == pytest.approx(30 / BEGIN_PER_SECOND)

    before = clock.now
    assert await limits.why_no_session(of("elsewhere")) == ""
    assert clock.now == before


async def test_new_visitors_who_would_wait_too_long_are_told_to_come_again() -> None:
    waiting: list[float] = []

    async def sleep(seconds: float) -> None:
        waiting.append(seconds)

    limits = Guard(lambda _request: "hall", clock=Clock(), sleep=sleep)
    told = [await limits.why_no_session(of("hall")) for _ in range(400)]
    assert told.count("") >= PEOPLE
    assert told[-1] == "busy"
    assert max(waiting) <= LONGEST_AT_THE_DOOR


async def test_new_visitors_of_an_address_are_counted_by_the_hour() -> None:
    clock = Clock()
    limits = guard(clock, sessions_per_hour=10)
    assert [await limits.why_no_session(of("a")) for _ in range(12)] == [""] * 10 + ["busy"] * 2
    assert await limits.why_no_session(of("b")) == ""
    clock.now = 3600
    assert await limits.why_no_session(of("a")) == ""


def test_pages_of_an_address_are_counted_while_they_are_open() -> None:
    limits = guard(Clock(), pages=2)
    entered = [limits.enter(of("a")) for _ in range(3)]
    assert entered == ["a", "a", None]
    assert limits.enter(of("b")) == "b"
    limits.leave("a")
    assert limits.enter(of("a")) == "a"


def test_uploads_in_memory_and_of_one_person_are_bounded() -> None:
    limits = guard(Clock())
    assert [limits.may_upload("mai") for _ in range(int(UPLOADS_AT_ONCE) + 1)] == [True] * int(UPLOADS_AT_ONCE) + [
        False
    ]
    assert limits.arriving(MOST_ARRIVING)
    assert not limits.arriving(1)
    assert not limits.may_upload("tuan")
    limits.arriving(-MOST_ARRIVING)
    assert limits.may_upload("tuan")


# On the page


async def test_without_room_a_new_visitor_waits_and_a_known_browser_is_served(webchat, event_id) -> None:
    webchat.chat._guard.has_room = lambda: False

    async with webchat.client.post("/chat/session", headers={"Origin": webchat.origin}) as answer:
        assert (answer.status, await answer.json()) == (503, {"why": "no_room"})
    async with webchat.client.post("/chat/session", headers=webchat.headers()) as answer:
        assert (answer.status, (await answer.json())["session"]) == (200, webchat.session)
    socket, _ = await webchat.open()
    event = {"id": event_id(), "kind": "text", "text": "Xin chào"}
    await socket.send_json(event)
    assert await socket.receive_json(timeout=30) == {"saved": event["id"]}


async def test_an_address_with_too_many_pages_gets_no_further_one(webchat) -> None:
    webchat.chat._guard.pages = 1
    socket, _ = await webchat.open()
    with pytest.raises(WSServerHandshakeError) as refusal:
        await webchat.client.ws_connect("/chat/ws", origin=webchat.origin)
    assert refusal.value.status == 429
    await socket.close()
    async with asyncio.timeout(30):
        while webchat.chat._guard._open:
            await asyncio.sleep(0.01)
    await webchat.open()


async def test_what_is_read_later_is_saved_all_the_same(webchat) -> None:
    clock = Clock()
    webchat.chat._guard = guard(clock)
    socket, _ = await webchat.open()
    events = [{"id": str(uuid.uuid4()), "kind": "text", "text": f"{number}"} for number in range(100)]
    for event in events:
        await socket.send_json(event)
    saved = [await socket.receive_json(timeout=30) for _ in events]

    assert saved == [{"saved": event["id"]} for event in events]
    assert len(webchat.inbox.raw) == len(events)
    assert clock.now > 0


async def test_only_the_known_parts_of_an_event_are_kept(webchat, event_id) -> None:
    socket, _ = await webchat.open()
    event = {"id": event_id(), "kind": "text", "text": "a", "ballast": "x" * 60_000}
    await socket.send_json(event)
    assert await socket.receive_json(timeout=30) == {"saved": event["id"]}
    assert all(len(raw) < 1000 for raw in webchat.inbox.raw.values())


async def test_a_refused_upload_says_why_before_its_body_is_read(webchat) -> None:
    webchat.files.refuses = UploadRefusedError
    async with webchat.client.post("/chat/upload", data=JPG, headers=webchat.headers()) as answer:
        assert (answer.status, await answer.json()) == (503, {"why": "no_room"})
    assert webchat.files.kept == {}
