"""Notices on the Zalo bot: the window, the month's messages, and the person's other account."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from content.message import Message
from registry.deliveries import deliveries
from registry.identity.linking import merge
from registry.people import people
from tests.bot.street import AN, MAI, Street, open_street

WORDS = "Mời bà con họp lúc 8 giờ thứ Sáu."
DECIDED = "chấp nhận"


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with open_street(tmp_path) as street:
        yield street


async def test_decisions_reminders_and_announcements_arrive_on_the_zalo_bot(street: Street):
    await street.registers(street.an)
    role = street.official()
    street.passes(days=9)

    await street.decides(role)
    await street.announces(role, WORDS)
    person_id = street.person_of("zalo_bot", AN)
    message = Message("Còn 3 ngày là hết hạn.")
    street.do(
        deliveries.enqueue,
        key="reminder:x",
        person_id=person_id,
        kind="reminder",
        message=message,
        now=street.time.now(),
    )
    await street.delivers()

    assert [street.count(street.an, words) for words in (DECIDED, WORDS, "Còn 3 ngày")] == [1, 1, 1]


async def test_with_the_month_used_up_a_notice_goes_to_the_other_account_and_the_rest_waits(street: Street):
    bot = street.house.channels["zalo_bot"]
    await street.says(street.an, "/menu")
    person_id = street.person_of("zalo_bot", AN)
    bot.plan.monthly = bot.plan.sent
    for key in ("status:alone", "status:both"):
        if key == "status:both":
            gone, _ = street.do(people.meet, channel="telegram", account=str(MAI), now=street.time.now())
            street.do(merge, keep=person_id, gone=gone.id, now=street.time.now())
        street.passes(seconds=2)
        account = street.do(
            lambda db: next(one for one in people.accounts_of(db, person_id) if one.channel == "zalo_bot")
        )
        street.do(
            deliveries.enqueue, key=key, person_id=person_id, kind="status", message=Message(key), now=street.time.now(),
            account=account,
        )  # fmt: skip
        await street.delivers()
    assert [(channel, state) for channel, state, _ in street.ledger("status")] == [
        ("zalo_bot", "owed"), ("telegram", "sent"),
    ]  # fmt: skip

    bot.plan.monthly = None  # a larger plan was bought
    street.passes(hours=6, seconds=1)
    await street.delivers()

    assert (street.count(street.an, "status:alone"), street.count(street.mai, "status:both")) == (1, 1)


async def test_what_left_is_counted_in_the_messages_of_the_plan(street: Street):
    await street.says(street.an, "/menu")
    person_id = street.person_of("zalo_bot", AN)
    street.do(
        deliveries.enqueue, key="status:x:1:y", person_id=person_id, kind="status", message=Message("Một dòng dài. " * 300),
        now=street.time.now(),
    )  # fmt: skip
    await street.delivers()

    assert street.do(deliveries.sent_on, channel="zalo_bot", since=street.time.now() - timedelta(days=1)) == len(
        street.an.sees()
    )
