"""Questions of every turn, every claim and the health check cost the same after many sent messages."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from registry.deliveries.backlog import backlog
from registry.deliveries.claims import claim_ready
from registry.deliveries.numbering import shown_notices
from registry.deliveries.states import State
from registry.store.ordered_ids import ordered_id, ordered_since
from registry.store.rows import deliveries
from tests.crowd import cost_of, past_delivery
from tests.registry.town import NOW, Town

SLACK = 1.5


def told_before(town: Town, person: str, number: int) -> None:
    """Enter a number of notices and replies that a person got, one an hour."""
    rows = [
        past_delivery(
            f"{kind}{number}-{n}", person, "1", NOW - timedelta(hours=n), kind, priority
        )
        for n in range(number)
        for kind, priority in (("status", 1), ("reply", 0))
    ]  # fmt: skip
    town.do(lambda db: db.execute(insert(deliveries), rows))


def steps(town: Town, unit) -> int:
    return town.do(lambda db: cost_of(db, unit, grain=10)[1].steps)


@pytest.fixture
def cost(town):
    if not town.store.is_sqlite:
        pytest.skip("SQLite counts its instructions; PostgreSQL has the same indexes")

    def cost(unit) -> tuple[int, int]:
        """The cost of a unit before and after a long history."""
        person = town.person("Lài")
        told_before(town, person, 200)
        few = steps(town, lambda db: unit(db, person))
        told_before(town, person, 2000)
        return few, steps(town, lambda db: unit(db, person))

    return cost


def test_what_a_person_was_shown_is_found_along_an_index(cost) -> None:
    few, many = cost(lambda db, person: shown_notices(db, person_id=person, since=NOW - timedelta(days=2)))

    assert many <= few * SLACK


def test_the_health_check_reads_nothing_that_was_sent(cost) -> None:
    few, many = cost(lambda db, _person: backlog(db, now=NOW))

    assert many <= few * SLACK


def test_a_claim_reads_nothing_that_was_sent(cost) -> None:
    def claim(db, _person):
        return claim_ready(db, channel="telegram", now=NOW, limit=8, bulk=7, lease=timedelta(minutes=5))

    few, many = cost(claim)

    assert many <= few * SLACK


def test_every_open_state_has_a_partial_index_that_a_count_uses(town: Town) -> None:
    if not town.store.is_sqlite:
        pytest.skip("the plan is read as SQLite writes it")
    for state, index in (
        (State.QUEUED, "ix_deliveries_"), (State.PARKED, "ix_deliveries_held"),
        (State.PAUSED, "ix_deliveries_paused"), (State.REFUSED, "ix_deliveries_failed"),
    ):  # fmt: skip
        which = "state in ('refused', 'given_up', 'doubtful', 'unreachable')" if state == State.REFUSED else (
            "state in ('owed', 'claimed')" if state == State.QUEUED else f"state = '{state}'"
        )  # fmt: skip
        plan = town.do(
            lambda db, which=which: db.execute(
                text(f"EXPLAIN QUERY PLAN SELECT count(*) FROM deliveries WHERE {which}")
            ).all()
        )
        assert index in str(plan)


def test_ids_sort_by_their_moment() -> None:
    first, second = ordered_id(NOW), ordered_id(NOW + timedelta(milliseconds=1))

    assert first < ordered_since(NOW + timedelta(milliseconds=1)) < second
    assert len({ordered_id(NOW) for _ in range(1000)}) == 1000
