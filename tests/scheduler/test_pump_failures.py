"""Crashes, outages and two pumps: nothing is lost, nothing is sent twice, nothing is out of order."""

import asyncio
import itertools
import shutil
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.deliveries.claims import claim_ready, give_back, pause_sending, resume_sending
from registry.deliveries.deliveries import record, release_claims
from registry.deliveries.outcomes import Sent, TryAgain
from registry.store.rows import deliveries
from registry.store.store import Store, StoreRefusesError
from scheduler.pump.delivery import Pump
from scheduler.pump.pace import SHARE
from tests.scheduler.platform import CHANNEL, Ledger, Platform, no_files, pump
from tests.scheduler.running import A_MOMENT, LEASE, running, until
from tests.scheduler.virtual import START, StoreAtHand, clock, played


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
