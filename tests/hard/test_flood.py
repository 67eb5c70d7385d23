"""One person who floods waits in their own lane; the others do not notice."""

import asyncio
import contextlib
import json
import uuid

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.channels.webchat.guarding import BURST_OF_ONE
from platforms.telegram.server import TelegramServer
from registry.store.inbox import inbox
from tests.hard.fuzz import FIRST_PERSON, serving
from tests.hard.hostile import Hostile

pytestmark = pytest.mark.xdist_group("flood")

FLOOD = 300
OTHERS = 12
LIMIT = {"messages_per_minute": 1}
"""So few that a slow machine gives the flooder no turns worth counting."""
BURST = 10
SLOW_DOWN = "nhiều tin"
PATIENCE = 60
"""Seconds until an answer counts as missing."""


def not_done(db):
    return db.execute(select(func.count()).select_from(inbox).where(inbox.c.state != "done")).scalar_one()


async def ask_all(house, platform, make, round_number):
    """Everybody but the flooder asks at the same moment and is answered."""

    async def one(person):
        mark = f"/w{round_number:03d}x{person % 1000:03d}"
        await house.intake.accept("telegram", make.text(person, mark))
        await platform.until(lambda: any(mark in m.text for m in platform.messages_in(person)), PATIENCE)

    await asyncio.gather(*(one(FIRST_PERSON + 1 + number) for number in range(OTHERS)))


async def test_a_flood_delays_its_own_sender_and_nobody_else(tmp_path):
    people = [FIRST_PERSON + number for number in range(OTHERS + 1)]
    make = Hostile(1, people, ["start"])
    async with (
        TelegramServer(rate_per_second=None, per_chat=None) as platform,
        serving(tmp_path, platform, limits=LIMIT) as house,
    ):
        for person in people:
            platform.person(person, started=True)
        await ask_all(house, platform, make, 0)

        async def flood():
            for number in range(FLOOD):
                await house.intake.accept("telegram", make.text(FIRST_PERSON, f"spam {number}"))

        flooding = asyncio.create_task(flood())
        for round_number in (1, 2, 3):
            await ask_all(house, platform, make, round_number)
        await flooding
        await platform.until(lambda: any(SLOW_DOWN in m.text for m in platform.messages_in(FIRST_PERSON)), PATIENCE)
        seen = [message.text for message in platform.messages_in(FIRST_PERSON)]
        waiting = await house.store.read(not_done)

    # the messages of the flooder take hours; all others were answered before the lane was half empty
    assert len(seen) <= BURST + 1 + 20, "the flooder was answered faster than the limit"
    assert waiting > FLOOD - BURST - 40, "what a flooder wrote is kept, and has its turn later"


class Page:
    """One browser on the chat page of the program."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http, self._address, self.saved = http, address, 0

    async def open(self) -> "Page":
        headers = {"Origin": self._address}
        async with self._http.post(f"{self._address}/chat/session", headers=headers) as answer:
            session = (await answer.json())["session"]
        self._http.cookie_jar.clear()
        self._socket = await self._http.ws_connect(f"{self._address}/chat/ws", origin=self._address)
        await self._socket.send_json({"hello": session, "since": 0})
        return self

    async def say(self, text: str) -> None:
        await self._socket.send_json({"id": str(uuid.uuid4()), "kind": "text", "text": text})

    async def hear(self, words: str) -> None:
        """Wait for a message with these words."""
        async with asyncio.timeout(PATIENCE):
            while words not in json.dumps(await self._next(), ensure_ascii=False):
                pass

    async def _next(self) -> dict:
        frame = await self._socket.receive_json()
        self.saved += "saved" in frame
        return frame.get("say", {})

    async def read_on(self) -> None:
        while True:
            await self._next()


def of_web(db):
    return db.execute(select(func.count()).select_from(inbox).where(inbox.c.channel == "webchat")).scalar_one()


async def test_a_flood_on_the_web_chat_is_slowed_down_and_nobody_else_is(tmp_path):
    async with (
        TelegramServer(rate_per_second=None, per_chat=None) as platform,
        serving(tmp_path, platform, limits=LIMIT) as house,
        aiohttp.ClientSession() as http,
    ):
        others = [await Page(http, house.address).open() for _ in range(OTHERS)]
        flooder = await Page(http, house.address).open()

        async def flood():
            for number in range(FLOOD):
                await flooder.say(f"spam {number}")

        flooding, reading = asyncio.create_task(flood()), asyncio.create_task(flooder.read_on())
        for round_number in (1, 2, 3):
            mark = f"/w{round_number:03d}"
            await asyncio.gather(*(page.say(mark) for page in others))
            await asyncio.gather(*(page.hear(mark) for page in others))
        async with asyncio.timeout(PATIENCE):
            while flooder.saved < BURST_OF_ONE:
                await asyncio.sleep(0.05)
        kept = await house.store.read(of_web)
        flooding.cancel()
        reading.cancel()

    # every message that was read is kept; the rest waits on the flooder's own line, and was never called saved
    assert flooder.saved <= kept - 3 * OTHERS <= BURST_OF_ONE + 5


async def test_idle_sockets_of_one_address_leave_the_service_to_the_others(tmp_path):
    limits = LIMIT | {"connections_per_address": 40}
    async with (
        TelegramServer(rate_per_second=None, per_chat=None) as platform,
        serving(tmp_path, platform, limits=limits) as house,
        aiohttp.ClientSession() as http,
    ):
        port = int(house.address.rpartition(":")[2])
        held = []
        for _ in range(200):
            with contextlib.suppress(OSError):
                held.append(await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.9", 0)))
        ended = [asyncio.create_task(reader.read(1)) for reader, _ in held]
        async with asyncio.timeout(PATIENCE):
            while sum(task.done() for task in ended) < len(held) - 40:
                await asyncio.sleep(0.05)

        pages = [await Page(http, house.address).open() for _ in range(OTHERS)]
        await asyncio.gather(*(page.say("/w001") for page in pages))
        await asyncio.gather(*(page.hear("/w001") for page in pages))
        for _, writer in held:
            writer.close()
        await asyncio.gather(*ended, return_exceptions=True)
