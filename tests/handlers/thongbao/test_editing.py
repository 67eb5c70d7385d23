"""An announcement its author takes up: withdrawn at once, put back when the edit is given up, and no old button counts."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from handlers.conversation.telling import Telling
from registry.store.rows import roles
from registry.store.sealing import Vault
from registry.store.store import Store
from scheduler import broadcasts as sweeping
from tests.handlers.desk import COMMUNE, Village, words_of
from tests.handlers.thongbao.announcing import LINK, TEXT, asked, few, got, heard, more, row, written
from tests.handlers.thongbao.announcing import village as _village

OTHER_LINK = "Bà con đăng ký lớp học tại trang ocop.gov.vn, học sáng thứ Tư."
OTHER = "Chiều thứ Ba họp ở nhà văn hóa xã, mời bà con tới dự."
MINUTE = timedelta(minutes=1)


class Restarted(Village):
    """The program is started again between any two messages."""

    def _turn(self, account, kind, **what):
        self.store.close()
        self.store = Store(f"sqlite:///{self.file}", Vault(bytes(range(32))))
        return super()._turn(account, kind, **what)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    for opened in _village.__wrapped__(tmp_path):
        restarted = Restarted(opened.store, opened.house, opened.file, opened.now)
        yield restarted
        if restarted.store is not opened.store:
            restarted.store.close()


def sweep(village: Village) -> None:
    """Run the sweep over broadcasts, and deliver its messages."""

    def job(db):
        return sweeping.sweep(db, pack=village.pack, tell=Telling(village.house, db, village.now), now=village.now)

    village.do(job)
    village.deliver()


def words(said) -> str:
    return "\n".join(map(words_of, said))


def at_nine(village: Village, text: str = TEXT) -> None:
    """Handed in at eight to leave at nine."""
    written(village, text)
    more(village, "Chọn giờ gửi")
    village.say("office", "9h hôm nay")
    village.tap("office", "Gửi cho 2")


def in_delay(village: Village) -> None:
    written(village)
    village.tap("office", "Gửi cho 2")


def replaced(village: Village, text: str) -> str:
    """Another text typed under the preview and taken."""
    shown = words(village.say("office", text)) + words(village.tap("office", "Thay nội dung"))
    assert "chưa gửi gì" not in shown
    return shown


# --- under approval ---------------------------------------------------------------------------------------------------


def test_a_request_taken_up_is_withdrawn_so_the_old_button_sends_neither_text(village: Village) -> None:
    asked(village)
    village.tap("above", "Xem và duyệt")
    old = village.button("above", "Duyệt, gửi 2")
    assert old is not None

    shown = words(village.tap("office", "Sửa nội dung"))
    assert "Em đã rút Thông báo 1/2021" in shown
    during = words(village.press("above", old))
    assert "đang sửa Thông báo 1/2021" in during
    replaced(village, OTHER_LINK)
    assert "đang sửa Thông báo 1/2021" in words(village.press("above", old))
    village.tap("office", "Gửi người duyệt")
    village.deliver()
    after = words(village.press("above", old))

    assert "vừa thay đổi" in after
    assert OTHER_LINK in after
    assert got(village, LINK) == set()
    village.tap("above", "Duyệt, gửi 2")
    assert got(village, OTHER_LINK) == {"an", "binh"}
    assert got(village, LINK) == set()


@pytest.mark.parametrize("way", ["/huy", "Thôi sửa"])
def test_an_edit_given_up_puts_the_request_back_before_the_same_official(village: Village, way: str) -> None:
    asked(village)
    village.tap("above", "Xem và duyệt")
    old = village.button("above", "Duyệt, gửi 2")
    assert old is not None
    village.tap("office", "Sửa nội dung")
    replaced(village, OTHER_LINK)

    said = words(village.say("office", way) if way.startswith("/") else village.tap("office", way))

    assert "Thông báo 1/2021 lại chờ duyệt" in said
    assert "Phòng Nông nghiệp huyện" in said
    assert village.talk("office").topic is None
    assert row(village).state == "waiting"
    assert "đã duyệt" in words(village.press("above", old))
    assert got(village, LINK) == {"an", "binh"}
    assert got(village, OTHER_LINK) == set()


def test_an_official_turned_away_during_the_edit_is_told_once_it_waits_again(village: Village) -> None:
    asked(village)
    look = village.button("above", "Xem và duyệt")
    assert look is not None
    village.tap("office", "Sửa nội dung")
    before = len(village.heard["above"])
    assert LINK not in words(village.press("above", look))
    village.press("above", look)
    village.say("office", "/huy")
    village.deliver()

    assert heard(village, "above", before).count("lại chờ duyệt") == 1
    assert LINK in words(village.tap("above", "Xem và duyệt"))


def test_an_official_who_did_not_press_meanwhile_is_not_disturbed_by_an_edit_given_up(village: Village) -> None:
    asked(village)
    before = len(village.heard["above"])
    village.tap("office", "Sửa nội dung")
    village.say("office", "/huy")
    village.deliver()

    assert len(village.heard["above"]) == before


def test_a_refusal_typed_while_the_author_edits_decides_nothing(village: Village) -> None:
    asked(village)
    village.tap("above", "Xem và duyệt")
    village.tap("above", "Không duyệt")
    village.tap("office", "Sửa nội dung")

    said = words(village.say("above", "Ghi sai ngày"))

    assert "đang sửa Thông báo 1/2021" in said
    assert row(village).state == "editing"
    assert "Ghi sai ngày" not in village.all_words("office")


def test_a_refusal_button_of_the_earlier_text_shows_the_new_one(village: Village) -> None:
    asked(village)
    village.tap("above", "Xem và duyệt")
    old = village.button("above", "Không duyệt")
    assert old is not None
    village.tap("office", "Sửa nội dung")
    replaced(village, OTHER_LINK)
    village.tap("office", "Gửi người duyệt")
    village.deliver()

    said = words(village.press("above", old))

    assert "vừa thay đổi" in said
    assert OTHER_LINK in said
    assert village.talk("above").topic is None


def test_a_text_sent_back_keeps_its_refusal_when_the_edit_is_given_up(village: Village) -> None:
    asked(village)
    village.tap("above", "Xem và duyệt")
    village.tap("above", "Không duyệt")
    village.say("above", "Ghi sai ngày")
    village.deliver()
    village.tap("office", "Sửa nội dung")

    said = words(village.say("office", "/huy"))

    assert row(village).state == "refused"
    assert "chưa được duyệt" in said
    assert village.button("office", "Sửa nội dung") is not None


# --- the five minutes, and an hour ------------------------------------------------------------------------------------


def test_what_is_corrected_within_the_five_minutes_does_not_leave_meanwhile(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    assert got(village) == set()
    sweep(village)
    replaced(village, OTHER)
    assert got(village) == set()
    village.tap("office", "Gửi cho 2")

    assert got(village, OTHER) == {"an", "binh"}
    assert got(village) == set()


def test_what_is_corrected_before_its_hour_does_not_leave_when_the_hour_passes(village: Village) -> None:
    at_nine(village)
    village.tap("office", "Sửa nội dung")
    village.say("office", OTHER)
    village.now += timedelta(hours=2)
    sweep(village)
    assert got(village) == set()
    assert OTHER in words(village.tap("office", "Sửa tiếp"))  # the reminder came in between
    shown = words(village.tap("office", "Thay nội dung"))
    assert "Giờ đã hẹn (lúc 09:00 thứ Ba 01/06) qua rồi" in shown
    village.tap("office", "Gửi cho 2")

    assert got(village, OTHER) == {"an", "binh"}
    assert got(village) == set()


@pytest.mark.parametrize("begins", [in_delay, at_nine])
def test_an_edit_given_up_in_time_leaves_at_the_hour_it_had(
    village: Village, begins: Callable[[Village], None]
) -> None:
    begins(village)
    before = row(village)
    village.tap("office", "Sửa nội dung")
    replaced(village, OTHER)

    said = words(village.tap("office", "Thôi sửa"))

    assert "giữ nguyên Thông báo 1/2021" in said
    assert "2 người" in said
    after = row(village)
    assert (after.state, after.version, after.due_at, after.people) == ("going", before.version, before.due_at, 2)
    village.now = before.due_at - MINUTE
    village.deliver()
    assert TEXT not in village.all_words("an")
    village.now = before.due_at
    village.deliver()
    assert got(village) == {"an", "binh"}


def test_an_edit_given_up_after_the_five_minutes_begins_them_again_and_those_above_are_told(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    village.now += 20 * MINUTE
    before = len(village.heard["above"])

    said = words(village.say("office", "/huy"))
    village.deliver()

    assert f"{(village.now + 5 * MINUTE + timedelta(hours=7)):%H:%M}" in said
    assert TEXT in heard(village, "above", before)
    assert TEXT not in village.all_words("an")
    village.tap("above", "Dừng gửi")
    assert got(village) == set()


def test_an_edit_given_up_after_the_set_hour_sends_nothing_and_says_so(village: Village) -> None:
    at_nine(village)
    village.tap("office", "Sửa nội dung")
    replaced(village, OTHER)
    village.now += timedelta(hours=3)

    said = words(village.tap("office", "Thôi sửa"))

    assert "09:00" in said
    assert "Bà con chưa nhận gì" in said
    assert village.talk("office").topic is None
    assert got(village) == set()
    shown = words(village.tap("office", "Sửa tiếp"))
    assert TEXT in shown
    assert OTHER not in shown
    village.tap("office", "Gửi cho 2")
    assert got(village) == {"an", "binh"}


def test_people_who_stopped_while_it_was_edited_are_spared_when_it_is_put_back(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    village.do(_stops, village.person("an"), village.now)
    village.say("office", "/huy")

    assert got(village) == {"binh"}


def _stops(db, person_id: str, now) -> None:
    from registry.people.people import set_preference

    set_preference(db, person_id=person_id, stopped_at=now)


def test_a_paused_one_is_paused_again_when_the_edit_is_given_up(village: Village) -> None:
    at_nine(village)
    made = row(village).id
    village.press("office", f"/thongbao tamdung {made} 1")
    village.press("office", f"/thongbao sua {made} 1")
    village.say("office", "/huy")
    village.now += timedelta(hours=2)

    assert row(village).state == "paused"
    assert got(village) == set()
    village.press("office", f"/thongbao tieptuc {made} 1")
    assert got(village) == {"an", "binh"}


def test_a_pause_from_above_is_named_to_the_author_and_holds(village: Village) -> None:
    at_nine(village)
    made = row(village).id
    village.press("above", f"/thongbao tamdung {made} 1")
    village.now += timedelta(hours=2)

    said = words(village.press("office", f"/thongbao tieptuc {made} 1"))

    assert "Cấp trên đã tạm dừng" in said
    assert "ngoài phạm vi" not in said
    assert (row(village).state, got(village)) == ("paused", set())
    village.press("above", f"/thongbao tieptuc {made} 1")
    assert got(village) == {"an", "binh"}


def test_a_pause_from_above_is_not_escaped_by_an_edit(village: Village) -> None:
    village.official("colleague", "commune_official", COMMUNE, "Công chức xã")
    at_nine(village)
    made = row(village).id
    village.press("above", f"/thongbao tamdung {made} 1")
    village.press("office", f"/thongbao sua {made} 1")
    shown = replaced(village, OTHER)
    assert "cấp trên đã tạm dừng bản trước" in shown
    assert village.button("office", "Gửi cho") is None
    village.tap("office", "Gửi người duyệt")
    village.deliver()
    village.now += timedelta(hours=2)

    assert (row(village).state, got(village, OTHER)) == ("waiting", set())
    assert "Không thấy" in words(village.press("colleague", f"/thongbao duyet {made} 2 2"))
    village.tap("above", "Xem và duyệt")
    village.tap("above", "Duyệt, gửi 2")
    assert got(village, OTHER) == {"an", "binh"}
    assert row(village).paused_role is None


def test_withdrawn_for_good_in_the_middle_of_an_edit_nothing_leaves(village: Village) -> None:
    in_delay(village)
    village.tap("office", "Sửa nội dung")
    said = words(village.tap("office", "Thôi không gửi"))

    assert "bà con chưa nhận gì" in said
    assert village.talk("office").topic is None
    assert row(village).state == "cancelled"
    assert got(village) == set()


# --- something else in between ----------------------------------------------------------------------------------------


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
