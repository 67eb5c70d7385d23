"""Numbers as people write and say them: 1.500, 1,5 triệu, 5tr2, ba mươi lăm nghìn, hai trăm rưỡi."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from content.language.words import Token, vocabulary

LONGEST_NUMBER = 15  # digits; nothing asked of a person is larger
_MOST_VALUES = 4


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number found in a text: every value it may have, and the tokens it takes."""

    values: tuple[Decimal, ...]
    start: int
    end: int
    scale: Decimal  # of its last part: a thousand for "35k", one for "35"
    vague: bool = False  # "vài chục"

    @property
    def plain(self) -> bool:
        return self.scale < 1000


@dataclass(frozen=True, slots=True)
class _Part:
    values: tuple[Decimal, ...]
    end: int
    decimal: Decimal | None = None  # "1.250" read with a decimal point
    comma: bool = False
    hundred: bool = False


Closes = Callable[[Sequence[Token], int], bool]
"""Whether what follows a number lets "2 triệu 5" end there, rather than begin "5 chai"."""


def _digit(said: Sequence[Token], at: int) -> str:
    return vocabulary("digits").one(said, at)[1]


def _sign(said: Sequence[Token], at: int) -> str:
    length, meaning = vocabulary("number_parts").one(said, at)
    return meaning if length == 1 else ""


def scale_at(said: Sequence[Token], at: int, *, money: bool = False) -> Decimal | None:
    """The number the word at a place multiplies by; with `money`, slang for sums counts too."""
    length, meaning = vocabulary("scales").one(said, at)
    if not length and money:
        length, meaning = vocabulary("money_scales").one(said, at)
    return Decimal(meaning) if length == 1 else None


def written(text: str) -> tuple[Decimal | None, Decimal | None]:
    """
    Read digits with dots and commas: as a whole number with thousands apart, and as a decimal.

    "1.500" may be both, "1,5" only a decimal, "1.500.000" only a whole number.
    """
    if sum(letter.isdigit() for letter in text) > LONGEST_NUMBER:
        return None, None
    if text.isdigit():
        return (Decimal(text), None) if text == "0" or not text.startswith("0") else (None, None)
    signs = [letter for letter in text if not letter.isdigit()]
    groups = text.replace(",", ".").split(".")
    apart = 1 <= len(groups[0]) <= 3 and not groups[0].startswith("0") and all(len(g) == 3 for g in groups[1:])
    if len(set(signs)) == 1:
        whole = Decimal("".join(groups)) if apart else None
        broken = None
        if len(signs) == 1 and (groups[0] == "0" or not groups[0].startswith("0")):
            broken = Decimal(".".join(groups))
        return whole, broken
    if signs.count(signs[-1]) == 1 and 1 <= len(groups[0]) <= 3 and all(len(g) == 3 for g in groups[1:-1]):
        return None, Decimal("".join(groups[:-1]) + "." + groups[-1])
    return None, None


def _product(left: Sequence[Decimal], right: Sequence[Decimal]) -> tuple[Decimal, ...]:
    both = dict.fromkeys(a + b for a in left for b in right)
    return tuple(islice(both, _MOST_VALUES))


def _below_hundred(said: Sequence[Token], at: int) -> _Part | None:
    """Read "ba mươi lăm", "ba lăm", "mười hai", "chục"; "hai ba" may be 23, or 2 to 3."""
    if at >= len(said):
        return None
    tail = _digit(said, at + 1)
    match _sign(said, at):
        case "ten" if tail and tail not in {"0", "5"}:  # "mười năm" is ten years
            return _Part((10 + Decimal(tail[0]),), at + 2)
        case "ten":
            return _Part((Decimal(10),), at + 1)
        case "twenty":
            return _Part((20 + Decimal(tail[0]),), at + 2) if tail and tail != "0" else None
        case "dozen_ten":
            more = _sign(said, at + 1) == "half_more"
            return _Part((Decimal(15 if more else 10),), at + 1 + more)
    return _from_digit(said, at)


