"""An announcement in the conversation: the short way, whom it is for and when it leaves."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from handlers.conversation.telling import stamp
from registry.people.people import new_person
from registry.store.rows import accounts, applications, broadcasts, people
from tests.handlers.desk import COMMUNE, Village, words_of
from tests.handlers.thongbao.announcing import TEXT, few, got, more, row, village, written

__all__ = ["village"]

# --- the short way ----------------------------------------------------------------------------------------------------


def test_text_preview_and_one_tap_is_all_it_takes(village: Village) -> None:
    shown = written(village)
    assert "2 người" in shown
    assert "Bà An" in shown

    answer = "\n".join(map(words_of, village.tap("office", "Gửi cho 2")))

    assert "Thông báo 1/2021 sẽ gửi tới 2 người, lúc 08:06" in answer
    assert got(village) == {"an", "binh"}


def test_to_many_people_it_goes_only_when_their_number_is_typed(village: Village) -> None:
    few(village, typed_above=1)
    written(village)

    asked = "\n".join(map(words_of, village.tap("office", "Gửi cho 2")))
    wrong = "\n".join(map(words_of, village.say("office", "3")))
    assert "Gõ số người nhận để gửi: 2" in asked
    assert "3 không phải số người nhận" in wrong
    assert village.do(lambda db: db.execute(select(broadcasts)).all()) == []

    village.tap("office", "Gửi cho 2")
    village.say("office", "2 người")
    assert got(village) == {"an", "binh"}


@pytest.mark.parametrize("words", ["", "gửi đi", "hai", "99999999999999999999", "-"])
def test_what_is_no_number_shows_it_again_and_sends_nothing(village: Village, words: str) -> None:
    few(village, typed_above=1)
    written(village)
    village.tap("office", "Gửi cho 2")
    village.say("office", words)

    assert village.talk("office").step == ("number" if words else "sure")
    assert got(village) == set()


def test_a_thousand_people_are_said_as_people_say_them(village: Village) -> None:
    few(village, second_official_above=2000)
    said = {"channel": "test", "state": "open", "last_spoke_at": village.now}

    def crowd(db: Connection) -> None:
        for number in range(1200):
            person_id, account = new_person(db, now=village.now), f"crowd-{number}"
            db.execute(people.update().where(people.c.id == person_id).values(place=COMMUNE))
            db.execute(accounts.insert().values(id=account, person_id=person_id, account=account, **said))

    village.do(crowd)
    written(village)
    village.tap("office", "Gửi cho 1.202 người")
    asked = words_of(village.last("office"))
    village.say("office", "1.202")

    assert "1.202 người" in asked
    assert row(village).people == 1202


@pytest.mark.parametrize("words", ["không gửi nữa", "ok em gửi đi nhé cho bà con", "sai rồi, sửa lại giờ giúp anh"])
def test_a_remark_under_the_preview_does_not_become_the_announcement(village: Village, words: str) -> None:
    written(village)

    assert words in words_of(village.say("office", words)[-1])
    village.tap("office", "Giữ bản cũ")
    village.tap("office", "Gửi cho 2")

    assert got(village) == {"an", "binh"}
    assert got(village, words) == set()


@pytest.mark.parametrize("words", ["thôi", "nghỉ", "mai làm tiếp", "xong rồi"])
def test_bare_words_leave_no_announcement_half_written(village: Village, words: str) -> None:
    village.say("office", "/thongbao")
    village.say("office", words)

    assert village.talk("office").topic == "thongbao"


def test_another_text_under_the_preview_takes_its_place_when_that_is_said(village: Village) -> None:
    written(village)
    village.say("office", "Sáng thứ Ba họp ở trường, mời bà con.")
    village.tap("office", "Thay nội dung")
    village.tap("office", "Gửi cho 2")

    assert got(village, "Sáng thứ Ba họp ở trường") == {"an", "binh"}
    assert got(village) == set()


@pytest.mark.parametrize("words", ["ok", "gửi", "dừng"])
def test_a_word_under_the_preview_is_no_press(village: Village, words: str) -> None:
    written(village)

    assert "chưa gửi bản này" in words_of(village.say("office", words)[0])
    assert village.button("office", "Gửi cho 2") is not None
    assert got(village) == set()


def test_the_text_may_stand_behind_the_command(village: Village) -> None:
    shown = "\n".join(map(words_of, village.say("office", f"/thongbao {TEXT}")))

    assert "2 người" in shown
    assert TEXT in shown


@pytest.mark.parametrize("text", ["a" * 1501, "x " * 800])
def test_a_text_over_the_limits_says_how_long_it_is_and_what_to_do(village: Village, text: str) -> None:
    village.say("office", "/thongbao")
    answer = village.say("office", text)[-1].plain

    assert "1.500" in answer
    assert "ngắn hơn" in answer
    assert "2 người" in "\n".join(map(words_of, village.say("office", TEXT)))


def test_nobody_to_reach_says_so_and_offers_a_way_out(village: Village) -> None:
    for account in ("an", "binh"):
        village.say(account, "/dung")

    shown = written(village)

    assert "Chưa có ai ở" in shown
    assert "Chọn nơi khác" in shown
    assert village.button("office", "Gửi cho") is None


def test_the_same_thing_twice_within_two_hours_is_noticed_and_may_go_all_the_same(village: Village) -> None:
    written(village)
    village.tap("office", "Gửi cho 2")

    shown = written(village, TEXT.upper())

    assert "rất giống Thông báo 1/2021" in shown
    assert village.button("office", "Gửi cho 2") is not None
    village.say("office", "/huy")
    village.now += timedelta(hours=3)
    assert "rất giống" not in written(village)


def test_help_under_the_preview_promises_nothing_of_a_form(village: Village) -> None:
    written(village)
    said = words_of(village.say("office", "/trogiup")[0])

    assert "/huy thôi việc đang làm" in said
    assert "/tieptuc" not in said


# --- filters ----------------------------------------------------------------------------------------------------------


def test_a_filter_narrows_and_is_named_in_the_preview(village: Village) -> None:
    village.idea(village.person("an"), COMMUNE)
    written(village)
    more(village, "Lọc người nhận")
    village.tap("office", "Vai trò")
    village.tap("office", "chủ thể")
    village.tap("office", "Xong")
    shown = "\n".join(map(words_of, village.tap("office", "Xong")))

    assert "Chỉ gửi cho: chủ thể." in shown
    village.tap("office", "Gửi cho 1")
    assert got(village) == {"an"}


def test_a_filter_that_fits_nobody_can_be_dropped_by_one_tap(village: Village) -> None:
    written(village)
    more(village, "Lọc người nhận")
    village.tap("office", "Số sao")
    village.tap("office", "5 sao")
    shown = "\n".join(map(words_of, village.tap("office", "Xong")))
    assert "Không ai" in shown

    assert "2 người" in "\n".join(map(words_of, village.tap("office", "Bỏ lọc")))


def test_those_whose_application_has_to_be_mended_can_be_told_alone(village: Village) -> None:
    idea = village.idea(village.person("an"))
    village.idea(village.person("binh"))
    mended = applications.update().where(applications.c.id == idea.id).values(status="idea_needs_changes")
    village.do(lambda db: db.execute(mended).rowcount)
    written(village)
    more(village, "Lọc người nhận")
    village.tap("office", "Tình trạng hồ sơ")
    for press in ("idea_needs_changes", "done", "done"):
        village.press("office", f"={stamp(village.talk('office').version)}:{press}")
    village.tap("office", "Gửi cho 1")

    assert got(village) == {"an"}


def test_a_label_put_on_those_who_understood_is_a_filter_later(village: Village) -> None:
    written(village)
    village.tap("office", "Gửi cho 2")
    village.deliver()
    village.wait_out_delay()
    village.tap("an", "Đã hiểu")
    village.say("office", f"/thongbao nhan {row(village).id}")
    assert "1 người" in village.say("office", "lớp bao bì")[-1].plain

    written(village, "Chiều mai lớp bao bì học buổi hai.")
    more(village, "Lọc người nhận")
    village.tap("office", "Nhãn đã gắn")
    village.tap("office", "lớp bao bì")
    village.tap("office", "Xong")
    village.tap("office", "Gửi cho 1")

    assert got(village, "học buổi hai") == {"an"}


# --- hours ------------------------------------------------------------------------------------------------------------


def test_at_an_hour_it_waits_and_can_still_be_changed_or_stopped(village: Village) -> None:
    written(village)
    more(village, "Chọn giờ gửi")
    shown = "\n".join(map(words_of, village.say("office", "7 giờ sáng mai")))
    assert "lúc 07:00 thứ Tư 02/06" in shown
    village.tap("office", "Gửi cho 2")

    assert got(village) == set()
    village.tap("office", "Sửa nội dung")
    village.say("office", "Nội dung mới cho sáng mai, mời bà con.")
    village.tap("office", "Thay nội dung")
    village.tap("office", "Gửi cho 2")
    village.now += timedelta(days=1)
    assert got(village, "Nội dung mới") == {"an", "binh"}
    assert got(village) == set()
    assert row(village).number == "1/2021"


def test_a_holiday_is_told_of_whether_it_waits_for_its_end_or_not(village: Village) -> None:
    village.now = datetime(2021, 9, 2, 1, 0, tzinfo=UTC)

    assert "vì hôm nay nghỉ lễ" in written(village)
    more(village, "Chọn giờ gửi")
    assert "lúc 14:00 thứ Năm 02/09, là ngày nghỉ lễ" in words_of(village.say("office", "14h chiều nay")[-1])


def test_what_leaves_after_the_hold_says_so(village: Village) -> None:
    assert "sau 5 phút, lúc 08:05 thứ Ba 01/06" in written(village)


def test_an_hour_of_the_night_offers_the_morning_or_a_second_official(village: Village) -> None:
    written(village)
    more(village, "Chọn giờ gửi")
    answer = words_of(village.say("office", "22h hôm nay")[-1])
    assert "21:00" in answer
    assert "Gửi lúc 07:00 thứ Tư 02/06" in answer

    village.tap("office", "Gửi lúc 07:00")
    assert village.button("office", "Gửi cho 2") is not None
    more(village, "Chọn giờ gửi")
    village.say("office", "22h hôm nay")
    shown = "\n".join(map(words_of, village.tap("office", "Thật gấp")))
    assert "ban đêm" in shown
    assert village.button("office", "Gửi cho 2") is None
    village.tap("office", "Gửi người duyệt")
    assert row(village).state == "waiting"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("7 giờ sáng hôm qua", "đã qua"),
        ("8h 1/12", "60 ngày"),
        ("lúc nào rảnh", "chưa rõ"),
        ("14h ngày 99/99", "chưa rõ"),
    ],
)
def test_an_hour_that_cannot_be_kept_is_asked_again(village: Village, words: str, answer: str) -> None:
    written(village)
    more(village, "Chọn giờ gửi")

    assert answer in village.say("office", words)[-1].plain
    assert village.talk("office").step == "hour"


@pytest.mark.parametrize("press", ["2021-06-01T22:00", "2020-01-01T08:00", "night", "nightx", "9999-99-99T99:99", "x"])
def test_an_hour_in_a_made_up_button_is_no_other(village: Village, press: str) -> None:
    written(village)
    more(village, "Chọn giờ gửi")
    village.press("office", f"={stamp(village.talk('office').version)}:{press}")

    assert village.talk("office").step == "hour"
    assert village.button("office", "Gửi cho") is None


def test_at_night_now_means_the_morning(village: Village) -> None:
    village.now += timedelta(hours=14)
    written(village)
    village.tap("office", "Gửi cho 2")

    assert got(village) == set()
    village.now += timedelta(hours=10)
    assert got(village) == {"an", "binh"}
