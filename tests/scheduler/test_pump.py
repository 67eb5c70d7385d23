"""The promises of the pump, on the real outbox and a manual clock."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import select

from content.message import Attachment, Message
from registry.deliveries.claims import claim_ready
from registry.deliveries.deliveries import record
from registry.deliveries.outcomes import Doubtful, Outcome, Refused, Sent, TryAgain, Unreachable
from registry.store.rows import accounts
from scheduler.pump.sending import SEND_WITHIN
from tests.scheduler.platform import CHANNEL, Platform, pump
from tests.scheduler.running import A_MOMENT, LEASE, cancel_broadcasts, once, running, until
from tests.scheduler.virtual import START, clock, played

OUTCOMES = {
    "taken": (once(None), "sent", 1),
    "throttled": (once(TryAgain(timedelta(seconds=12), "flood limit")), "sent", 2),
    "out of reach": (once(TryAgain(A_MOMENT, "NetworkError")), "sent", 2),
    "silence": (once(Doubtful("TimedOut")), "sent", 2),
    "blocked": (lambda *_: Unreachable("bot was blocked"), "unreachable", 1),
    "never taken": (lambda *_: Refused("message is too long"), "refused", 1),
}


@pytest.mark.parametrize("row", OUTCOMES)
def test_an_outcome_has_its_future(store, ledger, row):
    answer, state, sends = OUTCOMES[row]
    platform = Platform(answer)
    ledger.enqueue("1", "tin", "status")

    async def play():
        async with running(pump(store, platform)):
            await until(lambda: ledger.states()[state] == 1, at_most=60)

    played(play())
    assert len(platform.seen) == sends


def test_every_outcome_has_a_row():
    given_ = {type(answer("1", "tin", 1) or Sent("1")) for answer, *_ in OUTCOMES.values()}

    assert given_ == set(get_args(Outcome))


def test_a_blocked_account_is_set_aside(store, ledger):
    ledger.enqueue("1", "tin", "status")
    played(pump(store, Platform(lambda *_: Unreachable("blocked"))).drain())

    assert store.write_now(lambda db: db.execute(select(accounts.c.state)).scalar_one()) == "unreachable"


def test_a_silent_platform_is_doubtful_after_thirty_five_seconds(store, ledger):
    platform = Platform(round_trip=600)
    ledger.enqueue("1", "tin")

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            return await until(lambda: sending.counts.get("Doubtful") == 1)

    assert played(play()) == pytest.approx(SEND_WITHIN, abs=0.2)


def test_a_stumbling_channel_loses_nothing(store, ledger):
    def stumble(_account, _text, times):
        if times == 1:
            raise RuntimeError("a fault of ours")

    platform = Platform(stumble)
    ledger.enqueue("1", "tin")

    async def play():
        async with running(pump(store, platform)):
            await until(lambda: ledger.states() == {"sent": 1})

    played(play())
    assert platform.texts == ["tin", "tin"]


def test_nothing_leaves_before_the_flood_limit_ends(store, ledger):
    platform = Platform(
        lambda _a, text, times: TryAgain(timedelta(seconds=12), "flood") if (text, times) == ("0", 1) else None
    )
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(40)])
    ledger.enqueue("99", "đáp", "reply", due_at=START + timedelta(seconds=1))

    async def play():
        async with running(pump(store, platform)):
            await until(lambda: ledger.states() == {"sent": 41})

    played(play())
    limited = platform.times[0] + platform.round_trip
    assert [at for at in platform.times if limited < at < limited + 12] == []
    assert Counter(platform.texts).most_common(2) == [("0", 2), ("1", 1)]


def test_what_a_slow_database_hands_out_late_waits_for_the_flood_limit_too(store, ledger, monkeypatch):
    platform = Platform(lambda *_: TryAgain(timedelta(seconds=12), "flood"))
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(8)])
    healthy = store.write

    async def write(unit, *args, **kwargs):
        done = await healthy(unit, *args, **kwargs)
        await asyncio.sleep(0.2)
        return done

    monkeypatch.setattr(store, "write", write)

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            await until(lambda: len(platform.seen) >= 1)
            for number in range(5):
                await asyncio.sleep(0.03)
                ledger.enqueue(f"r{number}", "đáp", "reply", at=clock())
                sending.wake()
            await asyncio.sleep(11)

    played(play())
    limited = platform.times[0] + platform.round_trip
    assert [at for at in platform.times if limited < at < limited + 11] == []


def test_what_waits_for_another_try_is_not_tried_early_for_those_behind_it(store, ledger):
    ledger.enqueue("1", "một", "reply")
    ledger.enqueue("1", "hai", "reply")

    def claimed(seconds):
        return store.write_now(
            claim_ready, channel=CHANNEL, now=START + timedelta(seconds=seconds), limit=8, bulk=8, lease=LEASE
        )

    (first,) = claimed(1)
    store.write_now(
        record, delivery_id=first.id, outcome=TryAgain(timedelta(seconds=20), "no"), now=START + timedelta(seconds=1)
    )

    assert claimed(5) == ()
    assert [one.id for one in claimed(21)] == [first.id]


def test_what_is_held_during_a_flood_limit_can_still_be_cancelled(store, ledger):
    platform = Platform(lambda _a, _t, times: TryAgain(timedelta(seconds=12), "flood") if times == 1 else None)
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(40)])

    async def play():
        async with running(pump(store, platform)):
            await asyncio.sleep(6)
            assert ledger.states()["claimed"] == 0
            store.write_now(cancel_broadcasts)
            before = len(platform.seen)
            await asyncio.sleep(60)
            return len(platform.seen) - before

    assert played(play()) == 0


def test_a_broadcast_keeps_the_pace_and_uses_it(store, ledger):
    platform = Platform()
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(600)])

    async def play():
        async with running(pump(store, platform, rate=28)):
            await until(lambda: len(platform.seen) == 600)

    played(play())
    took = platform.times[-1] - platform.times[0]
    assert 599 / took >= 0.98 * 28
    assert 599 / took <= 28
    assert platform.most_under_way <= 8


def test_cancelled_at_most_the_window_more_go_out(store, ledger):
    platform = Platform()
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(300)])

    async def play():
        async with running(pump(store, platform)):
            await until(lambda: len(platform.seen) == 100)
            store.write_now(cancel_broadcasts)
            await asyncio.sleep(30)

    played(play())
    assert 100 <= len(platform.seen) <= 108


def test_a_reply_overtakes_a_broadcast(store, ledger):
    platform = Platform()
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(300)])
    asked = {}

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            for number in range(20):
                await asyncio.sleep(0.31)
                asked[f"đáp {number}"] = asyncio.get_running_loop().time()
                ledger.enqueue(f"r{number}", f"đáp {number}", "reply", at=clock())
                sending.wake(CHANNEL)
            await asyncio.sleep(1)

    played(play())
    left = {text: at for at, _account, text in platform.seen}
    assert max(left[text] - at for text, at in asked.items()) < 0.1


def test_replies_leave_while_announcements_hang(store, ledger):
    platform = Platform()
    slow = Platform.send

    async def send(account, message, files):
        platform.round_trip = 30 if message.text.startswith("loa") else 0.1
        return await slow(platform, account, message, files)

    platform.send = send  # type: ignore[method-assign]
    ledger.enqueue_many([(str(n), f"loa {n}", "broadcast") for n in range(20)])

    async def play():
        sending = pump(store, platform)
        async with running(sending):
            await asyncio.sleep(5)
            ledger.enqueue("r", "đáp", "reply", at=clock())
            sending.wake()
            return await until(lambda: "đáp" in platform.texts)

    assert played(play()) < 0.5


def test_urgent_kinds_leave_first(store, ledger):
    platform = Platform()
    kinds = ["broadcast", "reminder", "status", "reply"]
    ledger.enqueue_many([(f"{kind}{n}", kind, kind) for kind in kinds for n in range(3)])
    played(pump(store, platform, window=(3, 3)).drain())

    # two of the three places are for other messages than replies
    assert platform.texts == sorted(platform.texts, key=kinds[::-1].index)


def test_messages_of_one_account_arrive_in_order(store, ledger):
    platform = Platform(lambda _a, text, times: TryAgain(A_MOMENT, "no") if text.endswith("3") and times == 1 else None)
    ledger.enqueue_many([(str(account), f"{account}:{n}", "reply") for n in range(5) for account in range(6)])

    async def play():
        async with running(pump(store, platform)):
            await until(lambda: ledger.states() == {"sent": 30})

    played(play())
    for account, texts in platform.by_account().items():
        assert list(dict.fromkeys(texts)) == [f"{account}:{n}" for n in range(5)]
    assert platform.doubled_up == 0


def test_unasked_messages_to_one_chat_are_spread(store, ledger):
    platform = Platform(round_trip=0.01)
    ledger.enqueue_many([("7", f"loa {n}", "broadcast") for n in range(8)])
    played(pump(store, platform).drain())

    assert max(sum(at <= other < at + 1 for other in platform.times) for at in platform.times) <= 3 + 1
    assert platform.times[-1] - platform.times[0] == pytest.approx(5, abs=0.3)


def test_replies_to_one_chat_are_not_spread(store, ledger):
    platform = Platform(round_trip=0.01)
    ledger.enqueue_many([("7", f"đáp {n}", "reply") for n in range(8)])
    played(pump(store, platform).drain())

    assert platform.times[-1] - platform.times[0] < 1


def test_what_is_no_longer_true_is_never_sent(store, ledger):
    platform = Platform()
    ledger.enqueue("1", "muộn", "reminder", not_after=START - timedelta(seconds=1))
    played(pump(store, platform).drain())

    assert (platform.texts, ledger.states()) == ([], {"expired": 1})


def test_what_ran_out_while_it_was_held_is_never_sent(store, ledger):
    platform = Platform(lambda _a, text, _t: TryAgain(timedelta(minutes=5), "flood") if text == "trước" else None)
    ledger.enqueue("1", "trước", "reply")
    ledger.enqueue("2", "nhắc", "reminder", not_after=START + timedelta(minutes=2))

    async def play():
        async with running(pump(store, platform, rate=0.5)):
            await until(lambda: ledger.states()["expired"] == 1)

    played(play())
    assert "nhắc" not in platform.texts


def test_a_reminder_held_up_does_not_arrive_at_night(store, ledger):
    platform = Platform()
    morning = START + timedelta(minutes=9)
    ledger.enqueue("1", "nhắc", "reminder")
    ledger.enqueue("2", "đáp", "reply")

    async def play():
        sending = pump(store, platform, decent=lambda moment: max(moment, morning))
        async with running(sending):
            await asyncio.sleep(8 * 60)
            assert platform.texts == ["đáp"]
            await asyncio.sleep(70)

    played(play())
    assert platform.texts == ["đáp", "nhắc"]
    assert ledger.rows("attempts") == [1, 1]


def test_a_later_message_waits_for_its_hour(store, ledger):
    platform = Platform()
    ledger.enqueue("1", "mai", due_at=START + timedelta(minutes=20))

    async def play():
        async with running(pump(store, platform)):
            await until(lambda: bool(platform.seen))

    played(play())
    assert platform.times[0] == pytest.approx(20 * 60, abs=1.1)


def test_an_attachment_comes_along(store, ledger):
    platform = Platform()
    ledger.enqueue("1", "", message=Message("phiếu", attachments=(Attachment("document", "k1", "phieu.pdf"),)))

    async def files(key):
        return key.encode()

    played(pump(store, platform, files=files).drain())
    assert platform.files == [{"k1": b"k1"}]


def test_an_attachment_that_is_gone_is_a_refusal_and_not_sent_without(store, ledger):
    platform = Platform()
    ledger.enqueue("1", "", message=Message("phiếu", attachments=(Attachment("document", "k1", "phieu.pdf"),)))
    counts = played(pump(store, platform).drain())

    assert (counts, platform.seen) == ({"Refused": 1}, [])
