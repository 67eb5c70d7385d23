"""A channel that pauses: bounded, in /readyz, told to administrators once by another way, and its end, too."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from content.message import Message
from platforms.telegram.refusals import no
from registry.deliveries import deliveries
from registry.deliveries.channel_pauses import noted_pauses
from registry.deliveries.outcomes import Cause
from registry.people import people, roles
from scheduler.pump.trouble import LONGEST
from tests.bot.street import AN, MAI, Street, open_street, opened

OTHER = MAI + 1
LATER: list[AsyncExitStack] = []
"""The houses that a test opens again; they close with the street."""


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with open_street(tmp_path) as found, AsyncExitStack() as later:
        LATER[:] = [later]
        found.telegram.person(OTHER, "Tư", started=True)
        for channel, account in (("telegram", str(MAI)), ("telegram", str(OTHER)), ("zalo_bot", AN)):
            found.do(people.meet, channel=channel, account=account, now=found.time.now())
        made_admin(found, "zalo_bot", AN)
        yield found


def made_admin(street: Street, channel: str, account: str) -> None:
    street.do(
        roles.grant, person_id=street.person_of(channel, account), role="admin",
        place=street.house.house.pack.places.root.code, granted_by=roles.OPERATOR, now=street.time.now(),
    )  # fmt: skip


def enqueue(street: Street, account: int, text: str) -> None:
    person_id = street.person_of("telegram", str(account))
    street.do(
        deliveries.enqueue, key=f"status:{text}", person_id=person_id, kind="status", message=Message(text),
        now=street.time.now(),
    )  # fmt: skip
    street.passes(seconds=1)


def told(street: Street) -> list[str]:
    """The messages of the administrator on the other channel."""
    return [text for text in street.texts(street.an) if "kênh" in text.casefold()]


async def works(street: Street) -> None:
    """Due messages leave, and the jobs see their outcome."""
    await street.works()
    await street.works()


async def after_the_pause(street: Street) -> None:
    """The pause is over by the clock; the pump has a clock that nobody moves, so it is opened again."""
    street.passes(minutes=16)
    await LATER[-1].enter_async_context(opened(street))
    await works(street)


async def troubles(street: Street) -> dict[str, str]:
    found: dict[str, Any] = (await street.house.readiness())["troubles"]
    return {of: words for of, words in found.items() if of == "telegram" and words != "not started"}


async def test_a_token_that_is_refused_is_shown_and_told_once_and_its_end_once(street: Street) -> None:
    street.telegram.script("sendMessage", *[no(401)] * 2)
    enqueue(street, MAI, "một")
    await works(street)

    (pause,) = street.do(noted_pauses)
    assert (pause.cause, pause.told) == (Cause.ACCESS, True)
    assert pause.until - pause.since <= timedelta(seconds=LONGEST)
    assert "token not accepted" in (await troubles(street))["telegram"]
    assert "Set a valid token" in (await troubles(street))["telegram"]
    (said,) = told(street)
    assert ("Telegram" in said, "token mới" in said) == (True, True)

    await after_the_pause(street)  # refused a second time: the same pause
    assert len(told(street)) == 1
    await after_the_pause(street)

    assert [one.text for one in street.mai.sees()] == ["một"]
    assert (await troubles(street), street.do(noted_pauses)) == ({}, ())
    assert ["đã gửi tin lại được" in text for text in told(street)] == [False, True]
    await works(street)
    assert len(told(street)) == 2


async def test_a_limit_of_one_chat_is_nobody_elses_and_no_alarm(street: Street) -> None:
    street.mai.takes_nothing_for(600)
    enqueue(street, MAI, "một")
    enqueue(street, OTHER, "hai")
    await works(street)

    assert [one.text for one in street.telegram.person(OTHER).sees()] == ["hai"]
    assert (street.mai.sees(), await troubles(street), told(street)) == ([], {}, [])
    street.passes(seconds=601)
    await works(street)
    assert [one.text for one in street.mai.sees()] == ["một"]


async def test_an_administrator_who_is_only_on_the_channel_itself_learns_it_afterwards(street: Street) -> None:
    made_admin(street, "telegram", str(OTHER))
    street.telegram.script("sendMessage", no(401))
    enqueue(street, MAI, "một")
    await works(street)
    await after_the_pause(street)

    (said,) = [one.text for one in street.telegram.person(OTHER).sees()]
    assert "đã gửi tin lại được" in said


async def test_news_of_a_pause_that_waited_for_the_morning_is_not_said_once_it_is_over(street: Street) -> None:
    street.passes(hours=14)  # 22:00
    street.telegram.script("sendMessage", no(401))
    enqueue(street, MAI, "một")
    await works(street)
    assert told(street) == []
    await after_the_pause(street)
    street.passes(hours=10)
    await works(street)

    assert ["đã gửi tin lại được" in text for text in told(street)] == [True]
