"""The sweeps that go on behind the others: each slice has few rows, and what was looked at is not read again."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, func, insert, select, update

from content.programme.pack import load_pack
from registry.applications.assisted import entries as made_for_others
from registry.deadlines import certificates
from registry.deadlines.deadlines import deadlines as last_days
from registry.people.invitations import invitations
from registry.products.products import products
from registry.products.recognitions import State, recognitions
from registry.store import audit, inbox
from registry.store.rows import deliveries, people, roles
from registry.store.sealing import vault_of
from registry.store.slices import Room
from registry.store.store import open_engine
from scheduler import entries, housekeeping
from scheduler.slicing import BEGINNING, Job, Work, next_slice
from tests.crowd import Meter, cost_of, crowd, past_delivery
from tests.scheduler.village import tell
from tests.scheduler.virtual import START

ROWS = 3
LATER = START + timedelta(days=1)
FEW, MANY = 100, 1000
SLACK = 1.6
"""More rows make an index deeper, and a page of it is read in whole."""
Fill = Callable[[Connection, int], None]


def slices(db: Connection, pack, job: Job, rows: int = ROWS) -> Iterator[tuple[dict[str, int], Meter]]:
    """Run a job slice by slice, and give the counts and the cost of each."""
    at = BEGINNING
    while at is not None:
        work = Work(db, pack, tell, LATER, Room(rows=rows))
        (counts, at), meter = cost_of(db, lambda _db, work=work, at=at: next_slice(job, work, at))
        yield counts, meter


@pytest.fixture(scope="module")
def pack():
    """A programme with certificates."""
    return load_pack("quang-tri-2026", date(2026, 12, 1))


@pytest.fixture
def beside(empty_database, tmp_path, vault, pack):
    """A database with ten people and a number of rows beside that are not due."""

    def opened(number: int, fill: Fill) -> Iterator[Connection]:
        file = tmp_path / f"{number}.db"
        file.write_bytes(empty_database.read_bytes())
        engine = open_engine(f"sqlite:///{file}", vault, folder=tmp_path)
        with engine.begin() as db:
            crowd(db, pack=pack, now=START, number=10, sent=0)
            fill(db, number)
            yield db
        engine.dispose()

    return opened


def _one(db: Connection) -> str:
    return str(db.execute(select(func.min(people.c.id))).scalar_one())


def _events(db: Connection, number: int) -> None:
    """Events of this week, and nine of long ago."""
    old, new = START - timedelta(days=30), START

    def event(name: str, at) -> dict:
        return {
            "channel": "telegram", "event": name, "account": "1", "received_at": at, "state": "done", "done_at": at,
        }  # fmt: skip

    db.execute(inbox.inbox.delete())
    db.execute(insert(inbox.inbox), [event(f"old:{n}", old) for n in range(9)])
    db.execute(insert(inbox.inbox), [event(f"new:{n}", new) for n in range(number)])


def _parked(db: Connection, number: int) -> None:
    """Parked messages that may still be sent for a month, and nine whose time is over."""
    who = _one(db)
    rows = [past_delivery(f"h{n}", who, "50000000", START) for n in range(number + 9)]
    for n, row in enumerate(rows):
        row |= {"state": "held", "sent_at": None, "not_after": START + timedelta(days=30 if n >= 9 else 0)}
    db.execute(insert(deliveries), rows)


def _cards(db: Connection, number: int) -> None:
    """Used invitations without a card, and nine with one that ran out."""

    def invitation(n: int) -> dict:
        return {
            "code_print": f"c{n:05}", "kind": "role", "by": "operator", "created_at": START - timedelta(days=3),
            "expires_at": START - timedelta(days=2), "card_sealed": b"card" if n < 9 else None,
        }  # fmt: skip

    db.execute(insert(invitations), [invitation(n) for n in range(number + 9)])


def _acts(db: Connection, number: int) -> None:
    """Chained entries of the audit, and nine that are not chained yet."""
    for n in range(number):
        audit.record(db, now=START, actor="p1", act="x.y", noun="person", noun_id=f"p{n}")
    audit.close_chain(db, now=LATER)
    for n in range(9):
        audit.record(db, now=START, actor="p1", act="x.y", noun="person", noun_id=f"q{n}")


def _entries(db: Connection, number: int) -> None:
    """Entries whose helper was reminded, and nine that are four days old."""
    who = _one(db)
    role = {
        "id": "r1", "person_id": who, "role": "commune_official", "place": "19213", "until": START.date(),
        "granted_by": "operator", "granted_at": START,
    }  # fmt: skip
    db.execute(insert(roles), role)
    key = db.execute(select(people.c.data_key).where(people.c.id == who)).scalar_one()

    def entry(n: int) -> dict:
        return {
            "id": f"e{n:05}", "draft_key": f"d{n}", "helper_id": who, "role_id": "r1", "person_id": who,
            "shadow": False, "place": "19213", "consent_version": "v", "state": "waiting",
            "entered_at": START - timedelta(days=4), "reminded_at": None if n < 9 else START,
            "answers_sealed": vault_of(db).seal(
                key, f"entries:answers:e{n:05}", '{"product_name": "Mật ong", "entity_name": "Hộ Mẫu"}'
            ),
        }  # fmt: skip

    db.execute(insert(made_for_others), [entry(n) for n in range(number + 9)])


def _stars(db: Connection, number: int) -> None:
    """Recognitions that end in two years, and nine that end in a month."""
    who = db.execute(select(people.c.id).order_by(people.c.id).limit(10)).scalars().all()

    def recognition(n: int) -> dict:
        ends = START.date() + timedelta(days=30 if n < 9 else 730)
        return {
            "id": f"r{n:05}", "product_id": f"g{who[n]}" if n < 9 else f"g{n:05}", "application_id": f"x{who[n % 10]}",
            "stars": 3, "certificate": "1", "issued_on": START.date(), "ends_on": ends, "end_printed": True,
            "issued_by": "province", "state": State.STANDING.value, "entered_at": START,
        }  # fmt: skip

    entity = {"entity_id": f"e{who[0]}", "keeper_id": who[0], "place": "19213", "created_at": START}
    db.execute(insert(products), [entity | {"id": f"g{n:05}"} for n in range(9, number + 9)])
    db.execute(insert(recognitions), [recognition(n) for n in range(number + 9)])


STARS: Job = (lambda work, _after: certificates.follow(work.db, pack=work.pack, now=work.now, room=work.room),)
PARTS: dict[str, tuple[Job, Fill, str]] = {
    "events": (housekeeping.JOB[:1], _events, "forgotten"),
    "parked messages": (housekeeping.JOB[1:2], _parked, "expired"),
    "cards": (housekeeping.JOB[2:], _cards, "cards"),
    "audit": (housekeeping.CHAIN, _acts, "chained"),
    "reminders of entries": (entries.JOB, _entries, "reminded"),
    "certificates": (STARS, _stars, "followed"),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_slice_costs_the_same_beside_ten_times_as_many_rows_that_are_not_due(name, beside, pack):
    job, fill, counted = PARTS[name]
    most = []
    for number in (FEW, MANY):
        for db in beside(number, fill):
            found = list(slices(db, pack, job))
            assert sum(counts.get(counted, 0) for counts, _ in found) == 9
            most.append(
                Meter(*(max(getattr(one, kind) for _, one in found) for kind in ("statements", "steps", "rows")))
            )
    few, many = most

    assert many.statements <= few.statements * SLACK
    assert many.rows <= few.rows * SLACK
    assert many.steps <= few.steps * SLACK + 100


@pytest.mark.parametrize("name", sorted(set(PARTS) - {"events"}))
def test_a_slice_has_few_rows_and_the_next_one_goes_on_where_it_was_cut_off(name, beside, pack):
    job, fill, counted = PARTS[name]
    for db in beside(FEW, fill):
        first = next_slice(job, Work(db, pack, tell, LATER, Room(rows=ROWS)))
        again = list(slices(db, pack, job))  # as after a kill: from the beginning
        done = [counts.get(counted, 0) for counts in (first[0], *(counts for counts, _ in again))]
        last = list(slices(db, pack, job))

    assert max(done) <= ROWS
    assert sum(done) == 9
    assert sum(meter.rows for _, meter in last) == 0


def test_old_events_go_a_page_at_a_time_and_a_clock_that_ran_ahead_keeps_none_of_them(beside, pack):
    for db in beside(FEW, _events):
        ahead = {"received_at": START + timedelta(days=400), "done_at": START + timedelta(days=400)}
        db.execute(update(inbox.inbox).where(inbox.inbox.c.event.like("old:%")).values(ahead))
        db.execute(
            update(inbox.inbox).where(inbox.inbox.c.event.like("new:%")).values(
                received_at=START - timedelta(days=30), done_at=START - timedelta(days=30)
            )
        )  # fmt: skip
        found = [counts.get("forgotten", 0) for counts, _ in slices(db, pack, housekeeping.JOB[:1], rows=1)]

    assert sum(found) == FEW
    assert max(found) <= 50


def test_a_recognition_is_followed_when_it_comes_near_is_corrected_or_is_replaced(beside, pack):
    def known(db: Connection) -> dict[str, str]:
        return {row.round: f"{row.closes_at:%Y-%m-%d}" for row in db.execute(select(last_days)).all()}

    def follow(db: Connection) -> None:
        list(slices(db, pack, STARS))

    for db in beside(FEW, _stars):
        follow(db)
        made = known(db)
        db.execute(
            update(recognitions).where(recognitions.c.id == "r00001").values(ends_on=START.date() + timedelta(days=800))
        )
        db.execute(update(recognitions).where(recognitions.c.id == "r00002").values(state=State.REPLACED.value))
        follow(db)
        moved = known(db)

    assert len(made) == 9
    assert moved.keys() == made.keys() - {"r00002"}
    assert {name for name in moved if moved[name] != made[name]} == {"r00001"}
