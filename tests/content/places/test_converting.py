"""Names of places in a list, converted between the old and the present map."""

from datetime import date
from pathlib import Path

import pytest

import content
from content.places.converting import NEW, OLD, Outcome, convert
from content.places.places import Places


@pytest.fixture(scope="module")
def places() -> Places:
    return Places.load(Path(content.__file__).parent / "packs" / "quang-tri-2026", date(2026, 12, 1))


def test_an_old_name_gives_the_present_place_and_its_code(places: Places):
    found = convert(places, "xã Hải Ninh")

    assert (found.outcome, found.now, found.code) == (Outcome.RENAMED, "Xã Ninh Châu", "19225")
    assert found.before == ("Xã Hải Ninh, huyện Quảng Ninh",)


@pytest.mark.parametrize("name", ["Ninh Châu", "19225"])
def test_a_present_name_gives_the_old_places(places: Places, name: str):
    found = convert(places, name)

    assert (found.outcome, found.code) == (Outcome.VALID, "19225")
    assert "Xã Hải Ninh, huyện Quảng Ninh" in found.before
    assert len(found.before) == 4


def test_an_uncertain_name_has_all_its_candidates_and_no_place(places: Places):
    found = convert(places, "Hòa Trạch")

    assert (found.outcome, found.now, found.code) == (Outcome.SEVERAL, "", "")
    assert "19111" in found.note
    assert "19033" in found.note


def test_a_district_or_the_era_decides_between_two_places(places: Places):
    assert convert(places, "Hòa Trạch", district="Bố Trạch").code == "19111"
    assert convert(places, "Hòa Trạch", era=OLD).code == "19111"
    assert convert(places, "Hòa Trạch", era=NEW).code == "19033"


def test_a_district_that_contradicts_the_name_makes_it_uncertain(places: Places):
    assert convert(places, "Hải Ninh", district="Lệ Thủy").outcome is Outcome.SEVERAL


def test_an_unknown_name_is_said_so(places: Places):
    assert convert(places, "Không Có Xã Này").outcome is Outcome.UNKNOWN


def test_every_abolished_commune_with_its_district_leads_to_its_successors(places: Places):
    wrong = []
    for place in places.all("commune"):
        for old in places.predecessors(place.code):
            district, *_ = [one.name for one in places.ancestors(old.code) if one.parent] or [""]
            found = convert(places, old.name, district=district)
            if found.code != place.code and place.name not in found.note:
                wrong.append((old.name, district, found))
    assert wrong == []
