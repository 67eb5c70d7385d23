"""Days as people say them: 20/11, mai, thứ sáu tuần sau, cuối tháng, mùng 5 tháng 5 âm, 30 tết."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from content.language.saying import date_said
from handlers.reading.calendar_days import (
    YEARS,
    chosen,
    last_lunar_day,
    last_of_month,
    lunar_day,
    month_later,
    solar_day,
)
from handlers.reading.day_patterns import PATTERNS
from handlers.reading.day_words import signs_of
from handlers.reading.heard import LONGEST_READ, figures, taken, unclear, which
from handlers.reading.understood import Reading

_MOST_ASKED = 4
_HOUR = re.compile(r"(?<!\d)\d{1,2}:\d\d(?!\d)")
_LUNAR_MONTHS = {"GIENG": 1, "CHAP": 12}
_NAMED = {
    "TODAY": (0,),
    "TOMORROW": (1,),
    "DAY_AFTER": (2,),
    "THIRD_DAY": (2, 3),
    "YESTERDAY": (-1,),
    "DAY_BEFORE": (-2,),
}
_YEAR_ALONE = re.compile(r"YEAR (?:(?:19|20)\d\d|THIS|NEXT|LAST)$|^(?:19|20)\d\d$")
_TURN = {"THIS": 0, "NEXT": 1, "LAST": -1}


@dataclass(slots=True)
class _Found:
    """The days and hints found in a sentence so far."""

    days: list[date] = field(default_factory=list)
    weekdays: list[date] = field(default_factory=list)
    confirm: bool = False
    no_such: bool = False
    no_day: bool = False


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The day it is, whether the day meant is ahead, and whether its year has a lunar name (năm Bính Ngọ)."""

    today: date
    future: bool | None
    named: bool = False

    def year(self, said: str | None) -> int | None:
        if not said:
            return None
        if said in _TURN:
            return self.today.year + _TURN[said]
        if len(said) == 4:
            return int(said)
        in_century = self.today.year // 100 * 100 + int(said)
        return in_century - 100 if in_century > self.today.year + 20 and not self.future else in_century

    def choose(self, in_year: Callable[[int], date | None]) -> list[date]:
        return chosen(in_year, self.today, future=self.future)

    def solar(self, day: int, month: int, year: int | None) -> list[date]:
        if year is not None:
            exact = solar_day(day, month, year)
            return [exact] if exact else []
        return self.choose(lambda tried: solar_day(day, month, tried))

    def lunar(self, day: int, month: int, year: int | None, *, leap: bool = False) -> list[date]:
        """Find a lunar day; the thirtieth of Chạp is the eve of Tết even where that is the twenty-ninth."""

        def in_year(tried: int) -> date | None:
            if (day, month) == (30, 12):
                return last_lunar_day(tried)
            return lunar_day(day, month, tried, leap=leap)

        if year is not None:
            exact = in_year(year) if year in YEARS else None
            return [exact] if exact else []
        return self.choose(in_year)

    def day_of_month(self, day: int) -> list[date]:
        months = [month_later(self.today, later) for later in (-2, -1, 0, 1, 2)]
        near = [found for month, year in months if (found := solar_day(day, month, year)) is not None]
        return self._near(near)

    def lunar_day_of_month(self, day: int) -> list[date]:
        near = sorted(
            found
            for year in (self.today.year - 1, self.today.year, self.today.year + 1)
            for month in range(1, 13)
            if (found := lunar_day(day, month, year)) is not None
        )
        return self._near(near)

    def _near(self, near: list[date]) -> list[date]:
        coming = [day for day in near if day >= self.today][:1]
        passed = [day for day in near if day <= self.today][-1:]
        if self.future is False:
            return passed
        if self.future or not passed or not coming or coming == passed:
            return coming
        same_month = (passed[0].month, passed[0].year) == (self.today.month, self.today.year)
        return [*passed, *coming] if same_month else coming


def _month_number(said: str) -> int:
    return _LUNAR_MONTHS.get(said) or int(said)


