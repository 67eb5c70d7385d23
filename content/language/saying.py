"""Amounts, quantities, days and numbers as people say them."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from lunar_vn import solar_to_lunar

from content.language.words import words

LUNAR_YEARS = range(1901, 2100)
_TIMES_A_YEAR = {"day": 365, "week": 52, "month": 12}


def number_said(amount: int | Decimal) -> str:
    """Write a number with dots between thousands and a decimal comma: 1.234,5."""
    saying = words()["saying"]
    value = Decimal(amount).normalize()
    whole, _, broken = f"{value:,f}".partition(".")
    said: str = whole.replace(",", saying["thousand_separator"])
    return said + saying["decimal"] + broken if broken else said


def money_said(dong: int) -> str:
    """Say an amount of money: 35000 → '35.000 đồng'."""
    return f"{number_said(dong)} {words()['saying']['currency']}"


def price_said(dong: int, per: str = "", to: int | None = None) -> str:
    """Say a price: '35.000 đồng/chai', '30.000 đến 35.000 đồng/chai', or the amount alone."""
    said = money_said(dong) if to is None else range_said(number_said(dong), money_said(to))
    return f"{said}/{per}" if per else said


def quantity_said(amount: int | Decimal, unit: str, to: int | Decimal | None = None, per: str = "") -> str:
    """
    Say a quantity: '2,5 tấn', '3 đến 4 tấn', '20 kg/ngày (cả năm khoảng 7.300 kg)'.

    `per` is day, week, month, season or year.  A day counts 365 times, a week 52 times; a season is not counted.
    """
    saying = words()["saying"]
    plain = _amounts_said(amount, to, unit)
    if not per:
        return plain
    said = f"{plain}/{saying['periods'][per]}"
    times = _TIMES_A_YEAR.get(per)
    if times is None:
        return said
    year = _amounts_said(amount * times, None if to is None else to * times, unit)
    with_year: str = saying["a_year"].format(said=said, year=year)
    return with_year


def _amounts_said(amount: int | Decimal, to: int | Decimal | None, unit: str) -> str:
    said = number_said(amount)
    return f"{said if to is None else range_said(said, number_said(to))} {unit}"


def range_said(low: str, high: str) -> str:
    """Say from where to where: '3 đến 4'."""
    said: str = words()["saying"]["range"].format(low=low, high=high)
    return said


def date_said(day: date, today: date, language: str = "vi") -> str:
    """Say a day with its weekday: 'thứ Sáu 12/11', 'Friday 12 November', with the year when it is not this one."""
    if language == "en":
        saying = words()["saying_in_english"]
        said: str = saying["date"].format(
            weekday=saying["weekdays"][day.weekday()], day=day.day, month=saying["months"][day.month - 1]
        )
        return said if day.year == today.year else f"{said} {day.year}"
    weekday = words()["saying"]["weekdays"][day.weekday()]
    year = "" if day.year == today.year else f"/{day.year}"
    return f"{weekday} {day.day:02d}/{day.month:02d}{year}"


def since_said(since: str, today: date) -> str:
    """Say a day, or only its month or year where the day is unknown: 'năm 2019', 'tháng 3/2019'."""
    year, _, rest = since.partition("-")
    if "-" in rest:
        return date_said(date.fromisoformat(since), today)
    said: str = words()["saying"]["month" if rest else "year"]
    return said.format(year=year, month=int(rest or 0))


def days_left_said(day: date, today: date, language: str = "vi") -> str:
    """Say how far a day is: 'hôm nay', 'ngày mai', 'còn 3 ngày', 'quá hạn 2 ngày', '3 days left'."""
    saying = words()["saying_in_english" if language == "en" else "saying"]
    days = (day - today).days
    if days in {0, 1}:
        near: str = saying["tomorrow" if days else "today"]
        return near
    said: str = saying["left"] if days > 0 else saying["overdue"]
    return said.format(days=number_said(abs(days)))


def lunar_said(day: date) -> str:
    """
    Say a day of the lunar calendar: '8 tháng Mười âm lịch', '29 tháng Chạp'.

    Empty outside the years of the calendar (1901-2099).
    """
    if day.year not in LUNAR_YEARS:
        return ""
    saying = words()["saying"]
    lunar = solar_to_lunar(day)
    month = saying["lunar_months"][lunar.month - 1]
    if lunar.leap:
        month = f"{month} {saying['leap']}"
    pattern: str = saying["lunar_known" if lunar.month in {1, 12} and not lunar.leap else "lunar"]
    return pattern.format(day=lunar.day, month=month)


def phone_said(e164: str) -> str:
    """Write a number of Viet Nam as it is dialled there: '0912 345 678', '0232 3821 234'; others stay."""
    if not e164.startswith("+84"):
        return e164
    local = "0" + e164.removeprefix("+84")
    if local.startswith("02") and len(local) == 11:
        head = 3 if local[:3] in {"024", "028"} else 4
        return f"{local[:head]} {local[head:-3]} {local[-3:]}"
    return " ".join(part for part in (local[:4], local[4:7], local[7:]) if part)


def choices_said(choices: Iterable[str]) -> str:
    """Join the possible answers: '50.000 đồng hoặc 50 đồng'."""
    listed = list(choices)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {words()['saying']['or']} {listed[-1]}"


def yesno_said(answer: bool) -> str:
    """Say yes or no."""
    said: str = words()["saying"]["yes" if answer else "no"]
    return said
