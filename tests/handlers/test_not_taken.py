"""Typed words that a question of choices cannot use are said back; once it only asked again, word for word."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handlers.desk import COMMUNE, DISTRICT, Village, open_village, words_of


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.official("xa", "commune_official", COMMUNE, "Chị Lan")
        opened.official("huyen", "district_official", DISTRICT, "Anh Bình")
        yield opened


def all_said(village: Village, account: str, text: str) -> str:
    return "\n".join(map(words_of, village.say(account, text)))


def test_days_typed_where_a_stand_in_is_asked_for_are_said_back(village: Village) -> None:
    village.say("xa", "/nghiphep")
    village.say("xa", "mai")

    said = all_said(village, "xa", "tu 3/6 den 10/6")

    assert 'Em chưa rõ "tu 3/6 den 10/6"' in said
    assert "Ai trực thay" in said


def test_a_title_typed_where_the_kind_of_a_gathering_is_asked_for_is_said_back(village: Village) -> None:
    village.say("xa", "/taphuan")
    said = all_said(village, "xa", "Tập huấn nhãn mác")
    assert 'Em chưa rõ "Tập huấn nhãn mác"' in said
    assert "mời dự việc gì" in said


def test_a_typed_yes_plans_the_leave(village: Village) -> None:
    village.say("xa", "/nghiphep")
    village.say("xa", "2/6 den 5/6")
    village.tap("xa", "Anh Bình")
    assert "Em đã ghi anh/chị nghỉ" in all_said(village, "xa", "co")


def test_what_was_said_back_once_is_not_said_twice(village: Village) -> None:
    village.say("xa", "/nghiphep")
    assert all_said(village, "xa", "xin chao").count("Em chưa rõ") == 1