def _full(found: _Found, calendar: _Calendar, part: dict[str, str | None]) -> None:
    """Take a day and a month, in the calendar that was said; "mùng" alone may be either."""
    year = calendar.year(part.get("year") or part.get("year4"))
    month_word = part["month"] or ""
    month = _month_number(month_word)
    said = (part.get("cal") or part.get("cal2") or "").strip()
    leap = bool(part.get("leap"))
    for day_word in (part["day"], part.get("other")):
        if day_word is None:
            continue
        day = int(day_word)
        if said == "LUNAR" or month_word in _LUNAR_MONTHS or leap:
            days = calendar.lunar(day, month, year, leap=leap)
        elif (part.get("first") or calendar.named) and said != "SOLAR":
            days = [*calendar.solar(day, month, year), *calendar.lunar(day, month, year)]
        else:
            days = calendar.solar(day, month, year)
        found.days += days
        found.no_such = found.no_such or not days


def _turned(found: _Found, calendar: _Calendar, part: dict[str, str | None]) -> None:
    """Take "ngày 5 tháng sau"; "thang sau" without marks may be the sixth month."""
    day, turn = int(part["day"] or 0), part["turn"] or ""
    month, year = month_later(calendar.today, _TURN.get(turn, 1))
    days = [exact] if (exact := solar_day(day, month, year)) else []
    if turn == "SIXTH_OR_NEXT":
        days += calendar.solar(day, 6, None)
    if (part.get("first") and "SOLAR" not in (part.get("cal") or "")) or "LUNAR" in (part.get("cal") or ""):
        days += calendar.lunar_day_of_month(day)
        found.confirm = True
    found.days += days
    found.no_such = found.no_such or not days


def _full_moon(found: _Found, calendar: _Calendar, part: dict[str, str | None]) -> None:
    month, year = part.get("month"), calendar.year(part.get("year") or part.get("year4"))
    if month is None or month in _TURN:
        found.days += calendar.lunar_day_of_month(15)
        found.confirm = month is not None and month != "THIS"
    else:
        found.days += calendar.lunar(15, _month_number(month), year)


def _tet(found: _Found, calendar: _Calendar, part: dict[str, str | None]) -> None:
    """Take "mùng 2 tết" and "28 tết"; a thirtieth is the eve, also where Chạp has twenty-nine days."""
    day, year = int(part["day"] or 0), calendar.year(part.get("year") or part.get("year4"))
    if day <= 10:
        days = calendar.lunar(day, 1, year)
    elif 20 <= day <= 30:
        days = calendar.lunar(day, 12, None if year is None else year - 1)
    else:
        days = []
    found.days += days
    found.no_such = found.no_such or not days


def _feast(found: _Found, calendar: _Calendar, part: dict[str, str | None]) -> None:
    feast, year = part["feast"] or "", calendar.year(part.get("year") or part.get("year4"))
    day, month = (int(number) for number in feast[1:].split("/"))
    if feast.startswith("L"):
        found.days += calendar.lunar(day, month, year - 1 if year and month == 12 else year)
    else:
        found.days += calendar.solar(day, month, year)


