"""Sentences about documents are computed from their days and the clock."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .desk import Village, open_village

WHO = "ba con"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path, "quang-tri-2026") as there:
        yield there


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        yield there


def test_a_document_that_ended_is_said_with_its_days_and_its_successor(village: Village) -> None:
    village.say(WHO, "nghi quyet 09/2026 con hieu luc khong")

    said = village.last(WHO).plain
    assert "Nghị quyết số 09/2026/NQ-CP" in said
    assert "Có hiệu lực từ ngày 04/02/2026 đến hết ngày 15/04/2026. Nay đã hết hiệu lực" in said
    assert "thay bằng Nghị quyết 15/2026/NQ-CP" in said


def test_a_number_and_a_year_alone_are_a_document(village: Village) -> None:
    village.say(WHO, "781/2020")

    assert "Quyết định số 781/QĐ-TTg" in village.last(WHO).plain


def test_history_in_a_source_is_marked_by_its_days(village: Village) -> None:
    village.press(WHO, "/gioithieu ai-cong-nhan")

    assert (
        "Quyết định 148/QĐ-TTg ngày 24/02/2023 (hết hiệu lực sau ngày 21/07/2026, thay bằng" in village.last(WHO).plain
    )
    assert "Lưu ý" not in village.last(WHO).plain


@pytest.mark.parametrize("asked", ["hồ sơ gồm những gì", "ocop là gì", "quyết định 1048 là gì"])
def test_every_answer_of_a_pack_whose_law_has_ended_says_so(before: Village, asked: str) -> None:
    before.say(WHO, asked)
    assert "Lưu ý" not in before.last(WHO).plain

    before.now = datetime(2024, 6, 3, 1, 0, tzinfo=UTC)
    before.say(WHO, asked)

    said = before.last(WHO).plain
    assert "Lưu ý: nội dung này theo Quyết định 1048/QĐ-TTg ngày 21/8/2019, hết hiệu lực sau ngày 23/02/2023" in said
    assert "thay bằng Quyết định 148/QĐ-TTg" in said


def test_the_cards_about_documents_leave_out_those_of_a_later_day(before: Village) -> None:
    before.say(WHO, "chương trình theo những văn bản nào")
    while before.button(WHO, "Xem tiếp"):
        before.tap(WHO, "Xem tiếp")

    said = before.all_words(WHO)
    assert "Nghị định số 15/2018/NĐ-CP" in said
    assert "148/QĐ-TTg" not in said
    assert "26/2026" not in said


def test_the_order_of_2021_does_not_tell_how_long_a_certificate_is_valid(before: Village) -> None:
    before.say(WHO, "giấy chứng nhận có giá trị bao lâu")

    assert "không nêu giấy chứng nhận có giá trị bao lâu" in before.last(WHO).plain
