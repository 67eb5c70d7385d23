"""A reply that leaves by the place the sender keeps for it, and what that must not change."""

import asyncio
from datetime import timedelta

import pytest

from content.message import Message
from registry.deliveries.claims import enqueue_claimed, pause_sending
from registry.deliveries.deliveries import enqueue
from registry.deliveries.keys import Key
from registry.deliveries.outcomes import TryAgain
from registry.people.people import meet
from scheduler.pump.sending import LEASE
from scheduler.pump.window import LEAST
from tests.scheduler.platform import CHANNEL, Platform, pump
from tests.scheduler.running import running, until
from tests.scheduler.virtual import START, played

BEFORE = timedelta(seconds=1)


def answered(store, account, text, *, key="reply:1:0"):
    """A turn of somebody, committed, with its reply claimed in it where that may be."""

    def turn(db):
        person, known = meet(db, channel=CHANNEL, account=account, now=START)
        return enqueue_claimed(
            db, key=Key(key), person_id=person.id, account=known, message=Message(text), now=START, lease=LEASE
        )

    return store.write_now(turn)


def pending(store, account, text, *, kind="reply", key="reply:0:0"):
    def unit(db):
        person, known = meet(db, channel=CHANNEL, account=account, now=START - BEFORE)
        enqueue(db, key=key, person_id=person.id, kind=kind, message=Message(text), now=START - BEFORE, account=known)

    store.write_now(unit)


async def at_rest(sending):
    await until(lambda: CHANNEL in sending.sends_on)
    await sending.drain()


def test_a_reply_leaves_by_its_place(store, ledger):
    platform = Platform()

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            await at_rest(sending)
            kept = sending.keep_place(CHANNEL, "1")
            left = sending.leave(CHANNEL, "1", answered(store, "1", "đáp"))
            await until(lambda: ledger.states() == {"sent": 1}, at_most=1)
            return kept, left

    assert played(play()) == (True, True)
    assert platform.texts == ["đáp"]


def test_nothing_is_kept_where_nothing_is_sent(store, ledger):
    async def play():
        return pump(store, Platform()).keep_place(CHANNEL, "1")

    assert not played(play())


def test_nobody_overtakes_a_reply_that_waits(store, ledger):
    async def play():
        sending = pump(store, Platform())
        async with running(sending):
            await at_rest(sending)
            ledger.enqueue("1", "trước", "reply")
            sending.wake(CHANNEL)
            early = sending.keep_place(CHANNEL, "2")
            await sending.drain()
            return early, sending.keep_place(CHANNEL, "2")

    assert played(play()) == (False, True)


def test_nobody_overtakes_what_waits_since_before_a_crash(store, ledger):
    pending(store, "1", "trước")

    async def play():
        sending = pump(store, Platform())
        async with running(sending):
            while CHANNEL not in sending.sends_on:
                await asyncio.sleep(0)
            early = sending.keep_place(CHANNEL, "2")
            await sending.drain()
            return early, sending.keep_place(CHANNEL, "2")

    assert played(play()) == (False, True)


def test_no_more_places_are_kept_than_the_window_has(store, ledger):
    async def play():
        sending = pump(store, Platform())
        async with running(sending):
            await at_rest(sending)
            return [sending.keep_place(CHANNEL, str(number)) for number in range(LEAST + 1)]

    assert played(play()) == [True] * LEAST + [False]


def test_one_message_of_an_account_is_under_way_at_a_time(store, ledger):
    platform = Platform()
    ledger.enqueue("1", "trước")

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            await until(lambda: platform.under_way == 1)
            return sending.keep_place(CHANNEL, "1")

    assert not played(play())


def test_nobody_is_kept_a_place_while_the_platform_wants_rest(store, ledger):
    platform = Platform(lambda _a, _t, times: TryAgain(timedelta(seconds=12), "flood") if times == 1 else None)
    ledger.enqueue("1", "tin", "status")

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            await until(lambda: len(platform.seen) == 1)
            await asyncio.sleep(1)
            return sending.keep_place(CHANNEL, "2")

    assert not played(play())


def test_a_place_that_was_not_needed_serves_others(store, ledger):
    platform = Platform()

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            await at_rest(sending)
            for number in range(LEAST):
                assert sending.keep_place(CHANNEL, f"turn {number}")
            ledger.enqueue("1", "tin", "status")
            sending.wake(CHANNEL)
            await asyncio.sleep(5)
            waited = len(platform.seen)
            for number in range(LEAST):
                sending.leave(CHANNEL, f"turn {number}", None)
            await until(lambda: ledger.states() == {"sent": 1}, at_most=1)
            return waited

    assert played(play()) == 0


def test_what_is_queued_to_somebody_whose_turn_it_is_waits_for_that_turn(store, ledger):
    platform = Platform()

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            await at_rest(sending)
            sending.keep_place(CHANNEL, "1")
            ledger.enqueue("1", "tin", "status")
            sending.wake(CHANNEL)
            await asyncio.sleep(5)
            sending.leave(CHANNEL, "1", answered(store, "1", "đáp"))
            await until(lambda: ledger.states() == {"sent": 2}, at_most=5)

    played(play())
    assert platform.texts == ["đáp", "tin"]
    assert platform.doubled_up == 0


@pytest.mark.parametrize("kind", ["reply", "status"])
def test_only_an_earlier_reply_makes_a_reply_wait(store, ledger, kind):
    pending(store, "1", "trước", kind=kind)

    assert (answered(store, "1", "đáp") is None) == (kind == "reply")


def test_a_paused_pump_claims_nothing_in_a_turn(store, ledger):
    store.write_now(pause_sending, reason="restored")

    assert answered(store, "1", "đáp") is None


def test_a_reply_is_queued_once_even_if_it_is_claimed_at_once(store, ledger):
    answered(store, "1", "đáp")

    assert answered(store, "2", "đáp") is None
    assert ledger.states() == {"claimed": 1}


def test_a_crash_between_the_commit_and_the_sending_leaves_the_reply_queued(store, ledger):
    answered(store, "1", "đáp")
    platform = Platform()

    played(pump(store, platform).drain())

    assert platform.texts == ["đáp"]


def test_a_reply_whose_sender_ended_meanwhile_is_handed_back(store, ledger):
    async def play():
        sending = pump(store, Platform())
        async with running(sending):
            await at_rest(sending)
            sending.keep_place(CHANNEL, "1")
        return sending.leave(CHANNEL, "1", answered(store, "1", "đáp"))

    assert not played(play())


def test_waiting_for_what_is_under_way_counts_a_turn(store, ledger):
    platform = Platform()

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            await at_rest(sending)
            sending.keep_place(CHANNEL, "1")
            waiting = asyncio.create_task(sending.drain())
            await asyncio.sleep(5)
            early = waiting.done()
            sending.leave(CHANNEL, "1", answered(store, "1", "đáp"))
            await waiting
            return early, ledger.states()

    early, states = played(play())
    assert (early, dict(states)) == (False, {"sent": 1})
