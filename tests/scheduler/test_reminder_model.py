"""
Reminders against a small model of their promises.

Histories are random.  The machine is off for days, its clock moves, two processes share one database.
Deadlines move, steps are done and undone, reminders are put off, stopped or moved to another hour.
Pauses of the person or of their commune and days off are among them.
Program and model must send the same at the same moments.
"""

import asyncio
import shutil
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from content.programme.pack import Pack
from registry.applications.drafts import close_draft, reopen_draft
from registry.deadlines import deadlines, occurrences, pauses, rounds
from registry.deadlines.occurrences import occurrences as rows
from registry.people.people import meet, set_preference
from registry.people.roles import NotAllowedError, grant
from registry.store.rows import deliveries, drafts
from registry.store.sealing import Vault
from registry.store.store import Store
from scheduler import reminders
from scheduler.quiet_hours import spread
from tests.scheduler.village import COMMUNE, Village, tell
from tests.scheduler.virtual import START, StoreAtHand

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST, RULES = date(2021, 6, 11), (7, 3, 1)
DAYS_OFF = (date(2021, 6, 8), date(2021, 6, 9), date(2021, 6, 18))
"""The pack's added holidays: exactly on the reminder days."""
EVE = START + timedelta(days=2, hours=13)
"""The evening before the first reminder: the histories have reminder days, not days of waiting."""
LATELY = (timedelta(minutes=10), timedelta(minutes=5))


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), ZONE)


@dataclass
class Rung:
    """One reminder as the model sees it."""

    at: datetime
    state: str = "waits"  # waits, said, skipped
    said_at: datetime | None = None
    skipped_at: datetime | None = None
    why: str = ""  # "person" or "place" where a pause is the reason, "stopped"

    def skip(self, now: datetime, why: str = "") -> None:
        self.state, self.skipped_at, self.why = "skipped", now, why


@dataclass
class Model:
    """The reminders a person with a draft gets for one deadline."""

    apart: timedelta
    last: date = FIRST
    rungs: list[Rung] = field(default_factory=list)
    done: bool = False
    told: date | None = None
    changed_at: datetime | None = None
    heard: list[tuple[str, datetime]] = field(default_factory=list)
    hour: int | None = None
    off: bool = False
    paused_until: datetime | None = None
    calm: list[list[datetime]] = field(default_factory=list)

    def sweep(self, now: datetime) -> None:
        open_now = now < end_of(self.last)
        for rung in self.rungs:  # skipped in a future that never came
            future = rung.skipped_at is not None and rung.skipped_at > now + timedelta(minutes=5)
            if rung.state == "skipped" and rung.why != "stopped" and future:
                rung.state, rung.skipped_at, rung.why = "waits", None, ""
        if not self.rungs and open_now and not self.done:
            hour = time(8 if self.hour is None else self.hour)
            self.rungs = [Rung(datetime.combine(self.last - timedelta(days=before), hour, ZONE)) for before in RULES]
            for rung in self.rungs:
                if rung.at < START:  # before there was a draft: no news to somebody who has only just begun
                    rung.skip(now)
        lately = self.changed_at is not None and now - LATELY[0] < self.changed_at <= now + LATELY[1]
        if lately and open_now:  # it may be taken back: it is not sent yet
            return
        due = sorted((rung for rung in self.rungs if rung.state == "waits" and rung.at <= now), key=lambda one: one.at)
        if due and (self.done or self.off or not open_now):
            for rung in due:
                rung.skip(now)
        elif due:
            for rung in due[:-1]:
                rung.skip(now)
            self._take(due[-1], now)
        if self.told not in {None, self.last} and open_now and not self.done and not self.off:
            self._correct(now)

    def _take(self, rung: Rung, now: datetime) -> None:
        at, why = self.when(now)
        if at is None:
            rung.skip(now, why)
        elif at > now:
            rung.at, rung.why = at, why
        else:
            rung.state, rung.said_at, rung.why = "said", now, ""
            self.told = self.last
            self.heard.append(("reminder", now))

    def _correct(self, now: datetime) -> None:
        if self.when(now)[0] == now:
            self.told = self.last
            self.heard.append(("moved", now))

    def when(self, now: datetime) -> tuple[datetime | None, str]:
        """The first moment from now on that no pause, night or day off forbids, while there is time; and which did."""
        begin, why = now, ""
        if self.paused_until is not None and self.paused_until > begin:
            begin, why = self.paused_until, "person"
        place = max((ends for began, ends in self.calm if began <= now < ends), default=begin)
        if place > begin:
            begin, why = place, "place"
        opens = 7 if self.hour is None else self.hour
        end = end_of(self.last)
        found = self.from_(begin, opens, DAYS_OFF)
        if found >= end:
            found = self.from_(begin, 7, ())
        if found >= end or begin >= end:
            return None, why
        if found <= now:
            return now, why
        apart = found + self.apart
        return apart if apart < end and apart.astimezone(ZONE).hour < 21 else found, why

    @staticmethod
    def from_(begin: datetime, opens: int, days_off: tuple[date, ...]) -> datetime:
        local = begin.astimezone(ZONE)
        while not (opens <= local.hour < 21 and local.date() not in days_off):
            later = local.date() in days_off or local.hour >= 21
            local = datetime.combine(local.date() + timedelta(days=later), time(0 if later else opens), ZONE)
        return local

    def change_hour(self, hour: int, now: datetime) -> None:
        self.hour = hour
        for rung in self.rungs:
            moment = datetime.combine(rung.at.astimezone(ZONE).date(), time(hour), ZONE)
            if rung.state == "waits" and moment > now and rung.at > now:
                rung.at = moment

    def look_again(self, why: str, now: datetime) -> None:
        """A pause is over or ends sooner: its waiting reminders are decided again."""
        for rung in self.rungs:
            if rung.why == why and rung.state != "said" and now < end_of(self.last):
                rung.state, rung.at, rung.why, rung.skipped_at, rung.said_at = "waits", now, "", None, None

    def pause_place(self, ends: datetime, now: datetime) -> None:
        held = [one for one in self.calm if one[0] <= now < one[1]]
        for one in held:
            one[1] = ends
        if held:
            self.look_again("place", now)
        else:
            self.calm.append([now, ends])

    def end_pause(self, now: datetime) -> None:
        held = [one for one in self.calm if one[1] > now]
        for one in held:
            one[1] = now
        if held:
            self.look_again("place", now)

    def stop(self, now: datetime) -> None:
        for rung in self.rungs:
            if rung.state == "said":
                rung.why = "stopped"
            elif rung.state == "waits":
                rung.skip(now, "stopped")
                rung.said_at = None

    def move(self, last: date, now: datetime) -> None:
        by = last - self.last
        self.last, self.changed_at = last, now
        for rung in self.rungs:
            rung.at += by
            ahead = rung.at > now
            if rung.why == "stopped":
                pass
            elif rung.state == "skipped" and ahead:
                rung.state, rung.skipped_at, rung.why = "waits", None, ""
            elif rung.state == "said" and ahead and rung.said_at and rung.at > rung.said_at:
                rung.state, rung.why = "waits", ""
            elif rung.state == "waits" and rung.said_at and rung.at <= rung.said_at:
                rung.state, rung.why = "said", ""

    def put_off(self, rung: Rung, until: datetime, now: datetime) -> None:
        if now < until < end_of(self.last):
            rung.state, rung.at, rung.said_at, rung.why = "waits", until, None, ""


