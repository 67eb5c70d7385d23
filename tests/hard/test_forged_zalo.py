"""Calls to the Zalo doors that nobody at Zalo made: turned away, counted, and nothing changes."""

import random
from collections import Counter

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.channels.zalo_bot.webhook import PATH as BOT_PATH
from bot.channels.zalo_oa.webhook import PATH as OA_PATH
from registry.store.inbox import inbox
from registry.store.rows import accounts
from tests.hard.forging import bot_calls, counted, doors, oa_call, oa_events, run_forged

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("forged_zalo"),
    pytest.mark.asyncio(loop_scope="module"),
]

CALLS = 1_000
KINDS = ("OA, forged", "OA, altered", "OA, replayed", "bot, forged", "bot, altered secret", "bot, replayed",
         "OA, replayed a day later")  # fmt: skip


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(tmp_path_factory):
    async with doors(tmp_path_factory.mktemp("forged")) as opened:
        yield opened


async def test_thousands_of_forged_altered_and_replayed_calls_change_nothing(house, record_property):
    report = await run_forged(house, calls=CALLS, seed=20261124)
    record_property("forged", "; ".join(map(str, report.attacks)))

    assert tuple(attack.name for attack in report.attacks) == KINDS
    for attack in report.attacks:
        assert attack.held, (attack, attack.changed)


async def test_what_is_genuine_is_taken_and_answered(house):
    lan, told = house.oa.person("246845883529197922", "Lan"), len(house.bot.sent)
    call = oa_call(house.oa, await lan.writes("ocop là gì?"))

    assert await house.caller.post(OA_PATH, [call]) == {200: 1}
    assert await house.caller.post(BOT_PATH, await bot_calls(house.bot, random.Random(1), 3)) == {200: 3}
    await house.settled()

    assert "One Commune" in lan.sees()[0].text
    assert len({message.chat_id for message in house.bot.sent[told:]}) == 3


async def test_the_trial_of_the_address_is_answered_and_changes_nothing(house):
    before = await house.rows()

    assert await house.caller.post(OA_PATH, [(b"{}", {}), (b" { } ", {})]) == {200: 2}

    assert await house.rows() == before


async def test_what_is_signed_and_cannot_be_read_is_counted_and_keeps_nothing(house):
    before, refused = await house.rows(), counted("zalo_oa_unreadable")
    event = await house.oa.person("246845883529197922", "Lan").writes("xin chào")
    odd = [
        event | {"event_name": "User Send"},
        event | {"message": {"text": "không có số"}},
        event | {"sender": {"id": "x" * 65}},
        event | {"message": [1, 2]},
    ]

    assert await house.caller.post(OA_PATH, [oa_call(house.oa, one) for one in odd]) == {400: len(odd)}

    assert counted("zalo_oa_unreadable") - refused == len(odd)
    assert await house.rows() == before


async def test_events_in_any_order_and_twice_have_their_effect_once(house):
    chance, kept = random.Random(20261124), await states(house)
    events = [event for event in await oa_events(house.oa, chance, 40) if event["event_name"] == "user_send_text"]
    oa, bot = [oa_call(house.oa, event) for event in events] * 2, await bot_calls(house.bot, chance, 20) * 2
    chance.shuffle(oa)
    chance.shuffle(bot)
    told = len(house.oa.sent)

    assert await house.caller.post(OA_PATH, oa) == {200: len(oa)}
    assert await house.caller.post(BOT_PATH, bot) == {200: len(bot)}
    await house.settled()

    assert await states(house) - kept == {("zalo_oa", "done"): len(events), ("zalo_bot", "done"): 20}
    assert {message.user_id for message in house.oa.sent[told:]} == {event["sender"]["id"] for event in events}


async def states(house):
    """Events in the inbox by channel and state."""
    rows = await house.assembly.store.read(lambda db: db.execute(select(inbox.c.channel, inbox.c.state)).all())
    return Counter(map(tuple, rows))


@pytest.mark.parametrize(
    "order",
    [
        "as it was",
        "turned round",
    ],
)
async def test_somebody_who_left_and_came_back_is_reached_whatever_came_first(house, order):
    lan = house.oa.person(f"{246845883529198000 + len(order)}", "Lan")
    first = await lan.writes("xin chào")
    house.clock.at += 60
    left = await lan.unfollows()
    house.clock.at += 600
    back = await lan.follows()
    late = [first, left, back] if order == "as it was" else [first, back, left]

    for event in late:
        assert await house.caller.post(OA_PATH, [oa_call(house.oa, event)]) == {200: 1}
        await house.settled()
        house.clock.at += 300

    state = await house.assembly.store.read(
        lambda db: db.execute(select(accounts.c.state).where(accounts.c.account == lan.user_id)).scalar_one()
    )
    assert state == "open"
