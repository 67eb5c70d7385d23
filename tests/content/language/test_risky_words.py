"""Parts of a broadcast that lead people somewhere else are found, in their usual disguises too."""

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


@pytest.mark.parametrize(
    "text",
    [
        "Mua tài liệu 150k", "mua tai lieu tap huan 150k", "Tài liệu lớp học giá 150.000 đ", "lấy giấy chứng nhận 500 nghìn",
        "c h u y ể n k h o ả n trước", "c.h.u.y.e.n t.i.e.n cho lớp", "n ộ p   p h í tại xã", "nộp trước 1 củ", "chuyen 2 cu",
        "Bà con nộp lệ phí tại nhà văn hóa", "nop le phi tai nha van hoa", "nộp phí hồ sơ cho người mặc áo xanh",
        "Mọi người đem tiền mặt đến", "dem theo tien mat", "nhớ mang tiền", "mang theo ít tiền", "cầm sẵn tiền mặt", "cam theo tien mat",
        "đóng phí tham gia", "dong hoc phi", "đóng góp kinh phí tổ chức", "xã thu phí hồ sơ", "thu tien tung nha",
        "chuyển khoản trước", "chuyen khoan cho chi Nam", "chuyển tiền giữ chỗ", "đặt cọc gian hàng", "tiền cọc trả sau",
        "gửi tiền cho cán bộ", "đưa tiền cho anh Ba", "nộp bằng tiền mặt", "NỘP LỆ PHÍ", "nộp\nlệ  phí", "n\u0323ộp l\u0302ệ phí",
        "nộp-tiền", "nạp thẻ điện thoại", "ứng trước kinh phí", "Không nộp tiền thì mất quyền lợi",
    ],
)  # fmt: skip
def test_money_that_people_are_to_bring_or_pay_is_found(text):
    assert risks_of(text) == ("money",)


@pytest.mark.parametrize(
    "text",
    [
        "Tập huấn ghi nhãn, mỗi người 200.000 đ", "moi nguoi 200.000 d", "mỗi hộ 500k", "mỗi hộ: 1 triệu đồng",
        "200.000 đ/người", "200.000đ một người", "200 nghìn mỗi hộ", "đem theo 200 ngàn", "mang 500.000 đồng",
        "nộp 300.000", "nop truoc 2tr", "đóng mỗi nhà năm trăm nghìn", "lệ phí 50.000 đ", "Phí tham gia: 100k",
        "học phí là 1,5 triệu", "góp 100.000 đồng", "cầm theo hai trăm nghìn đồng", "mỗi suất 150.000 VNĐ",
        "mỗi gian hàng 2 triệu", "gửi 200.000 đ để giữ chỗ", "chuẩn bị 200.000 đ",
        "Để được cấp sao mỗi hộ 2 triệu", "mỗi người hai trăm ngàn đồng", "nộp ２００.０００ đ",
    ],
)  # fmt: skip
def test_a_sum_that_is_asked_for_is_found(text):
    assert risks_of(text) == ("money",)


@pytest.mark.parametrize(
    "text",
    [
        "Dự miễn phí, bà con không phải nộp tiền", "Không thu phí, không thu tiền của bà con", "không mất tiền",
        "Xã không thu lệ phí", "Không cần mang tiền theo", "Miễn lệ phí 50.000 đ", "khong thu phi",
        "Nộp hồ sơ trước thứ Sáu", "Đóng góp ý kiến", "Đóng gói sản phẩm", "Đem theo sản phẩm mẫu, mang căn cước",
        "Tập huấn quản lý dòng tiền", "Thanh toán không dùng tiền mặt", "Kinh phí hỗ trợ 200.000.000 đ",
        "Hỗ trợ mỗi hộ 5.000.000 đ", "Mỗi hộ được hỗ trợ 5 triệu đồng", "Hỗ trợ tiền xăng 100.000 đ/người",
        "Thưởng mỗi người 1 triệu đồng", "Giá bán 35.000 đ một hũ", "Giá trà 200.000 đ/kg, cam 35.000 đ", "Dưa hấu 20.000 đ/kg",
        "Đường trơn, bà con đi sớm", "Chuyên đề chuyển đổi số", "Thu hoạch 200 nghìn tấn", "Nộp báo cáo quý 2",
        "Lớp đóng gói 20 nghìn sản phẩm", "Thu nhập bình quân mỗi người 3.000.000 đ", "Mang 2 củ khoai", "Nhà văn hóa thôn Phí Hà",
        "Đông người thì chia 2 lớp, mỗi lớp 40 người", "Mỗi người 2 sản phẩm", "mỗi hộ 5 phiếu", "14 giờ, mỗi nhà một người",
        "Mang theo 5 củ giống", "Phiếu có 3 trang", "Thẻ nhớ 12 số", "Hỗ trợ in tem 200.000 đ", "Tặng sách trị giá 50.000 đ",
        "Tài liệu cũ, 2 bản", "H T X Nước mắm", "Lớp A B C D E",
        "Họp về nộp thuế", "Chi phí đầu tư 50 triệu", "mỗi người được 200.000 đ tiền ăn", "Hội chợ Đồng Hới", "Mang máy tính",
    ],
)  # fmt: skip
def test_harmless_words_about_money_are_none(text):
    assert risks_of(text) == ()
