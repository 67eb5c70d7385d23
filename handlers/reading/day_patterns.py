"""Patterns of days, over the signs of their words (`day_words.signs_of`)."""

import re

_CALENDAR = r"(?: (?P<{0}>LUNAR|SOLAR))?"
_YEAR = (
    r"(?: (?:YEAR|[-/.]|YEAR [-/.]) (?P<year>\d{4}|\d{2}(?!\d)(?! [-/.])|THIS|NEXT|LAST)| (?P<year4>(?:19|20)\d\d))?"
)
_MONTHS = r"(?P<month>\d{1,2}|GIENG|CHAP)"
_TAIL = r"(?P<leap> LEAP)?" + _CALENDAR.format("cal") + _YEAR + _CALENDAR.format("cal2") + r"(?![^ ])"
_HEAD = r"(?<![^ ])(?<!WEEKDAY )(?P<first>FIRST_TEN )?(?:DAY )?"

_PATTERNS: dict[str, str] = {
    "iso": r"(?<![^ ])(?P<year>\d{4}) ([-/.]) (?P<month>\d{1,2}) \2 (?P<day>\d{1,2})(?![^ ])",
    "packed": r"(?<![^ ])(?P<day>\d\d)(?P<month>\d\d)(?P<year>(?:19|20)\d\d)(?![^ ])",
    "pair": (
        r"(?<![^ ])(?<![-/.] )(?<!WEEKDAY )(?:FIRST_TEN )?"
        r"(?:DAY )?(?P<day>\d{1,2})(?: -| OR)?(?: DAY)? (?P<other>\d{1,2}) "
        r"(?:[/.]|MONTH) " + _MONTHS + _TAIL
    ),
    "turned": _HEAD + r"(?P<day>\d{1,2}) MONTH (?P<turn>THIS|NEXT|LAST|SIXTH_OR_NEXT)(?P<cal> LUNAR| SOLAR)?(?![^ ])",
    "full": _HEAD + r"(?P<day>\d{1,2}) (?:[-/.]|(?:[-/.] )?MONTH) " + _MONTHS + _TAIL,
    "reversed": (
        r"(?<![^ ])MONTH (?P<month>\d{1,2}|GIENG|CHAP) (?P<first>FIRST_TEN )?(?:DAY )?(?P<day>\d{1,2})" + _TAIL
    ),
    "full_moon": (
        r"(?<![^ ])FULL_MOON(?: MONTH (?P<month>\d{1,2}|GIENG|CHAP|THIS|NEXT|LAST))?" + _YEAR + r"(?: LUNAR)?(?![^ ])"
    ),
    "tet": r"(?<![^ ])(?P<first>FIRST_TEN )?(?:DAY )?(?P<day>\d{1,2}) TET" + _YEAR + r"(?![^ ])",
    "feast": r"(?<![^ ])FEAST_(?P<feast>[LS]\d+/\d+)(?: LUNAR)?" + _YEAR + r"(?![^ ])",
    "spaced": r"(?<![^ ])(?P<day>\d{1,2}) (?P<month>\d{1,2}) (?P<year>(?:19|20)\d\d)(?![^ ])",
    "edge": (
        r"(?<![^ ])(?P<edge>END|START|MIDDLE) (?P<span>MONTH|YEAR|WEEK)"
        r"(?: (?P<month>\d{1,2}(?!\d)|GIENG|CHAP|THIS|NEXT|LAST|SIXTH_OR_NEXT))?"
        + _CALENDAR.format("cal")
        + _YEAR
        + r"(?![^ ])"
    ),
    "weekday_of": (r"(?<![^ ])WEEK (?P<week>NEXT|THIS|LAST) (?:WEEKDAY (?P<weekday>[2-7])|(?P<sunday>SUNDAY))(?![^ ])"),
    "weekday": (
        r"(?<![^ ])(?:WEEKDAY (?P<weekday>[2-7])|(?P<sunday>SUNDAY))"
        r"(?: (?:WEEK (?P<week>NEXT|THIS|LAST)|(?P<near>NEXT|THIS|LAST)))?(?![^ ])"
    ),
    "counted": (
        r"(?<![^ ])(?<!MONTH )(?P<lead>NEXT |AGO )?(?P<count>\d{1,3}) (?P<span>DAY|WEEK|MONTH|YEAR)"
        r"(?: (?P<way>AHEAD|NEXT|LAST))?(?![^ ])"
    ),
    "half": r"(?<![^ ])AHEAD MONTH AHEAD(?![^ ])",
    "named": r"(?<![^ ])(?P<named>TODAY|TOMORROW|DAY_AFTER|THIRD_DAY|YESTERDAY|DAY_BEFORE)(?![^ ])",
    "eve": r"(?<![^ ])(?P<tet>TET)" + _YEAR + r"(?![^ ])",
    "day": _HEAD + r"(?P<day>\d{1,2})(?P<cal> LUNAR| SOLAR)?(?![^ ])",
    "month": r"(?<![^ ])MONTH " + _MONTHS + _TAIL,
}
PATTERNS = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
"""The ways a day is said, the fullest first."""