def _from_digit(said: Sequence[Token], at: int) -> _Part | None:
    """Read a number that begins with a digit from one to nine, in words or as a figure."""
    digit = _digit(said, at)
    spoken = bool(digit)
    if not digit and said[at].is_number and len(said[at].marked) == 1:
        digit = said[at].marked
    if not digit:
        return None
    value = Decimal(digit[0])
    if value and _sign(said, at + 1) in {"ten", "dozen_ten"}:
        tail = _digit(said, at + 2)
        odd = tail == "5" and not _may_be_five(said, at + 2)
        if tail and tail != "0" and not odd and _sign(said, at + 3) not in {"ten", "dozen_ten", "hundred"}:
            return _Part((10 * value + Decimal(tail[0]),), at + 3)
        return _Part((10 * value,), at + 2)
    two = _two_digits(said, at, value, digit) if spoken else None
    return two or _Part((value,), at + 1)


def _two_digits(said: Sequence[Token], at: int, value: Decimal, digit: str) -> _Part | None:
    """Read two digits in a row, "hai ba" or "bốn năm nghìn"; None where only the first one counts."""
    tail = _digit(said, at + 1)
    next_sign = _sign(said, at + 2)
    if value > 1 and tail and tail not in {"0", "5"} and not _digit(said, at + 2):
        after = Decimal(tail[0])
        nearby = not tail.endswith("t") and after == value + 1  # "hai ba chục" is 20 to 30
        if next_sign in {"ten", "dozen_ten"}:
            return _Part((10 * value, 10 * after), at + 3) if nearby else None
        if nearby and next_sign == "hundred":
            return _Part((value, after), at + 2)
        if nearby:
            return _Part((10 * value + after, value, after), at + 2)
        if next_sign != "hundred":
            return _Part((10 * value + after,), at + 2)
    if tail == "5" and value == 4 and not digit.endswith("t"):
        following = scale_at(said, at + 2)
        if following or next_sign in {"ten", "hundred"}:  # "bốn năm nghìn" is 4 to 5 thousand
            return _Part((Decimal(4), Decimal(5)), at + 2)
    return None


def _may_be_five(said: Sequence[Token], at: int) -> bool:
    """Tell whether "năm" after "mươi" counts: "hai mươi năm nghìn" does, "hai mươi năm" may be years."""
    return scale_at(said, at + 1) is not None


def _small(said: Sequence[Token], at: int) -> _Part | None:
    """Read a number up to 999 in words, or any number in digits."""
    if at >= len(said):
        return None
    first: _Part | None
    hundred_words = _sign(said, at) == "hundred"
    if said[at].is_number:
        whole, broken = written(said[at].marked)
        if whole is None and broken is None:
            return None
        value = whole if whole is not None else broken
        first = _Part((value or Decimal(0),), at + 1, broken if whole is not None else None, "," in said[at].marked)
        if whole is not None and len(said[at].marked) == 1 and _sign(said, at + 1) in {"ten", "dozen_ten"}:
            first = _below_hundred(said, at)
        elif _sign(said, at + 1) == "dozen_ten":
            first = _Part((10 * (value or Decimal(0)),), at + 2)
    elif hundred_words:
        first = _Part((Decimal(1),), at)
    else:
        first = _below_hundred(said, at)
    if first is None or _sign(said, first.end) != "hundred":
        return first
    values = tuple(100 * value for value in first.values)
    end = first.end + 1
    if _sign(said, end) == "half_more":
        return _Part(_product(values, (Decimal(50),)), end + 1, hundred=True)
    if _sign(said, end) == "odd":
        unit = _digit(said, end + 1) or (said[end + 1].marked if end + 1 < len(said) else "")
        if unit[:1].isdigit() and len(unit.removesuffix("t")) == 1:
            return _Part(_product(values, (Decimal(unit[0]),)), end + 2, hundred=True)
    return _Part(values, end, hundred=True)


def _after_hundred(said: Sequence[Token], part: _Part, closes: Closes) -> _Part:
    """Add what follows a hundred: "hai trăm năm mươi", "3 trăm 20", "trăm hai" (120)."""
    if not part.hundred or _sign(said, part.end - 1) != "hundred":
        return part
    at = part.end
    rest = _below_hundred(said, at)
    two_digits = at < len(said) and said[at].is_number and said[at].is_whole and len(said[at].marked) == 2
    if rest is None and two_digits:
        rest = _Part((Decimal(said[at].marked),), at + 1)
    if rest is None:
        return part
    if not closes(said, rest.end) and scale_at(said, rest.end) is None:
        words_only = not said[at].is_number and all(value >= 10 for value in rest.values)
        if not words_only:
            return part
    added = tuple(10 * value if value < 10 else value for value in rest.values)
    return _Part(_product(part.values, added), rest.end, hundred=True)


