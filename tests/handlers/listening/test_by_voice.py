"""An idea by digits, photos and voice alone, on each platform: an official types, the producer agrees by digit."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.handlers.replay import parse, play
from tests.handlers.stages.opening import stage_for

STORY = """
# gói: quang-tri-2026
# đồng hồ: 2026-09-15
# cán bộ: province_official | 44

cán bộ: [nhận việc]
bot: Em đã ghi anh/chị

cán bộ: /huy
bot:

người dùng: /dangky
bot: đồng ý không ạ? [Đồng ý]

người dùng: [bấm: Đồng ý]
bot: Câu 1/7. [Để sau]

người dùng: [thoại: khoai deo]
bot: Em đã giữ đoạn ghi âm này cùng câu "Tên sản phẩm"
bot: Câu 1/7. [Để sau]
bot nói với cán bộ: Có đoạn ghi âm chờ gõ lại, câu "Tên sản phẩm" [Nghe và gõ lại]

người dùng: 1
bot: Câu 2/7. [Sản phẩm mới]

người dùng: [bấm: Sản phẩm mới]
bot: Câu 3/7. [Thực phẩm]

người dùng: [bấm: Thực phẩm]
bot: Câu 4/7. [Hộ gia đình]

người dùng: [bấm: Hộ gia đình]
bot: Câu 5/7.

người dùng: [ảnh: 1]
bot: Em giữ ảnh vào mục "Ảnh sản phẩm"

người dùng: [thoại: nguyen thi mau]
bot: cùng câu "Tên chủ thể"
bot nói với cán bộ: Có đoạn ghi âm chờ gõ lại, câu "Tên chủ thể"

người dùng: 1
bot: Câu 6/7.

người dùng: 0912345678
bot: Câu 7/7.

người dùng: [thoại: xa ninh chau]
bot: cùng câu "Nơi sản xuất"
bot nói với cán bộ: câu "Nơi sản xuất"

người dùng: 1
bot: Còn thiếu: Tên sản phẩm, Tên chủ thể, Nơi sản xuất

[chờ: 5 phút]

cán bộ: /goloi
bot: 3 đoạn ghi âm chờ gõ lại [Đoạn 1] [Đoạn 2] [Đoạn 3]

cán bộ: [bấm: Đoạn 1]
bot: tên là gì
bot: gõ đúng lời đã nói

cán bộ: Khoai deo Hải Ninh
bot: Đã gửi "Khoai deo Hải Ninh" cho người nói xác nhận. [Đoạn tiếp theo]
bot nói với người dùng: Ghi "Khoai deo Hải Ninh", đúng không ạ? [Đúng, ghi vậy] [Chưa đúng]

người dùng: [bấm: Đúng, ghi vậy]
bot: Em đã ghi Tên sản phẩm: Khoai deo Hải Ninh.

cán bộ: [bấm: Đoạn tiếp theo]
bot: gõ đúng lời đã nói

cán bộ: Nguyễn Thị Mẫu
bot nói với người dùng: Ghi "Nguyễn Thị Mẫu", đúng không ạ?

người dùng: [bấm: Đúng, ghi vậy]
bot: Em đã ghi Tên chủ thể: Nguyễn Thị Mẫu.

cán bộ: [bấm: Đoạn tiếp theo]
bot: gõ đúng lời đã nói

cán bộ: Ninh Châu
bot nói với người dùng: Ghi "Xã Ninh Châu", đúng không ạ?

người dùng: [bấm: Đúng, ghi vậy]
bot: Em đã ghi Nơi sản xuất: Xã Ninh Châu. Các câu bắt buộc đã đủ. [Gửi] [Xem lại các câu]

người dùng: 1
bot: Mã: YT-2026-
"""


@pytest.mark.parametrize("kind", ["telegram_webhook", "zalo_oa", "zalo_bot"])
async def test_an_idea_is_registered_by_digits_photos_and_voice_alone(kind: str, tmp_path: Path) -> None:
    story = parse("by voice", STORY)
    async with stage_for(kind, tmp_path, pack="quang-tri-2026", start=datetime(2026, 9, 15, 1, tzinfo=UTC)) as stage:
        await play(story, stage)
