"""Gatherings go person by person: a slice has few people, and a kill between two slices loses and repeats nothing."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, insert, select, update

from registry.gatherings.gatherings import EVENING
from registry.gatherings.seats import SEATED_AT_ONCE
from registry.people.people import meet
from registry.people.roles import grant
from registry.store.rows import deliveries, gatherings, invitees, people
from registry.store.sealing import vault_of
from registry.store.slices import Room
from registry.store.store import open_engine
from scheduler import gatherings as job
from scheduler.slicing import BEGINNING, Work, next_slice
from tests.crowd import Meter, cost_of, crowd
from tests.scheduler.village import tell
from tests.scheduler.virtual import START

ROWS = 3
DUE = 20
FEW, MANY = 60, 600
SLACK = 1.6
STARTS = (START + timedelta(days=1)).replace(hour=3)
THE_EVENING = STARTS.replace(hour=EVENING.hour - 7) - timedelta(days=1) + timedelta(minutes=1)
INVITED, SEATED, COMING = "invited", "seated", "reminded"
MOST = {INVITED: 1, SEATED: SEATED_AT_ONCE, COMING: 1}
"""People that are told in one row of a slice."""
PURPOSES = {INVITED: "invite", SEATED: "seat", COMING: "eve"}


def gathered(db: Connection, pack, what: str, number: int) -> None:
    """One gathering with a number of invitees, of whom `DUE` are to be told something."""
    crowd(db, pack=pack, now=START, number=number, sent=0)
    official, _ = meet(db, channel="telegram", account="1", now=START)
    role = grant(db, person_id=official.id, role="province_official", place="44", granted_by="operator", now=START)
    words = vault_of(db).seal_common("gatherings:words:g1", json.dumps({"title": "Tập huấn", "venue": "Nhà văn hóa"}))
    db.execute(
        insert(gatherings).values(
            id="g1", author=official.id, role_id=role.id, kind="producers", place="44", words_sealed=words,
            starts_at=STARTS, seats=DUE if what == SEATED else None, state="open", version=1, invited=number,
            reasons=[], words_by=official.id, words_at=START, created_at=START,
            reminded_at=None if what == COMING else START,
        )
    )  # fmt: skip
    states = {INVITED: "none", SEATED: "waiting", COMING: "yes"}
    ids = db.execute(select(people.c.id).where(people.c.id != official.id).order_by(people.c.id)).scalars().all()
    rows = [
        {
            "gathering_id": "g1", "person_id": one, "state": states[what] if number - place <= DUE else "no",
            "told_at": None if what == INVITED and number - place <= DUE else START, "answered_at": START,
        }
        for place, one in enumerate(ids)
    ]  # fmt: skip
    db.execute(insert(invitees), rows)


def now_of(what: str):
    return THE_EVENING if what == COMING else START


def run(engine, pack, what: str, most: int | None = None) -> list[tuple[dict[str, int], Meter]]:
    """Run the job from its beginning, each slice in one transaction; a kill ends it after `most` slices."""
    at, found = BEGINNING, []
    while at is not None and (most is None or len(found) < most):
        with engine.begin() as db:
            work = Work(db, pack, tell, now_of(what), Room(rows=ROWS))
            (counts, at), meter = cost_of(db, lambda _db, work=work, at=at: next_slice(job.JOB, work, at))
        found.append((counts, meter))
    return found


@pytest.fixture
def opened(empty_database, tmp_path, vault, pack):
    engines = []

    def engine_of(what: str, number: int):
        file = tmp_path / f"{number}.db"
        file.write_bytes(empty_database.read_bytes())
        engines.append(open_engine(f"sqlite:///{file}", vault, folder=tmp_path))
        with engines[-1].begin() as db:
            gathered(db, pack, what, number)
        return engines[-1]

    yield engine_of
    for engine in engines:
        engine.dispose()


def told(engine, what: str) -> Counter[str]:
    with engine.begin() as db:
        rows = db.execute(select(deliveries.c.person_id).where(deliveries.c.purpose == PURPOSES[what]))
        return Counter(rows.scalars())


@pytest.mark.parametrize("what", [INVITED, SEATED, COMING])
def test_everyone_is_told_once_though_the_program_is_killed_between_any_two_slices(what, opened, pack):
    engine = opened(what, FEW)
    for most in range(1, 5):
        assert all(counts.get(what, 0) <= ROWS * MOST[what] for counts, _ in run(engine, pack, what, most))
    run(engine, pack, what)

    assert len(told(engine, what)) == DUE
    assert set(told(engine, what).values()) == {1}
    assert not any(counts.get(what, 0) for counts, _ in run(engine, pack, what))


@pytest.mark.parametrize("what", [INVITED, SEATED, COMING])
def test_a_slice_costs_the_same_beside_ten_times_as_many_invited_people(what, opened, pack):
    few, many = (
        Meter(
            *(max(getattr(meter, kind) for _, meter in run(opened(what, number), pack, what))
              for kind in ("statements", "steps", "rows"))
        )
        for number in (FEW, MANY)
    )  # fmt: skip

    assert many.statements <= few.statements * SLACK
    assert many.rows <= few.rows * SLACK
    assert many.steps <= few.steps * SLACK + 300


def test_a_day_moved_between_two_slices_is_reminded_of_on_its_own_evening(opened, pack):
    engine = opened(COMING, FEW)
    run(engine, pack, COMING, 3)
    with engine.begin() as db:
        moved = {"starts_at": STARTS + timedelta(days=7), "version": 2, "reminded_at": None}
        db.execute(update(gatherings).values(moved))
    run(engine, pack, COMING)

    assert 0 < len(told(engine, COMING)) < DUE
    with engine.begin() as db:
        assert db.execute(select(func.count()).where(gatherings.c.reminded_at.is_not(None))).scalar_one() == 0
