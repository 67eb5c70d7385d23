"""One person who floods waits in their own lane; the others do not notice."""

import asyncio

import pytest
from sqlalchemy import func, select

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
