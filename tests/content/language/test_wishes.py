"""Services asked for in everyday words: each wish in many wordings, and no question about OCOP taken for one."""

from collections import Counter
from pathlib import Path

import pytest

from content.fold import fold
from content.language.wishes import wish_in, wishes
from content.programme.topics import load_phrasings

HERE = Path(__file__).parent
QUESTIONS = HERE.parent / "questions"
PACKS = HERE.parents[2] / "content" / "packs"
WORDINGS = [
    (words, wish)
    for wish, words in (line.split("\t") for line in (HERE / "wishes.tsv").read_text("utf-8").splitlines())
]


@pytest.mark.parametrize(("words", "wish"), WORDINGS)
def test_a_wish_in_everyday_words_is_known(words: str, wish: str) -> None:
    assert wish_in(words) == wish


def test_every_wish_is_tested_in_eight_wordings_and_some_without_marks() -> None:
    counted = Counter(wish for _, wish in WORDINGS)
    assert set(counted) == set(wishes())
    assert min(counted.values()) >= 8
    plain = Counter(wish for words, wish in WORDINGS if words == fold(words))
    assert min(plain[wish] for wish in counted) >= 2


SERVED = {
    "tra-cuu-ho-so": {"status", "arrived", "code"},
    "khong-dat": {"why_refused"},
    "thoi-han-dot": {"deadline"},
    "thoi-han": {"deadline"},
    "du-lieu-ca-nhan": {"erase", "my_data"},
    "lien-he-can-bo": {"official"},
    "dang-ky-y-tuong": {"another"},
    "none": {"today", "robot", "other_handset"},
}
"""The topics whose question may also be a wish: there the person's own records answer better than the card."""


def test_no_question_about_the_programme_is_taken_for_another_wish() -> None:
    files = [*QUESTIONS.glob("*.tsv"), *PACKS.glob("*/phrasings.tsv")]
    asked = [pair for file in files for pair in load_phrasings(file)]
    assert len(asked) > 3000
    taken = {(topic, wish) for question, topic in asked if (wish := wish_in(question))}
    assert taken <= {(topic, wish) for topic, served in SERVED.items() for wish in served}


ASKED = (
    "đổi số điện thoại trên nhãn có phải đăng ký lại không",
    "hủy đăng ký kinh doanh thì có được làm OCOP không",
    "đổi tên sản phẩm có mất sao không",
    "con gái tôi ở Đồng Hới làm cùng được không",
    "mất giấy chứng nhận thì xin lại ở đâu",
    "in nhãn ở đâu đẹp",
    "không muốn làm nước mắm nữa, chuyển sang làm bún",
    "đau răng",
    "lên sao thì làm răng",
    "chưa",
)


@pytest.mark.parametrize("words", ASKED)
def test_another_word_makes_it_a_question(words: str) -> None:
    assert wish_in(words) == ""


def test_capitals_signs_and_marks_change_nothing() -> None:
    for words, wish in WORDINGS[::5]:
        assert wish_in(f"{words.upper()} ???") == wish
