"""Readers under any text at all: they never raise, they stay quick, and their sentences exist."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from content.fold import fold
from content.language.saying import choices_said, date_said, money_said, phone_said, quantity_said
from content.language.words import words
from handlers.reading.choice import read_choice
from handlers.reading.date import read_date
from handlers.reading.heard import heard
from handlers.reading.hour import split_hour
from handlers.reading.money import MOST_MONEY, read_money
from handlers.reading.phone import read_phone
from handlers.reading.quantity import Quantity, read_quantity
from handlers.reading.since import read_since
from tests.handlers.reading.test_forgiving_inputs import A_WEDNESDAY, READERS, ROWS

LOCALES = Path(__file__).parents[3] / "content" / "locales"
PIECES = sorted(
    {piece for _, text, _ in ROWS for piece in text.split()}
    | set("/-.,+$%()~ 0123456789²³½٣🏽")
    | {"999999999999999999", "00", "\u0301", "o", "½", "ǆ", "İ"},
)
sentences = st.lists(st.sampled_from(PIECES), max_size=40).flatmap(
    lambda pieces: st.sampled_from(["", " "]).map(lambda blank: blank.join(pieces)),
)


def _catalog(language):
    with (LOCALES / language / "reading.po").open("rb") as file:
        return {message.id: message.string for message in read_po(file) if message.id}


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=sentences | st.text(max_size=200))
@example(text="")
@example(text="\ud800")
@example(text="1" * 4096)
@example(text="năm " * 1024)
@example(text="1.000," * 682)
def test_no_text_makes_a_reader_fail(kind, text):
    reading = READERS[kind](text)

    assert reading.text == text
    assert not (reading.ask and reading.understood is not None)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    "piece", ["1 ", "năm", "1/", "a", "không ", "\u0301", "0", "1.", "hai trăm ", "o ", "tháng 5 "]
)
def test_the_longest_text_is_read(kind, piece):
    text = (piece * 4096)[:4096]

    assert READERS[kind](text).text == text
    assert READERS[kind](text[:400]).text == text[:400]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_sentence_of_a_reader_is_in_the_catalog_with_the_values_it_names(language):
    catalog = _catalog(language)
    for kind, text, _ in ROWS:
        said = READERS[kind](text).said

        assert set(re.findall(r"{(\w+)}", catalog[said.key])) <= set(said.values) | {"you", "You"}, said.key


def test_both_languages_say_the_same_things():
    assert set(_catalog("vi")) == set(_catalog("en"))


def test_every_sentence_of_the_catalog_is_said():
    said = {READERS[kind](text).said.key for kind, text, _ in ROWS}
    said |= {READERS[kind]("có, mà " if kind == "yesno" else "").said.key for kind in READERS}
    said |= {split_hour(text)[0].said.key for text in ("", "14 giờ", "5 giờ", "25 giờ")}
    said.add(read_choice("xyz", ["Một", "Hai", "Ba", "Bốn", "Năm"]).said.key)  # more than are said in one sentence
    said.add(read_since("thời ông nội", date(2026, 9, 16)).said.key)
    rare = {"reading.unknown", "reading.phone.confirm", "reading.phone.long", "reading.choice.confirm"}

    assert set(_catalog("vi")) - said - rare <= {"reading.tax_code.length"}


@given(amount=st.integers(min_value=1000, max_value=MOST_MONEY))
def test_money_that_is_said_is_read_back(amount):
    assert read_money(money_said(amount)).understood == amount


@given(thousands=st.integers(min_value=1, max_value=9999))
def test_thousands_are_read_however_they_are_written(thousands):
    for pattern in ("{}k", "{} nghìn", "{} ngan", "{}k/chai", "khoảng {} ngàn đồng", "{}.000đ", "giá {}.000 vnd/kg"):
        written = pattern.format(thousands)
        if ".000" in written and thousands >= 1000:
            continue

        assert read_money(written).understood == thousands * 1000, written


TENS = ["", "mười", "hai mươi", "ba mươi", "bốn mươi", "năm mươi", "sáu mươi", "bảy mươi", "tám mươi", "chín mươi"]
ONES = ["", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


def _spelled(number):
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = [f"{ONES[hundreds]} trăm"] if hundreds else []
    if hundreds and ones and not tens:
        said.append("lẻ")
    if tens:
        said.append(TENS[tens])
    if ones:
        said.append(
            {1: "mốt", 5: "lăm"}.get(ones, ONES[ones]) if tens > 1 else "lăm" if tens and ones == 5 else ONES[ones]
        )
    return " ".join(said)


@given(number=st.integers(min_value=1, max_value=999))
def test_numbers_in_words_are_read_with_and_without_marks(number):
    said = f"{_spelled(number)} nghìn"

    assert read_money(said).understood == number * 1000
    assert read_money(fold(said)).understood == number * 1000


@given(number=st.integers(min_value=1, max_value=999), unit=st.sampled_from(["kg", "lít", "chai", "tạ", "hũ", "chiếc"]))
def test_quantities_in_words_are_read(number, unit):
    assert read_quantity(f"{_spelled(number)} {unit}").understood == Quantity(Decimal(number), unit)


@given(
    amount=st.integers(min_value=1, max_value=10**9),
    unit=st.sampled_from(sorted(set(words()["units"]) - {"m²", "m³", "can"})),
)
def test_a_quantity_that_is_said_is_read_back(amount, unit):
    assert read_quantity(quantity_said(amount, unit)).understood == Quantity(Decimal(amount), unit)


@given(day=st.dates(min_value=date(1901, 1, 1), max_value=date(2098, 12, 31)))
def test_a_day_with_its_year_is_read_in_every_writing(day):
    for written in (f"{day:%d/%m/%Y}", f"{day.day}-{day.month}-{day.year}", day.isoformat(),
                    f"ngày {day.day} tháng {day.month} năm {day.year}", f"{day.day} thang {day.month} nam {day.year}"):  # fmt: skip
        assert read_date(written, A_WEDNESDAY).understood == day, written


@given(
    ahead=st.integers(min_value=0, max_value=330),
    today=st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 1, 1)),
)
def test_a_coming_day_that_is_said_is_read_back(ahead, today):
    day = today + timedelta(days=ahead)

    assert read_date(date_said(day, today), today, future=True).understood == day


@given(number=st.integers(min_value=0, max_value=9_999_999))
def test_a_mobile_number_is_read_however_it_is_grouped(number):
    digits = f"091{number:07d}"
    for written in (digits, f"{digits[:4]} {digits[4:7]} {digits[7:]}", f"+84{digits[1:]}", f"84 {digits[1:]}",
                    f"{digits[:4]}.{digits[4:7]}.{digits[7:]}", f"o{digits[1:]}", f"sdt {digits} nhé"):  # fmt: skip
        assert read_phone(written).understood == f"+84{digits[1:]}", written

    assert read_phone(phone_said(f"+84{digits[1:]}")).understood == f"+84{digits[1:]}"


def test_the_words_heard_are_shown_on_one_short_line():
    assert heard("a\nb  c") == "a b c"
    assert len(heard("dài " * 100)) <= 60


def test_choices_are_joined_as_people_list_them():
    assert choices_said(["A", "B", "C"]) == "A, B hoặc C"