class Ground:
    """Where every history begins: one person with a draft, one official, on a database that is copied."""

    def __init__(self, empty: Path, folder: Path, vault: Vault, pack: Pack) -> None:
        self.folder, self.vault = folder, vault
        self.pack = replace(pack, programme=replace(pack.programme, holidays=(*pack.programme.holidays, *DAYS_OFF)))
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
    """The program on a separate database, with two processes' stores on it."""

    def __init__(self, url: str, ground: Ground) -> None:
        self.stores = (StoreAtHand(url, ground.vault), StoreAtHand(url, ground.vault))
        self.pack, self.person, self.draft = ground.pack, ground.person, ground.draft
        self.role, self.deadline = ground.role, ground.deadline

    def do(self, unit: Any, *args: Any, **kwargs: Any) -> Any:
        return self.stores[0].write_now(unit, *args, **kwargs)

    def sweep(self, now: datetime, which: int) -> None:
        self.stores[which].write_now(reminders.sweep, pack=self.pack, tell=tell, now=now)
        # queued messages are sent at once
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

    def prefer(self, **preferences: Any) -> None:
        self.do(set_preference, person_id=self.person, **preferences)

    def change_hour(self, hour: int, now: datetime) -> None:
        self.prefer(remind_hour=hour)
        self.do(occurrences.change_hour, person_id=self.person, hour=hour, zone=ZONE, now=now)

    def stop(self, now: datetime) -> None:
        self.do(occurrences.stop_reminding, deadline_id=self.deadline, person_id=self.person, now=now)

    def calm(self, days: int | None, now: datetime) -> bool:
        """Pause the commune for a number of days, or (None) end its pause; False where the role is over."""
        on = now.astimezone(ZONE).date()
        said = {"pack": self.pack, "place": COMMUNE, "role": self.role, "on": on, "now": now}
        try:
            if days is None:
                self.do(pauses.end_pause, **said)
            else:
                self.do(pauses.pause_place, last=on + timedelta(days=days), **said)
        except NotAllowedError:
            return False
        return True

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


