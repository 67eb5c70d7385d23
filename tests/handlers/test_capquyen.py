"""/capquyen: roles below one's own, in one's place: invited to, extended and ended; both sides are notified."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from content.actions.offices import AskEndRole, EndRole, ExtendRole, InviteTo, ShowRole
from registry.people import roles
from registry.people.official_names import set_official_name
from registry.people.subordinates import MOST_INVITATIONS
from registry.store.audit import audit
from tests.handlers.desk import COMMUNE, DISTRICT, OTHER_COMMUNE, OTHER_DISTRICT, PROVINCE, Village, open_village

CHIEF, LAN = "trưởng phòng", "lan"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.official(CHIEF, "district_official", DISTRICT, title="Phòng Nông nghiệp")
        yield opened


def held(village: Village, account: str) -> list[tuple[str, str]]:
    found = village.do(roles.roles_of, person_id=village.person(account), on=village.now.date())
    return [(one.role, one.place) for one in found]


def invited(village: Village, place: str = "Võ Ninh") -> str:
    village.say(CHIEF, "/capquyen")
    village.tap(CHIEF, "Mời người mới")
    village.tap(CHIEF, "cấp xã")
    return village.say(CHIEF, place)[-1].plain


def commune(village: Village, place: str = COMMUNE, name: str = "Nguyễn Thị Lan") -> roles.Role:
    one = village.official(LAN, "commune_official", place, title="Công chức xã")
    village.do(set_official_name, person_id=one.person_id, name=name, now=village.now, by="operator")
    return one


def test_an_official_invites_somebody_below_and_everybody_above_is_told(village: Village) -> None:
    village.official("tỉnh", "province_official", PROVINCE)
    code = invited(village)
    assert code.startswith("/start cb_")

    village.say(LAN, code)
    village.deliver()

    assert held(village, LAN) == [("commune_official", COMMUNE)]
    assert "vừa có người nhận" in village.all_words(CHIEF)
    acts = village.do(lambda db: db.execute(select(audit.c.act)).scalars().all())
    assert {"role.invite", "role.grant"} <= set(acts)


def test_the_first_official_of_an_empty_commune_is_told_what_waits(village: Village) -> None:
    maker = village.person("bà Lài", "Bà Lài", place=COMMUNE)
    village.say("bà Lài", "/lienhe")
    village.say("bà Lài", "Nộp hồ sơ ở đâu ạ?")
    assert maker

    village.say(LAN, invited(village))
    village.deliver()

    assert "1 câu hỏi đã chờ sẵn" in village.all_words(LAN)
    assert "nay có" in village.all_words("bà Lài")
    assert "Em đã chuyển về đó 0 hồ sơ và 1 câu hỏi" in village.all_words(CHIEF)


def test_a_commune_official_invites_only_helpers_at_home(village: Village) -> None:
    commune(village)
    village.say(LAN, "/capquyen")
    village.tap(LAN, "Mời người mới")

    labels = [choice.label for choice in village.last(LAN).choices]
    assert "người hỗ trợ" in labels
    assert not any("cán bộ phụ trách" in label for label in labels)
    village.press(LAN, InviteTo("commune_official").command)
    assert "/start cb_" not in village.all_words(LAN)


@pytest.mark.parametrize("place", ["Cảnh Dương", OTHER_COMMUNE, PROVINCE])
def test_nobody_invites_outside_their_place(village: Village, place: str) -> None:
    assert "/start cb_" not in invited(village, place)


@pytest.mark.parametrize("role", ["district_official", "province_official", "admin", "nobody"])
def test_nobody_invites_to_their_own_level_or_above(village: Village, role: str) -> None:
    village.press(CHIEF, InviteTo(role).command)
    village.say(CHIEF, "Quảng Ninh")

    assert "/start cb_" not in village.all_words(CHIEF)


def test_a_role_is_extended_and_its_official_is_told(village: Village) -> None:
    one = village.official(LAN, "commune_official", COMMUNE, until=village.now.date() + timedelta(days=20))
    village.say(CHIEF, "/capquyen")
    village.press(CHIEF, ShowRole(one.id).command)
    village.tap(CHIEF, "Gia hạn")
    village.deliver()

    after = village.do(roles.role_by_id, one.id)
    assert after is not None
    assert after.until == village.now.date() + roles.LONGEST
    assert "được gia hạn" in village.all_words(LAN)


def test_a_role_is_ended_only_after_a_second_question_and_its_cases_go_up(village: Village) -> None:
    one = commune(village)
    village.person("bà Lài", place=COMMUNE)
    village.say("bà Lài", "/lienhe")
    village.say("bà Lài", "Nộp hồ sơ ở đâu ạ?")

    village.press(CHIEF, AskEndRole(one.id).command)
    assert held(village, LAN) == [("commune_official", COMMUNE)]
    village.tap(CHIEF, "Thôi vai trò")
    village.deliver()

    assert held(village, LAN) == []
    assert "đã kết thúc" in village.all_words(LAN)
    assert "nay chuyển tới anh/chị" in village.all_words(CHIEF)


@pytest.mark.parametrize("who", ["sibling", "self", "equal", "stranger", "revoked"])
def test_nobody_else_sees_extends_or_ends_a_role(village: Village, who: str) -> None:
    one = commune(village)
    if who == "sibling":
        village.official("x", "district_official", OTHER_DISTRICT)
    elif who == "equal":
        village.official("x", "commune_official", COMMUNE)
    elif who == "revoked":
        gone = village.official("x", "district_official", DISTRICT)
        village.do(
            roles.revoke, role_id=gone.id, by="operator", places=village.pack.places, on=village.now.date(),
            now=village.now,
        )  # fmt: skip
    account = LAN if who == "self" else "x"
    until = village.now.date() + roles.LONGEST + timedelta(days=1)
    before = village.do(roles.role_by_id, one.id)
    for action in (ShowRole(one.id), ExtendRole(one.id, until), AskEndRole(one.id), EndRole(one.id)):
        village.press(account, action.command)

    assert village.do(roles.role_by_id, one.id) == before
    assert "Nguyễn Thị Lan" not in village.all_words("x")


def test_an_extension_is_never_longer_than_a_role_may_be(village: Village) -> None:
    one = village.official(LAN, "commune_official", COMMUNE, until=village.now.date() + timedelta(days=20))
    village.press(CHIEF, ExtendRole(one.id, village.now.date() + timedelta(days=4000)).command)

    after = village.do(roles.role_by_id, one.id)
    assert after is not None
    assert after.until == village.now.date() + roles.LONGEST


def test_a_stolen_account_does_not_hand_out_a_whole_office(village: Village) -> None:
    told = [invited(village) for _ in range(MOST_INVITATIONS + 1)]

    assert told[-2].startswith("/start cb_")
    assert "nhiều mã mời" in told[-1]


def test_a_question_for_the_place_survives_words_that_are_no_place(village: Village) -> None:
    told = invited(village, "xyz không có")

    assert "ở đâu" in told
    assert village.say(CHIEF, "Võ Ninh")[-1].plain.startswith("/start cb_")
