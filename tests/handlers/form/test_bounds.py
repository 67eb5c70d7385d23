"""A form at its bounds: the last number of the summary, the longest answer shown whole, the longest plain name."""

import pytest

from handlers.form.answers import LONG, short
from handlers.form.form import LONG_NAME
from tests.handlers.form.filling import TO_THE_END, WHO, answers, begun, said, say_all


@pytest.mark.parametrize(("number", "step"), [(1, "product_name"), (7, "place"), (0, "summary"), (8, "summary")])
@pytest.mark.parametrize("how", ["/sua {}", "{}"], ids=["by the command", "by the number alone"])
def test_the_first_and_the_last_number_of_the_summary_are_corrected(tmp_path, number: int, step: str, how: str):
    with begun(tmp_path) as there:
        say_all(there, *TO_THE_END)
        assert "7." in said(there)
        assert "8." not in said(there)

        say_all(there, how.format(number))

        assert there.talk(WHO).step == step


@pytest.mark.parametrize("length", [1, LONG - 1, LONG])
def test_an_answer_is_shown_whole_up_to_its_longest(length: int):
    assert short("a" * length) == "a" * length


def test_a_longer_answer_is_cut_to_the_longest():
    assert short("a" * (LONG + 1)) == "a" * (LONG - 1) + "…"


def test_a_name_of_ten_words_counts_at_once_and_one_of_eleven_is_read_back(tmp_path):
    ten = "Mắm ruốc Bà Lài đặc biệt loại một Hải Ninh"
    assert len(ten.split()) == LONG_NAME
    with begun(tmp_path) as there:
        say_all(there, f"{ten} ngon")
        assert "product_name" not in answers(there)
        say_all(there, ten)
        assert answers(there)["product_name"] == ten
