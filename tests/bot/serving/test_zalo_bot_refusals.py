"""The Zalo Bot Platform refuses one person, or everybody: who waits, for how long, and where it is shown."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from content.message import Message
from platforms.zalo_bot.refusals import no
from registry.deliveries import deliveries
from registry.deliveries.channel_pauses import channel_pauses
from registry.deliveries.dead_letters import UNREACHABLE, dead_letters, late_letters
from registry.people import people
from registry.store.rows import deliveries as rows
from tests.bot.street import AN, Street, open_street, opened

CHI = "7ede9afa66b88fe6d6a9"


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with open_street(tmp_path) as found:
        found.bot.person(CHI, "Chi", started=True)
        for account in (AN, CHI):
            found.do(people.meet, channel="zalo_bot", account=account, now=found.time.now())
        yield found


def enqueue(street: Street, account: str, text: str) -> str:
    """A message is due to somebody on the bot; its key."""
    key = f"status:{text}"
    person = street.do(people.meet, channel="zalo_bot", account=account, now=street.time.now())[0]
    street.do(
        deliveries.enqueue, key=key, person_id=person.id, kind="status", message=Message(text), now=street.time.now()
    )
    street.passes(seconds=1)
    return key


def row(street: Street, key: str) -> Row[Any]:
    return street.do(lambda db: db.execute(select(rows).where(rows.c.key == key)).one())


def sees(street: Street, account: str) -> list[str]:
    return [one.text for one in street.bot.person(account).sees()]


async def troubles(street: Street) -> dict[str, str]:
    """The troubles of /readyz that are the bot's; its polling is not run here."""
    found = (await street.house.readiness())["troubles"]
    return {of: words for of, words in found.items() if of == "zalo_bot" and words != "not started"}


@pytest.mark.parametrize("code", [403, 404, 408, 429])
async def test_a_refusal_of_one_person_keeps_nobody_else_waiting(street: Street, code: int) -> None:
    street.bot.script("sendMessage", no(code))
    refused = enqueue(street, AN, "một")
    enqueue(street, CHI, "hai")

    await street.delivers()

    assert (sees(street, AN), sees(street, CHI)) == ([], ["hai"])
    assert row(street, refused).state != "sent"
    assert await troubles(street) == {}
    dead = street.do(dead_letters, since=street.time.now() - timedelta(days=1), states=UNREACHABLE)
    late = street.do(late_letters)
    assert [one.reason for one in (*dead, *late)] == [row(street, refused).detail]


async def test_somebody_who_is_not_there_is_tried_once_and_again_when_they_write(street: Street) -> None:
    street.bot.script("sendMessage", no(404))
    enqueue(street, AN, "một")
    await street.delivers()
    asked = len(street.bot.calls("sendMessage"))
    street.passes(days=1)
    await street.works()

    assert len(street.bot.calls("sendMessage")) == asked == 1
    assert await street.says(street.an, "/menu")


async def test_a_platform_that_refuses_its_own_name_pauses_the_channel_for_a_time_and_says_so(street: Street) -> None:
    street.bot.script("sendMessage", no(404))
    street.bot.script("getMe", no(404))
    first = enqueue(street, AN, "một")
    await street.delivers()
    until = row(street, first).due_at

    assert (row(street, first).state, row(street, first).attempts) == ("owed", 0)
    assert timedelta(0) < until - street.time.now() <= timedelta(minutes=15)
    assert "token not accepted" in (await troubles(street))["zalo_bot"]
    assert [one.reason for one in street.do(late_letters)] == ["token not accepted"]

    async with opened(street):  # another process says it, too
        assert "token not accepted" in (await troubles(street))["zalo_bot"]
        enqueue(street, CHI, "hai")
        street.passes(minutes=16)
        assert await troubles(street) == {}  # a note ends by itself
        await street.delivers()

        assert (sees(street, AN), sees(street, CHI)) == (["một"], ["hai"])
        assert (await troubles(street), street.do(late_letters)) == ({}, ())
        street.passes(minutes=-16)
        assert street.do(channel_pauses, now=street.time.now()) == ()  # an accepted message has cleared it


async def test_a_pause_of_the_version_before_keeps_the_channel_shut_no_longer(street: Street) -> None:
    first = enqueue(street, AN, "một")
    enqueue(street, CHI, "hai")
    left = {"due_at": street.time.now() + timedelta(minutes=15), "attempts": 0, "reason": "404 Not Found"}
    street.do(lambda db: db.execute(update(rows).where(rows.c.key == first).values(left)).rowcount)

    async with opened(street):
        await street.delivers()
        street.bot.script("sendMessage", no(404))
        street.passes(minutes=15)
        enqueue(street, CHI, "ba")
        await street.delivers()

        assert (sees(street, AN), sees(street, CHI)) == ([], ["hai", "ba"])
        assert row(street, first).state == "unreachable"
