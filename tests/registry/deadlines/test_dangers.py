"""Dangers of a month: only numbers from five upwards, and never to the office that is complained of."""

from datetime import date

import pytest

from registry.deadlines.dangers import dangers, month_of
from registry.people.tallies import tally
from tests.registry.town import COMMUNE, DISTRICT, OTHER_COMMUNE, Town

MONDAY = date(2021, 6, 14)
DAY = date(2021, 6, 10)


@pytest.mark.parametrize(
    ("monday", "first", "last"),
    [
        (date(2021, 6, 14), date(2021, 6, 1), date(2021, 6, 13)),
        (date(2021, 6, 7), date(2021, 5, 1), date(2021, 5, 31)),
        (date(2021, 6, 8), date(2021, 6, 1), date(2021, 6, 7)),
        (date(2022, 1, 3), date(2021, 12, 1), date(2021, 12, 31)),
    ],
)
def test_every_day_of_a_month_is_told_by_some_monday(monday: date, first: date, last: date) -> None:
    assert month_of(monday) == (first, last)


def told(town: Town, role: str, place: str) -> dict[str, int]:
    held = town.official(role, place)
    return dict(town.do(dangers, role=held, places=town.pack.places, on=MONDAY, monday=MONDAY))


def test_fewer_than_five_are_told_to_nobody(town: Town) -> None:
    town.do(tally, day=DAY, what="danger_swindle", place=COMMUNE, count=4)
    assert told(town, "commune_official", COMMUNE) == {}


def test_five_are_told_to_the_office_and_to_those_above(town: Town) -> None:
    town.do(tally, day=DAY, what="danger_swindle", place=COMMUNE, count=5)
    town.do(tally, day=date(2021, 5, 31), what="danger_swindle", place=COMMUNE, count=50)
    assert told(town, "commune_official", COMMUNE) == {"swindle": 5}
    assert told(town, "district_official", DISTRICT) == {"swindle": 5}
    assert told(town, "commune_official", OTHER_COMMUNE) == {}


def test_a_complaint_is_counted_for_the_office_above_alone(town: Town) -> None:
    for what in ("danger_complaint", "danger_bribe"):
        town.do(tally, day=DAY, what=what, place=COMMUNE, count=6)
    assert told(town, "commune_official", COMMUNE) == {}
    assert told(town, "district_official", DISTRICT) == {"bribe": 6, "complaint": 6}
