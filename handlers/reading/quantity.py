"""Quantities with their unit: 2 tạ, 1 tạ 2, nửa tấn, 3 trăm ký, 200 lít/năm, 100 chai."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from content.language.saying import quantity_said
from content.language.words import Token, tokens, vocabulary, words
from handlers.reading.heard import LONGEST_READ, figures, is_answer_apart, taken, unclear, which
from handlers.reading.numeral import Numeral, numeral_at
from handlers.reading.period import UNCLEAR, period_of
from handlers.reading.understood import Reading

MOST_OF_ANYTHING = 10**10
_MOST_ASKED = 4
_APART = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:[ \u00a0]000)+(?![\d.,])")  # 10 000


@dataclass(frozen=True, slots=True)
class Quantity:
    """
    So much of a unit, as the person counts: 2 tạ stay 2 tạ, 3 to 4 tấn stay a range.

    `per` is day, week, month, season or year; "" for what has no period.
    """

    amount: Decimal
    unit: str
    to: Decimal | None = None
    per: str = ""

    @property
    def kilograms(self) -> Decimal | None:
        """The mass (of a range, its lower end), or None for what is not weighed."""
        factor = words()["kilograms"].get(self.unit)
        return None if factor is None else self.amount * Decimal(factor)

    def said(self) -> str:
        return quantity_said(self.amount, self.unit, self.to, self.per)

    def to_json(self) -> dict[str, int | float | str]:
        """`amount` or `from` and `to`, `unit`, and `per` where there is a period."""
        ends = {"amount": self.amount} if self.to is None else {"from": self.amount, "to": self.to}
        found: dict[str, int | float | str] = {name: _number_in_json(value) for name, value in ends.items()}
        return found | {"unit": self.unit} | ({"per": self.per} if self.per else {})


def _number_in_json(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A number and the units it may be of."""

    values: tuple[Decimal, ...]
    units: tuple[str, ...]
    start: int
    end: int
    scale: Decimal
    vague: bool
    low: "_Piece | None" = None
    """The beginning of a range that ends with this piece."""

    def quantities(self) -> list[Quantity]:
        low = self.low
        if low is not None:
            ends = list(zip(low.values, self.values, strict=False))
            return [Quantity(start, unit, end) for unit in self.units for start, end in ends]
        divisible = set(words()["divisible"])
        return [
            Quantity(value, unit)
            for unit in self.units
            for value in self.values
            if unit in divisible or value == value.to_integral_value() or len(self.values) == 1
        ]


def _unit(said: Sequence[Token], at: int) -> tuple[int, tuple[str, ...]]:
    return vocabulary("units").match(said, at)


def _part_sign(said: Sequence[Token], at: int) -> str:
    length, meaning = vocabulary("number_parts").one(said, at)
    return meaning if length == 1 else ""


def _closes(said: Sequence[Token], at: int) -> bool:
    """Let "1 tạ 2" end before the end, a sign or a word of no weight; not before a unit."""
    if at >= len(said) or (not said[at].is_number and not said[at].bare[0].isalpha()):
        return True
    return vocabulary("filler").one(said, at)[1] == "plain" and not _unit(said, at)[0]


def _number(said: Sequence[Token], at: int) -> Numeral | None:
    """Read a number, a half, a fraction (1/2), or one that is implied ("tấn rưỡi")."""
    if _part_sign(said, at) == "half" and _unit(said, at + 1)[0]:
        return Numeral((Decimal("0.5"),), at, at + 1, Decimal(1))
    if (
        at + 2 < len(said)
        and said[at + 1].marked == "/"
        and said[at].is_whole
        and said[at + 2].marked in {"2", "3", "4", "5", "10"}
        and _unit(said, at + 3)[0]
        and len(said[at].marked) == 1
        and int(said[at].marked) < int(said[at + 2].marked)
    ):
        part = Decimal(said[at].marked) / Decimal(said[at + 2].marked)
        return Numeral((round(part, 3).normalize(),), at, at + 3, Decimal(1))
    length, _ = _unit(said, at)
    if length and _part_sign(said, at + length) == "half_more":
        return Numeral((Decimal(1),), at, at, Decimal(1))
    number = numeral_at(said, at, closes=_closes)
    if number and said[at].is_number and "," in said[at].marked and said[at].marked.endswith(",000"):
        return Numeral(number.values[:1], number.start, number.end, number.scale, number.vague)
    return number


