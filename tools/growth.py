"""
Measure how the units of work grow with the database: each with few people and with many.

    make growth                        about five minutes on two cores
    python tools/growth.py --people 1000 100000

A unit of work keeps the one writer busy: a sweep's slice, a claim, a page's query, a form's turn.
It is printed with its CPU time on the writer, the instructions of the database and the rows it wrote.
Of a job the longest slice is shown, with the number of slices.
Record notable results in docs/figures.md with their date.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_crowds import say
from sqlalchemy import Connection, insert, update

from handlers.conversation.telling import Telling
from registry.applications import applications as cases
from registry.applications.office_list import office_list
from registry.broadcasts import audiences
from registry.deadlines import deadlines
from registry.deliveries.backlog import backlog
from registry.deliveries.claims import claim_ready
from registry.people import people, roles
from registry.store import inbox
from registry.store.rows import applications, deliveries, drafts
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from registry.store.slices import SECONDS, Room
from registry.store.store import Store, open_engine
from scheduler import broadcasts, digest, entries, escalation, gatherings, housekeeping, lessons, nudges, reminders
from scheduler.reminding import opened
from scheduler.slicing import BEGINNING, At, Job, Work, next_slice
from tests.crowd import Meter, crowd, metered, past_delivery
from tests.handlers.desk import NOW, Village, house_of
from tests.hard.crash import registration

PACK = "quang-binh-2021"
PROVINCE, COMMUNE = "44", "18871"
TALKATIVE = "talkative"
LONG = 10_000
"""The messages one talkative person got."""
Unit = Callable[[Connection], Any]
MOST_SLICES = 40
"""A job is cut off after this many slices: the longest of them is what is asked for."""
SETTLED = "settled: "
"""The jobs once more, after all applications and drafts were looked at: what a run without news costs."""


@dataclass(slots=True)
class Cost:
    """The cost of one kind of unit: the longest CPU time in ms, the most instructions and rows, and how many ran."""

    ms: float = 0.0
    steps: int = 0
    rows: int = 0
    units: int = 0

    def add(self, seconds: float, meter: Meter) -> None:
        self.ms = max(self.ms, seconds * 1000)
        self.steps = max(self.steps, meter.steps)
        self.rows = max(self.rows, meter.rows)
        self.units += 1


def measure(folder: Path, number: int) -> dict[str, Cost]:
    """Measure every unit of work beside this many people."""
    folder.mkdir()
    url, vault = f"sqlite:///{folder / 'growth.db'}", Vault(bytes(range(32)))
    upgrade(url, vault)
    engine = open_engine(url, vault, folder=folder)
    house = house_of(PACK)
    with engine.begin() as db:
        deadlines.seed(db, pack=house.pack)
        for first in range(0, number, 2000):
            crowd(db, pack=house.pack, now=NOW, number=min(2000, number - first), first=first)
        official, _ = people.meet(db, channel="telegram", account="1", now=NOW)
        for name, place in (("province_official", PROVINCE), ("commune_official", COMMUNE)):
            roles.grant(db, person_id=official.id, role=name, place=place, granted_by="operator", now=NOW)
        held = {role.place: role for role in roles.roles_of(db, person_id=official.id, on=NOW.date())}
    costs: dict[str, Cost] = {}
    with engine.connect() as db:
        for name, units in _units(house.pack, lambda at: Telling(house, at, NOW + timedelta(days=1)), held):
            cost = costs[name] = Cost()
            if name.startswith(SETTLED) and not any(one.startswith(SETTLED) for one in list(costs)[:-1]):
                with db.begin():
                    _settle(Work(db, house.pack, Telling(house, db, NOW), NOW + timedelta(days=1)))
            for unit in units:
                with db.begin():
                    _run(db, unit, cost)
    engine.dispose()
    store = Store(url, vault, folder)
    try:
        _turns(store, folder / "growth.db", costs)
    finally:
        store.close()
    return costs


def _run(db: Connection, unit: Unit, cost: Cost) -> None:
    with metered(db) as meter:
        began = time.thread_time()
        unit(db)
        seconds = time.thread_time() - began
    cost.add(seconds, meter)


def _units(pack: Any, tell: Callable[[Connection], Telling], held: dict[str, roles.Role]) -> Iterator[tuple[str, Any]]:
    """Each kind of unit with the units to run, a job slice by slice."""
    later = NOW + timedelta(days=1)
    office, commune = held[PROVINCE], held[COMMUNE]
    lease = timedelta(minutes=5)

    def seen(role: roles.Role, **more: Any) -> Unit:
        return lambda db: cases.applications_seen_by(db, role=role, places=pack.places, on=NOW.date(), **more)

    yield "claim, nothing due", [lambda db: claim_ready(db, channel="telegram", now=NOW, limit=8, bulk=7, lease=lease)]
    yield "/readyz: messages", [lambda db: backlog(db, now=NOW)]
    yield "/readyz: events", [inbox.backlog]
    yield (
        "audience of a province",
        [lambda db: audiences.count(db, pack=pack, role=office, wanted=audiences.Wanted(PROVINCE), now=NOW)],
    )
    yield "page: applications of a commune", [seen(commune)]
    yield "page: ten applications of a province", [seen(office, limit=10)]
    yield (
        "list of a province (XLSX)",
        [lambda db: office_list(db, pack=pack, place=PROVINCE, by="operator", on=NOW.date())],
    )
    jobs: dict[str, Job] = {
        "escalation": escalation.JOB, "reminders": reminders.JOB, "nudges": nudges.JOB, "lessons": lessons.JOB,
    }  # fmt: skip
    quiet: dict[str, Job] = {
        "gatherings": gatherings.JOB, "entries": entries.JOB, "broadcasts": broadcasts.job(),
        "housekeeping": housekeeping.JOB, "housekeeping a week later": housekeeping.JOB,
    }  # fmt: skip
    yield "slice: digest", _slices(digest.JOB, pack, tell, NOW + timedelta(days=6))
    for name, job in jobs.items():
        yield f"slice: {name}", _slices(job, pack, tell)
    for name, job in jobs.items():
        yield f"{SETTLED}{name}", _slices(job, pack, tell)
    for name, job in quiet.items():
        yield f"slice: {name}", _slices(job, pack, tell, later + timedelta(days=8 if "week" in name else 0))


def _slices(
    job: Job, pack: Any, tell: Callable[[Connection], Telling], now: datetime = NOW + timedelta(days=1)
) -> Iterator[Unit]:
    """The slices of a job, each from where the one before ended; not more than some dozens."""
    at: At | None = BEGINNING

    def run(db: Connection) -> None:
        nonlocal at
        work = Work(db, pack, tell(db), now, Room(seconds=SECONDS))
        _, at = next_slice(job, work, at or BEGINNING)

    for _ in range(MOST_SLICES):
        if at is None:
            break
        yield run


def _settle(work: Work) -> None:
    """Leave the rows as whole runs of the jobs leave them: nothing is overdue, all reminders are planned."""
    mark = opened.begin(work).planned_for
    work.db.execute(update(applications).values(due_on=NOW.date() + timedelta(days=30), planned_for=mark))
    work.db.execute(update(drafts).values(planned_for=mark))


def _turns(store: Store, file: Path, costs: dict[str, Cost]) -> None:
    """A form's turns of a new person, and a turn of somebody with a long history."""
    village = Village(store, house_of(PACK), file)
    turns = costs["turn of a form"] = Cost()
    for number in range(3):
        for words, _ in registration(number):
            began = time.process_time()
            village.say(f"9{number}", words)
            turns.add(time.process_time() - began, Meter())
    village.say(TALKATIVE, "/start")
    store.write_now(_much_said)
    began = time.process_time()
    village.say(TALKATIVE, "1")
    costs["turn after 10,000 messages"] = Cost()
    costs["turn after 10,000 messages"].add(time.process_time() - began, Meter())


