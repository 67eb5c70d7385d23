"""The second official and the offices above see a broadcast, with its pictures and documents."""

import pytest
from sqlalchemy import update

from handlers.conversation.incoming import IncomingFile
from registry.applications.files import files
from registry.deliveries.reaching import Foreseen
from tests.handlers.desk import COMMUNE, DISTRICT, Village, words_of
from tests.handlers.thongbao.announcing import LINK, TEXT, asked, got, more, row, village, written

__all__ = ["village"]


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


# --- the second official ----------------------------------------------------------------------------------------------


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


def test_an_approver_whom_the_question_does_not_reach_at_once_is_to_be_called(village: Village) -> None:
    written(village, LINK)
    village.foresees(Foreseen.WHEN_THEY_WRITE)

    village.tap("office", "Gửi người duyệt")

    told = words_of(village.last("office"))
    assert "Em đã báo" not in told
    assert "Phòng Nông nghiệp huyện (chưa nhận được ngay" in told


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
    from registry.store.rows import roles

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