acts = st.one_of(
    st.tuples(st.just("nothing"), st.none()),
    st.tuples(st.just("nothing"), st.none()),
    st.tuples(st.just("jump"), st.sampled_from((-1, 3, -3))),
    st.tuples(st.just("ran ahead"), st.sampled_from((3, 400))),
    st.tuples(st.just("move"), st.integers(3, 30)),
    st.tuples(st.just("done"), st.booleans()),
    st.tuples(st.just("put off"), st.sampled_from((1, 3))),
    st.tuples(st.just("stop"), st.none()),
    st.tuples(st.just("off"), st.booleans()),
    st.tuples(st.just("hour"), st.sampled_from((7, 11, 19))),
    st.tuples(st.just("pause"), st.sampled_from((1, 2, 7, None))),
    st.tuples(st.just("calm"), st.sampled_from((0, 1, 3, None))),
)
waits = st.sampled_from((0, 7, 60, 6 * 60, 8 * 60, 13 * 60, 24 * 60, 48 * 60))
steps = st.lists(st.tuples(acts, waits, st.sampled_from((0, 1, 1, None))), min_size=8, max_size=20)
"""An event, the minutes that pass after it, and the process that looks then (None: none does, it is off)."""


NOTHING = ("nothing", None)
MORNING, TWO_DAYS = 13 * 60, 48 * 60
"""From the evening to ten o'clock, when the first reminder is due."""


@example(steps=[(("pause", 7), MORNING, 0), (("pause", None), 7, 1)])
@example(steps=[(("pause", 1), MORNING, 0), (NOTHING, TWO_DAYS, 1)])
@example(steps=[(("calm", 3), MORNING, 0), (("calm", None), 60, 1)])
@example(steps=[(("calm", 3), MORNING, 0), (("calm", 0), 7, 1), (NOTHING, TWO_DAYS, 0)])
@example(steps=[(("move", 6), MORNING, 0), (("calm", 3), TWO_DAYS, 0), (("calm", None), 60, 1)])
@example(steps=[(NOTHING, MORNING, 0), (("stop", None), 7, 1), (("move", 25), 60, 0), *[(NOTHING, TWO_DAYS, 1)] * 10])
@example(steps=[(NOTHING, MORNING, 0), (("stop", None), 7, 1), (("put off", 3), TWO_DAYS, 0), (NOTHING, TWO_DAYS, 0)])
@example(steps=[(("move", 9), MORNING, 0), (NOTHING, TWO_DAYS, 0), (NOTHING, TWO_DAYS, 1)])  # the end is two days off
@example(steps=[(NOTHING, TWO_DAYS, None), (NOTHING, TWO_DAYS, None), (NOTHING, MORNING, 0), (NOTHING, TWO_DAYS, 1)])
@example(steps=[(("hour", 19), MORNING, 0), (NOTHING, 8 * 60, 0), (NOTHING, 60, 1)])
@example(steps=[(("off", True), MORNING, 0), (("off", False), 60, 0), (NOTHING, TWO_DAYS, 1), (NOTHING, TWO_DAYS, 1)])
@example(steps=[(("ran ahead", 400), MORNING, 0), (("ran ahead", 3), TWO_DAYS, 1), (NOTHING, TWO_DAYS, 0)])
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps)
def test_program_and_model_say_the_same(steps, ground):
    played = ground.play()
    model = Model(spread(played.person))
    now = EVE
    try:
        # every history ends with a look on each side of the deadline
        for (what, value), minutes, which in [*steps, (("nothing", None), 0, 0), (("nothing", None), 24 * 60, 1)]:
            match what:
                case "jump":
                    now = max(now + timedelta(days=value), START)
                case "ran ahead":  # and was put right
                    played.sweep(now + timedelta(days=value), 0)
                    model.sweep(now + timedelta(days=value))
                case "move":
                    last = date(2021, 6, value)
                    if played.move(last, now) and last != model.last:
                        model.move(last, now)
                case "done":
                    played.set_done(done=value, now=now)
                    model.done = value
                case "put off":
                    put_off(played, model, now, value)
                case "stop":
                    played.stop(now)
                    model.stop(now)
                case "off":
                    played.prefer(reminders=not value)
                    model.off = value
                case "hour":
                    played.change_hour(value, now)
                    model.change_hour(value, now)
                case "pause":
                    pause(played, model, value, now)
                case "calm" if played.calm(value, now):
                    if value is None:
                        model.end_pause(now)
                    else:
                        model.pause_place(end_of(now.astimezone(ZONE).date() + timedelta(days=value)), now)
            now += timedelta(minutes=minutes)
            if which is not None:
                played.sweep(now, which)
                model.sweep(now)
        agree(played, model)
    finally:
        played.close()


def pause(played: Played, model: Model, days: int | None, now: datetime) -> None:
    """The person pauses for some days, or (None) takes messages again."""
    if days is None:
        model.paused_until = None
        played.do(pauses.take_messages_again, person_id=played.person, now=now)
        model.look_again("person", now)
    else:
        model.paused_until = now + timedelta(days=days)
        played.prefer(paused_until=model.paused_until)


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
    assert all(7 <= moment.astimezone(ZONE).hour < 21 for _, moment in played.heard())
    assert all(moment < end_of(date(2021, 6, 30)) for kind, moment in played.heard())


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
