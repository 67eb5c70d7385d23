"""A refusal that answers one chat keeps nobody else waiting; one that many get pauses the channel, for a bounded time."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from registry.deliveries.channel_pauses import channel_pauses, noted_pauses, told_of_pause
from registry.deliveries.outcomes import Cause, Doubtful, Refused, TryAgain, Unreachable, Whom
from scheduler.pump.trouble import LONGEST
from scheduler.pump.window import LEAST, MOST
from tests.scheduler.platform import CHANNEL, Platform, pump
from tests.scheduler.running import running, until
from tests.scheduler.virtual import START, clock, played


def limited(seconds):
    return TryAgain(timedelta(seconds=seconds), "flood limit", whom=Whom.UNSAID, cause=Cause.LIMIT)


OF_ONE = {
    "a flood limit": limited(12),
    "a block": Unreachable("Forbidden: bot was blocked by the user"),
    "a chat that is not there": Unreachable("Chat not found"),
    "a text it does not take": Refused("Message is too long"),
    "a silence": Doubtful("TimedOut"),
    "a number nobody knows": TryAgain(timedelta(minutes=1), "418", whom=Whom.ONE),
}


@pytest.mark.parametrize("row", OF_ONE)
def test_what_one_chat_is_answered_every_time_delays_nobody_else(store, ledger, row):
    platform = Platform(lambda account, _text, _times: OF_ONE[row] if account == "0" else None)
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(60)])

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            took = await until(lambda: len(set(platform.texts)) == 60)
            assert sending.keep_place(CHANNEL, "another")
            return took

    assert played(play()) < 60 / 28 / 0.9 + 0.3
    assert store.read_now(noted_pauses) == ()


def test_a_chat_that_was_limited_gets_nothing_before_its_time_and_then_all_in_order(store, ledger):
    platform = Platform(lambda _account, text, times: limited(12) if (text, times) == ("một", 1) else None)
    ledger.enqueue_many([("1", "một", "reply"), ("1", "hai", "reply"), ("1", "ba", "status"), ("2", "bốn", "status")])

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            await until(lambda: "bốn" in platform.texts, at_most=2)
            kept = sending.keep_place(CHANNEL, "1")
            await until(lambda: ledger.states() == {"sent": 4}, at_most=60)
            return kept

    assert not played(play())
    refused = platform.times[0] + platform.round_trip
    assert platform.by_account()["1"] == ["một", "một", "hai", "ba"]
    assert [at for at, account, _ in platform.seen if account == "1" and refused < at < refused + 12] == []


def test_a_limit_that_two_chats_get_in_a_row_stops_all_until_it_ends(store, ledger):
    platform = Platform(lambda *_: limited(20) if asyncio.get_running_loop().time() < 20 else None, round_trip=0.01)
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(40)])

    async def play():
        async with running(pump(store, platform)):
            await asyncio.sleep(15)
            asked = len(platform.seen)
            await until(lambda: ledger.states() == {"sent": 40})
            return asked

    assert played(play()) == 2
    assert Counter(platform.texts).most_common(1)[0][1] == 2


def test_two_who_are_limited_because_they_write_too_fast_stop_nobody(store, ledger):
    platform = Platform(
        lambda account, _text, times: limited(30) if account in "12" and times == 1 else None, round_trip=0.01
    )
    ledger.enqueue_many([(account, f"{account}:{n}", "reply") for n in range(4) for account in "12"])

    async def play():
        platform.answer = lambda account, text, times: (
            limited(30) if account in "12" and text.endswith(":3") and times == 1 else None
        )
        sending = pump(store, platform)
        async with running(sending):
            await until(lambda: {"1:3", "2:3"} <= set(platform.texts))
            await asyncio.sleep(1)
            return sending.keep_place(CHANNEL, "3")

    assert played(play())


def test_a_wait_of_hours_is_tried_after_the_longest_pause_and_its_end_is_noted(store, ledger):
    platform = Platform(
        lambda *_: limited(3 * 3600) if asyncio.get_running_loop().time() < LONGEST else None, round_trip=0.01
    )
    ledger.enqueue_many([(str(n), str(n), "status") for n in range(8)])

    async def play():
        async with running(pump(store, platform)):
            await asyncio.sleep(60)
            (pause,) = store.read_now(channel_pauses, now=clock())
            store.write_now(told_of_pause, channel=CHANNEL)
            asked = len(platform.seen)
            await until(lambda: len(platform.seen) > asked, at_most=LONGEST)
            await until(lambda: ledger.states()["sent"] >= 6, at_most=60)
            (ended,) = store.read_now(noted_pauses)
            return pause, ended, asked

    pause, ended, asked = played(play())
    assert asked == 2
    assert (pause.cause, pause.reason, pause.since) == (Cause.LIMIT, "flood limit", ended.since)
    assert (pause.until - START).total_seconds() == pytest.approx(LONGEST, abs=2)
    assert (ended.ended - START).total_seconds() == pytest.approx(LONGEST, abs=10)
    assert store.read_now(channel_pauses, now=START + timedelta(hours=1)) == ()


def test_a_fault_of_ours_with_one_message_keeps_nobody_waiting(store, ledger):
    def stumble(account, _text, _times):
        if account == "0":
            raise KeyError("message_id")

    platform = Platform(stumble)
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(20)])

    async def play():
        async with running(pump(store, platform)):
            return await until(lambda: ledger.states()["sent"] == 19)

    assert played(play()) < 2


@pytest.mark.parametrize(("round_trip", "most"), [(0.15, 5), (0.5, 14), (2.0, MOST)])
def test_the_messages_in_flight_follow_the_round_trip_and_order_holds(store, ledger, round_trip, most):
    platform = Platform(round_trip=round_trip)
    ledger.enqueue_many([(str(n % 60), f"{n % 60}:{n // 60}", "reply") for n in range(180)])

    async def play():
        async with running(pump(store, platform)):
            await until(lambda: ledger.states() == {"sent": 180})

    played(play())
    assert most - 1 <= platform.most_under_way <= most
    assert platform.doubled_up == 0
    assert all(texts == sorted(texts) for texts in platform.by_account().values())


def test_a_slow_platform_keeps_sixteen_people_waiting_for_one_round_trip_and_not_for_two(store, ledger):
    platform = Platform(round_trip=2.0)
    ledger.enqueue_many([(str(n), f"trước {n}", "status") for n in range(8)])

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            await until(lambda: ledger.states() == {"sent": 8})
            ledger.enqueue_many([(f"r{n}", f"đáp {n}", "reply") for n in range(16)], at=clock())
            sending.wake()
            return await until(lambda: ledger.states() == {"sent": 24})

    assert played(play()) < 3.2


def test_a_kill_repeats_at_most_what_was_in_flight(store, ledger):
    platform = Platform(round_trip=2.0)
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(120)])

    async def crash():
        task = asyncio.create_task(pump(store, platform).run())
        await asyncio.sleep(7)
        in_flight = platform.under_way
        for one in asyncio.all_tasks() - {asyncio.current_task()}:
            one.cancel()  # everything at once, as a kill does
        await asyncio.gather(task, return_exceptions=True)
        return in_flight

    in_flight = played(crash())
    platform.round_trip = 0.1
    played(pump(store, platform).drain())

    assert LEAST < in_flight <= MOST
    assert set(platform.texts) == {str(n) for n in range(120)}
    assert len(platform.seen) - 120 <= in_flight
