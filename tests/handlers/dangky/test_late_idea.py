"""An idea that is handed in after the last day for ideas."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.handlers.desk import DISTRICT, Village, open_village

ANSWERS = ("khoai deo", "sp moi", "thuc pham", "ho gia dinh", "Lê Thị Mẫu", "0912 345 678", "gia ninh")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        there.official("office", "district_official", DISTRICT, "Chị Hoa")
        yield there


def test_an_idea_after_the_last_day_says_so_to_both_sides(village: Village) -> None:
    village.now += timedelta(days=14)
    idea = village.register("maker", *ANSWERS)
    village.deliver()

    assert "Hạn đăng ký ý tưởng là thứ Sáu 11/06 (hạn mẫu), đã qua" in village.all_words("maker")
    assert "Gửi sau hạn đăng ký thứ Sáu 11/06 (hạn mẫu)" in village.last("office").plain
    assert "gửi sau hạn đăng ký thứ Sáu 11/06 (hạn mẫu)" in village.say("office", f"/duyet {idea.code}")[-1].plain


def test_an_idea_on_the_last_day_is_not_called_late(village: Village) -> None:
    village.now += timedelta(days=10)
    idea = village.register("maker", *ANSWERS)
    village.deliver()

    assert "đã qua" not in village.all_words("maker")
    assert "sau hạn" not in village.last("office").plain
    assert "sau hạn" not in village.say("office", f"/duyet {idea.code}")[-1].plain
