from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.working_days import add_working_days, day_before, is_public_holiday, is_working_day


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2021, 6, 1), True),
        (date(2021, 6, 5), False),  # Saturday
        (date(2021, 6, 6), False),
        (date(2021, 2, 12), False),  # Tết
        (date(2021, 5, 3), False),  # in place of 1 May, a Saturday
        (date(2026, 8, 22), True),  # a Saturday worked for 31/08/2026
        (date(2026, 8, 31), False),
        (date(2027, 2, 5), False),
    ],
)
def test_offices_work_on_weekdays_that_are_no_holidays(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_the_packs_word_wins_over_the_calendar() -> None:
    friday, saturday, tet = date(2021, 6, 4), date(2021, 6, 5), date(2021, 2, 12)

    assert not is_working_day(friday, holidays=[friday])
    assert is_working_day(saturday, workdays=[saturday])
    assert is_working_day(tet, workdays=[tet])
    assert not is_public_holiday(tet, workdays=[tet])


def test_a_weekend_is_no_public_holiday() -> None:
    assert not is_public_holiday(date(2021, 6, 5))


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        (date(2021, 6, 1), 10, date(2021, 6, 15)),
        (date(2021, 6, 4), 1, date(2021, 6, 7)),  # over a weekend
        (date(2021, 6, 1), 0, date(2021, 6, 1)),
        (date(2021, 2, 9), 1, date(2021, 2, 17)),  # over Tết
        (date(2026, 8, 21), 1, date(2026, 8, 22)),  # the Saturday is worked
        (date(2020, 12, 31), 1, date(2021, 1, 4)),
    ],
)
def test_a_term_counts_working_days_without_its_first(start: date, count: int, last: date) -> None:
    assert add_working_days(start, count) == last


@pytest.mark.parametrize("count", [-1, 367])
def test_a_term_nobody_sets_is_refused(count: int) -> None:
    with pytest.raises(ValueError):
        add_working_days(date(2021, 6, 1), count)


@pytest.mark.parametrize(
    ("last", "advised"),
    [
        (date(2026, 10, 29), date(2026, 10, 8)),
        (date(2027, 4, 29), date(2027, 4, 7)),  # over the Hùng kings' day
    ],
)
def test_a_term_is_counted_back_over_weekends_and_holidays(last: date, advised: date) -> None:
    assert day_before(last, 15) == advised


@given(last=st.dates(date(2020, 1, 1), date(2027, 12, 31)), count=st.integers(1, 30))
def test_counting_back_finds_the_latest_day_from_which_the_term_still_ends_in_time(last: date, count: int) -> None:
    day = day_before(last, count)

    assert is_working_day(day)
    assert add_working_days(day, count) <= last
    later = next(one for one in (day + timedelta(days=ahead) for ahead in range(1, 30)) if is_working_day(one))
    assert add_working_days(later, count) > last
