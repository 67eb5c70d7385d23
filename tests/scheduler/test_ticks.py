import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from content.programme.pack import load_pack
from registry.applications import files
from registry.applications.files import files as file_rows
from registry.people.people import meet
from registry.people.roles import grant
from registry.store import audit
from registry.store.rows import deliveries
from registry.store.slices import Room
from registry.store.store import Store, StoreRefusesError
from scheduler.fetching import Fetching
from scheduler.ticks import Ticks
from tests.scheduler.village import tell
from tests.scheduler.virtual import START

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xda\x00\x02\x00\xff\xd9"


def teller(_db, _now):
    return tell


class GoneError(Exception):
    def __init__(self, *, final: bool) -> None:
        super().__init__("gone")
        self.final = final


@dataclass
class Channel:
    """Gives its files in this order; an error is raised."""

    gives: list[bytes | Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def fetch(self, ref: str, most: int) -> bytes:
        assert most == files.LARGEST
        self.asked.append(ref)
        given = self.gives.pop(0) if len(self.gives) > 1 else self.gives[0]
        if isinstance(given, Exception):
            raise given
        return given


@pytest.fixture
def want(village, tmp_path):
    """A wanted photo, and the fetching of it."""
    person = village.person()
    village.store.write_now(
        files.want, person_id=person, channel="telegram", ref="ref1", mime="image/jpeg", size=100, now=START
    )

    def make(*gives):
        channel = Channel(list(gives))
        return channel, Fetching(village.store, {"telegram": channel}, folder=Path(tmp_path), teller=teller)

    return make


def states(store):
    return store.write_now(lambda db: list(db.execute(select(file_rows.c.state)).scalars()))


def told(store):
    return store.write_now(lambda db: list(db.execute(select(deliveries.c.key)).scalars()))


async def test_a_wanted_file_is_kept_once(village, want):
    channel, fetching = want(JPEG)
    counts = [await fetching.sweep(START + timedelta(seconds=second)) for second in (1, 2)]

    assert counts == [{"kept": 1}, {}]
    assert (states(village.store), channel.asked) == (["kept"], ["ref1"])


async def test_a_file_the_platform_does_not_give_is_asked_for_again_later(village, want):
    channel, fetching = want(GoneError(final=False), JPEG)
    first = await fetching.sweep(START)
    at_once = await fetching.sweep(START + timedelta(seconds=1))
    later = await fetching.sweep(START + timedelta(minutes=2))

    assert (first, at_once, later) == ({"later": 1}, {}, {"kept": 1})
    assert len(channel.asked) == 2


async def test_a_file_nobody_gives_for_a_day_is_lost_and_its_person_told_once(village, want):
    _channel, fetching = want(GoneError(final=False))
    for hour in range(30):
        await fetching.sweep(START + timedelta(hours=hour))

    assert states(village.store) == ["lost"]
    assert len(told(village.store)) == 1


async def test_a_file_that_is_gone_for_good_is_not_asked_for_again(village, want):
    channel, fetching = want(GoneError(final=True))
    for minute in range(3):
        await fetching.sweep(START + timedelta(minutes=minute))

    assert (states(village.store), len(channel.asked), len(told(village.store))) == (["lost"], 1, 1)


async def test_a_file_of_a_kind_we_do_not_take_is_not_kept(village, want):
    _channel, fetching = want(b"MZ a program")
    counts = await fetching.sweep(START)

    assert counts == {"not_taken": 1}
    assert len(told(village.store)) == 1


async def test_a_disk_that_takes_no_file_asks_again_later(village, want, tmp_path):
    _channel, fetching = want(JPEG)
    (tmp_path / "files").write_bytes(b"in the place of the folder")
    counts = await fetching.sweep(START)

    assert (counts, states(village.store)) == ({"later": 1}, ["wanted"])


@pytest.fixture
def woken():
    return []


@pytest.fixture
def ticks(village, woken):
    return Ticks(
        village.store,
        pack=village.pack,
        now=lambda: START + timedelta(days=3),
        teller=teller,
        wake=lambda: woken.append(1),
        fetching=Fetching(village.store, {}, folder=Path("unused"), teller=teller),
    )


async def test_a_moved_clock_runs_every_job(village, ticks, woken):
    village.drafts(village.person())
    village.store.write_now(
        lambda db: audit.record(db, now=START, actor="system", act="test", noun="test", noun_id="1")
    )
    counts = await ticks.run_all(START + timedelta(days=3))

    assert set(counts) == set(ticks.jobs) >= {"reminders", "nudges", "lessons", "digest", "escalation", "fetching"}
    assert counts["reminders"]["said"] == 1
    assert counts["audit"]["chained"] == 1
    assert woken


@pytest.fixture
def official(village):
    met, _ = village.store.write_now(meet, channel="telegram", account="official", now=START)
    village.store.write_now(
        grant, person_id=met.id, role="province_official", place="44", granted_by="operator", now=START
    )
    return met.id


@pytest.mark.usefixtures("official")
async def test_an_idea_nobody_answers_is_escalated(village, ticks):
    village.idea(village.person(), "Khoai deo", status="idea_submitted")
    counts = await ticks.run("escalation", START + timedelta(days=60))

    assert sum(counts.values()) >= 1


@pytest.mark.parametrize("moment", ["2021-07-31T00:05+07:00", "2021-09-02T09:00+07:00"], ids=["night", "holiday"])
async def test_nobody_hears_at_midnight_or_on_a_holiday_that_a_term_has_ended(village, ticks, moment):
    village.idea(village.person(), "Khoai deo", status="idea_submitted")

    assert sum((await ticks.run("escalation", datetime.fromisoformat(moment))).values()) == 0


@pytest.mark.usefixtures("official")
async def test_what_a_job_enqueues_leaves_at_once(village, ticks, woken):
    village.idea(village.person(), "Khoai deo", status="idea_submitted")
    await ticks.run("escalation", START + timedelta(days=60))

    assert woken


async def test_a_quiet_run_wakes_nobody(ticks, woken):
    await ticks.run_all(START)

    assert woken == []


async def test_a_crowd_is_told_in_several_units(village):
    ticks = Ticks(
        village.store, pack=village.pack, now=lambda: START, teller=teller, wake=lambda: None,
        room=lambda: Room(rows=2),
    )  # fmt: skip
    for _ in range(7):
        village.drafts(village.person())
    counts = await ticks.run("reminders", START + timedelta(days=3))

    assert (counts["said"], len(village.said())) == (7, 7)
    assert len({row.person_id for row in village.said()}) == 7


async def test_the_ticks_run_by_themselves_and_stop(village, ticks):
    village.drafts(village.person())
    ticks.start()
    ticks.start()
    async with asyncio.timeout(60):
        while not village.said():
            await asyncio.sleep(0.02)
    ticks.stop()

    assert len(village.said()) == 1


async def test_a_job_that_runs_when_the_program_stops_ends_without_an_error(ticks, caplog):
    begun, ended = asyncio.Event(), asyncio.Event()

    async def take_long(_now: datetime) -> dict[str, int]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return {}

    ticks.jobs = {"reminders": take_long}
    ticks.start()
    await begun.wait()
    ticks.stop()
    async with asyncio.timeout(60):
        await ended.wait()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)

    assert [line.getMessage() for line in caplog.records if line.levelname == "ERROR"] == []


async def test_a_job_that_fails_is_run_again_at_its_next_tick(ticks):
    runs = Counter()

    async def fail(_now: datetime) -> dict[str, int]:
        runs["failed"] += 1
        if runs["failed"] == 1:
            raise StoreRefusesError("disk full")
        raise ValueError("a fault of ours")

    ticks.jobs["reminders"] = fail
    await ticks._tick("reminders")
    await ticks._tick("reminders")

    assert runs["failed"] == 2


async def test_with_a_real_store_the_jobs_run_too(url, vault):
    store = Store(url, vault)
    try:
        quiet = Ticks(
            store,
            pack=load_pack("quang-binh-2021", date(2021, 6, 1)),
            now=lambda: START,
            teller=teller,
            wake=lambda: None,
        )
        counts = await quiet.run_all(START)
    finally:
        store.close()

    assert not any(counts["reminders"].values())
