"""Typed answers, row by row: nearly all are read correctly, and hardly any is wrong without a question."""

import json
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from content.fold import fold
from handlers.reading.choice import read_choice
from handlers.reading.date import read_date
from handlers.reading.money import read_money
from handlers.reading.person_name import read_person_name
from handlers.reading.phone import read_phone
from handlers.reading.quantity import Quantity, read_quantity
from handlers.reading.tax_code import read_tax_code
from handlers.reading.understood import Reading
from handlers.reading.yesno import read_yesno

A_WEDNESDAY = date(2026, 9, 16)
PRODUCERS = ("Hộ kinh doanh", "Hợp tác xã", "Tổ hợp tác", "Doanh nghiệp")
ALSO_CALLED = {
    "Hợp tác xã": ("htx",),
    "Hộ kinh doanh": ("hộ", "hkd", "hộ gia đình"),
    "Tổ hợp tác": ("tht",),
    "Doanh nghiệp": ("dn", "công ty"),
}
READERS: dict[str, Callable[[str], Reading[Any]]] = {
    "money": read_money,
    "quantity": read_quantity,
    "date": lambda text: read_date(text, A_WEDNESDAY),
    "phone": read_phone,
    "yesno": read_yesno,
    "choice": lambda text: read_choice(text, PRODUCERS, ALSO_CALLED),
    "tax_code": read_tax_code,
    "person_name": read_person_name,
}
DOZENS = "12 tá"  # typed without its mark, "ta" is taken for tạ: nobody counts OCOP goods in dozens
MARKS_MATTER = {"person_name"}  # a name keeps the marks and capitals it was given


def _rows() -> list[tuple[str, str, str]]:
    listed = (Path(__file__).parent / "inputs.tsv").read_text(encoding="utf-8").splitlines()
    return [(kind, text, expected) for kind, text, expected in (line.split("\t") for line in listed)]


ROWS = _rows()


def _plain(value: object) -> object:
    if isinstance(value, Quantity):
        return value.to_json()
    return value.isoformat() if isinstance(value, date) else value


def _result(reading: Reading[Any]) -> tuple[str, object]:
    if reading.ask:
        return "ask", [_plain(value) for value in reading.ask]
    return "understood", _plain(reading.understood)


def _expected(cell: str) -> tuple[str, object]:
    if cell.startswith("ask:"):
        return "ask", json.loads(cell.removeprefix("ask:"))
    return "understood", json.loads(cell)


def _wrong(kind: str) -> tuple[list[str], list[str], int]:
    rows = [row for row in ROWS if row[0] == kind]
    wrong, silent = [], []
    for _, text, cell in rows:
        got, expected = _result(READERS[kind](text)), _expected(cell)
        if got != expected:
            wrong.append(f"{text!r}: {got} instead of {expected}")
            if got[0] == "understood" and got[1] is not None:
                silent.append(text)
    return wrong, silent, len(rows)


def test_there_are_enough_inputs_of_every_kind():
    assert len(ROWS) >= 300
    assert {kind for kind, _, _ in ROWS} == set(READERS)


@pytest.mark.parametrize("kind", READERS)
def test_nearly_all_inputs_are_read_right(kind):
    wrong, _, count = _wrong(kind)

    assert len(wrong) <= 0.03 * count, "\n".join(wrong)


def test_hardly_any_input_is_wrong_and_silent():
    silent = [text for kind in READERS for text in _wrong(kind)[1]]

    assert len(silent) <= 0.005 * len(ROWS), silent


@pytest.mark.parametrize("kind", READERS)
def test_decomposed_letters_are_read_like_composed_ones(kind):
    for text in (text for row_kind, text, _ in ROWS if row_kind == kind):
        decomposed = unicodedata.normalize("NFD", text)

        assert _result(READERS[kind](decomposed)) == _result(READERS[kind](text)), text


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind not in MARKS_MATTER])
def test_without_marks_the_same_is_read_or_it_is_asked(kind):
    other, silent = [], []
    rows = [text for row_kind, text, _ in ROWS if row_kind == kind and text != DOZENS]
    for text in rows:
        with_marks, without = READERS[kind](text), READERS[kind](fold(text))
        if _result(with_marks) != _result(without):
            other.append(text)
            if without.understood is not None and without.understood != with_marks.understood:
                silent.append((text, without.understood))

    assert not silent
    assert len(other) <= 0.06 * len(rows), other


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("money", "bà nghìn"),
        ("quantity", "5 tàn"),
        ("yesno", "cò"),
        ("yesno", "cỏ"),
        ("yesno", "khổng"),
        ("date", "mãi"),
        ("date", "mái nộp"),
        ("date", "thứ bà"),
    ],
)
def test_a_word_with_other_marks_is_another_word(kind, text):
    assert READERS[kind](text).understood is None


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind not in MARKS_MATTER])
def test_capitals_make_no_difference(kind):
    for text in (text for row_kind, text, _ in ROWS if row_kind == kind):
        assert _result(READERS[kind](text.upper())) == _result(READERS[kind](text)), text


@pytest.mark.parametrize("kind", READERS)
def test_a_reading_is_understood_or_asked_or_neither(kind):
    for text in (text for row_kind, text, _ in ROWS if row_kind == kind):
        reading = READERS[kind](text)

        assert not (reading.ask and reading.understood is not None), text
        assert len({str(one) for one in reading.ask}) == len(reading.ask), text
