"""Names of people inside typed words."""

import pytest

from content.language.names import sounds_like_a_name, without_names


@pytest.mark.parametrize("text", ["Nguyễn Thị Mẫu", "nguyen thi mau", "Trần Văn Không", "Lê Lài", "hoàng thị bé năm"])
def test_a_family_name_begins_a_name(text: str) -> None:
    assert sounds_like_a_name(text)


@pytest.mark.parametrize("text", ["Mẫu", "khoai deo", "ai chưa nộp", "nguyễn 2 mẫu", "nguyễn " * 6, "", "???"])
def test_other_words_are_no_name(text: str) -> None:
    assert not sounds_like_a_name(text)


KEPT = {
    "nhà Nguyễn Thị Mẫu muốn đào ao": "nhà  muốn đào ao",
    "Trần Văn Đơn và Lê Thị Giấy xin đơn": " và  xin đơn",
    "mẫu đơn thị trường ở đâu": "mẫu đơn thị trường ở đâu",
    "lý thị trường": "lý thị trường",
    "nguyễn thị": "nguyễn thị",
    "": "",
}


@pytest.mark.parametrize(("text", "kept"), KEPT.items())
def test_full_names_are_left_out_and_nothing_else(text: str, kept: str) -> None:
    assert without_names(text) == kept
