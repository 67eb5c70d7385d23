"""The pause of a place: its first and last possible day, of two pauses the longer, and its end."""

from datetime import timedelta

import pytest

from registry.deadlines.deadlines import closing_moment
from registry.deadlines.pauses import (
    LONGEST,
    UnfitEndError,
    end_pause,
    pause_place,
    paused_places,
    paused_until,
    pauses_now,
)
from tests.registry.town import COMMUNE, DISTRICT, NOW, OTHER_COMMUNE, TODAY, Town, days

LAST = TODAY + LONGEST


@pytest.fixture
def offices(town: Town):
    return {COMMUNE: town.official("commune_official", COMMUNE), DISTRICT: town.official("district_official", DISTRICT)}


def pause(town: Town, offices, place: str, last, now=NOW) -> None:
    town.do(pause_place, pack=town.pack, place=place, last=last, role=offices[place], on=TODAY, now=now)


@pytest.mark.parametrize("last", [TODAY, TODAY + timedelta(days=1), LAST])
def test_a_pause_may_end_today_and_a_month_from_now(town: Town, offices, last) -> None:
    pause(town, offices, COMMUNE, last)

    (held,) = town.do(pauses_now, now=NOW)
    assert (held.place, held.ends_at) == (COMMUNE, closing_moment(town.pack, last))


@pytest.mark.parametrize("last", [TODAY - timedelta(days=1), LAST + timedelta(days=1)])
def test_a_pause_that_ended_yesterday_or_is_longer_than_a_month_is_refused(town: Town, offices, last) -> None:
    with pytest.raises(UnfitEndError) as refused:
        pause(town, offices, COMMUNE, last)

    assert refused.value.latest == LAST
    assert town.do(pauses_now, now=NOW) == ()


@pytest.mark.parametrize(("commune", "district"), [(2, 5), (5, 2)])
def test_of_the_pauses_of_a_place_and_of_one_above_it_the_longer_holds(town: Town, offices, commune, district) -> None:
    pause(town, offices, COMMUNE, TODAY + timedelta(days=commune))
    pause(town, offices, DISTRICT, TODAY + timedelta(days=district))

    held = town.do(pauses_now, now=NOW)
    assert paused_until(held, town.pack.places, COMMUNE) == closing_moment(town.pack, TODAY + timedelta(days=5))
    assert paused_until(held, town.pack.places, DISTRICT) == closing_moment(town.pack, TODAY + timedelta(days=district))
    assert paused_until(held, town.pack.places, OTHER_COMMUNE) is None
    assert paused_until(held, town.pack.places, None) is None


def test_a_pause_holds_to_its_end_and_not_a_moment_longer(town: Town, offices) -> None:
    pause(town, offices, COMMUNE, TODAY)
    ends = closing_moment(town.pack, TODAY)

    assert COMMUNE in paused_places(town.do(pauses_now, now=ends - days(0.001)), town.pack.places)
    assert town.do(pauses_now, now=ends) == ()
    assert town.do(pauses_now, now=NOW - days(1)) == (), "it had not begun"


def test_an_ended_pause_is_over_at_once_and_a_second_end_changes_nothing(town: Town, offices) -> None:
    pause(town, offices, COMMUNE, LAST)
    arguments = {"pack": town.pack, "place": COMMUNE, "role": offices[COMMUNE], "on": TODAY, "now": NOW + days(1)}

    assert (town.do(end_pause, **arguments), town.do(end_pause, **arguments)) == (True, False)
    assert town.do(pauses_now, now=NOW + days(1)) == ()
