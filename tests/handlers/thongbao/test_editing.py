"""An announcement its author takes up: withdrawn at once, put back when the edit is given up, and no old button counts."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.conversation.telling import Telling
from registry.store.sealing import Vault
from registry.store.store import Store
from scheduler import broadcasts as sweeping
from tests.handlers.desk import COMMUNE, Village, words_of
from tests.handlers.thongbao.announcing import LINK, TEXT, asked, got, heard, more, row, written
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
