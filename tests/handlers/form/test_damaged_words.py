"""Answers in a legacy font or with lost letters: read back or asked again, never stored as they look."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.content.language.keyboards import in_telex_keys, in_vni_keys
from tests.content.language.legacy_fonts import in_tcvn3, in_vni, misread
from tests.handlers.desk import Village
from tests.handlers.form.filling import TO_THE_PHONE, WHO, answers, begun, said, say_all

NAME = "Nước mắm Cảnh Dương"
WAYS = {
    "TCVN3": in_tcvn3,
    "VNI": in_vni,
    "UTF-8 as cp1252": lambda text: misread(text, "cp1252"),
    "VNI's keys": in_vni_keys,
    "Telex's keys": in_telex_keys,
}


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with begun(tmp_path) as there:
        yield there


@pytest.mark.parametrize("way", WAYS)
def test_a_name_in_a_legacy_font_is_read_back_and_counts_after_a_yes(village: Village, way: str):
    village.say(WHO, WAYS[way](NAME))

    assert f"Em đọc là {NAME}" in said(village)
    assert answers(village).get("product_name") is None

    village.tap(WHO, "Đúng")

    assert answers(village)["product_name"] == NAME


def test_the_reading_may_be_refused(village: Village):
    village.say(WHO, in_vni(NAME))
    village.tap(WHO, "Sửa")
    village.say(WHO, "Mắm ruốc")

    assert answers(village)["product_name"] == "Mắm ruốc"


def test_a_person_in_a_legacy_font_is_read_back(village: Village):
    say_all(village, *TO_THE_PHONE[:4], in_tcvn3("Nguyễn Thị Mẫu"))

    assert "Em đọc là Nguyễn Thị Mẫu" in said(village)
    assert answers(village).get("entity_name") is None


@pytest.mark.parametrize("words", ["N??c m?m C?nh D??ng", "N\ufffdc m\ufffdm"])
def test_lost_letters_are_asked_for_again(village: Village, words: str):
    village.say(WHO, words)

    assert "bị mất dấu" in said(village)
    assert "ví dụ" in said(village)
    assert answers(village).get("product_name") is None


@pytest.mark.parametrize("address", ["thon2 xa3", "Homestay Queen", "Khu to2 Beer"])
def test_words_that_may_mean_themselves_are_not_read_as_keys(village: Village, address: str):
    village.say(WHO, address)

    assert "Em đọc là" not in said(village)


def test_a_question_typed_with_keys_is_answered(village: Village):
    village.say("somebody else", "hoof sow goomf nhuwngx gif")
    answered = village.last("somebody else").plain
    village.say("a third one", "hồ sơ gồm những gì")

    assert answered == village.last("a third one").plain


def test_a_yes_in_a_legacy_font_is_a_yes(village: Village):
    village.say(WHO, in_tcvn3(NAME))
    village.say(WHO, "®óng råi")

    assert answers(village)["product_name"] == NAME


def test_a_question_in_a_legacy_font_is_answered(village: Village):
    village.say("somebody else", in_tcvn3("Hồ sơ gồm những giấy gì"))
    answered = village.last("somebody else").plain
    village.say("a third one", "Hồ sơ gồm những giấy gì")

    assert answered == village.last("a third one").plain


def test_a_question_with_lost_letters_is_not_left_for_the_office(village: Village):
    village.say("somebody else", "tr?ng r?ng trên n?i cao, con kh? ??n phá")

    assert "chưa đọc được" in village.last("somebody else").plain
