"""
Reminders against a small model of what they promise.

Histories are random: the machine off for days, its clock put forward and back, two
processes on one database, a deadline moved and moved back, a step done and undone,
a reminder put off.  Program and model must say the same at the same moments.
"""

import asyncio
import shutil
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from content.pack import Pack
from registry import deadlines, occurrences, rounds
from registry.drafts import close_draft, reopen_draft
from registry.people import meet
from registry.roles import NotAllowedError, grant
from registry.rows import deliveries, drafts
from registry.rows import occurrences as rows
from registry.sealing import Vault
from registry.store import Store
from scheduler import reminders
from scheduler.manners import spread
from tests.scheduler.village import Village, tell
from tests.scheduler.virtual import START, StoreAtHand

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST, RULES = date(2021, 6, 11), (7, 3, 1)


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), ZONE)


@dataclass
class Rung:
    """One reminder as the model sees it."""

    at: datetime
    state: str = "waits"  # waits, said, skipped
    said_at: datetime | None = None
    skipped_at: datetime | None = None


@dataclass
class Model:
    """What a person with a draft is to hear of one deadline."""

    apart: timedelta
    last: date = FIRST
    rungs: list[Rung] = field(default_factory=list)
    done: bool = False
    told: date | None = None
    changed_at: datetime | None = None
    heard: list[tuple[str, datetime]] = field(default_factory=list)

    def sweep(self, now: datetime) -> None:
        open_now = now < end_of(self.last)
        for rung in self.rungs:  # skipped in a future that never came
            if rung.state == "skipped" and rung.skipped_at and rung.skipped_at > now + timedelta(minutes=5):
                rung.state, rung.skipped_at = "waits", None
        if not self.rungs and open_now and not self.done:
            self.rungs = [Rung(datetime.combine(self.last - timedelta(days=before), time(8), ZONE)) for before in RULES]
            for rung in self.rungs:
                if rung.at < START:  # before there was a draft: no news to somebody who has only just begun
                    rung.state, rung.skipped_at = "skipped", now
        lately = self.changed_at is not None and self.changed_at > now - timedelta(minutes=10)
        if lately and open_now:  # it may be taken back: nobody hears of it yet
            return
        due = sorted((rung for rung in self.rungs if rung.state == "waits" and rung.at <= now), key=lambda one: one.at)
        if due and (self.done or not open_now):
            for rung in due:
                rung.state, rung.skipped_at = "skipped", now
        elif due:
            for rung in due[:-1]:
                rung.state, rung.skipped_at = "skipped", now
            self._take(due[-1], now)
        self._correct(now, open_now)

    def _take(self, rung: Rung, now: datetime) -> None:
        if self.decent(now):
            rung.state, rung.said_at = "said", now
            self.told = self.last
            self.heard.append(("reminder", now))
            return
        local = now.astimezone(ZONE)
        morning = datetime.combine(local.date() + timedelta(days=local.hour >= 21), time(7), ZONE)
        if morning >= end_of(self.last):
            rung.state, rung.skipped_at = "skipped", now
        else:
            rung.at = morning + self.apart

    def _correct(self, now: datetime, open_now: bool) -> None:
        if self.told not in {None, self.last} and open_now and not self.done and self.decent(now):
            self.told = self.last
            self.heard.append(("moved", now))

    @staticmethod
    def decent(now: datetime) -> bool:
        return time(7) <= now.astimezone(ZONE).time() < time(21)

    def move(self, last: date, now: datetime) -> None:
        by = last - self.last
        self.last, self.changed_at = last, now
        for rung in self.rungs:
            rung.at += by
            ahead = rung.at > now
            if rung.state == "skipped" and ahead:
                rung.state, rung.skipped_at = "waits", None
            elif rung.state == "said" and ahead and rung.said_at and rung.at > rung.said_at:
                rung.state = "waits"
            elif rung.state == "waits" and rung.said_at and rung.at <= rung.said_at:
                rung.state = "said"

    def put_off(self, rung: Rung, until: datetime, now: datetime) -> None:
        if now < until < end_of(self.last):
            rung.state, rung.at, rung.said_at = "waits", until, None


