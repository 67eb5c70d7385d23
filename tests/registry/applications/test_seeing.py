"""Reading an application: its owner and its offices see it, and its answers are sealed."""

from datetime import date

import pytest
from sqlalchemy import select, update

from registry.applications.applications import (
    application_for,
    applications_of,
    applications_seen_by,
)
from registry.store.rows import applications
from registry.store.sealing import SealError
from tests.registry.town import (
    COMMUNE,
    DISTRICT,
    NOW,
    OTHER_COMMUNE,
    PROVINCE,
    TODAY,
    Town,
    days,
)


def test_not_there_and_not_yours_are_the_same_answer(town: Town) -> None:
    lai, stranger = town.person("Lài"), town.person("Lạ")
    idea = town.idea(lai)
    here, elsewhere = town.official("commune_official", COMMUNE), town.official("commune_official", OTHER_COMMUNE)

    def look(person_id: str, roles=(), code: str = idea.code):
        return town.do(application_for, code=code, person_id=person_id, roles=roles, places=town.pack.places, on=TODAY)

    assert look(lai) == idea
    assert look(here.person_id, (here,)) == idea
    assert look(stranger) is look(elsewhere.person_id, (elsewhere,)) is look(lai, (), "YT-2021-999999-0") is None
    assert town.do(applications_of, person_id=stranger) == ()
    assert town.do(applications_of, person_id=lai) == (idea,)


def test_officials_see_their_place_with_what_is_due_soonest_first(town: Town) -> None:
    district = town.official("district_official", DISTRICT)
    later = town.idea(town.person("Lài"), now=NOW + days(3))
    sooner = town.idea(town.person("Hoa"))
    town.idea(town.person("Bình"), place=OTHER_COMMUNE)

    def seen(role, on=TODAY, **more):
        found = town.do(applications_seen_by, role=role, places=town.pack.places, on=on, **more)
        return [application.code for application in found]

    assert seen(district) == [sooner.code, later.code]
    assert seen(district, statuses=["idea_accepted"]) == []
    assert seen(district, on=date(2023, 1, 1)) == []
    assert len(seen(town.official("province_official", PROVINCE))) == 3


def test_answers_are_not_readable_in_the_database(town: Town) -> None:
    idea = town.idea(town.person("Lài"), story="Mẹ tôi làm từ 1978")

    sealed = town.do(lambda db: db.execute(select(applications.c.answers_sealed)).scalar_one())

    assert b"1978" not in sealed
    assert town.fresh(idea).answers["story"] == "Mẹ tôi làm từ 1978"


def test_answers_moved_to_another_row_do_not_open(town: Town) -> None:

    lai = town.person("Lài")
    first, second = town.idea(lai), town.idea(lai)
    sealed = town.do(
        lambda db: db.execute(select(applications.c.answers_sealed).where(applications.c.id == first.id)).scalar_one()
    )
    town.do(
        lambda db: (
            db.execute(
                update(applications).where(applications.c.id == second.id).values(answers_sealed=sealed)
            ).rowcount
        )
    )

    with pytest.raises(SealError):
        town.fresh(second)
