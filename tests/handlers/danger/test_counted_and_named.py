"""Dangers are counted without words and names; a complaint goes with or without the name, as its author chooses."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from registry.people.tallies import tallies
from tests.handlers.desk import COMMUNE, DISTRICT, Village, open_village, words_of

WHO, OFFICE, ABOVE = "ba con", "can bo xa", "can bo huyen"
COMPLAINT = "cán bộ xã hạch sách, bắt đi lại năm lần"


@pytest.fixture
def village(tmp_path: object) -> Iterator[Village]:
    with open_village(tmp_path) as there:  # type: ignore[arg-type]
        there.official(OFFICE, "commune_official", COMMUNE, "Chị Lan")
        there.official(ABOVE, "district_official", DISTRICT, "Anh Bình")
        there.person(WHO, "Nguyễn Thị Mẫu", COMMUNE, "+84912345678")
        yield there


def complain(village: Village) -> None:
    village.say(WHO, COMPLAINT)
    village.tap(WHO, "cấp trên")
    village.say(WHO, "Ông Tý bắt tôi đi lại năm lần, ngày 20/5")


def test_without_a_name_the_office_above_learns_none(village: Village) -> None:
    complain(village)
    assert "Nguyễn Thị Mẫu, 0912 345 678" in words_of(village.last(WHO))
    village.deliver()
    assert "Ông Tý" not in village.all_words(ABOVE)
    village.tap(WHO, "Không ghi tên")
    village.deliver()
    assert "Ông Tý" in village.all_words(ABOVE)
    assert "Mẫu" not in village.all_words(ABOVE)
    assert "Ông Tý" not in village.all_words(OFFICE)


def test_with_a_name_it_is_read_with_the_complaint(village: Village) -> None:
    complain(village)
    village.tap(WHO, "Ghi tên và số")
    village.deliver()
    assert "Nguyễn Thị Mẫu, 0912 345 678" in village.all_words(ABOVE)


def test_other_words_send_nothing_and_ask_again(village: Village) -> None:
    complain(village)
    village.say(WHO, "sao cũng được")
    village.deliver()
    assert "Ông Tý" not in village.all_words(ABOVE)
    assert village.button(WHO, "Không ghi tên")


def test_a_danger_is_counted_once_at_its_place_and_nothing_else_is_kept(village: Village) -> None:
    village.say(WHO, "có người đòi 5 triệu để được sao")
    found = village.do(lambda db: db.execute(select(tallies).where(tallies.c.what.startswith("danger"))).all())
    assert [(row.what, row.place, row.count) for row in found] in (
        [("danger_bribe", COMMUNE, 1)],
        [("danger_swindle", COMMUNE, 1)],
    )
