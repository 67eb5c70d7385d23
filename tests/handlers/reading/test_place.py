from datetime import date
from pathlib import Path

import pytest

from content.phrases import Phrases
from content.places.places import Places
from handlers.reading.place import read_place

PACKS = Path(__file__).parents[3] / "content" / "packs"
BEFORE = Places.load(PACKS / "quang-binh-2021", date(2021, 6, 1))
AFTER = Places.load(PACKS / "quang-tri-2026", date(2026, 11, 23))
PHRASES = Phrases.load()


def sentence(reading, language="vi"):
    return PHRASES.say(reading.said.key, language, you="anh/chị", You="Anh/chị", **reading.said.values)


def test_a_clear_name_is_taken_and_said():
    reading = read_place("hai ninh, quang ninh", BEFORE)

    assert (reading.understood, reading.ask) == ("19216", ())
    assert sentence(reading) == "Xã Hải Ninh, huyện Quảng Ninh, đúng không ạ?"


def test_an_old_name_gives_its_successor_and_says_so():
    reading = read_place("bao ninh", AFTER)

    assert reading.understood == "18880"
    assert sentence(reading) == "Xã Bảo Ninh nay thuộc phường Đồng Hới, đúng không ạ?"


def test_a_name_put_right_is_said_as_a_guess():
    reading = read_place("Bảo Nin", BEFORE)

    assert reading.understood == "18889"
    assert sentence(reading).startswith("Em hiểu là Xã Bảo Ninh")


def test_an_ambiguous_name_is_asked_with_a_button_for_each_place():
    reading = read_place("xã Minh Hóa", AFTER)

    assert reading.understood is None
    assert set(reading.ask) == {"18901", "18943"}
    assert [button.action for button in reading.said.buttons] == list(reading.ask)
    assert {button.label for button in reading.said.buttons} == {
        "Xã Minh Hóa (gồm Quy Đạt, Hồng Hóa, Xuân Hóa, Yên Hóa cũ)",
        "Xã Kim Phú (gồm xã Minh Hóa cũ, huyện Minh Hóa)",
    }
    assert "2 nơi" in sentence(reading)


def test_a_village_proposes_its_commune():
    reading = read_place("làng An Xá", AFTER)

    assert reading.understood is None
    assert "19249" in reading.ask
    assert "An Xá" in sentence(reading)


@pytest.mark.parametrize(
    ("code", "understood"),
    [
        ("18853", "18880"),
        (" 18880 ", "18880"),
        ("old:18853", "old:18853"),
        ("OLD: 18853", "old:18853"),
        ("99999", None),
    ],
)
def test_codes_are_read(code, understood):
    assert read_place(code, AFTER).understood == understood


def test_a_forced_old_place_says_what_it_belongs_to_now():
    assert "nay thuộc phường Đồng Hới" in sentence(read_place("old:18853", AFTER))


def test_a_district_is_not_a_commune_and_gets_an_example_of_its_own():
    reading = read_place("huyện Lệ Thủy", BEFORE)

    assert reading.understood is None
    assert reading.ask == ()
    assert "Huyện Lệ Thủy" in sentence(reading)
    assert "An Thủy" in sentence(reading)


@pytest.mark.parametrize("text", ["", "dưới xã", "không biết", "{place}", "🙂" * 300])
def test_what_is_not_understood_is_said_back_with_an_example(text):
    reading = read_place(text, AFTER)

    assert (reading.understood, reading.ask) == (None, ())
    assert "ví dụ" in sentence(reading)


@pytest.mark.parametrize("text", ["Hải Ninh", "old:18853", "Minh Hóa", "Võ Xá", "Bảo Nin", "đâu đó", "18853"])
def test_every_answer_can_be_said_in_every_language(text):
    reading = read_place(text, AFTER)

    assert sentence(reading)
    assert sentence(reading, "en")


@pytest.mark.parametrize(
    "words",
    [
        "ở Hải Ninh",
        "o xa hai ninh",
        "tui o hai ninh",
        "nhà tui ở Hải Ninh, Quảng Ninh",
        "dạ Hải Ninh",
        "dưới Hải Ninh nghe em",
        "làm ở Hải Ninh",
    ],
)
def test_what_is_said_around_a_name_is_no_wrong_letter_of_it(words: str):
    assert read_place(words, BEFORE).understood == "19216"


def test_where_a_district_is_named_in_a_sentence_its_communes_are_asked_for():
    assert read_place("ở đồng hới", BEFORE).said.key == "reading.place.higher"


def test_a_name_with_other_marks_is_said_back_as_what_it_is_taken_for():
    assert read_place("hướng hóa", BEFORE).said.key == "reading.place.near"
    assert read_place("huong hoa", BEFORE).said.key == "reading.place.taken"
