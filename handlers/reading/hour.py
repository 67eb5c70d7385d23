"""The hour of a day as people write it: 14h, 8h30, 2 giờ chiều, 7:30, 8 giờ rưỡi sáng."""

import re
import unicodedata
from datetime import time

from content.fold import clean
from handlers.conversation.turn import Button, Say
from handlers.reading.heard import LONGEST_READ, heard
from handlers.reading.understood import Reading

_END = r"(?:\s*(?:-|den)\s*\d{1,2}\s*(?:h|g|gio|:)\d{0,2}(?![\w/]))?"
_MARKED = re.compile(
    r"(?<![\d/.,-])(?:(?:luc|vao|tu)\s+)?(?P<hour>\d{1,2})\s*(?P<mark>h|g|gio|:)"
    r"\s*(?:(?P<minute>[0-5]?\d)(?!\d|\s*[/.-]\s*\d)(?:\s*(?:phut|p\b))?|(?P<half>ruoi))?(?!\w)"
    + _END
    + r"(?:\s+(?P<part>sang|trua|chieu|toi|dem)\b)?"
)
_BARE_HOUR = re.compile(
    r"(?<![\d/.,-])(?<!ngay )(?<!thang )(?<!thu )(?P<hour>\d{1,2})(?P<mark>)(?P<minute>)\s*(?P<half>ruoi)?"
    r"\s+(?P<part>sang|trua|chieu)\b"
)
_PART = re.compile(r"\b(?:sáng|trưa|chiều|tối|đêm|sang|trua|chieu)\b")
_BARE = {"sáng": "sang", "trưa": "trua", "chiều": "chieu", "tối": "toi", "đêm": "dem"}
_OF_TODAY = re.compile(r"\s+n(?:ay|i)\b")
"""After a part of the day this word also says the day: "tối nay" is today."""
_SURELY_AFTERNOON = range(1, 5)
_EITHER = range(5, 8)
"""Meetings begin at five to seven in the morning and in the evening alike: without more words it is asked."""


def split_hour(text: str) -> tuple[Reading[time], str]:
    """The hour in a sentence, and the rest of the sentence, which may contain the day."""
    words = clean(text)[:LONGEST_READ].lower()
    plain = "".join(map(_letter, words))
    found = _MARKED.search(plain) or _BARE_HOUR.search(plain)
    if found is None:
        return Reading(text, said=Say("reading.hour.unknown", {"heard": heard(text)})), words
    part, end = found["part"], found.end()
    if part is not None and _OF_TODAY.match(plain, end):
        end = found.start("part")
    rest = f"{words[: found.start()]} {words[end:]}"
    if part is None and (said := _PART.search(rest)) is not None:
        part = _BARE.get(said[0], said[0])
        if not _OF_TODAY.match(rest, said.end()):
            rest = f"{rest[: said.start()]} {rest[said.end() :]}"
    number = found["hour"]
    minute = 30 if found["half"] else int(found["minute"] or 0)
    exact = found["mark"] == ":" or number.startswith("0")
    hours = _hours(int(number), part, exact=exact)
    if not hours:
        return Reading(text, said=Say("reading.hour.none", {"heard": heard(text)})), rest
    times = [time(hour, minute) for hour in hours]
    if len(times) == 1:
        return Reading(text, times[0], said=Say("reading.hour.taken", {"hour": f"{times[0]:%H:%M}"})), rest
    buttons = tuple(Button(f"{one:%H:%M}", label=f"{one:%H:%M}") for one in times)
    return Reading(text, ask=tuple(times), said=Say("reading.hour.which", {"heard": heard(text)}, buttons)), rest


def _hours(number: int, part: str | None, *, exact: bool) -> tuple[int, ...]:
    """The hours of the day a number may mean; empty if it is not an hour, or does not fit the part of the day."""
    if number > 23:
        return ()
    if number > 12 or number == 0:
        return () if part == "sang" and number > 12 else (number,)
    match part:
        case "sang":
            return (number,) if number < 12 else ()
        case "trua":
            return (number + 12,) if number < 3 else (number,)
        case "chieu" | "toi":
            return (number,) if number == 12 else (number + 12,)
        case "dem":
            return (number,) if number < 6 else (0,) if number == 12 else (number + 12,)
    if exact:
        return (number,)
    if number in _SURELY_AFTERNOON:
        return (number + 12,)
    return (number, number + 12) if number in _EITHER else (number,)


def _letter(letter: str) -> str:
    """One letter without its marks, so that places in the words stay where they are."""
    if letter == "đ":
        return "d"
    return unicodedata.normalize("NFD", letter)[0]
