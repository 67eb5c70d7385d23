# ruff: noqa: F811  the fixture is imported by its name
"""An edit of a broadcast that something else overtakes: another command, a reminder, an old button."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from registry.store.rows import roles
from tests.handlers.desk import COMMUNE, Village, words_of
from tests.handlers.thongbao.announcing import few, got, heard, more, row, written
from tests.handlers.thongbao.test_editing import MINUTE, OTHER, at_nine, in_delay, replaced, sweep, village, words  # noqa: F401  helpers and fixtures


def test_another_command_in_the_middle_says_that_it_waits_and_keeps_the_new_text(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    replaced(village, OTHER)

    said = words(village.say("office", "/menu"))
    assert "Thông báo 1/2021 còn sửa dở, chưa gửi cho ai" in said
    village.now += timedelta(hours=1)
    assert got(village) == set()
    assert OTHER in words(village.press("office", f"/thongbao sua {row(village).id} 1"))
    village.tap("office", "Gửi cho 2")

    assert got(village, OTHER) == {"an", "binh"}


def test_a_text_not_yet_taken_is_asked_about_again_after_another_command(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    village.say("office", OTHER)
    village.say("office", "/thongbao xem")
    village.say("office", "/duyet")

    shown = words(village.press("office", f"/thongbao sua {row(village).id} 1"))

    assert OTHER in shown
    village.tap("office", "Thay nội dung")
    village.tap("office", "Gửi cho 2")
    assert got(village, OTHER) == {"an", "binh"}


def test_another_announcement_begun_in_the_middle_names_the_one_that_waits(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")

    assert "Thông báo 1/2021 còn sửa dở" in words(village.say("office", "/thongbao"))
    assert "sửa dở" not in words(village.say("office", OTHER))


def test_what_nobody_came_back_to_is_recalled_and_does_not_leave(village: Village) -> None:
    at_nine(village)
    village.tap("office", "Sửa nội dung")
    replaced(village, OTHER)
    before = len(village.heard["office"])

    for _ in range(3):
        sweep(village)
    assert len(village.heard["office"]) == before
    village.now += 30 * MINUTE
    for _ in range(3):
        sweep(village)
    assert heard(village, "office", before).count("Thông báo 1/2021 còn sửa dở") == 1
    village.now += timedelta(hours=1)
    for _ in range(3):
        sweep(village)
    assert heard(village, "office", before).count("Thông báo 1/2021 còn sửa dở") == 2
    assert "09:00" in words_of(village.last("office"))
    village.now += timedelta(days=2)
    for _ in range(3):
        sweep(village)
    assert heard(village, "office", before).count("Thông báo 1/2021 còn sửa dở") == 3

    assert got(village) | got(village, OTHER) == set()
    assert OTHER in words(village.tap("office", "Sửa tiếp"))


def test_it_can_be_put_back_from_the_reminder_while_another_question_waits(village: Village) -> None:
    written(village)
    more(village, "Chọn giờ gửi")
    village.say("office", "7 giờ sáng mai")
    village.tap("office", "Gửi cho 2")
    village.tap("office", "Sửa nội dung")
    village.say("office", "/thongbao")
    village.now += 40 * MINUTE
    sweep(village)
    assert village.talk("office").topic == "thongbao"

    said = words(village.tap("office", "Thôi sửa"))

    assert "giữ nguyên Thông báo 1/2021" in said
    assert "Gõ nội dung" in said  # the other question still waits
    village.now += timedelta(days=1)
    assert got(village) == {"an", "binh"}


def test_put_back_twice_it_says_how_it_stands_and_changes_nothing(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    again = village.button("office", "Thôi sửa")
    made = row(village).id
    village.say("office", "/huy")
    due = row(village).due_at
    assert again is not None

    village.press("office", f"/thongbao thoisua {made} 1")

    assert (row(village).state, row(village).due_at) == ("going", due)


# --- old buttons ------------------------------------------------------------------------------------------------------


def edited_once(village: Village) -> str:
    """The second text is scheduled; buttons of the first are still on every screen."""
    at_nine(village)
    village.tap("office", "Sửa nội dung")
    replaced(village, OTHER)
    village.tap("office", "Gửi cho 2")
    village.deliver()
    return str(row(village).id)


@pytest.mark.parametrize("who", ["office", "above"])
def test_a_pause_of_the_earlier_text_pauses_nothing_and_shows_the_new_one(village: Village, who: str) -> None:
    made = edited_once(village)

    said = words(village.press(who, f"/thongbao tamdung {made} 1"))

    assert "vừa thay đổi" in said
    assert OTHER in said
    assert row(village).state == "going"
    village.tap(who, "Dừng gửi")
    assert row(village).state == "cancelled"


@pytest.mark.parametrize("version", ["", " 1"])
@pytest.mark.parametrize("who", ["office", "above"])
def test_a_stop_of_the_earlier_text_stops_the_newer_one_and_says_so(village: Village, who: str, version: str) -> None:
    made = edited_once(village)

    said = words(village.press(who, f"/thongbao dung {made}{version}"))

    assert "đã sửa sau tin anh/chị xem; em dừng cả bản mới" in said
    assert row(village).state == "cancelled"
    assert got(village, OTHER) | got(village) == set()


def test_a_button_without_a_version_stands_for_the_first_text(village: Village) -> None:
    made = edited_once(village)

    assert "vừa thay đổi" in words(village.press("office", f"/thongbao tamdung {made}"))


def test_an_edit_button_of_the_earlier_text_takes_nothing_up(village: Village) -> None:
    made = edited_once(village)

    said = words(village.press("office", f"/thongbao sua {made} 1"))

    assert "vừa thay đổi" in said
    assert OTHER in said
    assert (row(village).state, village.talk("office").topic) == ("going", None)


def test_stopped_by_an_official_above_while_it_is_edited_the_author_is_told_at_the_next_word(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    village.press("above", f"/thongbao dung {row(village).id} 1")
    village.deliver()

    said = words(village.say("office", OTHER))

    assert "đã dừng" in said
    assert "chưa gửi" not in said
    assert village.talk("office").topic is None
    assert got(village) | got(village, OTHER) == set()


def test_a_stranger_learns_nothing_from_any_button_of_it(village: Village) -> None:
    village.official("stranger", "commune_official", "19138", "UBND xã khác")
    made = edited_once(village)
    for act in ("sua", "thoisua", "dung", "tamdung", "tieptuc"):
        for version in ("", " 1", " 2", " 9"):
            said = words(village.press("stranger", f"/thongbao {act} {made}{version}"))
            assert said == words(village.press("stranger", f"/thongbao {act} khongco{version}"))
            assert OTHER not in said
    assert row(village).state == "going"


def test_an_edit_of_an_announcement_that_left_says_so(village: Village) -> None:
    in_delay(village)
    edit = village.button("office", "Sửa nội dung")
    assert edit is not None
    assert got(village) == {"an", "binh"}

    assert "đã đi rồi" in words(village.press("office", edit))
    assert row(village).state == "going"


# --- what is around it ------------------------------------------------------------------------------------------------


def test_while_it_is_edited_the_list_and_the_report_say_so(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    assert "đang sửa" in words(village.say("office", "/thongbao xem"))

    said = words(village.press("above", f"/thongbao so {row(village).id}"))

    assert "đang sửa" in said
    assert "Bà con chưa nhận gì" in said
    assert "Sửa tiếp" not in said


def test_a_role_that_ends_in_the_middle_of_an_edit_ends_the_announcement(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    village.do(lambda db: db.execute(update(roles).where(roles.c.place == COMMUNE).values(revoked_at=village.now)))
    sweep(village)

    assert row(village).state == "cancelled"
    assert got(village) == set()


def test_an_edit_does_not_let_more_people_be_told_alone_than_one_official_may(village: Village) -> None:
    few(village, alone_a_day=1)
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    village.say("office", "/thongbao")

    assert "đã tự gửi 1 thông báo" in words(village.say("office", OTHER))


def test_an_edit_that_was_stopped_from_above_says_that_it_is_stopped(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    village.tap("above", "Dừng gửi")

    shown = words(village.say("office", OTHER))

    assert "đã dừng nên không sửa được nữa" in shown
    assert "nút vừa bấm" not in shown


def test_an_edit_given_up_after_its_hour_keeps_nothing_of_what_was_typed_and_says_so_once(village: Village) -> None:
    at_nine(village)
    village.tap("office", "Sửa nội dung")
    village.now += timedelta(hours=2)

    shown = words(village.say("office", "/huy"))

    assert "Giờ gửi của Thông báo 1/2021" in shown
    assert "Bản đang sửa em vẫn giữ" not in shown
