"""Free questions that no topic should answer by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .desk import Village, open_village

WHO = "ba con"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        yield there


@pytest.mark.parametrize(
    "words",
    ["toi bi lua, co nguoi doi 5 trieu de dc sao", "có người đòi tiền mới cho lên sao", "ai đó mạo danh cán bộ OCOP"],
)
def test_who_fears_to_be_cheated_is_warned_and_shown_the_two_ways(village: Village, words: str):
    village.say(WHO, words)

    assert "đừng vội chuyển tiền" in village.last(WHO).plain
    assert village.button(WHO, "Xem tin đáng ngờ") == "/kiemtra"
    assert village.button(WHO, "Hỏi cán bộ") == "/lienhe"


@pytest.mark.parametrize("words", ["lúa có làm OCOP được không", "được hỗ trợ bao nhiêu tiền", "đổi tiền ở đâu"])
def test_other_questions_are_not_taken_for_fraud(village: Village, words: str):
    village.say(WHO, words)

    assert "đừng vội chuyển tiền" not in village.last(WHO).plain


def test_a_card_that_names_a_command_has_it_as_a_button_too(village: Village):
    village.say(WHO, "tôi muốn gặp cán bộ thì gặp ai")

    assert village.button(WHO, "Hỏi cán bộ") == "/lienhe"


def test_who_is_asked_who_it_is_says_so(village: Village):
    village.say(WHO, "bạn là ai")

    assert "Em là Trợ lý OCOP" in village.last(WHO).plain
