"""One person on two accounts: what was begun on one goes on at the other, and each thing is said once."""

from datetime import timedelta

import pytest

from tests.handlers.desk import DISTRICT, open_village

ANSWERS = ("Khoai deo", "moi", "thuc pham", "ho gia dinh", "Nguyen Thi Mau", "0912345678", "hai ninh")


@pytest.fixture
def village(tmp_path):
    with open_village(tmp_path) as opened:
        yield opened


def code_of(village, account):
    lines = [line for message in village.say(account, "/lienket") for line in message.text.splitlines()]
    return next(line for line in lines if line.startswith("/lienket "))


def link(village, first="may-ban", second="dien-thoai"):
    village.say(second, code_of(village, first))
    return village.tap(second, "Đúng là tôi")[-1].text


def test_a_draft_begun_on_one_account_goes_on_at_the_other(village):
    village.say("may-ban", "/dangky")
    village.tap("may-ban", "Đồng ý")
    village.say("may-ban", "Nước mắm Cảnh Dương")
    assert "chung một chỗ" in link(village)

    again = village.say("dien-thoai", "/tieptuc")[-1].text

    assert "Nước mắm Cảnh Dương" in again
    assert "Câu 2/7" in again


def test_a_draft_begun_on_the_account_that_joins_is_not_lost(village):
    village.say("dien-thoai", "/dangky")
    village.tap("dien-thoai", "Đồng ý")
    village.say("dien-thoai", "Khoai deo Hải Ninh")
    link(village)

    assert "Khoai deo Hải Ninh" in village.say("may-ban", "/tieptuc")[-1].text


def test_an_idea_handed_in_before_is_seen_from_both(village):
    idea = village.register("dien-thoai", *ANSWERS)
    link(village)

    assert idea.code in village.say("may-ban", "/trangthai")[-1].text
    assert idea.code in village.say("dien-thoai", "/trangthai")[-1].text


def test_a_decision_and_an_announcement_arrive_once_on_the_account_that_last_spoke(village):
    idea = village.register("dien-thoai", *ANSWERS)
    link(village)
    village.official("huyen", "district_official", DISTRICT)
    village.say("may-ban", "/menu")
    before = {account: len(village.heard.get(account, ())) for account in ("may-ban", "dien-thoai")}

    village.press("huyen", f"/quyet {idea.code} 1 accept")
    village.say("huyen", "/thongbao")
    village.tap("huyen", "Cả Huyện Quảng Ninh")
    village.say("huyen", "Mời bà con họp lúc 8 giờ thứ Sáu tại nhà văn hoá xã.")
    assert "1 người" in village.last("huyen").text
    village.tap("huyen", "Gửi cho")
    village.deliver()

    assert len(village.heard["may-ban"]) - before["may-ban"] == 2
    assert len(village.heard["dien-thoai"]) == before["dien-thoai"]


def test_a_code_works_once(village):
    code = code_of(village, "may-ban")
    village.say("dien-thoai", code)
    village.tap("dien-thoai", "Đúng là tôi")

    assert "đã dùng" in village.say("nguoi-la", code)[-1].text


def test_a_code_is_dead_after_ten_minutes(village):
    code = code_of(village, "may-ban")
    village.now += timedelta(minutes=11)

    assert "quá 10 phút" in village.say("dien-thoai", code)[-1].text


def test_joining_is_asked_with_a_name_that_tells_a_stranger_nothing(village):
    village.person("may-ban", "Nguyễn Thị Mẫu")

    asked = village.say("dien-thoai", code_of(village, "may-ban"))[-1].text

    assert "N. T. Mẫu" in asked
    assert "Nguyễn" not in asked


def test_a_role_is_held_on_both(village):
    village.official("may-ban", "district_official", DISTRICT)
    link(village)

    assert "Em chưa biết lệnh" not in village.say("dien-thoai", "/duyet")[-1].text


def test_unlinked_an_account_sees_nothing_any_more(village):
    idea = village.register("may-ban", *ANSWERS)
    link(village)
    village.say("dien-thoai", "/bolienket")
    village.tap("dien-thoai", "Bỏ liên kết")

    assert idea.code not in village.say("dien-thoai", "/trangthai")[-1].text
    assert idea.code in village.say("may-ban", "/trangthai")[-1].text


def test_being_forgotten_takes_what_was_joined_along(village):
    village.register("dien-thoai", *ANSWERS)
    link(village)
    village.say("may-ban", "/dulieu xoa chac")

    for account in ("may-ban", "dien-thoai"):
        assert "chưa có hồ sơ" in village.say(account, "/trangthai")[-1].text
