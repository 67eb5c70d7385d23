"""Reference codes of ideas: YT-2026-000123-L, unlike any official number, with a check character."""

import re

from sqlalchemy import Connection
from stdnum.iso7064 import mod_37_36

from content.fold import fold
from registry.store.installation import count_up

_GAP = r"[\s\-_.–—/]*"
_TYPED = re.compile(rf"(?<![A-Z0-9])YT{_GAP}([0-9OIL]{{4}}){_GAP}([0-9OIL]{{6}}){_GAP}([0-9A-Z])(?![A-Z0-9])")
_CUT = r"[\s\-_.–—/]+"
_SHORT = re.compile(rf"(?<![A-Z0-9])YT{_CUT}([0-9OIL]{{4}}){_CUT}([0-9OIL]{{1,6}}){_CUT}([0-9A-Z])(?![A-Z0-9])")
_SLIPS = str.maketrans("OIL", "011")
_LOOK_ALIKE = {"O": "0", "I": "1"}
"""Check characters never printed, and what somebody who types one has read: both would let a wrong digit pass."""


def next_code(db: Connection, year: int) -> str:
    """
    The next code of a year, counted in the caller's transaction: one that is undone leaves no gap.

    A number whose check character would be I or O is left out.
    """
    while True:
        code = _with_check(f"{year:04d}", f"{count_up(db, f'code:{year}'):06d}")
        if code[-1] not in _LOOK_ALIKE:
            return code


def tidy_code(text: str) -> str | None:
    """
    The code in what somebody typed, or None.

    Takes small letters, blanks, missing dashes, missing leading zeros between dashes, and O for 0. A check character
    that does not fit is a wrong code.
    """
    letters = fold(text).upper()
    found = _TYPED.search(letters) or _SHORT.search(letters)
    if found is None:
        return None
    year, serial, check = found.groups()
    code = _with_check(year.translate(_SLIPS), serial.translate(_SLIPS).zfill(6))
    return code if code[-1] == _LOOK_ALIKE.get(check, check) else None


def _with_check(year: str, serial: str) -> str:
    return f"YT-{year}-{serial}-{mod_37_36.calc_check_digit(f'YT{year}{serial}')}"