class Ground:
    """Where every history begins: one person with a draft, one official, on a database that is copied."""

    def __init__(self, empty: Path, folder: Path, vault: Vault, pack: Pack) -> None:
        self.folder, self.vault, self.pack = folder, vault, pack
        self.file = folder / "ground.db"
        shutil.copyfile(empty, self.file)
        store = StoreAtHand(f"sqlite:///{self.file}", vault)
        village = Village(store, pack)
        self.person = village.person()
        self.draft = village.drafts(self.person)
        official, _ = store.write_now(meet, channel="telegram", account="official", now=START)
        self.role = store.write_now(
            grant, person_id=official.id, role="province_official", place="44", granted_by="operator", now=START
        )
        known = store.write_now(deadlines.open_deadlines, places=pack.places, place=None, now=START)
        self.deadline = next(one.id for one in known if one.spec == "idea_closes")
        store.close()

    def play(self) -> "Played":
        file = self.folder / "played.db"
        for old in self.folder.glob("played.db*"):
            old.unlink()
        shutil.copyfile(self.file, file)
        return Played(f"sqlite:///{file}", self)


@pytest.fixture(scope="module")
def ground(empty_database: Path, tmp_path_factory: pytest.TempPathFactory, vault: Vault, pack: Pack) -> Ground:
    return Ground(empty_database, tmp_path_factory.mktemp("ground"), vault, pack)


class Played:
    """The program on a database of its own, with two processes' stores on it."""

    def __init__(self, url: str, ground: Ground) -> None:
        self.stores = (StoreAtHand(url, ground.vault), StoreAtHand(url, ground.vault))
        self.pack, self.person, self.draft = ground.pack, ground.person, ground.draft
        self.role, self.deadline = ground.role, ground.deadline

    def do(self, unit: Any, *args: Any, **kwargs: Any) -> Any:
        return self.stores[0].write_now(unit, *args, **kwargs)

    def sweep(self, now: datetime, which: int) -> None:
        while self.stores[which].write_now(reminders.sweep, pack=self.pack, tell=tell, now=now)["left"]:
            pass
        # what is owed leaves at once
        self.do(lambda db: db.execute(update(deliveries).values(state="sent", sent_at=now)).rowcount)

    def move(self, last: date, now: datetime) -> bool:
        try:
            self.do(
                rounds.move_deadline, pack=self.pack, deadline_id=self.deadline, last=last, role=self.role,
                on=now.astimezone(ZONE).date(), now=now,
            )  # fmt: skip
        except (rounds.UnfitDayError, NotAllowedError):  # a role ends too, when the clock runs a year ahead
            return False
        return True

    def set_done(self, *, done: bool, now: datetime) -> None:
        if done:
            self.do(close_draft, key=self.draft, state="dropped", now=now)
        else:
            self.do(reopen_draft, key=self.draft, now=now)
            # the model knows nothing of when somebody began
            self.do(lambda db: db.execute(update(drafts).values(created_at=START)).rowcount)

    def rows(self) -> list[Any]:
        query = select(rows).where(rows.c.deadline_id == self.deadline)
        return list(self.do(lambda db: list(db.execute(query))))

    def heard(self) -> list[tuple[str, datetime]]:
        def read(db: Any) -> list[tuple[str, datetime]]:
            found = db.execute(select(deliveries.c.key, deliveries.c.created_at).order_by(deliveries.c.created_at))
            return [(row.key.partition(":")[0], row.created_at) for row in found]

        return list(self.do(read))

    def close(self) -> None:
        for store in self.stores:
            store.close()


