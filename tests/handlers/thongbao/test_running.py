"""A running broadcast: tried, paused, stopped, reported, corrected, continued by hand."""

from datetime import timedelta

from sqlalchemy import update

from registry.store.rows import broadcasts, deliveries
from tests.handlers.desk import COMMUNE, Village, words_of
from tests.handlers.thongbao.announcing import TEXT, got, heard, more, row, village, written

__all__ = ["village"]


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
    village.wait_out_delay()
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
    village.wait_out_delay()
    village.person("new", "Bà Mới", place=COMMUNE)
    village.say("office", f"/thongbao dinhchinh {row(village).id}")
    shown = "\n".join(map(words_of, village.say("office", "Họp chiều thứ Hai, không phải sáng.")))
    assert "người đã nhận Thông báo 1/2021" in shown
    assert village.button("office", "Lọc") is None
    village.tap("office", "Gửi cho 2")
    village.wait_out_delay()

    assert got(village, "đính chính Thông báo 1/2021") == {"an", "binh"}


def test_there_is_a_text_for_groups_and_one_for_the_loud_speaker(village: Village) -> None:
    written(village, "Họp lúc 8 giờ 11/6, giá hạt giống 35.000 đ.")
    village.tap("office", "Gửi cho 2")
    village.wait_out_delay()
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
    village.wait_out_delay()

    assert TEXT in "\n".join(map(words_of, village.say("an", "/kiemtra Thông báo 1/2021")))
    assert TEXT not in "\n".join(map(words_of, village.say("beside", "/kiemtra 1/2021")))
