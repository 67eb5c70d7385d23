"""A suspicious message: only what was really sent to this person, word for word, is ours."""

import pytest

from registry.store.rows import broadcasts
from tests.handlers.desk import DISTRICT, open_village

TEXT = "Mời bà con họp lúc 8 giờ thứ Sáu tại nhà văn hoá xã."


@pytest.fixture
def village(tmp_path):
    with open_village(tmp_path) as opened:
        opened.official("huyen", "district_official", DISTRICT)
        opened.person("ba", "Bà Mẫu", "19216")
        opened.person("xa", "Ông Xa", "19138")
        opened.say("huyen", "/thongbao")
        opened.tap("huyen", "Cả Huyện Quảng Ninh")
        opened.say("huyen", TEXT)
        opened.tap("huyen", "Gửi cho")
        opened.wait_out_delay()
        yield opened


def asked(village, account, words):
    village.say(account, "/kiemtra")
    return village.say(account, words)[-1].text


def test_an_announcement_as_it_was_sent_is_ours(village):
    sent = village.last("ba").plain

    assert "Đúng là Thông báo 1/2021" in asked(village, "ba", sent)


def test_the_text_alone_is_like_ours_without_number_and_office(village):
    said = asked(village, "ba", TEXT)

    assert "giống Thông báo 1/2021 của" in said
    assert "thiếu số và tên cơ quan" in said
    assert "không phải do em gửi" in asked(village, "ba", f"{TEXT} Mang theo 2 triệu.")


def test_the_text_alone_of_a_stopped_one_is_not_followed(village):
    made = village.do(lambda db: db.execute(broadcasts.select()).one().id)
    village.do(lambda db: db.execute(broadcasts.update().values(state="cancelled")).rowcount)

    assert made
    assert "bị dừng giữa chừng" in asked(village, "ba", TEXT)


def test_one_changed_word_is_not_ours(village):
    sent = village.last("ba").plain.replace("nhà văn hoá xã", "nhà riêng, mang theo 2 triệu")

    assert "không giống" in asked(village, "ba", sent)


def test_it_is_nobody_elses(village):
    sent = village.last("ba").plain

    assert "không phải do em gửi" in asked(village, "xa", sent)


def test_words_without_a_number_are_not_ours(village):
    assert "không phải do em gửi" in asked(village, "ba", "Bấm vào đây để nhận 5 triệu hỗ trợ OCOP")


def test_what_was_stopped_before_anybody_got_it_is_not_ours(village):
    village.say("huyen", "/thongbao")
    village.tap("huyen", "Cả Huyện Quảng Ninh")
    village.say("huyen", "Bà con đem giấy tờ gốc nộp cho người lạ đứng ở chợ.")
    village.tap("huyen", "Gửi cho")
    village.tap("huyen", "Dừng gửi")
    village.wait_out_delay()
    words = "Thông báo 2/2021\nBà con đem giấy tờ gốc nộp cho người lạ đứng ở chợ.\n\nCán bộ"

    assert "không phải do em gửi" in asked(village, "ba", words)
    assert "không phải do em gửi" in asked(village, "ba", "2/2021")


def test_what_was_stopped_half_way_is_not_to_be_followed(village):
    sent = village.last("ba").plain
    stopped = village.do(
        lambda db: db.execute(broadcasts.update().values(state="cancelled", reported_at=village.now)).rowcount
    )

    assert stopped == 1
    assert "bị dừng giữa chừng" in asked(village, "ba", sent)
    assert "bị dừng giữa chừng" in asked(village, "ba", "1/2021")


def test_what_was_corrected_points_to_the_correction(village):
    sent = village.last("ba").plain
    village.say("huyen", "/thongbao xem")
    village.tap("huyen", "1/2021")
    village.tap("huyen", "Đính chính")
    village.say("huyen", "Mời bà con họp lúc 9 giờ thứ Sáu tại nhà văn hoá xã.")
    village.tap("huyen", "Gửi cho")
    assert "không sai chữ nào" in asked(village, "ba", sent)

    village.wait_out_delay()

    assert "Thông báo 2/2021" in asked(village, "ba", sent)
    assert "Thông báo 2/2021" in asked(village, "ba", "1/2021")
