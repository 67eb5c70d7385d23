"""Nobody takes the bot for a person: the greeting, the help and the topic on personal data say what answers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from content.phrases import Phrases

from .desk import Village, house_of, open_village, words_of

WHO = "ba con"
MACHINE = {"vi": "trả lời tự động", "en": "answers automatically"}


@pytest.fixture(params=("quang-binh-2021", "quang-tri-2026"))
def village(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Village]:
    with open_village(tmp_path, request.param) as there:
        yield there


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("said", ["/start", "/trogiup"])
def test_the_greeting_and_the_help_say_that_a_machine_answers(village: Village, said: str, language: str) -> None:
    village.say(WHO, f"/ngonngu {language}")
    village.say(WHO, said)

    assert MACHINE[language] in village.all_words(WHO)


def test_an_office_that_stands_for_the_bot_says_it_too(tmp_path: Path) -> None:
    approved = house_of("quang-tri-2026")
    programme = replace(approved.pack.programme, approved_by="Sở Mẫu", approved_on=date(2026, 1, 1))
    with open_village(tmp_path, "quang-tri-2026") as village:
        village.house = replace(approved, office="UBND xã Mẫu", pack=replace(approved.pack, programme=programme))
        village.say(WHO, "/start")

        assert "trả lời tự động, của UBND xã Mẫu" in village.last(WHO).plain


def test_officials_are_told_in_their_help_too(village: Village) -> None:
    village.official("can bo", "province_official", "44")
    village.say("can bo", "/trogiup")

    assert MACHINE["vi"] in village.last("can bo").plain


def test_the_topic_on_personal_data_says_that_a_machine_answers(village: Village) -> None:
    assert MACHINE["vi"] in words_of(village.say(WHO, "/gioithieu du-lieu-ca-nhan")[-1])


@pytest.mark.parametrize(
    "words",
    [
        "mày là người hay máy?",
        "em la nguoi that a",
        "bot hay người vậy",
        "em có phải là máy không",
        "em là robot hả",
        "may hay nguoi day",
        "AI hả em",
        "đây là người hay máy trả lời",
        "chatgpt ha",
    ],
)
def test_the_question_for_it_is_answered_by_it(village: Village, words: str) -> None:
    village.say(WHO, words)

    assert MACHINE["vi"] in village.last(WHO).plain


@pytest.mark.parametrize("key", ["bot.description", "bot.short_description"])
def test_what_a_platform_shows_of_the_bot_says_so(key: str) -> None:
    assert MACHINE["vi"] in Phrases.load().say(key, "vi", office="UBND xã Mẫu")
