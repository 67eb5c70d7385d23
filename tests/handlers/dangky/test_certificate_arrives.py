"""A product that has stars already reaches the office as a certificate to confirm, never as a new or late idea."""

from pathlib import Path

import pytest

from handlers.conversation.incoming import IncomingFile
from tests.handlers.desk import COMMUNE, DISTRICT, Village, open_village, words_of

PHOTO = IncomingFile("p1", "photo.jpg", "image/jpeg", 80_000)


def hand_in(village: Village) -> str:
    village.say("lai", "/dangky")
    village.tap("lai", "Đồng ý")
    for words in (
        "Nước mắm", "đã có sao", "thực phẩm", "hộ gia đình", "Trần Thị Lài", "0912345679", COMMUNE, "3 sao",
        "12/GCN-UBND", "15/12/2020",
    ):  # fmt: skip
        village.say("lai", words)
    if village.button("lai", "Đúng"):
        village.tap("lai", "Đúng")
    village.send("lai", "photo", PHOTO)
    village.tap("lai", "Xong")
    return "\n".join(map(words_of, village.tap("lai", "Gửi")))


@pytest.mark.parametrize("day", [1, 20])
def test_the_office_reads_of_a_certificate_before_and_after_ideas_closed(tmp_path: Path, day: int) -> None:
    with open_village(tmp_path) as village:
        village.official("huyen", "district_official", DISTRICT)
        village.now = village.now.replace(day=day)
        said = hand_in(village)
        village.deliver()
        told = village.all_words("huyen")

    assert "Em đã nhận giấy chứng nhận" in said
    assert "hạn đăng ký" not in said
    assert "Có giấy chứng nhận chờ xác nhận: Nước mắm" in told
    assert "ý tưởng mới" not in told
