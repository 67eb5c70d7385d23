"""Since when, where nobody may know the day: năm 2019, 3/2019, từ hồi 1990, năm ngoái."""

import re
from datetime import date

from content.language.saying import since_said
from handlers.reading.date import read_date
from handlers.reading.day_words import signs_of
from handlers.reading.heard import LONGEST_READ, figures, taken, unclear
from handlers.reading.understood import Reading

# "4" in front is "tư", which "từ" without marks looks like; an unknown word beside a year does not change it.
_ROUGH = re.compile(
    r"(?:(?:4|\?|START|END|MIDDLE) )*"
    r"(?:MONTH (?P<month>\d{1,2}) (?:[-/.] |YEAR |[-/.] YEAR )?|(?P<month2>\d{1,2}) [-/.] (?:YEAR )?)?"
    r"(?:(?:YEAR )?(?P<year>(?:19|20)\d\d)|YEAR (?P<turn>THIS|LAST))(?: (?:\?|LAST))*"
)
_TURN = {"THIS": 0, "LAST": -1}


def read_since(text: str, today: date) -> Reading[str]:
    """Read a year, a month of a year, or a day: '2019', '2019-03', '2019-11-20'.  A vaguer answer stays vague."""
    heard = figures(text)
    found = _ROUGH.fullmatch(" ".join(signs_of(heard, today.year))) if 0 < len(heard) <= LONGEST_READ else None
    month = int(found["month"] or found["month2"] or 0) if found is not None else 0
    if found is not None and month <= 12:
        year = int(found["year"]) if found["year"] else today.year + _TURN[found["turn"]]
        value = f"{year}-{month:02d}" if month else f"{year}"
        return taken(text, value, "reading.date.taken", date=since_said(value, today))
    day = read_date(text, today, future=False)
    if day.understood is None and not day.ask:
        return unclear(text, "reading.since.unknown")
    understood = day.understood.isoformat() if day.understood is not None else None
    return Reading(day.text, understood, tuple(one.isoformat() for one in day.ask), day.said)
