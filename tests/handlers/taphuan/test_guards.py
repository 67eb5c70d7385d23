"""The guards against luring many to a gathering: the delay, the officials above, the typed number, one version."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from registry.broadcasts.approvals import Reason
from registry.people.roles import OPERATOR, revoke
from registry.store.rows import gatherings
from tests.announced import alone
from tests.handlers.desk import COMMUNE, DISTRICT, SIBLING_COMMUNE, Village, open_village, words_of
from tests.handlers.taphuan.test_taphuan import forward, leave, office, only, sweep

TITLE, OTHER = "Tập huấn ghi nhãn", "Tập huấn đóng gói"
GUESTS = ("lai", "mai")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        for account in GUESTS:
            opened.person(account, f"Bà {account}", place=COMMUNE)
        office(opened, "commune_official", COMMUNE)
        office(opened, "district_official", DISTRICT, "above")
        yield opened


def write(village: Village, title: str = TITLE, venue: str = "Nhà văn hóa") -> None:
    village.say("office", "/taphuan moi")
    village.tap("office", "Tập huấn bà con")
    for words in (title, "14 giờ 11/6", venue, "40"):
        village.say("office", words)


def hand_in(village: Village, button: str = "Mời 2", **words: str) -> Any:
    write(village, **words)
    village.tap("office", button)
    village.deliver()
    return only(village)


def take_up(village: Village, title: str = OTHER) -> None:
    """Its author takes it up and types another title, and has not saved it."""
    village.tap("office", "Sửa")
    village.tap("office", "Sửa tên")
    village.say("office", title)


def invited(village: Village, title: str = TITLE) -> set[str]:
    return {account for account in GUESTS if title in village.all_words(account)}


def to_many(village: Village, most: int) -> None:
    village.house = replace(village.house, pack=alone(village.pack, second_official_above=most))


# --- the delay, and those above ---------------------------------------------------------------------------------------


def test_nobody_is_invited_before_the_delay_is_over(village: Village) -> None:
    made = hand_in(village)
    hold = village.pack.programme.announcements.delay
    forward(village, seconds=(hold - timedelta(seconds=30)).total_seconds())
    sweep(village)
    assert invited(village) == set()
    assert f"sau {hold // timedelta(minutes=1)} phút" in village.all_words("office")
    assert "còn sửa hoặc dừng được" in village.all_words("office")
    forward(village, minutes=1)
    sweep(village)
    assert invited(village) == set(GUESTS)
    assert made.state == "held"


def test_those_above_read_every_word_at_once_and_can_stop_it(village: Village) -> None:
    hand_in(village, venue="Sân nhà ông Ba")
    told = words_of(village.last("above"))
    assert TITLE in told
    assert "Sân nhà ông Ba" in told
    assert "2 người" in told
    village.tap("above", "Dừng mời")
    leave(village)
    assert invited(village) == set()
    assert only(village).state == "cancelled"
    assert "đã dừng lời mời" in village.all_words("office")


def test_those_above_are_told_by_night_too_and_those_invited_in_the_morning(village: Village) -> None:
    forward(village, hours=14)
    hand_in(village)
    assert TITLE in village.all_words("above")
    leave(village)
    assert invited(village) == set()
    village.tap("above", "Dừng mời")
    forward(village, hours=10)
    sweep(village)
    assert invited(village) == set()


def test_a_colleague_stops_it_and_an_office_beside_does_not(village: Village) -> None:
    made = hand_in(village)
    office(village, "commune_official", COMMUNE, "colleague")
    office(village, "commune_official", SIBLING_COMMUNE, "beside")
    village.say("beside", f"/taphuan dung {made.id} 1")
    assert only(village).state == "held"
    assert "chưa ai nhận được" in words_of(village.say("colleague", f"/taphuan dung {made.id} 1")[-1]).casefold()
    assert only(village).state == "cancelled"


def test_what_has_left_is_not_called_off_by_one_late_tap(village: Village) -> None:
    hand_in(village)
    leave(village)
    told = village.tap("above", "Dừng mời")
    assert "đã đi rồi" in "\n".join(map(words_of, told))
    assert only(village).state == "open"
    village.tap("above", "Hủy")
    assert only(village).state == "cancelled"


@pytest.mark.parametrize("hours", [0, 14], ids=["by day", "by night"])
def test_a_role_that_is_taken_away_before_it_leaves_takes_it_along(village: Village, hours: int) -> None:
    forward(village, hours=hours)
    made = hand_in(village)
    today = village.now.date()
    village.do(revoke, role_id=made.role_id, by=OPERATOR, places=village.pack.places, on=today, now=village.now)
    forward(village, hours=10)
    sweep(village)
    assert (invited(village), only(village).state) == (set(), "cancelled")


def test_what_begins_before_it_could_be_read_is_asked_for_another_hour(village: Village) -> None:
    village.say("office", "/taphuan moi")
    village.tap("office", "Tập huấn bà con")
    for words in (TITLE, "8 giờ 3 sáng nay", "Nhà văn hóa", "40"):
        village.say("office", words)
    assert "trước khi lời mời kịp tới" in words_of(village.tap("office", "Mời 2")[-1])
    assert village.talk("office").step == "when"
    village.say("office", "14 giờ 11/6")
    village.tap("office", "Mời 2")
    assert only(village).state == "held"


def test_above_the_number_of_the_pack_it_is_typed(village: Village) -> None:
    village.house = replace(village.house, pack=alone(village.pack, typed_above=1))
    write(village)
    assert "Gõ số người nhận" in village.tap("office", "Mời 2")[-1].plain
    assert village.do(lambda db: db.execute(select(gatherings)).all()) == []
    assert "Số 3 không phải" in "\n".join(map(words_of, village.say("office", "3")))
    village.tap("office", "Mời 2")
    village.say("office", "2")
    assert only(village).state == "held"


def test_many_invitations_a_day_need_a_second_official(village: Village) -> None:
    village.house = replace(village.house, pack=alone(village.pack, alone_a_day=1))
    hand_in(village)
    leave(village)
    write(village, title=OTHER)
    assert "Gửi người duyệt" in words_of(village.last("office"))
    village.say("office", "/huy")
    village.say("office", "/thongbao Chiều thứ Sáu họp thôn ở nhà văn hóa.")
    assert "Gửi người duyệt" in words_of(village.last("office"))


def test_what_was_stopped_before_it_left_is_not_counted(village: Village) -> None:
    village.house = replace(village.house, pack=alone(village.pack, alone_a_day=1))
    hand_in(village)
    village.tap("above", "Dừng mời")
    write(village, title=OTHER)
    assert "Mời 2 người" in words_of(village.last("office"))


@pytest.mark.parametrize(
    ("title", "venue"),
    [
        (TITLE, "Nhà văn hóa, nộp lệ phí tại chỗ"), (TITLE, "Nhà văn hóa, dem tien mat"),
        ("Tập huấn, mỗi người 200.000 đ", "Nhà văn hóa"),
    ],
)  # fmt: skip
def test_an_invitation_that_asks_for_money_waits_for_a_second_official(
    village: Village, title: str, venue: str
) -> None:
    made = hand_in(village, "Gửi người duyệt", title=title, venue=venue)
    money: list[Reason] = ["money"]
    assert (made.state, made.reasons) == ("waiting", money)
    assert "tiền" in words_of(village.last("office"))
    leave(village)
    assert invited(village, title) == set()


def test_an_announcement_that_asks_for_money_waits_for_a_second_official(village: Village) -> None:
    village.say("office", "/thongbao Chiều thứ Sáu bà con đem tiền mặt tới nhà văn hóa.")
    assert "Gửi người duyệt" in words_of(village.last("office"))


def test_approved_from_above_it_leaves_at_once(village: Village) -> None:
    to_many(village, 1)
    hand_in(village, "Gửi người duyệt")
    village.tap("above", "Xem để duyệt")
    village.tap("above", "Duyệt, mời 2")
    village.deliver()
    assert invited(village) == set(GUESTS)


def test_approved_by_a_colleague_those_above_are_told(village: Village) -> None:
    to_many(village, 1)
    office(village, "commune_official", COMMUNE, "colleague")
    hand_in(village, "Gửi người duyệt")
    village.tap("colleague", "Xem để duyệt")
    village.tap("colleague", "Duyệt, mời 2")
    village.deliver()
    assert "đã có người thứ hai duyệt" in village.all_words("above")


def test_approved_by_night_it_can_be_stopped_until_the_morning(village: Village) -> None:
    to_many(village, 1)
    forward(village, hours=14)
    hand_in(village, "Gửi người duyệt")
    village.tap("above", "Xem để duyệt")
    village.tap("above", "Duyệt, mời 2")
    village.tap("above", "Dừng mời")
    forward(village, hours=10)
    sweep(village)
    assert invited(village) == set()


# --- other words once people know of it -------------------------------------------------------------------------------


def reworded(village: Village) -> None:
    hand_in(village)
    leave(village)
    village.tap("lai", "Tôi đi được")
    village.say("office", f"/taphuan sua {only(village).id}")
    village.tap("office", "Sửa tên")
    village.say("office", OTHER)
    village.tap("office", "Lưu")
    village.deliver()


def test_other_words_are_told_after_the_delay_and_those_above_at_once(village: Village) -> None:
    reworded(village)
    assert invited(village, OTHER) == set()
    assert OTHER in village.all_words("above")
    leave(village)
    assert invited(village, OTHER) == {"lai"}


def test_other_words_are_stopped_before_anybody_reads_them(village: Village) -> None:
    reworded(village)
    village.tap("above", "Dừng mời")
    leave(village)
    assert invited(village, OTHER) == set()
    assert "nay hủy" in village.all_words("lai")
    assert only(village).state == "cancelled"


# --- taken up for editing ---------------------------------------------------------------------------------------------
