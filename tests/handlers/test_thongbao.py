"""An announcement in the conversation: the short way, and everything behind "Thêm lựa chọn"."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from handlers.incoming import IncomingFile
from handlers.telling import stamp
from registry.people import new_person
from registry.rows import accounts, applications, broadcasts, deliveries, files, people
from tests.announced import alone
from tests.handlers.desk import COMMUNE, DISTRICT, SIBLING_COMMUNE, Village, open_village, words_of

TEXT = "Sáng thứ Hai họp ở nhà văn hóa, mời bà con."
LINK = "Bà con đăng ký lớp học tại trang ocop.gov.vn nhé."


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.official("office", "commune_official", COMMUNE, "UBND xã")
        opened.official("above", "district_official", DISTRICT, "Phòng Nông nghiệp huyện")
        opened.person("an", "Bà An", place=COMMUNE)
        opened.person("binh", "Ông Bình", place=COMMUNE)
        opened.person("beside", "Bà Bên", place=SIBLING_COMMUNE)
        yield opened


def written(village: Village, text: str = TEXT) -> str:
    """Everything shown after the text, up to the preview."""
    village.say("office", "/thongbao")
    return "\n".join(map(words_of, village.say("office", text)))


def row(village: Village):
    query = select(broadcasts).order_by(broadcasts.c.confirmed_at.desc()).limit(1)
    return village.do(lambda db: db.execute(query).one())


def got(village: Village, words: str = TEXT) -> set[str]:
    village.wait_for_hold()
    return {account for account in village.heard if words in village.all_words(account)} - {"office", "above"}


def heard(village: Village, account: str, since: int) -> str:
    return "\n".join(map(words_of, village.heard.get(account, [])[since:]))


def more(village: Village, label: str) -> str:
    village.tap("office", "Thêm lựa chọn")
    return "\n".join(map(words_of, village.tap("office", label)))


def few(village: Village, **figures: Any) -> None:
    """Other figures of what one official may announce alone."""
    village.house = replace(village.house, pack=alone(village.pack, **figures))


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

    assert village.talk("office").step == "sure"
    assert got(village) == set()


def test_those_above_read_it_at_once_and_stop_it_before_it_leaves(village: Village) -> None:
    written(village)
    village.tap("office", "Gửi cho 2")
    told = words_of(village.last("above"))
    assert "UBND xã sẽ gửi Thông báo 1/2021 tới 2 người" in told
    assert TEXT in told

    village.tap("above", "Dừng gửi")
    village.press("above", f"/thongbao dung {row(village).id}")
    village.deliver()

    assert village.all_words("office").count("Phòng Nông nghiệp huyện đã dừng Thông báo 1/2021") == 1
    assert got(village) == set()
    assert row(village).state == "cancelled"


def test_who_stops_their_own_is_not_told_that_somebody_did(village: Village) -> None:
    written(village)
    village.tap("office", "Gửi cho 2")
    village.tap("office", "Dừng gửi")
    village.deliver()

    assert "đã dừng Thông báo" not in village.all_words("office")


def test_what_needs_a_second_official_is_told_to_leave_once_approved(village: Village) -> None:
    assert "Gửi ngay khi được duyệt" in written(village, LINK)


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

    assert "chưa gửi gì" in words_of(village.say("office", words)[0])
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
    village.wait_for_hold()
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


# --- the second official ----------------------------------------------------------------------------------------------


def asked(village: Village, text: str = LINK) -> str:
    written(village, text)
    village.tap("office", "Gửi người duyệt")
    village.deliver()
    return str(row(village).id)


def test_a_link_goes_only_after_the_second_official_has_seen_it_word_for_word(village: Village) -> None:
    shown = written(village, LINK)
    assert "có đường dẫn" in shown
    assert "Phòng Nông nghiệp huyện" in shown
    assert village.button("office", "Gửi cho") is None
    village.tap("office", "Gửi người duyệt")
    village.deliver()
    assert got(village, LINK) == set()

    looked = "\n".join(map(words_of, village.tap("above", "Xem và duyệt")))
    assert LINK in looked
    assert "2 người" in looked
    village.tap("above", "Duyệt, gửi 2")

    assert got(village, LINK) == {"an", "binh"}
    assert "Phòng Nông nghiệp huyện đã duyệt Thông báo 1/2021" in village.all_words("office")


def test_sent_back_with_a_reason_it_is_mended_and_asked_again(village: Village) -> None:
    asked(village)
    village.tap("above", "Xem và duyệt")
    village.tap("above", "Không duyệt")
    village.say("above", "Bỏ đường dẫn đi")
    village.deliver()
    assert "Bỏ đường dẫn đi" in village.all_words("office")

    village.tap("office", "Sửa nội dung")
    village.say("office", TEXT)
    village.tap("office", "Thay nội dung")
    village.tap("office", "Gửi cho 2")

    assert got(village) == {"an", "binh"}
    assert got(village, LINK) == set()


def test_what_waits_can_be_withdrawn_and_is_not_carried_on_by_hand_meanwhile(village: Village) -> None:
    made = asked(village)
    assert LINK not in "\n".join(map(words_of, village.press("office", f"/thongbao chep {made}")))

    answer = village.press("office", f"/thongbao dung {made}")[-1].plain

    assert "bà con chưa nhận gì" in answer
    assert "đã dừng" in "\n".join(map(words_of, village.tap("above", "Xem và duyệt")))
    assert row(village).state == "cancelled"


def test_the_author_is_told_that_nobody_approves_their_own(village: Village) -> None:
    made = asked(village)
    for words in (f"/thongbao xemduyet {made}", f"/thongbao duyet {made} 1 2"):
        answer = words_of(village.press("office", words)[-1])
        assert "không tự duyệt được" in answer
        assert "Phòng Nông nghiệp huyện" in answer
    village.press("office", f"/thongbao tuchoi {made} 1")

    assert got(village, LINK) == set()
    assert row(village).state == "waiting"


def test_with_nobody_else_in_charge_it_says_how_to_go_on(village: Village) -> None:
    village.do(
        lambda db: db.execute(update(_roles()).where(_roles().c.place == DISTRICT).values(revoked_at=village.now))
    )

    shown = written(village, LINK)

    assert "chưa có cán bộ nào khác" in shown
    assert village.button("office", "Gửi người duyệt") is None
    assert village.button("office", "Sửa nội dung") is not None


def _roles():
    from registry.rows import roles

    return roles


def test_an_edit_while_it_waits_makes_the_old_buttons_of_the_second_official_worthless(village: Village) -> None:
    made = asked(village)
    village.tap("above", "Xem và duyệt")
    old = village.button("above", "Duyệt, gửi 2")
    assert old is not None
    village.press("office", f"/thongbao sua {made}")
    village.say("office", "Bà con chuyển tiền vào trang lua-dao.com ngay hôm nay.")
    village.tap("office", "Thay nội dung")
    village.tap("office", "Gửi người duyệt")

    answer = "\n".join(map(words_of, village.press("above", old)))

    assert "vừa thay đổi" in answer
    assert "lua-dao.com" in answer
    assert got(village, "lua-dao") == set()


def test_more_people_than_were_shown_are_shown_again(village: Village) -> None:
    asked(village)
    village.tap("above", "Xem và duyệt")
    village.person("new", "Bà Mới", place=COMMUNE)

    answer = "\n".join(map(words_of, village.tap("above", "Duyệt, gửi 2")))

    assert "3 người" in answer
    assert got(village, LINK) == set()
    village.tap("above", "Duyệt, gửi 3")
    assert got(village, LINK) == {"an", "binh", "new"}


# --- pictures and papers ----------------------------------------------------------------------------------------------

PHOTO = IncomingFile("ref-1", "anh.jpg", "image/jpeg", 200_000)


def arrived(village: Village, **values: object) -> None:
    village.do(lambda db: db.execute(update(files).values(**({"state": "kept"} | values))))


def test_a_picture_goes_along_once_it_is_here_and_a_second_official_has_seen_it(village: Village) -> None:
    village.say("office", "/thongbao")
    shown = "\n".join(map(words_of, village.send("office", "photo", PHOTO, text=TEXT)))
    assert "đang tải" in shown
    assert "không đọc được" in shown
    assert "đang tải" in words_of(village.tap("office", "Gửi người duyệt")[-1])

    arrived(village)
    village.tap("office", "Xem lại")
    village.tap("office", "Gửi người duyệt")
    assert got(village) == set()
    looked = village.tap("above", "Xem và duyệt")
    assert [one.name for one in looked[0].attachments] == ["anh.jpg"]
    village.tap("above", "Duyệt, gửi 2")

    assert got(village) == {"an", "binh"}
    assert [one.name for one in village.last("an").attachments] == ["anh.jpg"]


@pytest.mark.parametrize("way", ["typed", "caption"])
def test_words_beside_a_picture_do_not_become_the_announcement_unasked(village: Village, way: str) -> None:
    written(village)
    more(village, "Kèm ảnh")
    words = "Ảnh lớp tập huấn năm ngoái đây em"
    if way == "typed":
        village.say("office", words)
    else:
        village.send("office", "photo", PHOTO, text=words)
    village.tap("office", "Giữ bản cũ")

    assert TEXT in "\n".join(message.plain for message in village.heard["office"][-3:])


def test_what_is_no_file_where_one_is_asked_for_is_asked_again(village: Village) -> None:
    written(village)
    more(village, "Kèm ảnh")

    for said in (village.send("office", "sticker"), village.say("office", "ok")):
        assert "Gửi ảnh (JPG, PNG)" in words_of(said[-1])


def test_a_picture_without_words_asks_for_them(village: Village) -> None:
    village.say("office", "/thongbao")
    assert "gõ nội dung" in village.send("office", "photo", PHOTO)[-1].plain
    arrived(village)

    shown = village.say("office", TEXT)

    assert "2 người" in words_of(shown[-1])
    assert shown[0].attachments


def test_a_picture_too_big_says_how_big_and_what_to_do(village: Village) -> None:
    written(village)
    more(village, "Kèm ảnh")
    answer = words_of(village.send("office", "photo", IncomingFile("r", "to.jpg", "image/jpeg", 12_000_000))[-1])

    assert "12 MB" in answer
    assert "5 MB" in answer
    village.tap("office", "Không kèm tệp")
    village.tap("office", "Gửi cho 2")
    assert got(village) == {"an", "binh"}


def test_a_picture_that_turns_out_too_big_is_not_sent_to_everybody(village: Village) -> None:
    village.say("office", "/thongbao")
    village.send("office", "photo", IncomingFile("r", "to.jpg", "image/jpeg", 0), text=TEXT)
    arrived(village, size=9_000_000)

    assert "9 MB" in words_of(village.tap("office", "Gửi người duyệt")[-1])
    assert got(village) == set()


def test_a_file_nobody_can_open_is_refused_kindly(village: Village) -> None:
    written(village)
    more(village, "Kèm ảnh")
    answer = village.send("office", "document", IncomingFile("r", "x.exe", "application/x-msdownload", 10))[-1].plain

    assert "PDF" in answer


# --- running ----------------------------------------------------------------------------------------------------------


def test_sent_to_oneself_nobody_else_gets_it(village: Village) -> None:
    written(village)
    before = len(village.heard["office"])
    answer = more(village, "Gửi thử cho tôi")
    village.deliver()

    assert "Bà con chưa nhận gì" in answer
    assert TEXT in heard(village, "office", before)
    assert got(village) == set()


def test_paused_resumed_and_stopped_from_the_chat(village: Village) -> None:
    written(village)
    more(village, "Chọn giờ gửi")
    village.say("office", "9h hôm nay")
    village.tap("office", "Gửi cho 2")
    made = row(village).id
    assert "còn 2 người" in village.press("office", f"/thongbao tamdung {made}")[-1].plain
    village.now += timedelta(hours=2)
    assert got(village) == set()
    assert "2 người" in village.tap("office", "Gửi tiếp")[-1].plain
    assert got(village) == {"an", "binh"}
    assert "không còn gì để dừng" in village.press("office", f"/thongbao dung {made}")[-1].plain
    assert "không còn ai" in village.press("office", f"/thongbao tieptuc {made}")[-1].plain


def test_the_report_tells_of_every_figure_and_offers_the_rest(village: Village) -> None:
    written(village)
    village.tap("office", "Gửi cho 2")
    village.wait_for_hold()
    village.tap("an", "Đã hiểu")
    made = row(village).id
    binh = village.person("binh")
    village.do(
        lambda db: db.execute(
            update(deliveries)
            .where(deliveries.c.person_id == binh, deliveries.c.broadcast_id == made)
            .values(state="given_up")
        )
    )
    village.do(lambda db: db.execute(update(broadcasts).values(state="done")))

    shown = words_of(village.say("office", f"/thongbao so {made}")[-1])

    assert "Đã nhận: 1/2" in shown
    assert "Thử nhiều lần không tới: 1" in shown
    assert "Đã bấm Đã hiểu: 1 (Xã" in shown
    assert "1 người" in village.tap("office", "Gửi lại người chưa nhận")[-1].plain
    village.deliver()
    assert "Đã nhận: 2/2" in words_of(village.say("office", f"/thongbao so {made}")[-1])


def test_a_correction_names_what_it_corrects_and_reaches_those_alone(village: Village) -> None:
    written(village)
    village.tap("office", "Gửi cho 2")
    village.wait_for_hold()
    village.person("new", "Bà Mới", place=COMMUNE)
    village.say("office", f"/thongbao dinhchinh {row(village).id}")
    shown = "\n".join(map(words_of, village.say("office", "Họp chiều thứ Hai, không phải sáng.")))
    assert "người đã nhận Thông báo 1/2021" in shown
    assert village.button("office", "Lọc") is None
    village.tap("office", "Gửi cho 2")
    village.wait_for_hold()

    assert got(village, "đính chính Thông báo 1/2021") == {"an", "binh"}


def test_there_is_a_text_for_groups_and_one_for_the_loud_speaker(village: Village) -> None:
    written(village, "Họp lúc 8 giờ 11/6, mang 35.000 đ.")
    village.tap("office", "Gửi cho 2")
    village.wait_for_hold()
    village.tap("office", "Xem kết quả")
    village.deliver()
    _, group, _, loud = (message.plain for message in village.tap("office", "Bản cho nhóm thôn"))

    assert group.startswith("THÔNG BÁO 1/2021")
    assert "tám giờ ngày mười một tháng sáu" in loud
    assert "ba mươi lăm nghìn đồng" in loud
    village.say("an", "/kiemtra")
    assert "Đúng là Thông báo 1/2021" in village.say("an", group)[-1].plain
    village.say("beside", "/kiemtra")
    assert "không phải do em gửi cho" in village.say("beside", group)[-1].plain


def test_a_number_alone_shows_those_who_got_it_what_it_said(village: Village) -> None:
    written(village)
    village.tap("office", "Gửi cho 2")
    village.wait_for_hold()

    assert TEXT in "\n".join(map(words_of, village.say("an", "/kiemtra Thông báo 1/2021")))
    assert TEXT not in "\n".join(map(words_of, village.say("beside", "/kiemtra 1/2021")))
