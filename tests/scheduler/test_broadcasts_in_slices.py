"""The copies of a broadcast are held back and expired a page at a time, along an index of those that are unsent."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, insert, select, update

from registry.people.people import meet
from registry.people.roles import grant
from registry.store.rows import broadcasts, deliveries, people
from registry.store.sealing import vault_of
from registry.store.slices import PAGE, Room
from registry.store.store import open_engine
from scheduler import broadcasts as job
from scheduler.slicing import BEGINNING, Work, next_slice
from tests.crowd import Meter, cost_of, crowd, past_delivery
from tests.scheduler.village import tell
from tests.scheduler.virtual import START

FEW, MANY = 100, 1000
UNSENT = 5 * PAGE
SLACK = 1.6
STATES = {"stopped": ("cancelled", "cancelled"), "paused": ("paused", "paused"), "past its end": ("going", "expired")}
"""The state of the broadcast, and the one its unsent copies end in."""


def filled(db: Connection, pack, kind: str, sent: int) -> None:
    """A broadcast with copies that were sent and some that are queued."""
    crowd(db, pack=pack, now=START, number=10, sent=0)
    official, _ = meet(db, channel="telegram", account="1", now=START)
    role = grant(db, person_id=official.id, role="province_official", place="44", granted_by="operator", now=START)
    who = db.execute(select(func.min(people.c.id))).scalar_one()
    vault = vault_of(db)
    db.execute(
        insert(broadcasts).values(
            id="b1", number="1/2021", author=official.id, role_id=role.id, place="44", wanted={"place": "44"},
            text_sealed=vault.seal_common("broadcasts:text:b1", json.dumps({"text": "Mời họp"})),
            draft_sealed=vault.seal_common("broadcasts:draft:b1", "{}"), state=STATES[kind][0], version=1,
            reasons=[], people=sent + UNSENT, confirmed_at=START, due_at=START, by_night=False, rounds=1,
            ends_at=START + timedelta(hours=-1 if kind == "past its end" else 48),
        )
    )  # fmt: skip
    rows = [past_delivery(f"c{n:05}", who, "50000000", START, "broadcast", 3) for n in range(sent + UNSENT)]
    db.execute(insert(deliveries), [row | {"broadcast_id": "b1"} for row in rows])
    queued = {"state": "owed", "sent_at": None, "due_at": START + timedelta(hours=30)}
    db.execute(update(deliveries).where(deliveries.c.id >= f"c{sent:05}").values(queued))


@pytest.fixture
def opened(empty_database, tmp_path, vault, pack):
    engines = []

    def engine_of(kind: str, sent: int):
        file = tmp_path / f"{sent}.db"
        file.write_bytes(empty_database.read_bytes())
        engines.append(open_engine(f"sqlite:///{file}", vault, folder=tmp_path))
        with engines[-1].begin() as db:
            filled(db, pack, kind, sent)
        return engines[-1]

    yield engine_of
    for engine in engines:
        engine.dispose()


def run(engine, pack, most: int | None = None) -> list[Meter]:
    """Run the job from its beginning, each slice in one transaction; a kill ends it after `most` slices."""
    at, found = BEGINNING, []
    while at is not None and (most is None or len(found) < most):
        with engine.begin() as db:
            work = Work(db, pack, tell, START, Room(rows=1))
            (_, at), meter = cost_of(db, lambda _db, work=work, at=at: next_slice(job.job(), work, at))
        found.append(meter)
    return found


def states(engine) -> dict[str, int]:
    with engine.begin() as db:
        query = select(deliveries.c.state, func.count()).where(deliveries.c.broadcast_id == "b1")
        return dict(db.execute(query.group_by(deliveries.c.state)).all())


@pytest.mark.parametrize("kind", STATES)
def test_a_slice_has_a_page_of_copies_and_a_kill_between_two_loses_none(kind, opened, pack):
    engine = opened(kind, FEW)
    run(engine, pack, 2)
    half = states(engine)
    run(engine, pack)

    assert half["owed"] == UNSENT - 2 * PAGE
    assert states(engine) == {"sent": FEW, STATES[kind][1]: UNSENT}


@pytest.mark.parametrize("kind", STATES)
def test_a_slice_costs_the_same_beside_ten_times_as_many_sent_copies(kind, opened, pack):
    few, many = (
        Meter(
            *(
                max(getattr(one, name) for one in run(opened(kind, sent), pack, 4))
                for name in ("statements", "steps", "rows")
            )
        )
        for sent in (FEW, MANY)
    )

    assert many.statements <= few.statements * SLACK
    assert many.steps <= few.steps * SLACK
