"""The first and the last value that readers of codes, hours and names take, and the next one that they do not."""

from datetime import time

import pytest

from handlers.reading.hour import split_hour
from handlers.reading.person_name import read_person_name
from handlers.reading.tax_code import read_tax_code


@pytest.mark.parametrize("code", ["001099123456", "096199123456", "044299123456", "044399123456"])
def test_a_citizens_number_of_every_province_and_century_is_taken(code: str) -> None:
    assert read_tax_code(code).understood == code


@pytest.mark.parametrize("code", ["000099123456", "097199123456", "044499123456", "044999123456"])
def test_twelve_digits_of_no_province_or_century_are_no_citizens_number(code: str) -> None:
    assert read_tax_code(code).understood is None


@pytest.mark.parametrize(
    ("words", "hour"), [("0h", 0), ("23h", 23), ("12h", 12), ("13h", 13), ("1h", 13), ("4h", 16), ("8h", 8)]
)
def test_the_first_and_the_last_hour_of_each_part_of_the_day(words: str, hour: int) -> None:
    assert split_hour(words)[0].understood == time(hour)


@pytest.mark.parametrize(("words", "hours"), [("5h", (5, 17)), ("7h", (7, 19))])
def test_five_and_seven_are_asked_and_four_and_eight_are_not(words: str, hours: tuple[int, int]) -> None:
    reading = split_hour(words)[0]

    assert (reading.understood, reading.ask) == (None, tuple(map(time, hours)))


@pytest.mark.parametrize("words", ["24h", "24 giờ", "24:00", "25h"])
def test_the_hour_after_the_last_one_is_none(words: str) -> None:
    reading = split_hour(words)[0]

    assert (reading.understood, reading.ask) == (None, ())


@pytest.mark.parametrize(
    ("words", "name"),
    [("chị Lài", "chị Lài"), ("bà Nguyễn Lài", "Nguyễn Lài"), ("ông Nguyễn Văn Mẫu", "Nguyễn Văn Mẫu")],
)
def test_a_form_of_address_is_cut_from_a_full_name_and_is_half_of_a_short_one(words: str, name: str) -> None:
    assert read_person_name(words).understood == name


def test_a_name_of_eight_words_is_one_and_of_nine_is_not() -> None:
    eight = "Tôn Nữ Thị Ngọc Lan Anh Mai Hoa"

    assert read_person_name(eight).understood == eight
    assert read_person_name(f"{eight} Đào").understood is None
