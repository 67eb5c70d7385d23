"""Codes of invitations: each works once, for a day, for its purpose, and as long as its giver may give it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from registry.applications.entities import invite_member
from registry.people import inviting, roles
from registry.people.roles import OPERATOR
from tests.handlers.desk import (
    COMMUNE,
    DISTRICT,
    OTHER_DISTRICT,
    Village,
    open_village,
    words_of,
)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        yield opened


def test_an_invitation_to_an_entity_works_once_and_for_nobody_later(village: Village) -> None:
    owner = village.person("owner", "Chủ hộ")
    mine = village.idea(owner, entity_name="Hộ Chủ")
    code = village.do(invite_member, entity_id=mine.entity_id, person_id=owner, now=village.now)
    assert "Hộ Chủ" in words_of(village.say("first", f"/start moi_{code}")[0])
    again = village.say("second", f"/start moi_{code}")
    assert "Hộ Chủ" not in words_of(again[0])
    assert "Khoai deo" not in "".join(map(words_of, village.say("second", "/hoso")))
    assert "Khoai deo" in "".join(map(words_of, village.say("first", "/hoso")))


def test_an_invitation_older_than_a_day_is_worth_nothing(village: Village) -> None:
    owner = village.person("owner", "Chủ hộ")
    mine = village.idea(owner)
    entity = village.do(invite_member, entity_id=mine.entity_id, person_id=owner, now=village.now)
    role = village.do(
        inviting.invite, pack=village.pack, role="commune_official", place=COMMUNE, by=OPERATOR, on=village.now.date(),
        now=village.now,
    )  # fmt: skip
    village.now += timedelta(hours=24, seconds=1)
    village.say("late", f"/start moi_{entity}")
    village.say("late", f"/start cb_{role}")
    assert village.do(roles.roles_of, person_id=village.person("late"), on=village.now.date()) == ()
    assert "Khoai deo" not in "".join(map(words_of, village.say("late", "/hoso")))


def test_an_invitation_to_a_role_works_once_and_not_as_one_to_an_entity(village: Village) -> None:
    code = village.do(
        inviting.invite, pack=village.pack, role="commune_official", place=COMMUNE, by=OPERATOR, on=village.now.date(),
        now=village.now,
    )  # fmt: skip
    village.say("wrong", f"/start moi_{code}")
    village.say("first", f"/start cb_{code}")
    village.say("second", f"/start cb_{code}")
    today = village.now.date()
    held = [
        len(village.do(roles.roles_of, person_id=village.person(who), on=today)) for who in ("wrong", "first", "second")
    ]
    assert held == [0, 1, 0]


def test_an_invitation_of_somebody_who_was_moved_elsewhere_is_worth_nothing(village: Village) -> None:
    giver = village.official("giver", "district_official", DISTRICT)
    code = village.do(
        inviting.invite, pack=village.pack, role="commune_official", place=COMMUNE, by=giver, on=village.now.date(),
        now=village.now,
    )  # fmt: skip
    village.do(
        roles.revoke, role_id=giver.id, by=OPERATOR, places=village.pack.places, on=village.now.date(), now=village.now
    )
    village.official("giver", "district_official", OTHER_DISTRICT)
    village.say("late", f"/start cb_{code}")
    assert village.do(roles.roles_of, person_id=village.person("late"), on=village.now.date()) == ()
