"""
A command typed without its slash while a question waits is still the command, never an answer.

Once "lienhe" was forwarded to an official as a question, and "capquyen" was read as days of leave.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handlers.desk import COMMUNE, Village, open_village, words_of


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.official("xa", "commune_official", COMMUNE)
        yield opened


def test_a_command_without_its_slash_is_no_question_for_the_official(village: Village) -> None:
    village.person("ba", "Bà Lài", place=COMMUNE)
    village.say("ba", "lienhe")

    said = "".join(map(words_of, village.say("ba", "lienhe")))
    village.deliver()

    assert "Em đã chuyển câu hỏi" not in said
    assert "hỏi:" not in village.all_words("xa")


def test_a_command_without_its_slash_is_no_day_of_leave(village: Village) -> None:
    village.say("xa", "nghiphep")
    said = "".join(map(words_of, village.say("xa", "Tencanbo")))
    assert "Bà con thấy anh/chị như sau" in said


@pytest.mark.parametrize("name", ["capquyen", "nhan"])
def test_words_that_are_no_command_of_this_person_stay_an_answer(village: Village, name: str) -> None:
    """A producer has no /capquyen, and "nhan" is a fruit as well."""
    village.person("ba", "Bà Lài", place=COMMUNE)
    village.say("ba", "lienhe")
    village.say("ba", name)
    village.deliver()
    assert f'"{name}"' in village.all_words("xa")