def _much_said(db: Connection) -> None:
    person, _ = people.meet(db, channel="test", account=TALKATIVE, now=NOW)
    rows = [
        past_delivery(f"talk{n}", person.id, TALKATIVE, NOW - timedelta(minutes=LONG - n), "status", 1)
        for n in range(LONG)
    ]
    db.execute(insert(deliveries), [row | {"channel": "test"} for row in rows])


def report(sizes: Sequence[int], found: Sequence[dict[str, Cost]]) -> None:
    """Print a line per unit: at each size, and the ratio of the last to the first."""
    heads = "".join(f"{size:>12,}: ms {'steps':>9} {'rows':>6} {'units':>5}" for size in sizes)
    say(f"{'':38}{heads}   ms ×")
    for name in found[0]:
        costs = [one[name] for one in found]
        figures = "".join(f"{one.ms:16.2f} {one.steps:9,} {one.rows:6,} {one.units:5}" for one in costs)
        say(f"{name:38}{figures} {costs[-1].ms / max(costs[0].ms, 0.01):6.1f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[1_000, 100_000])
    chosen = parser.parse_args()
    load = " ".join(f"{part:.2f}" for part in os.getloadavg())
    say(f"{date.today()}  {os.cpu_count()} cores  load before {load}  Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory(prefix="ocopbot-growth-") as folder:
        measure(Path(folder) / "first", 50)  # statements are compiled here, and not in the figures
        report(chosen.people, [measure(Path(folder) / str(size), size) for size in chosen.people])


if __name__ == "__main__":
    main()
