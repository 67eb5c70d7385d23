"""Places that a pack abolished: rows move to the one successor in slices, or are listed for a decision."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy import insert, select, update

from content.message import Message
from content.programme.pack import load_pack
from registry.answers.answers import Written, hand_in, office_answers
from registry.answers.unanswered import note_unanswered, unanswered, unanswered_in
from registry.applications import assisted
from registry.applications.applications import events
from registry.applications.assisted import entries
from registry.applications.drafts import open_draft
from registry.deadlines.handed_papers import handed_papers
from registry.identity import merged_places
from registry.identity.merged_places import abolished, move_slice
from registry.listening.enclosures import enclose
from registry.people import leaves
from registry.people.roles import grant, roles_of
from registry.products.products import products
from registry.store.audit import audit
from registry.store.rows import applications, enclosures, people, roles
from registry.store.rows import leaves as leave_rows
from registry.store.schema import every_table
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


def voice_at(town: Town, person: str, when: datetime) -> None:
    """A voice under a question of a form, which waits for the office of the old place."""
    draft = town.do(open_draft, person_id=person, form="idea", now=when)
    town.do(
        enclose, pack=town.pack, draft=draft, field="product_name", kind="voice", place=OLD, now=when,
        tell=lambda *_: Message("?"),
    )  # fmt: skip


STAYS = {
    "tallies": "counts of the past",
    "tags": "labels an office gave",
    "broadcasts": "what was said, and to whom",
    "gatherings": "what was said, and to whom",
    "leaves": "moves with its role",
    "pauses": "ends by its day",
    "deadlines": "the office's calendar: set again there",
    "invitations": "good for a few days; the role it gives is listed and moved like any other",
}
"""Tables with a place that is not moved, and why."""


def test_every_table_with_a_place_moves_or_says_why_it_stays() -> None:
    moved = {column.table.name for _, column, _ in merged_places._columns()}
    placed = {table.name for table in every_table().sorted_tables if {"place", "holder"} & set(table.columns.keys())}

    assert placed == moved | STAYS.keys()
    assert not moved & STAYS.keys()


def test_everything_that_is_read_by_its_place_moves(town: Town) -> None:
    """A paper at an abolished office waited on nobody's list, and no office above was asked."""
    when = NOW + days(1900)
    lan, so = (town.person(place=None) for _ in range(2))
    given = {"granted_by": "operator", "now": when}
    role = town.do(grant, person_id=lan, role="commune_official", place=OLD, **given)
    town.do(grant, person_id=so, role="province_official", place="44", **given)
    made = town.idea(town.person("Bà Lài", place=OLD), OLD)
    on = {"on": when.date(), "now": when}
    leave = town.do(
        leaves.plan_leave, role=role, stand_in_id=so, first=when.date(), last=when.date(), places=town.pack.places, **on
    )
    begun = town.do(leaves.begin, leave=leave, places=town.pack.places, **on)
    assert begun is not None
    town.do(note_unanswered, text="Vay vốn ở đâu?", place=OLD, now=when)
    (asked,) = town.do(unanswered_in, role=role, places=town.pack.places, on=when.date())
    words = Written("Vay vốn ở đâu?", "Ở xã.", "Công văn 1", when.date(), OLD)
    town.do(hand_in, pack=town.pack, role=role, unanswered_id=asked.id, written=words, now=when)
    paper = {
        "id": "p", "spec": "idea", "round": "3", "application_id": made.id, "person_id": made.person_id,
        "status": made.status, "place": OLD, "holder": OLD, "holder_since": when, "said_at": when, "state": "waiting",
        "version": 1,
    }  # fmt: skip
    town.do(lambda db: db.execute(insert(handed_papers).values(paper)))
    voice_at(town, made.person_id, when)
    town.do(
        assisted.enter,
        pack=town.pack,
        role=role,
        draft_key=town.do(open_draft, person_id=lan, form="idea", now=when).key,
        consent_version="v",
        now=when,
        answers={"product_name": "Khoai deo", "place": OLD, "entity_name": "Lài", "phone": "+84912000009"},
        tell=lambda *_: Message("?"),
    )

    moved = town.do(move_slice, pack=LATER, with_roles=True, now=when)

    columns = (products.c.place, handed_papers.c.place, handed_papers.c.holder, office_answers.c.place,
               unanswered.c.place, leave_rows.c.place, enclosures.c.place, entries.c.place)  # fmt: skip
    assert [places(town, column) for column in columns] == [{NEW}] * len(columns)
    assert moved.rows["papers"] == 2
    assert town.do(leaves.over, places=LATER.places, on=when.date()) == ()


def test_a_leave_follows_the_role_that_stays_of_two(town: Town) -> None:
    when = NOW + days(1900)
    lan, so = (town.person(place=None) for _ in range(2))
    given = {"granted_by": "operator", "now": when}
    role = town.do(grant, person_id=lan, role="commune_official", place=OLD, **given)
    stays = town.do(grant, person_id=lan, role="commune_official", place=NEW, **given)
    town.do(grant, person_id=so, role="province_official", place="44", **given)
    on = {"on": when.date(), "now": when}
    town.do(
        leaves.plan_leave, role=role, stand_in_id=so, first=when.date(), last=when.date(), places=town.pack.places, **on
    )

    town.do(move_slice, pack=LATER, with_roles=True, now=when)

    assert town.do(leaves.leave_of, role_id=stays.id, on=when.date()) is not None