def _edge(found: _Found, calendar: _Calendar, part: dict[str, str | None]) -> None:
    """Take the last day of a month for its end; other edges are vague and asked."""
    today, edge, span, which_one = calendar.today, part["edge"], part["span"], part.get("month") or ""
    year = calendar.year(part.get("year") or part.get("year4"))
    if span == "WEEK":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=_TURN.get(which_one, 0))
        offsets = {"END": (5, 6), "START": (0,), "MIDDLE": (2,)}[edge or "END"]
        found.days += [monday + timedelta(days=offset) for offset in offsets]
        found.confirm = True
        return
    if span == "YEAR":
        of_year = year or (int(which_one) if which_one.isdigit() else today.year + _TURN.get(which_one, 0))
        day = {"END": (31, 12), "START": (1, 1), "MIDDLE": (30, 6)}[edge or "END"]
        exact = solar_day(*day, of_year)
        found.days += [exact] if exact else []
        found.confirm = True
        return
    if which_one in _LUNAR_MONTHS or (part.get("cal") == "LUNAR" and which_one.isdigit()):
        month = _month_number(which_one)
        day_in = {"END": 30, "START": 1, "MIDDLE": 15}[edge or "END"]
        found.days += calendar.lunar(day_in, month, year) or calendar.lunar(29, month, year)
        found.confirm = True
        return

    def in_month(month: int, of_year: int) -> date | None:
        if edge == "END":
            return last_of_month(month, of_year)
        return solar_day(1 if edge == "START" else 15, month, of_year)

    if which_one.isdigit():
        month = int(which_one)
        if not 1 <= month <= 12:
            found.no_such = True
            return
        if year is not None:
            exact = in_month(month, year)
            found.days += [exact] if exact else []
        else:
            found.days += calendar.choose(lambda tried: in_month(month, tried))
    else:
        month, of_year = month_later(today, _TURN.get(which_one, 1 if which_one else 0))
        exact = in_month(month, of_year)
        found.days += [exact] if exact else []
        if which_one == "SIXTH_OR_NEXT":
            found.days += calendar.choose(lambda tried: in_month(6, tried))
    found.confirm = found.confirm or edge != "END"


def _weekday(found: _Found, calendar: _Calendar, part: dict[str, str | None]) -> None:
    """Take a day of the week: the coming one, unless a week was named; today's own name is asked."""
    today = calendar.today
    number = 6 if part.get("sunday") else int(part["weekday"] or 2) - 2
    monday = today - timedelta(days=today.weekday())
    ahead = timedelta(days=(number - today.weekday()) % 7)
    near = part.get("near")
    if part.get("week"):
        found.days.append(monday + timedelta(weeks=_TURN[part["week"] or "THIS"], days=number))
    elif near == "LAST":
        found.weekdays.append(today + ahead - timedelta(weeks=1))
    elif near == "NEXT":
        found.weekdays.append(today + (ahead or timedelta(weeks=1)))
    elif calendar.future is False:
        found.weekdays.append(today + ahead - (timedelta(weeks=1) if ahead else timedelta()))
    elif ahead or near == "THIS":
        found.weekdays.append(today + ahead)
    else:
        found.weekdays += [today, today + timedelta(weeks=1)]


def _counted(found: _Found, calendar: _Calendar, part: dict[str, str | None]) -> None:
    """Take "3 ngày nữa", "2 tuần trước"; a count without a direction is not a day."""
    lead, way, count, span = (part.get("lead") or "").strip(), part.get("way"), int(part["count"] or 0), part["span"]
    if not lead and not way:
        found.no_day = True
        return
    turn = -1 if lead == "AGO" or way == "LAST" else 1
    today = calendar.today
    if span in {"DAY", "WEEK"}:
        found.days.append(today + timedelta(days=turn * count * (7 if span == "WEEK" else 1)))
        return
    month, year = month_later(today, turn * count * (12 if span == "YEAR" else 1))
    exact = solar_day(today.day, month, year) or (last_of_month(month, year) if year in YEARS else None)
    found.days += [exact] if exact else []


def _day(found: _Found, calendar: _Calendar, part: dict[str, str | None], *, named: bool) -> None:
    """Take "ngày 20"; a lone number is confirmed, and "mùng 5" may be of either calendar."""
    day, said = int(part["day"] or 0), (part.get("cal") or "").strip()
    if not 1 <= day <= 31:
        found.no_such = True
        return
    if said == "LUNAR":
        found.days += calendar.lunar_day_of_month(day)
    elif part.get("first") and said != "SOLAR":
        found.days += [*calendar.day_of_month(day), *calendar.lunar_day_of_month(day)]
        found.confirm = True
    else:
        found.days += calendar.day_of_month(day)
        found.confirm = found.confirm or not named


