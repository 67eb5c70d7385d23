"""The ways through a form: skip, back, a corrected answer, the summary; each at its bound."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.applications.drafts import open_drafts
from tests.handlers.desk import Village, open_village, words_of

WHO = "bà con"
ANSWERS = ("Nước mắm", "mới", "thực phẩm", "hộ gia đình", "Hộ Mẫu", "0912345678", "hai ninh")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        there.say(WHO, "/dangky")
        there.tap(WHO, "Đồng ý")
        yield there


def says(village: Village, words: str) -> str:
    return "\n".join(map(words_of, village.say(WHO, words)))


def give(village: Village, count: int) -> str:
    return [says(village, words) for words in ANSWERS[:count]][-1]


def test_back_goes_to_the_question_just_before(village: Village) -> None:
    give(village, 4)

    assert "Câu 4/7" in says(village, "/quaylai")
    assert "Câu 3/7" in says(village, "/quaylai")
    assert "Câu 2/7" in says(village, "/quaylai")
    assert "Câu 1/7" in says(village, "/quaylai")
    assert "Đây là câu" in says(village, "/quaylai")


def test_back_from_the_summary_goes_to_the_last_answer(village: Village) -> None:
    give(village, 7)

    assert "Câu 7/7" in says(village, "/quaylai")


def test_a_skipped_answer_that_was_given_before_stays(village: Village) -> None:
    give(village, 3)
    says(village, "/quaylai")

    shown = says(village, "/boqua")
    assert "Câu 4/7" in shown
    assert "Nhóm sản phẩm" not in shown, "nothing was skipped that has an answer"
    (draft,) = village.do(open_drafts, person_id=village.person(WHO))
    assert draft.answers["product_group"] == "food"


def test_what_was_skipped_is_missing_at_the_end_and_nothing_is_handed_in(village: Village) -> None:
    give(village, 2)
    says(village, "/boqua")
    for words in ANSWERS[3:]:
        shown = says(village, words)

    assert village.button(WHO, "Gửi") is None
    assert "Nhóm sản phẩm" in shown
    village.tap(WHO, "Trả lời")
    assert village.talk(WHO).step == "product_group"
    says(village, "thực phẩm")
    assert village.button(WHO, "Gửi") is not None


def test_a_corrected_answer_leads_back_to_the_summary_and_asks_nothing_that_may_be_left_out(village: Village) -> None:
    give(village, 7)
    says(village, "/sua entity_kind")

    shown = says(village, "doanh nghiệp")

    assert village.talk(WHO).step == "summary"
    assert "1. Tên sản phẩm: Nước mắm" in shown


def test_of_several_places_a_yes_means_none(village: Village) -> None:
    give(village, 6)
    shown = says(village, "quang phu")
    assert len(village.last(WHO).choices) == 3, "two places of this name, and none of them"
    (before,) = village.do(open_drafts, person_id=village.person(WHO))
    assert before.answers.get("place") is None, shown

    says(village, "đúng")

    (after,) = village.do(open_drafts, person_id=village.person(WHO))
    assert after.answers.get("place") is None
