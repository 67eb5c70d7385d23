"""A number as its cell shows it: 1 with the format `000` is 001."""

import re
from decimal import Decimal
from functools import lru_cache

_TOKEN = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)(?:-[^\]]*)?\]|\[[^\]]*\]|_(.)|\*.|([0#?])|(,)|(.)', re.DOTALL)
_LITERAL = " -/()+:"
"""Signs that a format shows without quotes."""
_MOST = 15
"""Digits a spreadsheet keeps of a number."""


def plain(number: float) -> str:
    """Write a number without a format: 12 and not 12.0, never with an exponent."""
    exact = Decimal(f"{number:.{_MOST}g}")
    return f"{exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize():f}"


def shown(number: float, form: str) -> str:
    """
    Write a whole number as its format shows it; `plain` where the format says nothing of it.

    Marks of thousands are left out: they belong to the language of the spreadsheet and not to the number.
    """
    written = plain(number)
    if number < 0 or not written.isdigit():
        return written
    parts = _parts(form)
    if parts is None:
        return written
    digits, said = list(written), []
    places = [at for at, (digit, _) in enumerate(parts) if digit]
    for at in range(len(parts) - 1, -1, -1):
        digit, words = parts[at]
        if not digit:
            said.append(words)
        elif at == places[0]:
            said.append("".join(digits) or ("0" if words == "0" else ""))
        else:
            said.append(digits.pop() if digits else ("0" if words == "0" else ""))
    return "".join(reversed(said)).strip()


@lru_cache(maxsize=256)
def _parts(form: str) -> tuple[tuple[bool, str], ...] | None:
    """Return the digits and words of a format for positive numbers; None for one that is not of whole numbers."""
    found: list[tuple[bool, str]] = []
    for quoted, escaped, money, blank, digit, comma, other in _TOKEN.findall(form):
        if digit:
            found.append((True, digit))
        elif other == ";":
            break
        elif other and other not in _LITERAL:
            return None
        elif not comma and (words := quoted or escaped or money or (" " if blank else other)):
            found.append((False, words))
    return tuple(found) if any(digit for digit, _ in found) else None
