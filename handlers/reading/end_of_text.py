"""
The last moment a text is about: "14 giờ chiều nay 10/12 họp dân" is over at 14:00 on 10/12.

It is a proposal that its author sees and can change.
"""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from content.fold import fold
from handlers.reading.date import read_date
from handlers.reading.hour import split_hour
from registry.addressing.ends import end_of_day

_SENTENCE = re.compile(r"[;!?\n]+|\.(?=\s|$)")
_CLAUSE = re.compile(r"[,()]+|\s(?:và|hoặc|đến hết|đến|den het|den)\s")
_ALWAYS = re.compile(
    r"\b(?:hằng|hàng|mỗi|hang|moi) (?:ngày|tuần|tháng|sáng|chiều|tối|ngay|tuan|thang|sang|chieu|toi)\b"
)
_DATED = re.compile(r"\d\s*[/-]\s*\d")
_MOST = 12
"""Clauses that are read of one sentence."""
_NEAR = timedelta(days=60)
"""Several days that are asked, such as "10-12/12", count while all are this near."""


def end_of_text(text: str, *, today: date, zone: ZoneInfo) -> datetime | None:
    """
    Return the latest moment a text names, seen from the day it is read; None where it names none.

    Where the latest day has hours, it is the latest of them, otherwise the end of the day. Hours without any day are
    those of the day it is read.
    """
    days: list[datetime] = []
    lone: list[time] = []
    for sentence in _SENTENCE.split(text):
        always = _ALWAYS.search(fold(sentence)) and not _DATED.search(sentence)
        last, hours = (None, []) if always else _named(sentence, today)
        if last is not None:
            moment = datetime.combine(last, max(hours, default=time.min), zone)
            days.append(moment if hours else end_of_day(moment, zone))
        else:
            lone += hours
    if days:
        return max(days)
    return datetime.combine(today, max(lone), zone) if lone else None


def _named(sentence: str, today: date) -> tuple[date | None, list[time]]:
    """The latest day of a sentence, and its hours."""
    days: list[date] = []
    hours: list[time] = []
    for clause in [one for one in _CLAUSE.split(sentence) if one.strip()][:_MOST]:
        rest = clause
        while True:
            hour, after = split_hour(rest)
            times = (hour.understood,) if hour.understood is not None else hour.ask
            if not times or after == rest:
                break
            hours.append(max(times))
            rest = after
        day = read_date(rest, today)
        near = all(today <= one <= today + _NEAR for one in day.ask)
        days += [day.understood] if day.understood is not None else day.ask if near else ()
    return max(days, default=None), hours
