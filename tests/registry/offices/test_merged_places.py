"""Places that a pack abolished: rows move to the one successor in slices, or are listed for a decision."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select, update

from content.programme.pack import load_pack
from registry.applications.applications import events
from registry.offices import merged_places
from registry.offices.merged_places import abolished, move_slice
from registry.people.roles import grant, roles_of
from registry.store.audit import audit
from registry.store.rows import applications, people, roles
from tests.registry.town import NOW, Town, days

LATER = load_pack("quang-tri-2026", date(2026, 9, 15))
OLD, NEW = "19216", "19225"
"""Xã Hải Ninh, since July 2025 a part of xã Ninh Châu."""


@pytest.fixture
def moved_town(town: Town) -> Town:
    """Rows of before the merger, under the pack of after it."""
    lai = town.person("Bà Lài", place=OLD)
    made = town.idea(lai, OLD)
    town.do(lambda db: db.execute(update(applications).values(holder=OLD)))
    town.do(
        grant, person_id=town.person("Lan", place=None), role="commune_official", place=OLD, granted_by="operator",
        now=NOW + days(1900),
    )  # fmt: skip
    assert made.place == OLD
    return town


def places(town: Town, column) -> set[str]:
    return set(town.do(lambda db: db.execute(select(column)).scalars().all()))


def test_what_has_one_successor_is_listed_with_it(moved_town: Town) -> None:
    found = {one.code: one for one in moved_town.do(abolished, pack=LATER)}

    assert found[OLD].successor == NEW
    assert found[OLD].rows["applications"] == 2
    assert found[OLD].rows["roles"] == 1


def test_rows_move_with_an_event_or_an_audit_entry_and_roles_only_on_request(moved_town: Town) -> None:
    moved_town.do(move_slice, pack=LATER, with_roles=False, now=NOW)

    assert places(moved_town, applications.c.place) == {NEW}
    assert places(moved_town, applications.c.holder) == {NEW}
    assert NEW in places(moved_town, people.c.place)
    assert places(moved_town, roles.c.place) == {OLD}
    assert merged_places.MOVED in places(moved_town, events.c.act)
    assert "place.move" in places(moved_town, audit.c.act)

    moved_town.do(move_slice, pack=LATER, with_roles=True, now=NOW)
    assert places(moved_town, roles.c.place) == {NEW}


def test_moving_again_moves_nothing(moved_town: Town) -> None:
    moved_town.do(move_slice, pack=LATER, with_roles=True, now=NOW)

    assert moved_town.do(move_slice, pack=LATER, with_roles=True, now=NOW).total == 0


def test_a_slice_is_never_larger_than_its_size(town: Town, monkeypatch_size: Callable[[int], None]) -> None:
    for _ in range(5):
        town.person(place=OLD)
    monkeypatch_size(2)

    counts = [town.do(move_slice, pack=LATER, with_roles=True, now=NOW).total for _ in range(4)]

    assert counts == [2, 2, 1, 0]


@pytest.fixture
def monkeypatch_size(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda size: monkeypatch.setattr(merged_places, "SLICE", size)


def test_of_two_roles_at_the_successor_one_stays_with_the_later_end(town: Town) -> None:
    lan = town.person(place=None)
    when = NOW + days(1900)
    first = {"role": "commune_official", "granted_by": "operator", "now": when}
    town.do(grant, person_id=lan, place=OLD, **first)
    town.do(grant, person_id=lan, place=NEW, until=when.date() + days(10), **first)

    town.do(move_slice, pack=LATER, with_roles=True, now=when)

    held = town.do(roles_of, person_id=lan, on=when.date())
    assert [(one.place, one.until) for one in held] == [(NEW, (when + days(366)).date())]


def test_an_unknown_code_and_a_place_of_another_level_stay_and_are_listed(town: Town) -> None:
    town.person(place="99999")
    town.do(
        grant, person_id=town.person(place=None), role="district_official", place="456", granted_by="operator",
        now=NOW + days(1900),
    )  # fmt: skip

    town.do(move_slice, pack=LATER, with_roles=True, now=NOW)

    left = {one.code: one.successor for one in town.do(abolished, pack=LATER)}
    assert left["99999"] is None
    assert "456" in left
