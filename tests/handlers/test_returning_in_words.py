"""An official returns an idea in words: they are mapped to fields and shown before anything is sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from content.fold import fold
from handlers.duyet.remarks import read_remarks
from registry.applications.applications import Application, defects_of

from .desk import COMMUNE, DISTRICT, Village, open_village, pack_of, words_of

MAKER, OFFICE = "bà Lài", "cán bộ"
PACKS = ("quang-binh-2021", "quang-tri-2026")
SAID: dict[str, dict[str, str]] = {
    "tên chưa rõ, sđt sai": {"product_name": "tên chưa rõ", "phone": "sđt sai"},
    "ten chua ro, sdt sai": {"product_name": "ten chua ro", "phone": "sdt sai"},
    "Tên chủ thể ghi thiếu họ; số điện thoại gọi không được": {
        "entity_name": "Tên chủ thể ghi thiếu họ",
        "phone": "số điện thoại gọi không được",
    },
    "thiếu ảnh, chụp rõ nhãn": {"photos": "thiếu ảnh, chụp rõ nhãn"},
    "giá chưa ghi một hũ hay một ký và nguyên liệu chưa rõ": {
        "price": "giá chưa ghi một hũ hay một ký",
        "materials": "nguyên liệu chưa rõ",
    },
    "1: ghi rõ hơn\nsđt thiếu số": {"product_name": "ghi rõ hơn", "phone": "sđt thiếu số"},
}


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        there.official(OFFICE, "district_official", DISTRICT, title="Phòng Nông nghiệp")
        yield there


def returning(village: Village) -> Application:
    made = village.idea(village.person(MAKER, "Bà Lài", place=COMMUNE))
    village.deliver()
    village.press(OFFICE, f"/quyet {made.code} {made.version} return")
    return made


def sent(village: Village, made: Application) -> dict[str, str]:
    return {one.field: one.remark for one in village.do(defects_of, village.fresh(made))}


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("said", SAID)
def test_words_name_the_fields_of_both_packs(pack: str, said: str) -> None:
    fields = [one for one in pack_of(pack).forms["idea"].fields if one.show_if is None]

    read = read_remarks(fields, fields, said)

    assert dict(read.named) == SAID[said]
    assert read.unread == ()


def test_words_without_a_field_are_said_back_and_nothing_is_noted(village: Village) -> None:
    returning(village)

    told = village.say(OFFICE, "chưa đạt yêu cầu")

    assert "Em chưa đọc được: chưa đạt yêu cầu" in told[0].plain
    assert "cần sửa những mục nào?" in told[-1].plain


def test_mapped_words_are_shown_before_they_are_sent(village: Village) -> None:
    made = returning(village)

    (shown,) = village.say(OFFICE, "tên chưa rõ, sđt sai")

    assert "1. Tên sản phẩm: tên chưa rõ\n2. Điện thoại: sđt sai" in shown.plain
    assert sent(village, made) == {}
    village.tap(OFFICE, "Gửi trả 2 mục")
    assert sent(village, made) == {"product_name": "tên chưa rõ", "phone": "sđt sai"}
    village.deliver()
    assert "Tên sản phẩm: tên chưa rõ" in words_of(village.last(MAKER))


def test_a_ready_remark_is_chosen_by_two_taps(village: Village) -> None:
    made = returning(village)

    village.tap(OFFICE, "Lời dặn có sẵn")
    village.tap(OFFICE, "Điện thoại")
    (shown,) = village.tap(OFFICE, "Số điện thoại gọi không được")

    assert "Điện thoại: Số điện thoại gọi không được, ghi lại số đang dùng." in shown.plain
    village.tap(OFFICE, "Gửi trả 1 mục")
    assert sent(village, made).keys() == {"phone"}


def test_a_number_alone_shows_the_ready_remarks_and_takes_other_words(village: Village) -> None:
    made = returning(village)

    (shown,) = village.say(OFFICE, "1")
    assert shown.choices[0].label == "Tên sản phẩm chưa rõ, ghi tên vẫn dùng khi bán."
    village.say(OFFICE, "viết hoa chữ cái đầu")

    village.tap(OFFICE, "Gửi trả 1 mục")
    assert sent(village, made) == {"product_name": "viết hoa chữ cái đầu"}


@pytest.mark.parametrize("pack", PACKS)
def test_no_two_fields_have_the_same_name(pack: str) -> None:
    called = [fold(name) for one in pack_of(pack).forms["idea"].fields for name in one.called]

    assert len(called) == len(set(called))
