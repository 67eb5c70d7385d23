"""Tax codes: ten digits with a check digit, thirteen for a branch, or a citizen's twelve."""

import re

from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError
from stdnum.vn import mst

from content.fold import clean
from handlers.reading.heard import LONGEST_READ, taken, unclear
from handlers.reading.understood import Reading

_RUN = re.compile(r"(?<!\d)\d(?:[ .\-–]{0,3}\d){5,}(?!\d)")
_PLACES_OF_BIRTH = range(1, 97)  # the province codes a citizen's number begins with


def is_citizen(digits: str) -> bool:
    """
    Tell a personal number from twelve other digits.

    It is the tax code of households and persons since 1 July 2025 (thông tư 86/2024/TT-BTC). It has no check digit:
    place of birth, century and sex, year, six more.
    """
    return len(digits) == 12 and int(digits[:3]) in _PLACES_OF_BIRTH and digits[3] in "0123"


def read_tax_code(text: str) -> Reading[str]:
    """Read a tax code, with its dash before the number of a branch; a wrong check digit is told."""
    key = "reading.tax_code"
    heard = clean(text)
    found = _RUN.findall(heard[:LONGEST_READ])
    if len(found) != 1:
        return unclear(text, f"{key}.unknown")
    digits = re.sub(r"\D", "", found[0])
    if not digits.isascii():
        return unclear(text, f"{key}.unknown")
    if is_citizen(digits):
        return taken(text, digits, f"{key}.taken", code=digits)
    try:
        code = mst.format(mst.validate(digits))
    except (InvalidChecksum, InvalidComponent):
        return unclear(text, f"{key}.check", code=digits)
    except ValidationError:
        return unclear(text, f"{key}.length", digits=len(digits))
    return taken(text, code, f"{key}.taken", code=code)
