"""Find the day of a day and a month: the year, in the solar or the lunar calendar."""

from collections.abc import Callable
from datetime import date, timedelta

from lunar_vn import LunarDate, lunar_to_solar, solar_to_lunar

YEARS = range(1901, 2100)
_JUST_PASSED = timedelta(days=31)


def solar_day(day: int, month: int, year: int) -> date | None:
    """Give the day, or None when there is none such (31/2)."""
    if year not in YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def lunar_day(day: int, month: int, year: int, *, leap: bool = False) -> date | None:
    """
    Give the solar day of a lunar one, or None when there is none such.

    A thirtieth of a month of twenty-nine days is none: the calendar would run
    on into the next month.
    """
    if year not in YEARS or not 1 <= month <= 12 or not 1 <= day <= 30:
        return None
    try:
        found = lunar_to_solar(LunarDate(day, month, year, leap))
    except ValueError:
        return None
    if found.year not in YEARS:
        return None
    back = solar_to_lunar(found)
    return found if (back.day, back.leap) == (day, leap) else None


def last_lunar_day(year: int) -> date | None:
    """Give the eve of Tết that ends a lunar year: 29 or 30 Chạp."""
    tet = lunar_day(1, 1, year + 1)
    return None if tet is None else tet - timedelta(days=1)


def chosen(in_year: Callable[[int], date | None], today: date, *, future: bool | None) -> list[date]:
    """
    Choose the year a day without one is in.

    `future` asks for the coming one, `future=False` for the last that was.
    Otherwise it is the coming one; when it passed within a month both that day
    and the coming one are possible.
    """
    near = [day for year in range(today.year - 8, today.year + 9) if (day := in_year(year)) is not None]
    coming = [day for day in near if day >= today]
    passed = [day for day in near if day <= today]
    if future is False:
        return passed[-1:]
    if future or not passed or not coming or coming[0] == today:
        return coming[:1]
    if today - passed[-1] <= _JUST_PASSED:
        return [passed[-1], coming[0]]
    return coming[:1]


def month_later(today: date, months: int) -> tuple[int, int]:
    """Give the month and year N months away."""
    counted = today.year * 12 + today.month - 1 + months
    return counted % 12 + 1, counted // 12


def last_of_month(month: int, year: int) -> date | None:
    following = solar_day(1, month % 12 + 1, year + month // 12)
    return None if following is None else following - timedelta(days=1)