def _piece_at(said: Sequence[Token], at: int) -> _Piece | None:
    number = _number(said, at)
    if number is None:
        return None
    length, units = _unit(said, number.end)
    end, values = number.end + length, number.values
    if not length:
        return _Piece(values, (), at, number.end, number.scale, number.vague)
    if _part_sign(said, end) == "half_more":
        return _Piece(tuple(v + Decimal("0.5") for v in values), units, at, end + 1, number.scale, number.vague)
    if len(values) == 1 and units[0] in words()["divisible"]:
        added, after = _tail(said, end, units[0])
        if added:
            return _Piece(tuple(values[0] + more for more in added), units, at, after, number.scale, number.vague)
    return _Piece(values, units, at, end, number.scale, number.vague)


def _tail(said: Sequence[Token], at: int, unit: str) -> tuple[tuple[Decimal, ...], int]:
    """Read what follows a unit that can be divided: "1 tạ 2", "2 tấn 3 tạ", "2kg5", "1 tạ 20 ký"."""
    number = _number(said, at)
    if number is None or len(number.values) != 1 or number.vague:
        return (), at
    value = number.values[0]
    length, smaller = _unit(said, number.end)
    kilograms = words()["kilograms"]
    if length:
        larger, less = kilograms.get(unit), kilograms.get(smaller[0])
        if larger and less and Decimal(less) < Decimal(larger) and value * Decimal(less) < Decimal(larger):
            end = number.end + length
            return (value * Decimal(less) / Decimal(larger),), end
        return (), at
    if value != value.to_integral_value() or not (said[at].glued or _closes(said, number.end)):
        return (), at
    if value < 10:
        return (value / 10,), number.end
    if 100 <= value < 1000:
        return (value / 1000,), number.end
    if value < 100:
        return (value / 100, value / 1000), number.end
    return (), at


def _hear(said: Sequence[Token]) -> tuple[list[_Piece], bool, bool]:
    """Find the numbers with their units; whether it is refused (minus, "vài"), or only a bound ("dưới")."""
    pieces: list[_Piece] = []
    refused, linked, ranged, bound, at = False, False, False, False, 0
    while at < len(said):
        if vocabulary("unknown_amount").match(said, at)[0] and not said[at].is_number and _number(said, at) is None:
            return [], True, False
        changed, how = vocabulary("filler").one(said, at)
        if changed > 1 and how in {"negative", "bound"}:  # "không phải 2 tấn", where không means not
            if is_answer_apart(said, at + changed):  # "không phải, 200 lít"
                at += changed
                continue
            refused, bound = refused or how == "negative", bound or how == "bound"
            at += changed
            continue
        piece = _piece_at(said, at)
        if piece is None or piece.end == at:
            length, sign = vocabulary("signs").one(said, at)
            ranged = bool(length and sign == "range" and pieces)
            linked = ranged or bool(length and sign == "either" and pieces) or (linked and said[at].marked == "/")
            negative = vocabulary("filler").one(said, at)[1]
            minus = said[at].marked in {"-", "−"} and not linked
            if minus or negative == "negative":
                refused = refused or (at + 1 < len(said) and said[at + 1].is_number)
            bound = bound or negative == "bound"
            at += max(length, 1)
            continue
        if not piece.units:
            if vocabulary("periods").match(said, piece.end)[0]:  # "một năm 200 lít"
                at = piece.end + 1
                continue
            if vocabulary("periods").match(said, at)[0] and not said[at].is_number:  # "năm 2025", "năm nay"
                at += 2 if at + 1 < len(said) and len(said[at + 1].marked) == 4 and said[at + 1].is_number else 1
                continue
            if vocabulary("foreign").match(said, piece.end)[0]:
                at = piece.end + 1
                continue
        refused = refused or piece.vague
        if pieces and not pieces[-1].units and piece.units and (linked or pieces[-1].end == piece.start):
            pieces[-1] = _shared(said, pieces[-1], piece)
        if not (pieces and _packing(said, pieces[-1], piece)) and not _of_a_packet(said, pieces, piece):
            pieces.append(piece)
            if ranged and len(pieces) > 1:
                pieces[-2:] = _as_range(*pieces[-2:])
        linked, ranged, at = False, False, piece.end
    return [piece for piece in pieces if piece.units], refused, bound


