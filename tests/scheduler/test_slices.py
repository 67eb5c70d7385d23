"""No unit of work grows with the number of people: jobs go slice by slice, and a slice reads what it acts on."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.deadlines import deadlines
from registry.people.people import meet
from registry.people.roles import grant
from registry.store.rows import applications
from registry.store.slices import Room
from registry.store.store import open_engine
from scheduler import digest, escalation, lessons, nudges, reminders
from scheduler.slicing import BEGINNING, Job, Work, next_slice
from scheduler.ticks import Ticks
from tests.crowd import Meter, cost_of, crowd
from tests.scheduler.village import tell
from tests.scheduler.virtual import START, played

LATER = START + timedelta(days=1)
ROWS = 3
"""The room of a slice in these tests, instead of seconds."""
FEW, MANY = 100, 500
SLACK = 1.6
"""More rows make an index deeper, and a page of it is read in whole."""


def slices(db, pack, job: Job) -> Iterator[Meter]:
    """Run a job slice by slice, each with room for some rows, and give the cost of each."""
    at = BEGINNING
    while at is not None:
        (_, at), meter = cost_of(
            db, lambda db, at=at: next_slice(job, Work(db, pack, tell, LATER, Room(rows=ROWS)), at)
        )
        yield meter


@pytest.fixture
def cost_beside(empty_database, tmp_path, vault, pack):
    """The most a slice of a job costs beside a number of people, and the number of slices."""

    def cost(job: Job, number: int, *, again: bool = False) -> tuple[Meter, int]:
        file = tmp_path / f"{number}.db"
        file.write_bytes(empty_database.read_bytes())
        engine = open_engine(f"sqlite:///{file}", vault, folder=tmp_path)
        with engine.begin() as db:
            deadlines.seed(db, pack=pack)
            crowd(db, pack=pack, now=START, number=number, communes=20)
            official, _ = meet(db, channel="telegram", account="1", now=START)
            grant(db, person_id=official.id, role="province_official", place="44", granted_by="operator", now=START)
            if again:
                list(slices(db, pack, job))
            found = list(slices(db, pack, job))
        engine.dispose()
        most = Meter(*(max(getattr(one, name) for one in found) for name in ("statements", "steps", "rows")))
        return most, len(found)

    return cost


ALL = {
    "escalation": escalation.JOB, "reminders": reminders.JOB, "nudges": nudges.JOB, "lessons": lessons.JOB,
}  # fmt: skip
MARKED = {"escalation": escalation.JOB, "reminders": reminders.JOB}
"""These know what they looked at; the others go through everybody again, slice by slice."""


@pytest.mark.parametrize("name", ALL)
def test_a_slice_costs_the_same_beside_ten_times_as_many_people(name, cost_beside):
    few, some = cost_beside(ALL[name], FEW)
    many, more = cost_beside(ALL[name], MANY)

    assert more > some
    assert many.statements <= few.statements * SLACK
    assert many.rows <= few.rows * SLACK
    assert many.steps <= few.steps * SLACK


@pytest.mark.parametrize("name", MARKED)
def test_a_job_that_has_nothing_to_do_looks_at_nobody(name, cost_beside):
    few, _ = cost_beside(MARKED[name], FEW, again=True)
    many, slices_again = cost_beside(MARKED[name], MANY, again=True)

    assert slices_again <= len(MARKED[name])
    assert many.rows == few.rows == 0
    assert many.steps <= few.steps * SLACK


def test_a_slice_of_the_digests_has_few_officials_and_each_is_settled_once(store, pack):
    store.write_now(crowd, pack=pack, now=START, number=30)
    for account in range(7):
        official, _ = store.write_now(meet, channel="telegram", account=str(account), now=START)
        store.write_now(
            grant, person_id=official.id, role="province_official", place="44", granted_by="operator", now=START
        )
    monday = digest.monday_of(pack, START) + digest.WEEK + timedelta(hours=3)

    def some(db, at):
        return next_slice(digest.JOB, Work(db, pack, tell, monday, Room(rows=ROWS)), at)

    settled, at = [], BEGINNING
    while at is not None:
        counts, at = store.write_now(some, at)
        settled.append(counts.get("said", 0) + counts.get("skipped", 0))

    assert sum(settled) == 7
    assert max(settled) <= ROWS


def test_a_digest_of_a_commune_costs_the_same_beside_ten_times_as_many_people_elsewhere(
    empty_database, tmp_path, vault, pack
):
    steps = []
    for number in (FEW, 10 * FEW):
        file = tmp_path / f"{number}.db"
        file.write_bytes(empty_database.read_bytes())
        engine = open_engine(f"sqlite:///{file}", vault, folder=tmp_path)
        with engine.begin() as db:
            crowd(db, pack=pack, now=START, number=number, communes=1)
            official, _ = meet(db, channel="telegram", account="1", now=START)
            grant(db, person_id=official.id, role="commune_official", place="19213", granted_by="operator", now=START)
            monday = digest.monday_of(pack, START) + digest.WEEK + timedelta(hours=3)
            _, meter = cost_of(db, lambda db, now=monday: digest.sweep(db, pack=pack, tell=tell, now=now))
            steps.append(meter.steps)
        engine.dispose()

    assert steps[1] <= steps[0] * SLACK


def test_a_whole_job_leaves_nothing_for_a_further_slice(store, pack):
    store.write_now(deadlines.seed, pack=pack)
    store.write_now(crowd, pack=pack, now=START, number=30)
    official, _ = store.write_now(meet, channel="telegram", account="1", now=START)
    store.write_now(
        grant, person_id=official.id, role="province_official", place="44", granted_by="operator", now=START
    )
    ticks = Ticks(
        store, pack=pack, now=lambda: LATER, teller=lambda _db, _now: tell, wake=lambda: None,
        room=lambda: Room(rows=4),
    )  # fmt: skip

    counts = played(ticks.run("escalation", LATER))

    assert counts["escalated"] == 20  # the others are accepted
    at_the_top = select(func.count()).select_from(applications).where(applications.c.holder == "44")
    assert store.read_now(lambda db: db.execute(at_the_top).scalar_one()) == 20


def test_replies_are_written_between_two_slices(store, pack):
    """A unit that is handed in while a job runs waits for one slice, not for the job."""
    store.write_now(deadlines.seed, pack=pack)
    store.write_now(crowd, pack=pack, now=START, number=30)
    official, _ = store.write_now(meet, channel="telegram", account="1", now=START)
    store.write_now(
        grant, person_id=official.id, role="province_official", place="44", granted_by="operator", now=START
    )
    order: list[str] = []

    class Listening:
        async def write(self, unit, *args, **kwargs):
            order.append("slice" if unit.__name__ == "_slice" else "reply")
            return store.write_now(unit, *args, **kwargs)

    async def reply_meanwhile() -> None:
        listening = Listening()
        ticks = Ticks(
            listening, pack=pack, now=lambda: LATER, teller=lambda _db, _now: tell, wake=lambda: None,
            room=lambda: Room(rows=4),
        )  # fmt: skip
        job = asyncio.create_task(ticks.run("escalation", LATER))
        while not job.done():
            await asyncio.sleep(0)
            if order and order[-1] == "slice":
                await listening.write(lambda db: None)
        await job

    played(reply_meanwhile())

    assert order[:4] == ["slice", "reply", "slice", "reply"]
