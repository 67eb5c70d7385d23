"""A text for the loud-speaker needs no decoding."""

import re

import pytest

from content.language.aloud import LONGEST_SENTENCE, aloud, number_aloud


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (105, "một trăm linh năm"),
        (1005, "một nghìn không trăm linh năm"),
        (35_000, "ba mươi lăm nghìn"),
        (15_000_000, "mười lăm triệu"),
        (2026, "hai nghìn không trăm hai mươi sáu"),
    ],
)
def test_numbers_are_said_as_people_say_them(number, words):
    assert number_aloud(number) == words


def said(text):
    return aloud(text, office="UBND xã Hải Ninh").splitlines()[1:-1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Họp 14h30 11/6", "Họp mười bốn giờ ba mươi ngày mười một tháng sáu."),
        (
            "Họp lúc 8 giờ sáng ngày 4/4/2026",
            "Họp lúc tám giờ sáng ngày bốn tháng tư năm hai nghìn không trăm hai mươi sáu.",
        ),
        ("Từ 7h-9h", "Từ bảy giờ đến chín giờ."),
        ("Nộp 35.000 đ", "Nộp ba mươi lăm nghìn đồng."),
        ("Hỗ trợ 15tr", "Hỗ trợ mười lăm triệu đồng."),
        ("Giảm 2,5%", "Giảm hai phẩy năm phần trăm."),
        (
            "Gọi 0912 345 678 giờ hành chính",
            "Gọi không chín một hai – ba bốn năm – sáu bảy tám, giờ hành chính.",
        ),
        ("Gọi 0912 345 678", "Gọi không chín một hai – ba bốn năm – sáu bảy tám."),
        ("HTX mang theo 2 kg", "Hợp tác xã mang theo hai ki-lô-gam."),
        ("Xem https://ocop.gov.vn/a?b=1.", "Xem đường dẫn trong tin nhắn."),
        ("- Mang giấy tờ (bản chính)", "Mang giấy tờ, bản chính."),
    ],
)
def test_a_sentence_is_said_as_it_is_read(text, words):
    assert said(text) == [words]


def test_the_office_greets_and_ends():
    lines = aloud("Mời bà con đi họp", office="UBND xã Hải Ninh").splitlines()

    assert lines[0] == "Ủy ban nhân dân xã Hải Ninh xin thông báo."
    assert lines[-1] == "Xin cảm ơn bà con."


def test_sentences_are_short_and_hold_no_figure_and_no_link():
    text = (
        "Sáng thứ Sáu 11/6/2021, lúc 8 giờ, huyện mở lớp viết câu chuyện sản phẩm tại nhà văn hoá xã, bà con mang theo "
        "một gói sản phẩm, giấy tờ nếu có, đăng ký trước 10/6 qua số 0912345678 hoặc trang ocop.quangbinh.gov.vn/dk"
    )

    lines = said(text)

    assert len(lines) >= 3
    assert all(len(line.split()) <= 2 * LONGEST_SENTENCE for line in lines)
    assert not re.search(r"\d|\.vn|www|http", "\n".join(lines))


@pytest.mark.parametrize("text", ["", "...", "🙂", "1/", "99h99", "0", "12345678901234567890", "(", "\n\n-"])
def test_nothing_that_is_typed_makes_it_stumble(text):
    assert aloud(text, office="x").startswith("x xin thông báo.")