def _tail(said: Sequence[Token], at: int, part: _Part, scale: Decimal) -> tuple[Decimal, ...]:
    """Read digits without a scale after a scale: "5tr2", "1tr250"; "1tr25" may be two numbers."""
    digits = said[at].marked if said[at].is_number and part.end == at + 1 else ""
    value = part.values[0]
    if len(part.values) > 1 or (digits and not digits.isdigit()):
        return ()
    if part.hundred:  # "hai nghìn không trăm hai mươi sáu"
        length = 3
    elif digits:
        length = len(digits)
    else:
        length = 1 if value < 10 else 2 if value < 100 else 3
    if length == 1:
        return (value * scale / 10,)
    if length == 3:
        return (value * scale / 1000,)
    if length == 2 and digits.startswith("0"):
        return (value * scale / 100,)
    return (value * scale / 100, value * scale / 1000) if length == 2 else ()


def numeral_at(said: Sequence[Token], at: int, *, closes: Closes, money: bool = False) -> Numeral | None:
    """
    Read the number that begins at a place, or None.

    Every value it may have is kept, the likeliest first; the caller asks.  Where
    things may be `broken`, "1,500" is also one and a half.  At most a dozen
    tokens or so are looked at.
    """
    total: tuple[Decimal, ...] = (Decimal(0),)
    here, scale, parts, vague = at, Decimal(0), 0, False
    if _sign(said, here) == "few":
        here, vague = here + 1, True
    while parts < 4:
        part = _leading(said, here) if parts == 0 else _small_tail(said, here)
        if part is None:
            break
        part = _after_hundred(said, part, closes)
        times = scale_at(said, part.end, money=money)
        if times is None:
            if part.end == here:  # only an implied one
                break
            if scale:
                stands = said[here].glued or part.hundred or (closes(said, part.end) and not _names_a_year(said, here))
                added = _tail(said, here, part, scale) if stands else ()
                if added:
                    total, here = _product(total, added), part.end
                break
            values = part.values
            if not money and part.decimal is not None and part.comma:
                values = (*values, part.decimal)
            return Numeral(values, at, part.end, Decimal(100) if part.hundred else Decimal(1), vague)
        if scale and times >= scale:
            break
        values = part.values
        if part.decimal is not None and times >= 1_000_000:
            values = (*values, part.decimal)
        elif values[0] >= 10_000 and times == 1000:
            values = (values[0], values[0] / 1000)
        total = _product(total, tuple(value * times for value in values))
        here, scale, parts = part.end + 1, times, parts + 1
        if _sign(said, here) == "half_more":
            total, here = _product(total, (times / 2,)), here + 1
            break
    if not scale:
        return None
    return Numeral(total, at, here, scale, vague)


def _names_a_year(said: Sequence[Token], at: int) -> bool:
    """Tell the year of "35k năm nay" from the five of "hai triệu năm"."""
    return said[at].bare == "nam" and at + 1 < len(said) and said[at + 1].bare[0].isalnum()


def _leading(said: Sequence[Token], at: int) -> _Part | None:
    if _sign(said, at) == "half" and scale_at(said, at + 1):
        return _Part((Decimal("0.5"),), at + 1)
    part = _small(said, at)
    if part is not None:
        return part
    more = _sign(said, at + 1) == "half_more" or bool(_digit(said, at + 1))
    if at < len(said) and len(said[at].bare) > 3 and scale_at(said, at) is not None and (at == 0 or more):
        return _Part((Decimal(1),), at)  # "triệu rưỡi"
    return None


def _small_tail(said: Sequence[Token], at: int) -> _Part | None:
    if at < len(said) and said[at].is_number and said[at].marked.startswith("0") and said[at].is_whole:
        return _Part((Decimal(said[at].marked),), at + 1) if len(said[at].marked) <= 3 else None
    return _small(said, at)


LONGEST_COUNT = 9
"""Digits of a number of people that is read at all."""


def number_in(text: str) -> int | None:
    """The number of people in typed words, read from all their digits; None without digits or with too many."""
    digits = "".join(one for one in text if one.isdecimal())
    return int(digits) if 0 < len(digits) <= LONGEST_COUNT else None
