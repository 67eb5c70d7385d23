"""
Working days of Viet Nam: weekends, public holidays, Tết, and the Saturdays worked in exchange.

The calendar library knows the announced swaps.  A pack adds later ones (`holidays`, `workdays`) and overrides it.
"""

from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache

_WEEKEND = {5, 6}
_FARTHEST = 366


@lru_cache(maxsize=16)
def _calendar(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The public holidays of a year, and the working weekend days; the library is loaded once, only dates are kept."""
    from holidays import country_holidays

    known = country_holidays("VN", years=year, language="vi")
    return frozenset(known), frozenset(day for day in known.weekend_workdays if day.year == year)


def is_public_holiday(day: date, holidays: Collection[date] = (), workdays: Collection[date] = ()) -> bool:
    """True when offices are closed for a holiday: Tết and the other holidays, with the pack's days."""
    if day in workdays:
        return False
    return day in holidays or day in _calendar(day.year)[0]


def is_working_day(day: date, holidays: Collection[date] = (), workdays: Collection[date] = ()) -> bool:
    """True when offices work on this day."""
    if day in workdays:
        return True
    if is_public_holiday(day, holidays, workdays):
        return False
    return day.weekday() not in _WEEKEND or day in _calendar(day.year)[1]


def add_working_days(day: date, count: int, holidays: Collection[date] = (), workdays: Collection[date] = ()) -> date:
    """
    The last day of a term of working days.

    The day itself is not counted: a case that arrives on Monday with a term of one working day is due on Tuesday.
    Zero gives the day itself.
    """
    if not 0 <= count <= _FARTHEST:
        raise ValueError(f"A term of {count} working days is outside the range (0 to {_FARTHEST}).")
    left = count
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day, holidays, workdays)
    return day


def day_before(last: date, count: int, holidays: Collection[date] = (), workdays: Collection[date] = ()) -> date:
    """
    The latest day on which a term of `count` working days can begin and still end by `last`.

    It counts back as `add_working_days` counts forward: neither the day itself nor days off are counted.
    """
    if not 0 <= count <= _FARTHEST:
        raise ValueError(f"A term of {count} working days is outside the range (0 to {_FARTHEST}).")
    day, left = last, count
    while left:
        left -= is_working_day(day, holidays, workdays)
        day -= timedelta(days=1)
    while add_working_days(day, count, holidays, workdays) > last or (
        count and not is_working_day(day, holidays, workdays)
    ):
        day -= timedelta(days=1)
    return day