steps = st.lists(
    st.one_of(
        st.tuples(st.just("sweep"), st.integers(0, 1)),
        st.tuples(st.just("wait"), st.sampled_from((7, 60, 8 * 60, 13 * 60, 24 * 60))),
        st.tuples(st.just("off"), st.sampled_from((2, 3, 5))),
        st.tuples(st.just("jump"), st.sampled_from((-1, 3, -3, 400, -400))),
        st.tuples(st.just("move"), st.integers(3, 30)),
        st.tuples(st.just("done"), st.booleans()),
        st.tuples(st.just("put off"), st.sampled_from((1, 3))),
    ),
    min_size=4,
    max_size=16,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps)
def test_program_and_model_say_the_same(steps, ground):
    played = ground.play()
    model = Model(spread(played.person))
    now = START
    try:
        # every history ends with a look on each side of the deadline
        for what, value in [*steps, ("sweep", 0), ("wait", 24 * 60), ("sweep", 1)]:
            match what:
                case "sweep":
                    played.sweep(now, value)
                    model.sweep(now)
                case "wait":
                    now += timedelta(minutes=value)
                case "off" | "jump":
                    now = max(now + timedelta(days=value), START)
                case "move":
                    last = date(2021, 6, value)
                    if played.move(last, now) and last != model.last:
                        model.move(last, now)
                case "done":
                    played.set_done(done=value, now=now)
                    model.done = value
                case "put off":
                    put_off(played, model, now, value)
        agree(played, model)
    finally:
        played.close()


def put_off(played: Played, model: Model, now: datetime, days: int) -> None:
    """The person presses a snooze on the reminder heard last."""
    heard = [rung for rung in model.rungs if rung.state == "said"]
    if not heard:
        return
    rung = max(heard, key=lambda one: one.at)
    until = datetime.combine(now.astimezone(ZONE).date() + timedelta(days=days), time(8), ZONE)
    row = next(row for row in played.rows() if row.state == "said" and row.due_at == rung.at)
    played.do(occurrences.snooze, occurrence_id=row.id, person_id=played.person, until=until, now=now)
    model.put_off(rung, until, now)


def agree(played: Played, model: Model) -> None:
    names = {"waits": "planned", "said": "said", "skipped": "skipped"}
    found = sorted((row.due_at, row.state) for row in played.rows())
    assert found == sorted((rung.at.astimezone(row_zone(found)), names[rung.state]) for rung in model.rungs)
    assert sorted(played.heard()) == sorted(model.heard)
    assert all(row.reason for row in played.rows() if row.state == "skipped")
    assert all(Model.decent(moment) for _, moment in played.heard())


def row_zone(found: list[tuple[datetime, str]]) -> Any:
    return found[0][0].tzinfo if found else ZONE


def messages(store: Store) -> list[Any]:
    return store.read_now(lambda db: list(db.execute(select(deliveries))))


async def test_two_processes_that_sweep_at_once_say_it_once(url, vault, pack):
    stores = (Store(url, vault), Store(url, vault))
    village = Village(stores[0], pack)
    people = [village.person() for _ in range(5)]
    for person in people:
        village.drafts(person)
    moment = datetime(2021, 6, 4, 8, tzinfo=ZONE)
    try:
        sweeps = (
            store.write(reminders.sweep, pack=pack, tell=tell, now=moment + timedelta(seconds=turn))
            for turn in range(4)
            for store in stores
        )
        counts = await asyncio.gather(*sweeps)
        assert sum(one["said"] for one in counts) == len(messages(stores[1])) == len(people)
    finally:
        for store in stores:
            store.close()


@pytest.mark.parametrize("days", [3, -1, 366])
def test_a_clock_that_ran_wrong_and_was_put_right_loses_no_reminder(village, days):
    village.drafts(village.person())
    village.sweep(START)
    village.sweep(START + timedelta(days=days))
    for hour in range(0, 24 * 11, 6):
        village.sweep(START + timedelta(hours=hour))

    # one that was really said while the clock was ahead is not said again
    ahead = sum(row.created_at == START + timedelta(days=3) for row in village.said()) if days == 3 else 0
    assert len(village.said()) == len(RULES)
    assert ahead == (days == 3)
