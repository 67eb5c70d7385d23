"""The promises of the pump, on the real outbox and a manual clock."""

import asyncio
import contextlib
import itertools
import shutil
from collections import Counter
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from content.message import Attachment, Message
from registry.deliveries.claims import claim_ready, give_back, pause_sending, resume_sending
from registry.deliveries.deliveries import record, release_claims
from registry.deliveries.outcomes import Doubtful, Outcome, Refused, Sent, TryAgain, Unreachable
from registry.deliveries.states import Reason, Trigger, change
from registry.store.rows import accounts, deliveries
from registry.store.store import Store, StoreRefusesError
from scheduler.delivery import Pump
from scheduler.pace import SHARE
from scheduler.sending import SEND_WITHIN
from tests.scheduler.platform import CHANNEL, Ledger, Platform, no_files, pump
from tests.scheduler.virtual import START, StoreAtHand, clock, played

A_MOMENT = timedelta(seconds=5)


async def until(done, *, at_most=3600.0, beside=None):
    """Let the pump run until something is true; the virtual time it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not done():
        if beside is not None and beside.done():
            beside.result()
        assert loop.time() - began < at_most, "it never came"
        await asyncio.sleep(0.1)
    return loop.time() - began


@contextlib.asynccontextmanager
async def running(*pumps):
    tasks = [asyncio.create_task(one.run()) for one in pumps]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def cancel_broadcasts(db):
    return change(db, deliveries.c.kind == "broadcast", Trigger.CANCEL, reason=Reason.BROADCAST_STOPPED)


def once(outcome):
    """This answer the first time a text comes, then it is taken."""
    return lambda _account, _text, times: outcome if times == 1 else None


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
    played(pump(store, platform, window=3).drain())

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


def test_a_crash_while_sending_leaves_the_message_queued(store, ledger):
    platform = Platform(round_trip=1000)
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(20)])

    async def crash():
        task = asyncio.create_task(pump(store, platform).run())
        await asyncio.sleep(10)
        assert 0 < ledger.states()["claimed"] <= 8
        for one in asyncio.all_tasks() - {asyncio.current_task()}:
            one.cancel()  # everything at once, as a kill does
        await asyncio.gather(task, return_exceptions=True)

    played(crash())
    platform.round_trip = 0.1
    before = Counter(platform.texts)
    played(pump(store, platform).drain())

    assert ledger.states() == {"sent": 20}
    assert sum(before.values()) <= 8
    assert set(platform.texts) == {str(n) for n in range(20)}
    assert len(platform.seen) == 20 + sum(before.values())


def test_stopping_repeats_nothing(store, ledger):
    platform = Platform()
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(60)])

    async def play():
        for _ in range(6):
            async with running(pump(store, platform)):
                await asyncio.sleep(0.7)
        assert ledger.states()["claimed"] == 0
        await pump(store, platform).drain()

    played(play())
    assert Counter(platform.texts) == {str(n): 1 for n in range(60)}


def test_two_pumps_on_one_database_send_once(store, ledger, url, vault):
    platform = Platform()
    other = StoreAtHand(url, vault)
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(80)])

    async def play():
        first, second = pump(store, platform), pump(other, platform)
        async with running(first, second) as tasks:
            await until(lambda: len(platform.seen) >= 20)
            assert (first.sends_on, second.sends_on) == ({CHANNEL}, frozenset())
            tasks[0].cancel()
            took = await until(lambda: len(platform.seen) >= 40)
            assert second.sends_on == {CHANNEL}
            await until(lambda: ledger.states() == {"sent": 80})
        return took

    try:
        took = played(play())
    finally:
        other.close()
    assert took < 90
    assert Counter(platform.texts) == {str(n): 1 for n in range(80)}


def test_a_store_that_refuses_for_a_while_loses_and_doubles_nothing(store, ledger, monkeypatch):
    platform = Platform()
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(60)])
    sick = []
    healthy = store.write

    async def write(unit, *args, **kwargs):
        if sick:
            raise StoreRefusesError("disk full")
        return await healthy(unit, *args, **kwargs)

    monkeypatch.setattr(store, "write", write)

    async def play():
        async with running(pump(store, platform)):
            await asyncio.sleep(1)
            sick.append(1)
            await asyncio.sleep(60)
            still = len(platform.seen)
            sick.clear()
            recovered = await until(lambda: len(platform.seen) > still)
            await until(lambda: ledger.states() == {"sent": 60})
        return recovered

    assert played(play()) <= 10
    assert Counter(platform.texts) == {str(n): 1 for n in range(60)}


def test_a_sender_that_lost_its_right_with_the_database_repeats_nothing(store, ledger, monkeypatch):
    """PostgreSQL ends the session that holds the lock; messages sent meanwhile are recorded before any claim."""
    platform = Platform()
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(60)])
    sick = []
    healthy = store.write

    async def write(unit, *args, **kwargs):
        if sick:
            raise StoreRefusesError("the line is cut")
        if "_write_known" in unit.__qualname__:
            await asyncio.sleep(0.2)  # a pool of threads promises no order
        return await healthy(unit, *args, **kwargs)

    monkeypatch.setattr(store, "write", write)

    async def play():
        one = pump(store, platform)
        async with running(one):
            await asyncio.sleep(1)
            sick.append(1)
            await one._locks[CHANNEL].release()
            await asyncio.sleep(60)
            sick.clear()
            await until(lambda: ledger.states() == {"sent": 60})

    played(play())
    assert Counter(platform.texts) == {str(n): 1 for n in range(60)}


@pytest.mark.parametrize("crowd", [3, 50])
def test_a_platform_gone_for_ten_minutes_is_asked_seldom_and_found_again_soon(store, ledger, crowd):
    def gone(_account, _text, _times):
        return TryAgain(A_MOMENT, "ConnectError") if asyncio.get_running_loop().time() < 600 else None

    platform = Platform(gone, round_trip=0.01)
    ledger.enqueue_many([(str(n), str(n), "status") for n in range(crowd)])

    async def play():
        async with running(pump(store, platform)):
            await asyncio.sleep(600)
            asked = len(platform.seen)
            await until(lambda: ledger.states() == {"sent": crowd})
        return asked, asyncio.get_running_loop().time()

    asked, back = played(play())
    assert asked < 150
    assert back < 610


def test_drain_comes_back_while_the_platform_is_gone(store, ledger):
    platform = Platform(lambda *_: TryAgain(A_MOMENT, "ConnectError"))
    ledger.enqueue_many([(str(n), str(n), "status") for n in range(5)])
    counts = played(pump(store, platform).drain())

    assert counts["TryAgain"] >= 3
    assert ledger.states() == {"owed": 5}


def test_drain_beside_a_running_pump_waits_for_it(store, ledger):
    platform = Platform()
    sending = pump(store, platform)

    async def play():
        async with running(sending):
            await asyncio.sleep(1)
            ledger.enqueue_many([(str(n), str(n), "status") for n in range(30)], at=clock())
            return await sending.drain()

    assert played(play()) == {"Sent": 30}
    assert ledger.states() == {"sent": 30}


def test_a_paused_ledger_sends_nothing_until_it_is_told(store, ledger):
    platform = Platform()
    ledger.enqueue("1", "cũ")
    store.write_now(pause_sending, reason="restored")
    played(pump(store, platform).drain())
    held = list(platform.seen)
    store.write_now(resume_sending)
    played(pump(store, platform).drain())

    assert (held, platform.texts) == ([], ["cũ"])


def test_an_idle_pump_hardly_works(store, ledger, monkeypatch):
    looked = []
    healthy = store.write

    async def write(unit, *args, **kwargs):
        looked.append(1)
        return await healthy(unit, *args, **kwargs)

    monkeypatch.setattr(store, "write", write)

    async def play():
        async with running(pump(store, Platform())):
            await asyncio.sleep(600)

    played(play())
    assert len(looked) < 700


def test_words_that_cannot_be_opened_stand_in_nobodys_way(store, ledger):
    platform = Platform()
    ledger.enqueue("1", "hỏng", "reply")
    ledger.enqueue("2", "lành", "broadcast")
    store.write_now(
        lambda db: (
            db.execute(deliveries.update().where(deliveries.c.account == "1").values(message_sealed=b"x" * 40)).rowcount
        )
    )
    played(pump(store, platform).drain())

    assert (platform.texts, ledger.states()) == (["lành"], {"refused": 1, "sent": 1})


LEASE = timedelta(minutes=5)


@pytest.fixture(scope="module")
def fresh_ledger(empty_database, vault, tmp_path_factory):
    """Makes a separate outbox for each history."""
    folder = tmp_path_factory.mktemp("ledgers")

    def make(number):
        file = folder / f"{number}.db"
        shutil.copyfile(empty_database, file)
        return Ledger(StoreAtHand(f"sqlite:///{file}", vault))

    return make


NUMBERS = itertools.count(1)


@settings(max_examples=15, deadline=None)
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(["owe", "claim", "sent", "later", "back", "crash"]), st.integers(0, 3)),
        min_size=10,
        max_size=40,
    )
)
def test_under_random_crashes_none_is_lost_and_order_is_kept(fresh_ledger, moves):
    ledger = fresh_ledger(next(NUMBERS))
    store = ledger.store
    try:
        now = START
        out, done, pending = [], [], []
        for what, number in moves:
            now += timedelta(seconds=1)
            match what:
                case "owe":
                    text = f"{number}:{len(pending)}"
                    ledger.enqueue(str(number), text, "reply", at=now)
                    pending.append(text)
                case "claim":
                    out += store.write_now(
                        claim_ready, channel=CHANNEL, now=now, limit=2, bulk=2, lease=LEASE,
                        busy=tuple(one.account for one in out),
                    )  # fmt: skip
                case "sent" | "later" | "back" if out:
                    one = out.pop(number % len(out))
                    if what == "back":
                        store.write_now(give_back, ids=(one.id,))
                        continue
                    outcome = Sent("1") if what == "sent" else TryAgain(timedelta(seconds=20), "no")
                    store.write_now(record, delivery_id=one.id, outcome=outcome, now=now)
                    if what == "sent":
                        done.append(one.message.text)
                case "crash":
                    store.write_now(release_claims, channel=CHANNEL)
                    out.clear()
        store.write_now(release_claims, channel=CHANNEL)
        while len(done) < len(pending):
            now += timedelta(hours=1)
            for one in store.write_now(claim_ready, channel=CHANNEL, now=now, limit=8, bulk=8, lease=LEASE):
                store.write_now(record, delivery_id=one.id, outcome=Sent("1"), now=now)
                done.append(one.message.text)
        assert sorted(done) == sorted(pending)
        for account in range(4):
            mine = [text for text in done if text.startswith(f"{account}:")]
            assert mine == [text for text in pending if text.startswith(f"{account}:")]
    finally:
        store.close()


@pytest.mark.postgres
def test_the_pump_sends_on_postgresql_too(postgres_server, vault):
    platform = Platform(lambda _a, text, times: TryAgain(A_MOMENT, "no") if (text, times) == ("3", 1) else None)
    with postgres_server.database() as url:
        store = Store(url, vault)
        try:
            ledger = Ledger(store)
            ledger.enqueue_many([(str(n % 6), str(n), "reply") for n in range(30)])
            first = asyncio.run(Pump(store, {CHANNEL: platform}, now=lambda: START, files=no_files).drain())
            second = asyncio.run(
                Pump(store, {CHANNEL: platform}, now=lambda: START + A_MOMENT * 2, files=no_files).drain()
            )
            states = ledger.states()
        finally:
            store.close()

    assert states == {"sent": 30}
    assert first["TryAgain"] == 1
    assert first["Sent"] + second["Sent"] == 30
    assert platform.by_account()["3"] == ["3", "3", "9", "15", "21", "27"]


@pytest.mark.parametrize(("at_once", "failing"), [(7, 0), (8, 0), (20, 0), (1, 3)])
def test_what_is_due_later_leaves_then_although_the_window_was_full_before(store, ledger, at_once, failing):
    platform = Platform(lambda _a, text, times: TryAgain(A_MOMENT, "no") if text == "0" and times <= failing else None)
    ledger.enqueue_many([(f"now {n}", str(n), "broadcast") for n in range(at_once)])
    ledger.enqueue_many([(f"later {n}", "later", "broadcast") for n in range(3)], at=START + timedelta(minutes=1))

    async def play():
        async with running(pump(store, platform)):
            await until(lambda: ledger.states() == {"sent": at_once + 3}, at_most=120)

    played(play())
    assert [text for at, _, text in platform.seen if at > 30] == ["later"] * 3


def test_failures_in_a_row_slow_the_channel_once(store, ledger):
    failing = {("0", 1), ("0", 2), ("0", 3)}
    platform = Platform(lambda _a, text, times: TryAgain(A_MOMENT, "flood") if (text, times) in failing else None)
    ledger.enqueue("first", "0", "broadcast")
    ledger.enqueue_many([(str(n), str(n), "broadcast") for n in range(1, 60)], at=START + timedelta(minutes=1))

    async def play():
        async with running(pump(store, platform, rate=28)):
            await until(lambda: ledger.states() == {"sent": 60})

    played(play())
    assert platform.texts[:4] == ["0"] * 4
    times = platform.times[4:]
    assert (times[-1] - times[0]) / 58 == pytest.approx(1 / (28 * SHARE * 0.95), rel=0.01)
