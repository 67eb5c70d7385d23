"""One person who floods waits in their own lane; the others do not notice."""

import asyncio
import statistics
import time

import pytest

from platforms.telegram.server import TelegramServer
from tests.hard.fuzz import FIRST_PERSON, serving
from tests.hard.hostile import Hostile

pytestmark = pytest.mark.xdist_group("flood")

FLOOD = 300
OTHERS = 12
LIMIT = {"messages_per_minute": 20}
BURST = 10
SLOW_DOWN = "nhiều tin"


async def ask_all(house, platform, make, round_number):
    """Everybody but the flooder asks at the same moment; answers how long each waited."""

    async def one(person):
        mark = f"/w{round_number:03d}x{person % 1000:03d}"
        began = time.perf_counter()
        await house.intake.accept("telegram", make.text(person, mark))
        await platform.until(lambda: any(mark in m.text for m in platform.messages_in(person)), 20)
        return time.perf_counter() - began

    return await asyncio.gather(*(one(FIRST_PERSON + 1 + number) for number in range(OTHERS)))


async def test_one_who_floods_slows_down_nobody_else_and_is_told_once_a_minute(tmp_path):
    people = [FIRST_PERSON + number for number in range(OTHERS + 1)]
    make = Hostile(1, people, ["start"])
    async with (
        TelegramServer(rate_per_second=None, per_chat=None) as platform,
        serving(tmp_path, platform, limits=LIMIT) as house,
    ):
        for person in people:
            platform.person(person, started=True)
        await ask_all(house, platform, make, 0)
        quiet = await ask_all(house, platform, make, 1)

        async def flood():
            for number in range(FLOOD):
                await house.intake.accept("telegram", make.text(FIRST_PERSON, f"spam {number}"))

        flooding = asyncio.create_task(flood())
        busy = []
        for round_number in (2, 3, 4):
            busy += await ask_all(house, platform, make, round_number)
        await flooding
        await platform.until(lambda: any(SLOW_DOWN in m.text for m in platform.messages_in(FIRST_PERSON)), 20)
        seen = [message.text for message in platform.messages_in(FIRST_PERSON)]
        waiting = house.intake.waiting

    # the flooder's updates take a quarter of an hour; the margins are for a machine with other work
    assert statistics.median(busy) < 5 * statistics.median(quiet) + 0.5
    assert max(busy) < 15.0
    assert len([text for text in seen if SLOW_DOWN in text]) == 1
    assert len(seen) <= BURST + 1 + 20, "the flooder was answered faster than the limit"
    assert waiting > FLOOD - BURST - 40, "what a flooder wrote is kept, and has its turn later"
