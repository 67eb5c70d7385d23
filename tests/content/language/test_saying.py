"""How amounts, days and numbers are said."""

from datetime import date
from decimal import Decimal

import pytest

from content.language.saying import (
    date_said,
    days_left_said,
    lunar_said,
    money_said,
    number_said,
    phone_said,
    quantity_said,
    yesno_said,
)

TODAY = date(2026, 11, 9)


def test_money_has_dots_between_thousands():
    assert money_said(35000) == "35.000 đồng"
    assert money_said(1_250_000) == "1.250.000 đồng"


def test_a_quantity_has_a_decimal_comma():
    assert quantity_said(Decimal("2.50"), "tấn") == "2,5 tấn"
    assert quantity_said(300, "hũ") == "300 hũ"
    assert number_said(Decimal("1E+3")) == "1.000"


def test_a_day_of_this_year_has_its_weekday_and_no_year():
    assert date_said(date(2026, 11, 13), TODAY) == "thứ Sáu 13/11"
    assert date_said(date(2026, 11, 15), TODAY) == "Chủ nhật 15/11"


def test_a_day_of_another_year_has_its_year():
    assert date_said(date(2027, 2, 5), TODAY) == "thứ Sáu 05/02/2027"


def test_days_left_are_counted():
    assert days_left_said(TODAY, TODAY) == "hôm nay"
    assert days_left_said(date(2026, 11, 10), TODAY) == "ngày mai"
    assert days_left_said(date(2026, 11, 12), TODAY) == "còn 3 ngày"
    assert days_left_said(date(2026, 11, 7), TODAY) == "quá hạn 2 ngày"


def test_lunar_days_have_the_names_of_their_months():
    assert lunar_said(date(2021, 11, 12)) == "8 tháng Mười âm lịch"
    assert lunar_said(date(2027, 2, 5)) == "29 tháng Chạp"
    assert lunar_said(date(2027, 2, 6)) == "1 tháng Giêng"
    assert lunar_said(date(2025, 7, 25)) == "1 tháng Sáu nhuận âm lịch"


def test_a_day_beyond_the_lunar_calendar_has_no_lunar_words():
    assert lunar_said(date(2500, 1, 1)) == ""


def test_telephone_numbers_are_grouped():
    assert phone_said("+84912345678") == "0912 345 678"
    assert phone_said("+842323821234") == "0232 3821 234"
    assert phone_said("+842438251234") == "024 38251 234"
    assert phone_said("+16502530000") == "+16502530000"


def test_yes_and_no_are_said():
    assert yesno_said(answer=True) == "Có"
    assert yesno_said(answer=False) == "Không"


@pytest.mark.parametrize(
    ("day", "said", "left"),
    [
        (date(2026, 9, 15), "Tuesday 15 September", "today"),
        (date(2026, 9, 16), "Wednesday 16 September", "tomorrow"),
        (date(2027, 2, 5), "Friday 5 February 2027", "143 days left"),
        (date(2026, 9, 13), "Sunday 13 September", "2 days overdue"),
    ],
)
def test_days_are_said_in_english_to_who_chose_it(day, said, left):
    today = date(2026, 9, 15)

    assert (date_said(day, today, "en"), days_left_said(day, today, "en")) == (said, left)
