"""The title of an official, the order of roles, and the office that has a case while nobody is in office."""

import pytest

from registry.people.roles import grant, officials_for, revoke, roles_of
from tests.registry.town import COMMUNE, DISTRICT, NOW, PROVINCE, TODAY, Town


@pytest.mark.parametrize(
    ("before", "given", "after"),
    [("Chuyên viên", "Phó chủ tịch", "Phó chủ tịch"), ("Chuyên viên", None, "Chuyên viên"), (None, "Phó", "Phó")],
)
def test_a_new_title_replaces_the_old_one_and_none_leaves_it(town: Town, before, given, after) -> None:
    person_id = town.person("Lan")

    def give(title: str | None):
        return town.do(
            grant, person_id=person_id, role="commune_official", place=COMMUNE, granted_by="operator", now=NOW,
            title=title,
        )  # fmt: skip

    give(before)

    assert give(given).title == after
    assert [role.title for role in town.do(roles_of, person_id=person_id, on=TODAY)] == [after]


@pytest.mark.parametrize("order", [("helper", "district_official"), ("district_official", "helper")])
def test_the_widest_role_of_a_person_comes_first_in_whatever_order_they_got_them(town: Town, order) -> None:
    person_id = town.person("Lan")
    for role in order:
        place = DISTRICT if role == "district_official" else COMMUNE
        town.do(grant, person_id=person_id, role=role, place=place, granted_by="operator", now=NOW)

    assert [one.role for one in town.do(roles_of, person_id=person_id, on=TODAY)] == ["district_official", "helper"]


@pytest.mark.parametrize(("level", "office"), [("commune", COMMUNE), ("district", DISTRICT), ("province", PROVINCE)])
def test_without_any_official_a_case_waits_at_the_office_of_its_level(town: Town, level: str, office: str) -> None:
    found = town.do(officials_for, town.pack.places, place=COMMUNE, level=level, on=TODAY)

    assert (found.roles, found.holder, found.went_up) == ((), office, False)


def test_the_nearest_of_two_offices_has_it_and_the_next_one_once_that_is_empty(town: Town) -> None:
    near, far = town.official("commune_official", COMMUNE), town.official("province_official", PROVINCE)

    def has_it():
        found = town.do(officials_for, town.pack.places, place=COMMUNE, level="commune", on=TODAY)
        return found.roles, found.holder, found.went_up

    assert has_it() == ((near,), COMMUNE, False)
    town.do(revoke, role_id=near.id, by="operator", places=town.pack.places, on=TODAY, now=NOW)
    assert has_it() == ((far,), PROVINCE, True)
