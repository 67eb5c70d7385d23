"""A long story: each question in it is answered, at most three, and it is made ready for the official, not sent."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from content.language.sentences import sentences
from registry.applications.questions import questions
from registry.people.stories import stories
from tests.handlers.desk import COMMUNE, Village, open_village, words_of

WHO, OFFICE = "ba con", "can bo"
STORY = (
    "Nhà tui ở thôn 3 làm khoai deo ba đời ni rồi, năm ngoái bão vô sập mất cái lò sấy, chừ vợ chồng mới dựng lại được. "
    "Hồ sơ gồm những giấy gì rứa em? Tui muốn hỏi nộp hồ sơ ở mô? Với lại cho hỏi bao nhiêu điểm thì được mấy sao?"
)


@pytest.fixture
def village(tmp_path: object) -> Iterator[Village]:
    with open_village(tmp_path) as there:  # type: ignore[arg-type]
        there.official(OFFICE, "commune_official", COMMUNE, "Chị Lan")
        there.person(WHO, "Nguyễn Thị Mẫu", COMMUNE)
        yield there


def count(village: Village, table: object) -> int:
    return village.do(lambda db: db.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def test_each_question_is_answered_and_nothing_is_sent(village: Village) -> None:
    said = village.say(WHO, STORY)
    assert 3 <= len(said) <= 4
    assert "chưa gửi đi" in said[-1].plain
    assert village.button(WHO, "Gửi cán bộ")
    assert count(village, questions) == 0


def test_one_tap_shows_the_whole_story_and_a_second_one_sends_it(village: Village) -> None:
    village.say(WHO, STORY)
    village.tap(WHO, "Gửi cán bộ")
    assert "sập mất cái lò sấy" in village.last(WHO).plain
    assert count(village, questions) == 0
    village.tap(WHO, "Gửi")
    village.deliver()
    assert count(village, questions) == 1
    assert "sập mất cái lò sấy" in village.all_words(OFFICE)


def test_other_words_instead_are_what_is_sent(village: Village) -> None:
    village.say(WHO, STORY)
    village.tap(WHO, "Gửi cán bộ")
    village.say(WHO, "Lò sấy của tui sập vì bão, có được hỗ trợ dựng lại không")
    village.deliver()
    assert "sập vì bão" in village.all_words(OFFICE)
    assert "ba đời" not in village.all_words(OFFICE)


def test_an_older_button_sends_no_newer_story_and_an_erased_person_has_none(village: Village) -> None:
    village.say(WHO, STORY)
    old = village.button(WHO, "Gửi cán bộ")
    village.say(WHO, STORY.replace("khoai deo", "nước mắm"))
    village.press(WHO, old or "")
    assert "chưa có gì được gửi" in village.last(WHO).plain
    assert count(village, stories) == 1
    village.press(WHO, "/dulieu xoa chac")
    assert count(village, stories) == 0


def test_a_short_question_is_no_story(village: Village) -> None:
    village.say(WHO, "hồ sơ gồm những giấy gì")
    assert count(village, stories) == 0


def test_without_a_commune_it_is_asked_and_the_story_stays(village: Village) -> None:
    place = village.pack.places.get(COMMUNE)
    assert place is not None
    village.say("moi", STORY)
    village.tap("moi", "Gửi cán bộ")
    village.say("moi", f"xã {place.short}")
    assert "sập mất cái lò sấy" in words_of(village.last("moi"))


SPLIT = {
    "OCOP là gì? nộp ở đâu": ["OCOP là gì?", "nộp ở đâu"],
    "giá 3.000 đồng. Được không": ["giá 3.000 đồng.", "Được không"],
    "nhà tui làm mắm, cho hỏi nộp ở mô với lại cho hỏi mấy sao": ["nhà tui làm mắm", "cho hỏi nộp ở mô", "với lại cho hỏi mấy sao"],
    "": [],
    "...": ["..."],
}  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), SPLIT.items())
def test_sentences_end_at_signs_and_where_a_further_question_begins(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts
