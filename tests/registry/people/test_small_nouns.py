"""Consents, entities, facts of the installation and tallies."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from registry.applications.entities import (
    NewEntity,
    add_entity,
    change_entity,
    entities_of,
    entity_for,
    invite_member,
    join_entity,
    members_of,
)
from registry.people.consents import consents_of, give, has_given, withdraw
from registry.people.inviting import redeem
from registry.people.people import forget, leave, meet
from registry.people.roles import NotAllowedError
from registry.people.tallies import tallies, tally
from registry.store.installation import OtherPackError, count_up, fact, serve_pack, set_fact
from tests.registry.town import COMMUNE, NOW, OTHER_COMMUNE, TODAY, Town, days


def agree(town: Town, person_id: str, version: str = "v1", now=NOW):
    return town.do(give, person_id=person_id, purpose="registration", text_version=version, channel="telegram", now=now)


def test_agreeing_twice_to_the_same_words_is_one_consent(town: Town) -> None:
    lai = town.person()

    assert agree(town, lai) == agree(town, lai, now=NOW + days(1))
    assert len(town.do(consents_of, person_id=lai)) == 1


def test_new_words_need_a_new_consent_and_both_are_kept(town: Town) -> None:
    lai = town.person()
    agree(town, lai)
    assert not town.do(has_given, person_id=lai, purpose="registration", text_version="v2")

    agree(town, lai, "v2", NOW + days(1))

    assert town.do(has_given, person_id=lai, purpose="registration", text_version="v2")
    assert [(one.text_version, one.withdrawn_at) for one in town.do(consents_of, person_id=lai)] == [
        ("v1", NOW + days(1)),
        ("v2", None),
    ]


def test_a_consent_taken_back_stands_no_more_and_its_row_stays(town: Town) -> None:
    lai = town.person()
    agree(town, lai)

    assert town.do(withdraw, person_id=lai, purpose="registration", now=NOW + days(1)) is True
    assert town.do(withdraw, person_id=lai, purpose="registration", now=NOW + days(1)) is False

    assert not town.do(has_given, person_id=lai, purpose="registration")
    assert len(town.do(consents_of, person_id=lai)) == 1


def test_consents_are_for_one_person_and_one_purpose(town: Town) -> None:
    lai, hoa = town.person(), town.person()
    agree(town, lai)

    assert not town.do(has_given, person_id=hoa, purpose="registration")
    assert not town.do(has_given, person_id=lai, purpose="reminders")


def household(town: Town, keeper: str, **more):
    return town.do(add_entity, keeper_id=keeper, new=NewEntity("household", COMMUNE, "Hộ bà Lài"), now=NOW, **more)


def test_an_entity_is_seen_by_its_members_alone(town: Town) -> None:
    lai, stranger = town.person(), town.person()
    made = household(town, lai)

    assert town.do(entity_for, entity_id=made.id, person_id=lai) == made
    assert town.do(entity_for, entity_id=made.id, person_id=stranger) is None
    assert town.do(entities_of, person_id=stranger) == ()


def test_a_helper_joins_by_a_code_once_and_may_invite_nobody(town: Town) -> None:
    lai, helper, late = town.person(), town.person(), town.person()
    made = household(town, lai)
    code = town.do(invite_member, entity_id=made.id, person_id=lai, now=NOW)

    assert town.do(join_entity, code=code, person_id=helper, now=NOW) == made
    assert town.do(join_entity, code=code, person_id=late, now=NOW) is None
    assert set(town.do(members_of, made.id)) == {(lai, "owner"), (helper, "helper")}
    with pytest.raises(NotAllowedError):
        town.do(invite_member, entity_id=made.id, person_id=helper, now=NOW)


def test_a_code_for_an_entity_gives_no_role(town: Town) -> None:
    lai, helper = town.person(), town.person()
    code = town.do(invite_member, entity_id=household(town, lai).id, person_id=lai, now=NOW)

    assert town.do(redeem, places=town.pack.places, on=TODAY, code=code, person_id=helper, now=NOW) is None


def test_an_import_again_changes_the_entity_and_adds_none(town: Town) -> None:
    lai = town.person()
    first = household(town, lai, imported="7")

    again = town.do(
        add_entity, keeper_id=lai, new=NewEntity("group", COMMUNE, "Tổ hợp tác", "3100123456"), now=NOW, imported="7"
    )

    assert again.id == first.id
    assert town.do(entities_of, person_id=lai) == (again,)
    assert (again.name, again.kind, again.tax_code) == ("Tổ hợp tác", "group", "3100123456")


def test_a_corrected_name_is_read_back(town: Town) -> None:
    lai = town.person()
    town.do(change_entity, entity=household(town, lai), name="Hộ Nguyễn Thị Lài")

    assert town.do(entities_of, person_id=lai)[0].name == "Hộ Nguyễn Thị Lài"


def test_an_erased_keeper_leaves_an_entity_without_a_name(town: Town) -> None:
    lai, helper = town.person(), town.person()
    made = household(town, lai)
    code = town.do(invite_member, entity_id=made.id, person_id=lai, now=NOW)
    town.do(join_entity, code=code, person_id=helper, now=NOW)

    town.do(forget, person_id=lai, now=NOW)

    assert town.do(entities_of, person_id=helper)[0].name is None


def test_the_latest_fact_counts(town: Town) -> None:
    town.do(set_fact, "clock", "1")
    town.do(set_fact, "clock", "2")

    assert town.do(fact, "clock") == "2"
    assert town.do(fact, "nothing") is None
    assert [town.do(count_up, "n") for _ in range(3)] == [1, 2, 3]


def test_a_database_serves_one_pack(town: Town) -> None:
    town.do(serve_pack, "quang-binh-2021")
    town.do(serve_pack, "quang-binh-2021")

    with pytest.raises(OtherPackError, match="a database of its own"):
        town.do(serve_pack, "quang-tri-2026")
    assert town.do(fact, "pack") == "quang-binh-2021"


def test_tallies_add_up_by_day_kind_and_place(town: Town) -> None:
    first, second = date(2021, 6, 1), date(2021, 6, 2)
    for day, what, place in (
        (first, "heard", COMMUNE),
        (first, "heard", COMMUNE),
        (second, "heard", OTHER_COMMUNE),
        (second, "submitted", COMMUNE),
    ):
        town.do(tally, day=day, what=what, place=place)

    kept = town.do(lambda db: db.execute(select(tallies)).all())
    assert sorted((row.day, row.what, row.place, row.count) for row in kept) == [
        (first, "heard", COMMUNE, 2),
        (second, "heard", OTHER_COMMUNE, 1),
        (second, "submitted", COMMUNE, 1),
    ]


@pytest.mark.parametrize(("minutes", "state"), [(-5, "unreachable"), (5, "open")], ids=["before", "after"])
def test_only_a_word_from_after_their_leaving_opens_an_account_again(town: Town, minutes: int, state: str) -> None:
    def speak(at):
        return town.do(meet, channel="zalo_oa", account="7", now=NOW + days(1), spoke_at=at)[1]

    speak(NOW - days(1))
    town.do(leave, channel="zalo_oa", account="7", at=NOW)

    assert speak(NOW + timedelta(minutes=minutes)).state == state
