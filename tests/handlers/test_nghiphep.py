"""/nghiphep: what waits goes to a stand-in from the first day to the last, ends by itself, and both are told."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from handlers.conversation.telling import Telling
from registry.people import leaves, roles
from registry.people.leaves import UnfitLeaveError
from registry.people.official_names import set_official_name
from registry.people.roles import NotAllowedError, Role
from scheduler import escalation
from tests.handlers.desk import COMMUNE, DISTRICT, OTHER_DISTRICT, PROVINCE, Village, open_village

LAN, HUNG, SO = "lan", "hùng", "sở"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        for account, name, role, place in (
            (LAN, "Nguyễn Thị Lan", "district_official", DISTRICT),
            (HUNG, "Trần Văn Hùng", "district_official", DISTRICT),
            (SO, "Lê Thị Sở", "province_official", PROVINCE),
        ):
            held = opened.official(account, role, place, title="")
            opened.do(set_official_name, person_id=held.person_id, name=name, now=opened.now, by="operator")
        yield opened


def role_of(village: Village, account: str) -> Role:
    return village.do(roles.roles_of, person_id=village.person(account), on=village.now.date())[0]


def sweep(village: Village) -> None:
    village.do(
        lambda db: escalation.sweep(
            db, pack=village.pack, tell=Telling(village.house, db, village.now), now=village.now
        )
    )
    village.deliver()


def away(village: Village, days: str = "hôm nay đến 4/6", who: str = "Hùng", account: str = LAN) -> None:
    village.say(account, "/nghiphep")
    village.say(account, days)
    village.tap(account, who)
    village.tap(account, "Đúng")
    village.deliver()


def idea(village: Village) -> None:
    village.idea(village.person("bà Lài", "Bà Lài", place=COMMUNE), product_name=f"Khoai {village.now:%d%H%M%S}")
    village.deliver()


def test_from_the_first_day_to_the_last_the_stand_in_gets_what_comes(village: Village) -> None:
    away(village)
    before = len(village.heard[LAN])
    idea(village)

    assert "Có ý tưởng mới" in village.last(HUNG).plain
    assert len(village.heard[LAN]) == before

    village.now += timedelta(days=4)
    sweep(village)
    assert "hết nghỉ" in village.all_words(LAN)
    assert "1 hồ sơ" in village.last(LAN).plain
    assert "hết trực thay" in village.all_words(HUNG)
    idea(village)
    assert "Có ý tưởng mới" in village.last(LAN).plain


def test_the_stand_in_is_told_what_waits_and_named_in_lienhe(village: Village) -> None:
    idea(village)
    away(village)
    village.person("bà Lài", place=COMMUNE)

    assert "trực thay" in village.last(HUNG).plain
    assert "1 hồ sơ" in village.last(HUNG).plain
    told = village.say("bà Lài", "/lienhe")[-1].plain
    assert "Hùng" in told
    assert "Lan" not in told


def test_a_leave_to_come_begins_in_the_morning_of_its_day(village: Village) -> None:
    away(village, "3/6 đến 5/6")
    idea(village)
    assert "Có ý tưởng mới" in village.last(LAN).plain

    village.now += timedelta(days=2)
    sweep(village)
    sweep(village)
    assert village.all_words(HUNG).count("Anh/chị trực thay") == 1
    idea(village)
    assert "Có ý tưởng mới" in village.last(HUNG).plain


def test_an_official_of_the_office_above_gets_the_queue_and_loses_it_again(village: Village) -> None:
    village.do(
        roles.revoke, role_id=role_of(village, HUNG).id, by="operator", places=village.pack.places,
        on=village.now.date(), now=village.now,
    )  # fmt: skip
    idea(village)
    away(village, who="Sở")
    assert "Khoai" in village.say(SO, "/duyet")[-1].plain

    village.now += timedelta(days=5)
    sweep(village)
    assert "Khoai" not in village.say(SO, "/duyet")[-1].plain
    assert [one.place for one in village.do(roles.roles_of, person_id=village.person(SO), on=village.now.date())] == [
        PROVINCE
    ]


def test_who_is_back_early_or_cannot_stand_in_ends_it_and_the_other_is_told(village: Village) -> None:
    away(village)
    village.say(LAN, "/nghiphep")
    village.tap(LAN, "đi làm lại")
    village.deliver()
    assert "hết trực thay" in village.all_words(HUNG)

    away(village)
    action = next(choice.action for choice in village.last(HUNG).choices if "không trực" in choice.label)
    village.press(HUNG, action)
    village.deliver()
    assert "không trực thay được" in village.all_words(LAN)
    idea(village)
    assert "Có ý tưởng mới" in village.last(LAN).plain


@pytest.mark.parametrize("days", ["xyz", "5/6 đến 3/6", "1/6 đến 30/9"])
def test_days_that_do_not_fit_are_asked_again(village: Village, days: str) -> None:
    village.say(LAN, "/nghiphep")
    assert "từ ngày nào" in village.say(LAN, days)[-1].plain


def test_nobody_without_reach_over_the_place_stands_in_whatever_is_pressed(village: Village) -> None:
    stranger = village.official("x", "district_official", OTHER_DISTRICT)
    mine = role_of(village, LAN)
    today = village.now.date()

    with pytest.raises(NotAllowedError):
        plan(village, mine, stranger.person_id, today, today)
    with pytest.raises(NotAllowedError):
        plan(village, mine, mine.person_id, today, today)
    with pytest.raises(UnfitLeaveError):
        plan(village, mine, village.person(HUNG), today - timedelta(days=1), today)


def plan(village: Village, role: Role, stand_in: str, first: date, last: date) -> None:
    village.do(
        leaves.plan_leave, role=role, stand_in_id=stand_in, first=first, last=last, places=village.pack.places,
        on=village.now.date(), now=village.now,
    )  # fmt: skip


@pytest.mark.parametrize("account", ["x", "bà Lài", SO])
def test_nobody_else_ends_a_leave(village: Village, account: str) -> None:
    away(village)
    one = village.do(leaves.leave_of, role_id=role_of(village, LAN).id, on=village.now.date())
    assert one is not None
    for words in (f"/nghiphep thoi {one.id}", f"/nghiphep khong {one.id}"):
        village.press(account, words)

    assert village.do(leaves.leave_of, role_id=one.role_id, on=village.now.date()) == one


def test_a_complaint_about_the_office_never_reaches_somebody_of_it_who_is_away(village: Village) -> None:
    village.official(LAN, "province_official", PROVINCE)
    village.do(
        roles.revoke, role_id=role_of(village, SO).id, by="operator", places=village.pack.places,
        on=village.now.date(), now=village.now,
    )  # fmt: skip
    today = village.now.date()
    district = next(
        one for one in village.do(roles.roles_of, person_id=village.person(LAN), on=today) if one.place == DISTRICT
    )
    plan(village, district, village.person(HUNG), today, today)
    sweep(village)
    village.person("bà Lài", place=COMMUNE)
    village.press("bà Lài", "/lienhe tren")
    village.say("bà Lài", "Cán bộ huyện đòi tiền")
    village.deliver()

    assert "đòi tiền" not in village.all_words(LAN)
