"""An impatient thumb, on a channel without notices above the chat such as Zalo: the repetition is dropped."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from content.message import Message
from registry.applications.drafts import open_drafts

from .desk import Village, open_village


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        opened.say("maker", "/dangky")
        opened.tap("maker", "Đồng ý")
        yield opened


def presses_after(village: Village, action: str, seconds: int, pressed: str = "") -> list[Message]:
    village.now += timedelta(seconds=seconds - 20)
    return village.press("maker", action, pressed=pressed)


def skipped(village: Village) -> list[str]:
    (draft,) = village.do(open_drafts, person_id=village.person("maker"))
    return list(draft.answers.get("_skipped", ()))


def test_the_same_answer_three_times_within_seconds_is_answered_once(village: Village) -> None:
    village.say("maker", "Khoai deo")
    action = village.button("maker", "Sản phẩm mới")
    assert action is not None

    told = [village.press("maker", action), *(presses_after(village, action, 2) for _ in range(2))]

    assert [len(one) for one in told] == [1, 0, 0]
    assert "Câu 3/7." in told[0][0].plain
    assert village.say("maker", "thực phẩm")[-1].plain.count("Câu 4/7.") == 1


def test_the_same_answer_much_later_is_told_to_be_of_an_earlier_question(village: Village) -> None:
    village.say("maker", "Khoai deo")
    action = village.button("maker", "Sản phẩm mới")
    assert action is not None
    village.press("maker", action)

    told = presses_after(village, action, 60)

    assert "Nút này của câu trước" in told[0].plain


def test_another_answer_of_the_same_question_is_never_dropped(village: Village) -> None:
    village.say("maker", "Khoai deo")
    first, other = village.button("maker", "Sản phẩm mới"), village.button("maker", "Đã có sao")
    assert first is not None
    assert other is not None
    village.press("maker", first)

    assert "Nút này của câu trước" in presses_after(village, other, 1)[0].plain


def test_skipping_three_times_in_three_seconds_skips_one_question(village: Village) -> None:
    village.press("maker", "/boqua")
    for _ in range(2):
        assert presses_after(village, "/boqua", 1) == []

    assert skipped(village) == ["product_name"]


def test_skipping_the_next_question_after_reading_it_is_another_press(village: Village) -> None:
    village.press("maker", "/boqua")
    presses_after(village, "/boqua", 5)

    assert skipped(village) == ["product_name", "product_kind"]


def test_with_the_message_known_the_same_button_is_the_same_press_for_longer(village: Village) -> None:
    village.press("maker", "/boqua", pressed="17")

    assert presses_after(village, "/boqua", 8, "17") == []
    assert "Câu 3/7." in presses_after(village, "/boqua", 1, "18")[0].plain


def test_a_press_after_words_in_between_is_no_repetition(village: Village) -> None:
    village.press("maker", "/menu")
    village.say("maker", "ocop la gi")

    assert presses_after(village, "/menu", 1) != []
