"""A suspicious message: only what was really sent to this person, word for word, is ours."""

import pytest

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
        opened.deliver()
        yield opened


def asked(village, account, words):
    village.say(account, "/kiemtra")
    return village.say(account, words)[-1].text


def test_an_announcement_as_it_was_sent_is_ours(village):
    sent = village.last("ba").plain

    assert "Đúng là Thông báo 1/2021" in asked(village, "ba", sent)


def test_one_changed_word_is_not_ours(village):
    sent = village.last("ba").plain.replace("nhà văn hoá xã", "nhà riêng, mang theo 2 triệu")

    assert "không giống" in asked(village, "ba", sent)


def test_it_is_nobody_elses(village):
    sent = village.last("ba").plain

    assert "không phải do em gửi" in asked(village, "xa", sent)


def test_words_without_a_number_are_not_ours(village):
    assert "không phải do em gửi" in asked(village, "ba", "Bấm vào đây để nhận 5 triệu hỗ trợ OCOP")
