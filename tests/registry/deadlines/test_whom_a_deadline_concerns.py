"""Whom a deadline reminds: one member per product, and nobody twice about one product."""

import pytest

from registry.applications.drafts import open_draft
from registry.applications.entities import add_member
from registry.applications.review import Defect, decide
from registry.deadlines.deadlines import concerned, open_deadlines, seed
from registry.people.people import set_preference
from tests.registry.town import COMMUNE, DISTRICT, NOW, Town, days


@pytest.fixture
def seeded(town: Town) -> Town:
    town.do(seed, pack=town.pack)
    return town


def returned(town: Town, person_id: str):
    """An idea of this person that the office sent back."""
    idea = town.idea(person_id)
    town.do(
        decide, pack=town.pack, application_id=idea.id, version=1, act="return",
        role=town.official("district_official", DISTRICT), now=NOW, tell=town.told,
        defects=[Defect("materials", "rõ hơn")],
    )  # fmt: skip
    return idea


def reminded(town: Town) -> list[tuple[str, str]]:
    opened = town.do(open_deadlines, places=town.pack.places, place=COMMUNE, now=NOW)
    deadline = next(one for one in opened if one.spec == "idea_closes")
    spec = town.pack.programme.deadline(deadline.spec)
    found = town.do(concerned, places=town.pack.places, deadline=deadline, spec=spec)
    return [(one.subject, one.person_id) for one in found]


@pytest.mark.parametrize("asked", ["older", "newer", "both", "nobody"])
def test_the_member_who_asked_for_reminders_gets_them_before_a_longer_standing_one(seeded: Town, asked: str) -> None:
    older, newer = seeded.person(), seeded.person()
    idea = returned(seeded, older)
    seeded.do(add_member, entity_id=idea.entity_id, person_id=newer, part="helper", now=NOW + days(1))
    for name, person_id in (("older", older), ("newer", newer)):
        seeded.do(set_preference, person_id=person_id, reminders=asked in {name, "both"})

    assert reminded(seeded) == [(f"a:{idea.id}", newer if asked == "newer" else older)]


def test_who_corrects_a_returned_idea_is_reminded_of_it_once(seeded: Town) -> None:
    lai = seeded.person()
    idea = returned(seeded, lai)
    seeded.do(open_draft, person_id=lai, form="idea", now=NOW, application_id=idea.id)

    assert reminded(seeded) == [(f"a:{idea.id}", lai)]


def test_a_draft_of_another_form_is_no_idea(seeded: Town) -> None:
    lai, hoa = seeded.person(), seeded.person()
    seeded.do(open_draft, person_id=lai, form="plan", now=NOW)
    seeded.do(open_draft, person_id=hoa, form="idea", now=NOW)

    assert reminded(seeded) == [(f"p:{hoa}", hoa)]
