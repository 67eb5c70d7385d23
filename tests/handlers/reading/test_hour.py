from datetime import date, time

import pytest

from handlers.reading.date import read_date
from handlers.reading.hour import split_hour


@pytest.mark.parametrize(
    ("words", "hour", "minute"),
    [
        ("14h", 14, 0), ("14h30", 14, 30), ("14 giờ", 14, 0), ("2 giờ chiều", 14, 0), ("2h chieu", 14, 0),
        ("7:30", 7, 30), ("07h", 7, 0), ("8 giờ rưỡi sáng", 8, 30), ("7 rưỡi sáng", 7, 30), ("7h tối", 19, 0),
        ("3 gio", 15, 0), ("8h", 8, 0), ("13h30p", 13, 30), ("12 giờ trưa", 12, 0), ("1 giờ trưa", 13, 0),
        ("2 giờ đêm", 2, 0), ("12 giờ đêm", 0, 0), ("11h đêm", 23, 0), ("đêm thứ 6 lúc 10h", 22, 0),
        ("lúc 9g15", 9, 15), ("chiều thứ 6 lúc 2h", 14, 0), ("14 giờ 11/6", 14, 0), ("8h-11h ngày 20/6", 8, 0),
    ],
)  # fmt: skip
def test_an_hour_is_read_as_people_write_it(words: str, hour: int, minute: int) -> None:
    assert split_hour(words)[0].understood == time(hour, minute)


@pytest.mark.parametrize("words", ["6 giờ", "7h", "5h30 ngày 12/6"])
def test_what_may_be_morning_or_evening_is_asked(words: str) -> None:
    reading = split_hour(words)[0]
    assert reading.understood is None
    assert len(reading.ask) == 2


@pytest.mark.parametrize(
    "words", ["", "11/6", "thứ 7 chiều", "ngày 9 chiều", "tuần sau", "25h", "13h sáng", "40 người"]
)
def test_what_names_no_hour_is_not_one(words: str) -> None:
    reading = split_hour(words)[0]
    assert reading.understood is None
    assert reading.ask == ()


@pytest.mark.parametrize(
    "words",
    ["14 giờ thứ Sáu 11/6", "11/6 14h", "14h00 ngày 11 tháng 6", "2 giờ chiều thứ sáu 11/6", "chiều 11/6 lúc 2h"],
)
def test_the_day_stands_in_what_is_left(words: str) -> None:
    hour, rest = split_hour(words)
    assert hour.understood == time(14)
    assert read_date(rest, date(2021, 6, 1), future=True).understood == date(2021, 6, 11)


@pytest.mark.parametrize(
    ("words", "hour"),
    [
        ("20h tối nay", 20), ("8 giờ tối nay", 20), ("tối nay 8 giờ", 20), ("chiều nay 3 giờ", 15), ("3h chieu nay", 15),
        ("22h đêm nay", 22), ("9h sáng ni", 9),
    ],
)  # fmt: skip
def test_this_evening_is_an_evening_and_today(words: str, hour: int) -> None:
    read, rest = split_hour(words)
    assert read.understood == time(hour)
    assert read_date(rest, date(2021, 6, 1), future=True).understood == date(2021, 6, 1)
