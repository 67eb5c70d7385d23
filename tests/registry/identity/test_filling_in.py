"""The knowledge of two accounts about one person, after a link: no answer of either is forgotten."""

from datetime import timedelta

import pytest

from registry.identity.linking import merge
from registry.people.people import person, set_name, set_phone, set_preference
from tests.registry.town import COMMUNE, NOW, Town

SHORT, LONG = NOW + timedelta(days=3), NOW + timedelta(days=9)


def both(town: Town) -> tuple[str, str]:
    return town.person(place=None), town.person(place=None)


def linked(town: Town, keep: str, gone: str):
    town.do(merge, keep=keep, gone=gone, now=NOW)
    found = town.do(person, keep)
    assert found is not None
    return found


@pytest.mark.parametrize(("mine", "theirs"), [(SHORT, LONG), (LONG, SHORT), (None, LONG), (LONG, None)])
def test_of_two_pauses_the_longer_holds(town: Town, mine, theirs) -> None:
    keep, gone = both(town)
    for one, until in ((keep, mine), (gone, theirs)):
        if until is not None:
            town.do(set_preference, person_id=one, paused_until=until)

    assert linked(town, keep, gone).paused_until == LONG


@pytest.mark.parametrize("of", ["kept", "gone", "both"])
def test_a_stop_said_on_either_counts(town: Town, of: str) -> None:
    keep, gone = both(town)
    for name, one in (("kept", keep), ("gone", gone)):
        if of in {name, "both"}:
            town.do(set_preference, person_id=one, stopped_at=NOW)

    assert linked(town, keep, gone).stopped_at == NOW


@pytest.mark.parametrize(
    ("mine", "theirs", "after"), [("Lan", "Mai", "Lan"), (None, "Mai", "Mai"), ("Lan", None, "Lan")]
)
def test_the_name_of_the_kept_one_stays_and_a_missing_one_is_filled_in(town: Town, mine, theirs, after) -> None:
    keep, gone = both(town)
    for one, name in ((keep, mine), (gone, theirs)):
        if name is not None:
            town.do(set_name, person_id=one, name=name)

    assert linked(town, keep, gone).name == after


@pytest.mark.parametrize(
    ("field", "mine", "theirs", "after"),
    [
        ("place", None, COMMUNE, COMMUNE),
        ("place", "19225", COMMUNE, "19225"),
        ("remind_hour", None, 7, 7),
        ("remind_hour", 0, 7, 0),
        ("address_form", None, "chu", "chu"),
        ("address_form", "ba", "chu", "ba"),
        ("reminders", False, True, True),
        ("reminders", True, False, True),
        ("reminders", False, False, False),
    ],
)
def test_a_preference_of_either_is_kept_and_the_kept_ones_first(town: Town, field, mine, theirs, after) -> None:
    keep, gone = both(town)
    town.do(set_preference, person_id=keep, **{field: mine})
    town.do(set_preference, person_id=gone, **{field: theirs})

    assert getattr(linked(town, keep, gone), field) == after


def test_a_phone_is_filled_in_and_not_replaced(town: Town) -> None:
    keep, gone = both(town)
    town.do(set_phone, person_id=gone, phone="+84912345678")
    assert linked(town, keep, gone).phone == "+84912345678"

    other = town.person(place=None)
    town.do(set_phone, person_id=other, phone="+84987654321")
    assert linked(town, keep, other).phone == "+84912345678"