def _shared(said: Sequence[Token], low: _Piece, high: _Piece) -> _Piece:
    """Give the first number of "3-5 trăm chai" and "2-3 chục ký" the unit and the scale of the second."""
    tens = any(_part_sign(said, at) == "dozen_ten" for at in range(high.start, high.end))
    scale = Decimal(10) if tens else high.scale
    scaled = tuple(value * scale for value in low.values)
    fits = scale > 1 and scaled[0] < high.values[0]
    return _Piece(scaled if fits else low.values, high.units, low.start, low.end, high.scale, low.vague)


def _as_range(low: _Piece, high: _Piece) -> list[_Piece]:
    """Join "3-4 tấn" into one piece; two pieces without a rising range stay."""
    same = low.units == high.units and len(low.values) == len(high.values) and low.low is None
    rising = all(start < end for start, end in zip(low.values, high.values, strict=False))
    return [replace(high, low=low, start=low.start)] if same and rising else [low, high]


def _packing(said: Sequence[Token], first: _Piece, second: _Piece) -> bool:
    """Tell the size of a packet: in "100 chai 500ml" it is the bottles that are counted."""
    if not first.units or not second.units or first.units[0] in words()["divisible"]:
        return False
    between = range(first.end, second.start)
    near = len(between) <= 1 and all(vocabulary("signs").one(said, at)[1] == "times" for at in between)
    return near and second.units[0] in words()["packing"]


def _of_a_packet(said: Sequence[Token], before: Sequence[_Piece], piece: _Piece) -> bool:
    """Tell the 500g of "hũ 500g", where the jar itself is not counted."""
    at = piece.start - 1
    if at < 0 or not piece.units or piece.units[0] not in words()["packing"] or (before and before[-1].end > at):
        return False
    length, units = _unit(said, at)
    return length == 1 and not said[at].is_number and units[0] not in words()["divisible"]


def read_quantity(text: str) -> Reading[Quantity]:
    """
    Read how much of what unit.

    The unit stays the one that was said, a range stays a range, and a period stays with the amount.  A number
    without a unit is not understood, and the sentence asks for it; nor are two periods.  "can" written without marks
    (cân or can) is asked.
    """
    key = "reading.quantity"
    cleaned = figures(text)
    if not cleaned or len(cleaned) > LONGEST_READ:
        return unclear(text, f"{key}.unknown")
    said = tokens(_APART.sub(lambda found: "".join(found.group().split()), cleaned))
    pieces, refused, bound = _hear(said)
    found = [quantity for piece in pieces for quantity in piece.quantities()]
    found = [quantity for quantity in dict.fromkeys(found) if 0 < quantity.amount <= MOST_OF_ANYTHING]
    period = period_of(said, lambda at: (piece := _piece_at(said, at)) is not None and bool(piece.units))
    found = [replace(quantity, per=period) for quantity in found]
    if refused or not found or period == UNCLEAR:
        lone = not refused and any(
            number.values[0] > 0
            for at in range(len(said))
            if (number := numeral_at(said, at, closes=_closes)) is not None
        )
        return unclear(text, f"{key}.unit" if lone and not pieces else f"{key}.unknown")
    if len(found) > 1 or (bound and found[0].to is None):  # "từ 2 đến 3 tấn" is the range itself
        return which(text, found[:_MOST_ASKED], key, Quantity.said)
    return taken(text, found[0], f"{key}.taken", quantity=found[0].said())
