"""The second official of an office, the second text of a list, the second product of a count."""

import pytest

from registry.answers.unanswered import note_unanswered, unanswered_in
from registry.applications.checklists import counts_by_place, set_item
from registry.applications.own_cases import others_who_decide
from registry.applications.review import withdraw
from tests.registry.town import COMMUNE, DISTRICT, NOW, PROVINCE, TODAY, Town, days


@pytest.mark.parametrize(("limit", "seen"), [(1, ["ba"]), (2, ["ba", "hai"]), (3, ["ba", "hai", "một"])])
def test_of_the_texts_without_an_answer_the_newest_are_seen_and_no_more(town: Town, limit: int, seen) -> None:
    for number, text in enumerate(("một", "hai", "ba")):
        town.do(note_unanswered, text=text, place=COMMUNE, now=NOW + days(number))
    role = town.official("commune_official", COMMUNE)

    found = town.do(unanswered_in, role=role, places=town.pack.places, on=TODAY, limit=limit)

    assert [one.text for one in found] == seen


@pytest.mark.parametrize("own", [0, 1], ids=["of the first official", "of the second official"])
def test_the_other_official_of_the_office_decides(town: Town, own: int) -> None:
    both = town.official("district_official", DISTRICT), town.official("district_official", DISTRICT)
    idea = town.idea(town.person())
    assert idea.holder == DISTRICT

    found = town.do(others_who_decide, pack=town.pack, application=idea, excluding=both[own].person_id, on=TODAY)

    assert found == (both[1 - own],)


def test_without_another_official_at_the_office_the_nearest_above_decides(town: Town) -> None:
    alone, above = town.official("district_official", DISTRICT), town.official("province_official", PROVINCE)
    idea = town.idea(town.person())

    found = town.do(others_who_decide, pack=town.pack, application=idea, excluding=alone.person_id, on=TODAY)

    assert found == (above,)


def test_help_for_a_product_that_was_withdrawn_is_not_counted(town: Town) -> None:
    lai, hoa = town.person(), town.person()
    role = town.official("district_official", DISTRICT)
    for person_id in (lai, hoa):
        idea = town.idea(person_id)
        town.do(
            set_item, pack=town.pack, application_id=idea.id, item_id="package", state="need_help",
            person_id=person_id, now=NOW, tell=town.told,
        )  # fmt: skip
    town.do(withdraw, pack=town.pack, application_id=idea.id, person_id=hoa, now=NOW, tell=town.told)

    counted = town.do(counts_by_place, role=role, places=town.pack.places, on=TODAY)

    assert {place: sum(items.values()) for place, items in counted.items()} == {COMMUNE: 1}
