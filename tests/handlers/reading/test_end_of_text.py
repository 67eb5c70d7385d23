"""The last moment a text is about, as a proposal for its end."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from handlers.reading.end_of_text import end_of_text

THURSDAY = date(2026, 12, 10)
ENDS = {
    "14 giờ chiều nay 10/12 họp dân ở nhà văn hóa thôn": "2026-12-10T14:00",
    "14 gio chieu nay hop dan": "2026-12-10T14:00",
    "Mời bà con họp lúc 14 giờ": "2026-12-10T14:00",
    "Chiều nay họp dân": "2026-12-11T00:00",
    "Sáng thứ Hai họp ở nhà văn hóa, mời bà con.": "2026-12-15T00:00",
    "Chiều thứ Sáu 11/12, 14 giờ, tập huấn OCOP tại nhà văn hóa xã.": "2026-12-11T14:00",
    "Từ 8h đến 11h ngày 15/12 khám bệnh. Đăng ký trước ngày 12/12.": "2026-12-15T11:00",
    "Hạn nộp hồ sơ đến hết ngày 20/12/2026. Mang theo 2 ảnh.": "2026-12-21T00:00",
    "Từ ngày 10/12 đến ngày 14/12 nghỉ": "2026-12-15T00:00",
    "Hội chợ 10-12/12 tại Đồng Hới": "2026-12-13T00:00",
    "14h00 hôm nay, ngày mai 8h tiếp": "2026-12-11T14:00",  # the later hour: nobody misses it
    "trong 3 ngày tới có mưa to": "2026-12-14T00:00",
    "Ngày 5/12 đã họp, kết quả như sau": None,
    "Trạm y tế mở cửa 7 giờ hằng ngày": None,
    "Sáng thứ Hai hằng tuần họp ở nhà văn hóa": None,
    "Hằng ngày từ 10/12 đến 20/12 tiêm phòng": "2026-12-21T00:00",
    "Giá 35.000 đồng, gọi 0912 345 678": None,
    "Lớp học 20 người, 3 buổi": None,
    "Bà con đăng ký lớp học nhé.": None,
}


@pytest.mark.parametrize("text", ENDS)
def test_the_latest_moment_of_a_text(text: str) -> None:
    found = end_of_text(text, today=THURSDAY, zone=ZoneInfo("Asia/Ho_Chi_Minh"))

    assert (None if found is None else f"{found:%Y-%m-%dT%H:%M}") == ENDS[text]
