"""The office's desk: everybody can leave it, and only a question is passed on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from registry.applications.questions import questions

from .desk import Village, open_village

WHO = "ba con"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as there:
        there.say(WHO, "/lienhe")
        yield there


def asked(village: Village) -> int:
    return village.do(lambda db: db.execute(select(func.count()).select_from(questions)).scalar_one())


@pytest.mark.parametrize("words", ["thôi", "để sau", "huy", "bận rồi"])
def test_who_gives_up_at_the_place_is_let_go_with_one_press(village: Village, words: str):
    village.say(WHO, words)
    if village.talk(WHO).topic is not None:
        village.tap(WHO, "Để sau")

    assert village.talk(WHO).topic is None


def test_the_place_can_be_left_by_a_button(village: Village):
    village.say(WHO, "o que")
    assert "Em chưa rõ" in village.last(WHO).plain

    village.tap(WHO, "Để sau")

    assert village.talk(WHO).topic is None


def test_what_is_sent_instead_of_a_place_is_asked_again_and_not_echoed_empty(village: Village):
    village.send(WHO, "sticker")

    assert "xã, phường nào?" in village.last(WHO).plain
    assert '""' not in village.last(WHO).plain


def test_what_is_asked_at_the_place_is_answered_and_the_place_asked_again(village: Village):
    told = village.say(WHO, "hồ sơ gồm những gì")

    assert "Hồ sơ OCOP gồm những giấy tờ gì?" in told[0].plain
    assert "xã, phường nào?" in told[-1].plain


@pytest.mark.parametrize("words", ["thôi", "không", "bận rồi em ơi"])
def test_who_has_no_question_after_all_sends_none(village: Village, words: str):
    village.say(WHO, "Hải Ninh")
    village.say(WHO, words)

    assert asked(village) == 0
    assert "chưa gửi gì" in village.last(WHO).plain
    assert village.button(WHO, "Để sau") == "/huy"


def test_a_yes_is_no_question_yet(village: Village):
    village.say(WHO, "Hải Ninh")
    village.say(WHO, "dạ có")

    assert asked(village) == 0
    assert "gõ chữ" in village.last(WHO).plain

    village.say(WHO, "nộp hồ sơ ở đâu ạ?")

    assert asked(village) == 1
