"""Which way a day without a year lies."""

from datetime import date

from handlers.reading.calendar_days import lunar_day
from handlers.reading.date import read_date

LATE_NOVEMBER = date(2026, 11, 23)


def test_a_day_that_has_just_passed_is_asked():
    assert read_date("20/11", LATE_NOVEMBER).ask == (date(2026, 11, 20), date(2027, 11, 20))


def test_a_deadline_lies_ahead():
    assert read_date("20/11", LATE_NOVEMBER, future=True).understood == date(2027, 11, 20)


def test_a_founding_day_lies_behind():
    assert read_date("25/12", LATE_NOVEMBER, future=False).understood == date(2025, 12, 25)


def test_a_day_long_passed_is_the_coming_one():
    assert read_date("1/3", LATE_NOVEMBER).understood == date(2027, 3, 1)


def test_the_day_itself_is_today():
    assert read_date("23/11", LATE_NOVEMBER).understood == LATE_NOVEMBER


def test_a_weekday_behind_is_the_last_one():
    assert read_date("thứ sáu", LATE_NOVEMBER, future=False).understood == date(2026, 11, 20)


def test_a_weekday_and_a_date_that_disagree_are_asked():
    asked = read_date("thứ hai 24/11", LATE_NOVEMBER).ask

    assert date(2026, 11, 24) in asked
    assert len(asked) > 1


def test_a_weekday_tells_which_year_is_meant():
    assert read_date("thứ sáu 20/11", LATE_NOVEMBER).understood == date(2026, 11, 20)


def test_the_thirtieth_of_a_short_lunar_month_is_no_day():
    assert lunar_day(30, 12, 2026) is None


def test_the_eve_of_tet_is_found_where_the_last_month_is_short():
    assert read_date("30 tết", LATE_NOVEMBER).understood == date(2027, 2, 5)


def test_a_leap_month_is_told_from_the_month_before_it():
    assert read_date("1/6 nhuận âm 2025", LATE_NOVEMBER, future=False).understood == date(2025, 7, 25)
    assert read_date("1/6 âm 2025", LATE_NOVEMBER, future=False).understood == date(2025, 6, 25)


def test_the_last_days_of_the_calendar_are_no_trouble():
    for today in (date(1901, 1, 1), date(2099, 12, 31)):
        for text in (
            "mai",
            "20/11",
            "30 tết",
            "rằm",
            "cuối tháng",
            "thứ 6 tuần sau",
            "999 năm nữa",
            "hôm kia",
            "5/5 âm",
        ):
            reading = read_date(text, today)

            assert not (reading.ask and reading.understood is not None)
