"""What in an announcement sends people somewhere else is found, in its usual disguises too."""

import pytest

from content.language.risky_words import risks_of


@pytest.mark.parametrize(
    "text",
    [
        "xem https://a.b/c", "vào www.ocop", "vào trang ocop.vn nhé", "xem ocop.vn. Cảm ơn", "bit.ly/x", "zalo.me/123", "xem ocop。vn",
        "xem ocop．vn", "viết thư a@b.com", "nhắn @tronglydich", "vào ocop chấm vn", "OCOP.GOV.VN", "vào пример.com",
    ],
)  # fmt: skip
def test_a_link_is_found(text):
    assert "link" in risks_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "gọi 0912345678", "gọi 0912.345.678", "gọi 0912 345 678", "gọi +84 912 345 678", "gọi O912 345 678",
        "gọi (0232) 3 821 234", "tổng đài 1900 1234", "gọi ０９１２３４５６７８", "84.912.345.678",
        "gọi 0912–345–678", "gọi 0\ufe0f\u20e39\ufe0f\u20e31\ufe0f\u20e32345678",
    ],
)  # fmt: skip
def test_a_phone_number_is_found(text):
    assert "phone" in risks_of(text)


@pytest.mark.parametrize("text", ["chuyển vào 1023456789012", "1023 456 789 012", "STK của xã", "số tài khoản sau"])
def test_the_number_of_an_account_is_found(text):
    assert "account" in risks_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "Họp lúc 14h30 ngày 11/6/2021 tại thôn 3", "Hỗ trợ 15.000.000 đồng", "8.000.000.000 đ cho 200 người",
        "Từ 8 giờ đến 11 giờ 15/6", "Bà con đi họp.Mời đủ", "Theo quyết định 26/2026/QĐ-TTg", "Giá 35.000 đ, 2,5 tấn",
        "Mang theo 1. căn cước 2. giấy tờ", "ngày 01-06-2021 và 02.06.2021",
    ],
)  # fmt: skip
def test_days_amounts_and_hours_are_none(text):
    assert risks_of(text) == ()


def test_each_kind_is_told_once_over_all_texts():
    assert risks_of("a.vn b.vn", "0912345678", "c.com") == ("link", "phone")


@pytest.mark.parametrize(
    "text",
    [
        "xem ocop.gov.vn nhé", "https://quangbinh.gov.vn/tin/12?so=3", "vào GOV.VN.", "(www.so.quangbinh.gov.vn)",
        "ocop.gov.vn, quangtri.gov.vn/ocop",
    ],
)  # fmt: skip
def test_a_link_to_an_office_is_a_link_and_no_more(text):
    assert risks_of(text, offices=("gov.vn",)) == ("link",)


@pytest.mark.parametrize(
    "text",
    [
        "xem ocop.vn", "https://gov.vn.qua-tang.com", "https://gov.vn@qua-tang.com", "https://ocop.gov.vn:x@a.com",
        "ocopgov.vn", "ocop-gov.vn", "ocop.gov.vn-qua.top", "a@so.gov.vn", "ocop.gov.vn/di?toi=qua-tang.com", "zalo.me/g/abc",
        "ocop.gov.vn và bit.ly/x", "nhắn @tronglydich, ocop.gov.vn", "https://xn--gv-emc.vn", "ocop․gov․vn․top",
    ],
)  # fmt: skip
def test_a_link_that_leads_anywhere_else_is_told_apart(text):
    assert risks_of(text, offices=("gov.vn",)) == ("elsewhere",)
