"""Greeting, menu and help offer only acts the person's role has; a form for somebody else speaks of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.applications.entities import add_member
from registry.people.inviting import invite
from registry.people.roles import OPERATOR
from tests.handlers.desk import COMMUNE, DISTRICT, PROVINCE, Village, open_village, words_of

OFFICIAL_ACTS = ("Duyệt ý tưởng", "Gửi thông báo", "/duyet", "/thongbao", "/taphuan", "/hanchot")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        yield opened


def taking(village: Village, role: str, place: str) -> str:
    code = village.do(
        invite, pack=village.pack, role=role, place=place, by=OPERATOR, on=village.now.date(), now=village.now
    )
    return words_of(village.say("x", f"/start cb_{code}")[0])


@pytest.mark.parametrize(("role", "place", "own"), [("helper", COMMUNE, "/lamho"), ("admin", PROVINCE, "/capquyen")])
def test_who_may_not_review_is_offered_only_what_the_role_has(
    village: Village, role: str, place: str, own: str
) -> None:
    heard = [taking(village, role, place)]
    village.say("x", "/huy")
    heard += [words_of(one) for text in ("/start", "/menu", "/trogiup") for one in village.say("x", text)]

    assert own in heard[0]
    assert own in heard[-1]
    for words in heard:
        assert not [act for act in OFFICIAL_ACTS if act in words]


def test_an_official_is_offered_the_acts_of_officials(village: Village) -> None:
    told = taking(village, "district_official", DISTRICT)

    assert "Duyệt ý tưởng" in told
    assert "Gửi thông báo" in told


def test_a_helper_of_an_entity_is_not_offered_what_only_its_owner_may(village: Village) -> None:
    made = village.idea(village.person("chủ", "Bà Lài", place=COMMUNE))
    village.do(
        add_member, entity_id=made.entity_id, person_id=village.person("con", "Chị Năm"), part="helper", now=village.now
    )

    helper = words_of(village.say("con", "/hoso")[-1])
    owner = words_of(village.say("chủ", "/hoso")[-1])

    assert "Khoai deo" in helper
    for label in ("Rút:", "Thêm người cùng xem"):
        assert label not in helper
        assert label in owner


def test_a_form_for_somebody_else_speaks_of_them_and_offers_no_number_of_the_helper(village: Village) -> None:
    village.official("x", "helper", COMMUNE)
    village.say("x", "/lamho")
    village.tap("x", "Họ đồng ý")
    heard = [village.last("x")]
    for words in ("Mật ong rừng", "1", "1", "1", "Bà Lài"):
        heard += village.say("x", words)

    assert "Sản phẩm của người ấy tên là gì" in heard[0].plain
    assert "cho người ấy theo số nào" in heard[-1].plain
    assert all(one.ask != "contact" for one in heard)
    assert not any("Sản phẩm của anh/chị" in one.plain for one in heard)