def _take(name: str, match: re.Match[str], found: _Found, calendar: _Calendar) -> None:
    part = match.groupdict()
    steps = {
        "turned": _turned, "full_moon": _full_moon, "tet": _tet, "feast": _feast, "edge": _edge,
        "weekday": _weekday, "weekday_of": _weekday, "counted": _counted,
    }  # fmt: skip
    if name in steps:
        steps[name](found, calendar, part)
    elif name == "named":
        found.days += [calendar.today + timedelta(days=days) for days in _NAMED[part["named"] or ""]]
    elif name == "half":
        found.days.append(calendar.today + timedelta(days=15))
        found.confirm = True
    elif name == "eve":
        found.days += calendar.lunar(1, 1, calendar.year(part.get("year") or part.get("year4")))
        found.confirm = True
    elif name == "day":
        _day(found, calendar, part, named="DAY" in match.group() or bool(part.get("first")))
    elif name == "month" and part["month"] == "GIENG":
        found.days += [*calendar.lunar(1, 1, None), *calendar.lunar(15, 1, None)]
    elif name == "month":
        found.no_day = True
    else:
        _full(found, calendar, part)


def _find(signs: str, calendar: _Calendar) -> _Found:
    """Try the patterns, the fullest first; each removes the words it takes."""
    found = _Found()
    left = re.sub(r"(?<![^ ])\d{1,2} CLOCK(?: \d{1,2}(?! [-/.M]))?(?![^ ])", "@", signs)
    bounded = re.search(r"(?:BEFORE|LAST|NEXT) (?:DAY )?\d{1,2} [-/.M]", left)
    lone = len(left.split()) == 1
    for name, pattern in PATTERNS.items():
        if name in {"day", "month"} and (found.days or found.no_such):
            break
        if name == "day" and not lone and not re.search(r"(?<![^ ])(?:DAY|FIRST_TEN|LUNAR|OR)(?![^ ])", left):
            continue
        match = pattern.search(left)
        while match:
            _take(name, match, found, calendar)
            left = f"{left[: match.start()]}@{left[match.end() :]}"
            match = pattern.search(left)
    found.confirm = found.confirm or bool(bounded)
    return found


def read_date(text: str, today: date, *, future: bool | None = None) -> Reading[date]:
    """
    Read a day, on the day that is `today`.

    A day without a year is the coming one; one that passed within a month is
    asked, unless `future` tells which way to look.  Lunar days are known for
    1901-2099.  "Mùng 5 tháng 5" may be of either calendar and is asked.
    """
    key = "reading.date"
    heard = figures(text)
    if not heard or len(heard) > LONGEST_READ:
        return unclear(text, f"{key}.unknown")
    signs = " ".join(signs_of(_HOUR.sub(" ", heard), today.year))
    if re.search(r"SEVERAL|\d{9,}|NEXT AHEAD|WEEKDAY \d -|YEAR \? NAMED|(?:LAST|BEFORE) TET", signs):
        # "hai ba ngày", "tuần sau nữa", "thứ 2-6", "năm Bính Mùi", "trước tết"
        return unclear(text, f"{key}.unknown")
    found = _find(signs, _Calendar(today, future, named=" NAMED" in signs))
    days = list(dict.fromkeys(found.days))
    said_weekdays = {day.weekday() for day in found.weekdays}
    agreeing = [day for day in days if day.weekday() in said_weekdays]  # "thứ sáu 20/11"
    days = agreeing or list(dict.fromkeys([*days, *found.weekdays]))
    if found.no_such:
        return unclear(text, f"{key}.none")
    if not days:
        if found.no_day or "WEEK" in signs or "MONTH" in signs:
            return unclear(text, f"{key}.day")
        return unclear(text, f"{key}.only_year" if _YEAR_ALONE.search(signs) else f"{key}.unknown")
    if len(days) > 1 or found.confirm:
        return which(text, days[:_MOST_ASKED], key, lambda day: date_said(day, today))
    return taken(text, days[0], f"{key}.taken", date=date_said(days[0], today))
