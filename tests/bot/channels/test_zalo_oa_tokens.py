"""The tokens of a Zalo account: renewed ahead, once, and never lost in silence — wherever a process dies."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bot.channels.zalo.transport import CutOffError, NotReachedError
from bot.channels.zalo_oa.client import ZaloRefusalError
from bot.channels.zalo_oa.pair import Pair, pasted
from bot.channels.zalo_oa.tokens import (
    FEW,
    GRACE,
    Tokens,
    TokensBusyError,
    TokensLostError,
    new_verifier,
)
from platforms.zalo_oa.server import APP_ID, ZaloOAServer
from registry.store.store import StoreRefusesError

from .token_scene import KilledError, Scene, live
from .zalo import Time


async def test_a_token_is_renewed_five_hours_ahead_and_not_before(scene):
    tokens = scene.start()
    first = await tokens.current()
    scene.time.passes(hours=19, minutes=59)
    await tokens.tick()
    assert (await tokens.current(), scene.server.tokens.refreshes) == (first, 0)

    scene.time.passes(minutes=1)
    await tokens.tick()

    assert await tokens.current() == scene.server.tokens.access_token != first
    assert scene.room.pair.refresh_token == scene.server.tokens.refresh_token


async def test_nobody_waits_for_a_new_token_while_the_old_one_is_good(scene):
    tokens = scene.start()
    first = await tokens.current()
    scene.time.passes(hours=21)

    assert await tokens.current() == first
    await tokens.close()
    assert await tokens.current() == scene.server.tokens.access_token != first


async def test_a_hundred_who_ask_at_once_renew_once(scene):
    tokens = scene.start()
    scene.time.passes(hours=26)

    given = await asyncio.gather(*(tokens.current() for _ in range(100)))

    assert (set(given), scene.server.tokens.refreshes) == ({scene.server.tokens.access_token}, 1)


async def test_who_stops_waiting_does_not_cut_the_renewal_off(scene):
    tokens = scene.start()
    scene.time.passes(hours=26)
    waiting = asyncio.create_task(tokens.current())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await tokens.close()

    assert scene.room.pair.refresh_token == scene.server.tokens.refresh_token
    assert scene.server.tokens.refreshes == 1


async def test_a_new_pair_is_kept_before_it_is_used(scene):
    tokens = scene.start()
    await tokens.current()
    keep, seen = scene.room.keep, []

    async def watched(new: Pair) -> None:
        seen.append(tokens._pair.access_token == new.access_token)
        await keep(new)

    scene.room.keep = watched
    scene.time.passes(hours=21)
    await tokens.tick()

    assert seen == [False]


async def how_many_points(time: Time) -> int:
    async with ZaloOAServer(clock=time.seconds) as server:
        scene = Scene(server, time)
        time.passes(hours=21)
        await scene.start().tick()
        await scene.client.transport.close()
        return scene.points


async def test_a_process_killed_at_any_step_leaves_a_good_pair_or_an_alarm():
    steps = await how_many_points(Time())
    assert steps == 12  # before and after: load, right, load, reserve, ask, keep
    ends = Counter()
    for step in range(1, steps + 1):
        time = Time()
        async with ZaloOAServer(clock=time.seconds) as server:
            scene = Scene(server, time)
            old = scene.room.pair
            time.passes(hours=21)
            scene.kill_at = step
            with pytest.raises(KilledError):
                await scene.start().tick()

            scene.kill_at = -1
            scene.room.taken = False  # a right ends with its process
            again = scene.start()
            if scene.room.pair == old:
                # whatever happened to the refresh token, the access token serves till its end
                assert await scene.accepted(await again.current()), step
            await live(again, scene, 10)
            lost = scene.room.pair.refresh_token != server.tokens.refresh_token
            assert max(scene.asked.values(), default=0) <= 1, step
            assert bool(scene.room.alarms) or not lost, f"lost in silence at step {step}"
            assert bool(scene.room.alarms) == bool(again.alarm), step
            if not scene.room.alarms:
                await live(again, scene, 60 * 26)
                assert await scene.accepted(await again.current()), step
            ends["alarm" if scene.room.alarms else "well"] += 1
            await scene.client.transport.close()
    # dead between the mark and the new pair: an alarm, even where nothing had left yet; else all is well
    assert ends == {"alarm": 4, "well": 8}


async def test_a_store_that_refuses_at_any_step_costs_no_pair(scene):
    tokens = scene.start()
    await tokens.current()
    for name in ("load", "reserve", "keep"):
        scene.time.passes(hours=21)
        good = getattr(scene.room, name)
        refusals = 0

        async def refuse(*_):
            nonlocal refusals
            refusals += 1
            raise StoreRefusesError("disk full")

        setattr(scene.room, name, refuse)
        await tokens.tick()
        assert refusals > 0
        assert await scene.accepted(await tokens.current())  # the old one, still
        setattr(scene.room, name, good)
        await live(tokens, scene, 3)

        assert scene.room.pair.refresh_token == scene.server.tokens.refresh_token
        assert (tokens.alarm, scene.room.alarms) == ("", [])
    assert set(scene.asked.values()) == {1}


async def test_two_processes_never_use_one_refresh_token_twice(scene):
    one, two = scene.start(), scene.start()
    for _ in range(20):
        scene.time.passes(hours=21)
        await asyncio.gather(one.tick(), two.tick())
        await live(one, scene, 1)
        await live(two, scene, 1)
        assert await scene.accepted(await one.current())
        assert await scene.accepted(await two.current())

    assert (set(scene.asked.values()), scene.server.tokens.refreshes) == ({1}, 20)
    assert scene.room.alarms == []


async def test_a_process_that_dies_while_another_waits_is_told(scene):
    two = scene.start()
    scene.time.passes(hours=21)
    scene.room.marks.clear()
    assert await scene.room.reserve(scene.room.pair.refresh_token)  # by one that is no more

    await two.tick()
    assert scene.room.alarms == []
    scene.time.passes(seconds=GRACE.total_seconds() + 1)
    await two.tick()

    assert len(scene.room.alarms) == 1
    assert "consent again" in scene.room.alarms[0]


async def test_a_process_that_is_merely_slow_is_waited_for_without_an_alarm(scene):
    asked, answered = asyncio.Event(), asyncio.Event()
    slow = scene.start()
    ask = slow._exchange

    async def slowly(form):
        asked.set()
        await answered.wait()
        return await ask(form)

    slow._exchange = slowly
    by_hand = pasted("access-of-somebody", "refresh-of-somebody", scene.time.now())
    two = scene.start(seed=by_hand)
    scene.time.passes(hours=21)
    renewing = asyncio.create_task(slow.tick())
    await asked.wait()
    await live(two, scene, 60)
    assert (scene.room.alarms, two.alarm, scene.asked) == ([], "", {})

    answered.set()
    await renewing
    await live(two, scene, 2)

    assert await two.current() == scene.server.tokens.access_token
    assert scene.asked == {"refresh-1-of-the-strict-local-zalo": 1}


async def test_a_token_never_seems_to_live_longer_than_it_does(scene):
    tokens = scene.start()
    ask = tokens._exchange

    async def slowly(form):
        answer = await ask(form)
        scene.time.passes(minutes=3)  # the machine slept before it read the answer
        return answer

    tokens._exchange = slowly
    scene.time.passes(hours=21)
    await tokens.tick()

    ends = scene.time.now() - timedelta(minutes=3) + timedelta(hours=25)
    assert scene.room.pair.expires_at == ends


async def test_a_pair_that_cannot_be_kept_yet_is_no_reason_for_an_alarm_elsewhere(scene):
    one, two = scene.start(), scene.start()
    keep = scene.room.keep

    async def refuse(_: Pair) -> None:
        raise StoreRefusesError("the disk of this machine is full")

    scene.room.keep = refuse
    scene.time.passes(hours=21)
    await one.tick()
    await live(two, scene, 30)
    assert (scene.room.alarms, two.alarm) == ([], "")
    scene.room.keep = keep
    await live(one, scene, 2)
    await live(two, scene, 2)

    assert await two.current() == scene.server.tokens.access_token


async def test_a_program_stopped_while_the_network_is_away_has_used_no_token(scene):
    scene.fault = NotReachedError("ClientConnectorError")
    scene.time.passes(hours=21)
    tokens = scene.start()
    await live(tokens, scene, 3)
    await tokens.close()
    scene.fault = None

    await live(scene.start(), scene, 5)

    assert scene.room.alarms == []
    assert scene.room.pair.refresh_token == scene.server.tokens.refresh_token != "refresh-1-of-the-strict-local-zalo"


async def test_a_mark_that_could_not_be_taken_back_is_kept_for_the_process_that_made_it(scene):
    scene.fault = NotReachedError("ClientConnectorError")
    scene.time.passes(hours=21)
    tokens, two = scene.start(), scene.start()
    unreserve = scene.room.unreserve

    async def refuse(_: str) -> None:
        raise StoreRefusesError("disk full")

    scene.room.unreserve = refuse
    await tokens.tick()
    await live(two, scene, 10)
    assert scene.room.alarms == []
    scene.room.unreserve, scene.fault = unreserve, None
    await live(tokens, scene, 2)

    assert (scene.room.alarms, scene.server.tokens.refreshes) == ([], 1)


async def test_a_consent_waits_for_a_renewal_under_way_and_says_so(scene):
    assert await scene.room.right() is not None
    tokens = scene.start()

    with pytest.raises(TokensBusyError):
        await tokens.consented("code", new_verifier())

    assert scene.server.requests == []


FAULTS = {
    "an answer that never came": (CutOffError("no answer in time"), True),
    "a refusal": (ZaloRefusalError(-14014, "Invalid refresh token"), True),
    "a server out of reach": (NotReachedError("ClientConnectorError"), False),
    "a server that has too many calls": (ZaloRefusalError(-32, "reached limit"), False),
}


@pytest.mark.parametrize("row", FAULTS)
async def test_what_certainly_did_not_happen_is_tried_again_and_all_else_is_an_alarm(scene, row):
    scene.fault, alarm = FAULTS[row]
    tokens = scene.start()
    scene.time.passes(hours=21)
    await live(tokens, scene, 5)

    assert bool(scene.room.alarms) == alarm
    assert await scene.accepted(await tokens.current())  # four hours are left of the old one
    scene.fault = None
    await live(tokens, scene, 5)
    renewed = scene.room.pair.refresh_token == scene.server.tokens.refresh_token != "refresh-1-of-the-strict-local-zalo"
    assert renewed is not alarm
    if alarm:
        assert scene.asked == {"refresh-1-of-the-strict-local-zalo": 1}
        scene.time.passes(hours=5)
        with pytest.raises(TokensLostError):
            await tokens.current()


async def test_an_alarm_the_store_did_not_take_is_told_again(scene):
    scene.fault = CutOffError("no answer in time")
    tokens = scene.start()
    scene.time.passes(hours=21)
    lost = scene.room.lost

    async def refuse(_: str) -> None:
        raise StoreRefusesError("disk full")

    scene.room.lost = refuse
    await tokens.tick()
    assert tokens.alarm != ""
    scene.room.lost = lost
    await tokens.tick()

    assert scene.room.alarms == [tokens.alarm]


async def test_a_refused_token_is_renewed_once(scene):
    tokens = scene.start()
    first = await tokens.current()
    scene.server.tokens.remove_access()

    second = await tokens.renew(first)

    assert (await scene.accepted(second), scene.server.tokens.refreshes) == (True, 1)
    assert await tokens.renew(first) == second  # a caller that comes late with the old one
    assert scene.server.tokens.refreshes == 1


async def test_a_new_token_that_is_refused_too_is_an_alarm_and_no_loop(scene):
    tokens = scene.start()
    second = await tokens.renew(await tokens.current())

    await tokens.refused_again(second)
    with pytest.raises(TokensLostError):
        await tokens.renew(second)
    await live(tokens, scene, 60)  # the job and a sender ask at the same time

    assert (scene.server.tokens.refreshes, len(scene.room.alarms)) == (1, 1)


async def test_a_token_removed_right_after_it_was_made_is_renewed_as_ever(scene):
    given = pasted(scene.room.pair.access_token, scene.room.pair.refresh_token, scene.time.now())
    scene.room.pair = None
    tokens = scene.start(seed=given)
    made = await tokens.current()
    scene.server.tokens.remove_access()

    again = await tokens.renew(made)

    assert await scene.accepted(again)
    assert (scene.server.tokens.refreshes, scene.room.alarms) == (2, [])


async def test_tokens_that_are_refused_one_after_the_other_end_in_an_alarm(scene):
    tokens = scene.start()
    token = await tokens.current()
    for _ in range(FEW):
        token = await tokens.renew(token)

    with pytest.raises(TokensLostError):
        await tokens.renew(token)

    assert (scene.server.tokens.refreshes, len(scene.room.alarms)) == (FEW, 1)


async def test_a_short_life_is_no_reason_to_renew_at_every_call(scene):
    async def for_an_hour(form):
        return {**await scene.exchange(form), "expires_in": "3600"}

    tokens = Tokens(scene.room, for_an_hour, app_id=APP_ID, now=scene.time.now)
    scene.time.passes(hours=26)

    for _ in range(60):
        await tokens.current()
        await tokens.tick()
        scene.time.passes(minutes=1)

    assert scene.server.tokens.refreshes == 2


async def test_a_wrong_app_secret_costs_no_pair_and_says_what_to_mend(scene):
    async def with_a_wrong_secret(form):
        return await scene.client.exchange("another", form)

    wrong = Tokens(scene.room, with_a_wrong_secret, app_id=APP_ID, now=scene.time.now)
    scene.time.passes(hours=21)
    await live(wrong, scene, 5)
    told = scene.room.alarms.copy()

    mended = scene.start()
    await live(mended, scene, 2)

    assert (len(told), "zalo_oa.app_secret" in told[0], "another" in told[0]) == (1, True, False)
    assert (scene.room.alarms, scene.server.tokens.refreshes) == ([], 1)
    assert await scene.accepted(await mended.current())


async def test_a_token_another_process_renewed_is_taken_from_the_store(scene):
    one, two = scene.start(), scene.start()
    old = await one.current()
    await two.current()
    scene.server.tokens.remove_access()
    await two.renew(old)

    assert await scene.accepted(await one.renew(old))
    assert scene.server.tokens.refreshes == 1
