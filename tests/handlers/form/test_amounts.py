"""Amounts as people have them: a range stays a range, a period is said back, and words are kept as words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers.form.answers import said_answer
from tests.handlers.desk import Village, open_village
from tests.handlers.form.test_finishing import ANSWERS, answers, said

WHO = "ba con"
AMOUNTS: dict[tuple[str, str], tuple[Any, str]] = {
    ("yearly_quantity", "3-4 tấn"): ({"amount": "3", "to": "4", "unit": "tấn"}, "3 đến 4 tấn"),
    ("yearly_quantity", "20 kg/ngày"): (
        {"amount": "20", "unit": "kg", "per": "day"},
        "20 kg/ngày (cả năm khoảng 7.300 kg)",
    ),
    ("yearly_quantity", "mỗi vụ 2 tấn"): ({"amount": "2", "unit": "tấn", "per": "season"}, "2 tấn/vụ"),
    ("yearly_quantity", "tùy mùa em ạ"): ({"words": "tùy mùa em ạ"}, "tùy mùa em ạ"),
    ("yearly_quantity", "chưa biết"): ({"words": "chưa biết"}, "chưa biết"),
    ("price", "30-35k"): ({"dong": 30000, "to": 35000}, "30.000 đến 35.000 đồng"),
    ("price", "30-35k/hũ"): ({"dong": 30000, "to": 35000, "per": "hũ"}, "30.000 đến 35.000 đồng/hũ"),
    ("price", "to 50k nhỏ 30k"): ({"words": "to 50k nhỏ 30k"}, "to 50k nhỏ 30k"),
    ("price", "80k/nửa ký"): ({"dong": 80000, "per": "nửa ký"}, "80.000 đồng/nửa ký"),
}


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path, "quang-tri-2026") as there:
        there.say(WHO, "/dangky")
        there.tap(WHO, "Đồng ý")
        for words in ANSWERS:
            there.say(WHO, words)
        yield there


@pytest.mark.parametrize(("field", "typed"), AMOUNTS)
def test_an_amount_is_read_back_whole_and_stored_on_a_yes(village: Village, field: str, typed: str) -> None:
    stored, words = AMOUNTS[field, typed]

    village.say(WHO, f"/sua {field}")
    village.say(WHO, typed)

    assert field not in answers(village)
    assert words in said(village)
    village.say(WHO, "đúng")
    assert answers(village)[field] == stored
    house = village.house
    spec = next(one for one in village.pack.forms["idea"].fields if one.id == field)
    assert said_answer(house, spec, answers(village)[field], village.now.date()) == words


@pytest.mark.parametrize("typed", ["không phải 35k", "giá 45k hay 50k", "ngày 20 kg, một năm làm 3 tháng", "-5 kg"])
def test_an_amount_that_words_change_is_not_stored_without_them(village: Village, typed: str) -> None:
    village.say(WHO, f"/sua {'price' if 'k' in typed.rsplit(maxsplit=1)[-1] else 'yearly_quantity'}")
    village.say(WHO, typed)
    village.say(WHO, "đúng")
    assert not {"price", "yearly_quantity"} & answers(village).keys()
