"""Prices and sums in đồng: 35k/chai, 1 triệu rưỡi, 5tr2, 120.000đ, ba mươi lăm nghìn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import zip_longest

from content.language.saying import price_said
from content.language.words import Token, tokens, vocabulary
from handlers.reading.heard import LONGEST_READ, figures, is_answer_apart, taken, unclear, which
from handlers.reading.numeral import numeral_at
from handlers.reading.understood import Reading

MOST_MONEY = 10**13
_SMALLEST_SAID_PLAINLY = 1000  # the smallest note in use; below it, thousands are usually meant
_APART = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:[ \u00a0]\d{3})+(?![\d.,])")
_MOST_ASKED = 4


@dataclass(frozen=True, slots=True)
class Price:
    """So much money, up to `to` for a range, for one of `per` when the person named it."""

    dong: int
    per: str = ""
    to: int | None = None

    def said(self) -> str:
        return price_said(self.dong, self.per, self.to)


Money = int | dict[str, int]
"""An amount in đồng, or the two ends of a range as `from` and `to`."""


@dataclass(frozen=True, slots=True)
class _Amount:
    values: tuple[Decimal, ...]
    start: int
    end: int
    explicit: bool  # it says nghìn, triệu or đồng
    dong: bool
    vague: bool
    size: Decimal  # of its scale


def _closes(said: Sequence[Token], at: int) -> bool:
    """Let "2 triệu 5" end before the end, a sign, the currency or a word of no weight; not before a unit."""
    if at >= len(said) or (not said[at].is_number and not said[at].bare[0].isalpha()):
        return True
    return bool(
        vocabulary("currency").match(said, at)[0]
        or (vocabulary("filler").one(said, at)[1] == "plain" and not _unit(said, at)),
    )


def _unit(said: Sequence[Token], at: int) -> int:
    """Tell how many words name a unit at a place."""
    return vocabulary("units").match(said, at)[0]


def _named(said: Sequence[Token], at: int) -> str:
    """The unit at a place as it is said back: one meaning by its usual name, several as typed."""
    length, units = vocabulary("units").match(said, at)
    return units[0] if len(units) == 1 else " ".join(token.marked for token in said[at : at + length])


def _per(said: Sequence[Token], at: int) -> tuple[int, Decimal, str]:
    """Read "/chai", "một hũ", "/2kg": the place after it, for how many pieces the price is, and of what."""
    here, pieces, spelled = at, Decimal(1), False
    length, _ = vocabulary("signs").one(said, here)
    if length and vocabulary("signs").match(said, here)[1] == ("per",):
        here, spelled = here + length, True
    if vocabulary("number_parts").one(said, here)[1] == "half" and _unit(said, here + 1):  # "80k/nửa ký"
        end = here + 1 + _unit(said, here + 1)
        return end, pieces, " ".join(token.marked for token in said[here:end])
    count = numeral_at(said, here, closes=_closes)
    if count and count.plain and not count.vague and _unit(said, count.end):
        unit = vocabulary("units").one(said, count.end)[1]
        end = count.end + _unit(said, count.end)
        if unit in {"g", "ml"}:  # "35k/500g" is the price of a packet
            return end, pieces, " ".join(token.marked for token in said[here:end])
        return end, count.values[0], _named(said, count.end)
    if spelled and here < len(said):
        if _unit(said, here):
            return here + _unit(said, here), pieces, _named(said, here)
        if said[here].bare[0].isalpha() and said[here - 1].marked == "/":
            return here + 1, pieces, said[here].marked
    if _unit(said, here) and here == at:
        return here + _unit(said, here), pieces, _named(said, here)
    return at, pieces, ""


def _amount_at(said: Sequence[Token], at: int) -> _Amount | None:
    number = numeral_at(said, at, closes=_closes, money=True)
    if number is None:
        return None
    end = number.end
    length, _ = vocabulary("currency").one(said, end)
    if length and said[end].marked != "n":
        end += length
    else:
        length = 0
    return _Amount(
        number.values,
        number.start,
        end,
        not number.plain or bool(length),
        bool(length),
        number.vague,
        number.scale,
    )


@dataclass(slots=True)
class _Heard:
    """A sentence so far: its amounts in order, and the reasons against taking one of them."""

    said: Sequence[Token]
    amounts: list[_Amount] = field(default_factory=list)
    links: set[int] = field(default_factory=set)  # amounts that a sign links to the one before
    ranges: set[int] = field(default_factory=set)  # those where the sign says from … to …
    refused: bool = False
    bound: bool = False
    strangers: int = 0
    pieces: Decimal = Decimal(1)
    unit: str = ""
    linked: str = ""  # the sign that came before: range or either
    minus: bool = False  # a minus came before

    @property
    def end(self) -> int:
        """The place after the last amount; -1 without one."""
        return self.amounts[-1].end if self.amounts else -1

    def take_amount(self, amount: _Amount) -> int:
        """Take an amount with the unit it buys; the place after them."""
        self.refused = self.refused or self.minus or amount.vague
        if self.linked and self.amounts:
            self.links.add(len(self.amounts))
            if self.linked == "range":
                self.ranges.add(len(self.amounts))
        at, pieces, unit = _per(self.said, amount.end)
        if pieces > 1:
            self.pieces = pieces
        self.unit = unit or self.unit
        self.amounts.append(amount)
        self.linked, self.minus = "", False
        return at

    def take_count(self, amount: _Amount) -> int:
        """Take a number of pieces or the size of a packet: "2 chai 35k", "gói 200g 35k"; the place after it."""
        end = amount.end + _unit(self.said, amount.end)
        if _packet(self.said, amount):  # the price of the packet, not of its grams
            first = amount.start - 1 if amount.start and _unit(self.said, amount.start - 1) else amount.start
            self.unit = " ".join(token.marked for token in self.said[first:end])
        else:
            if amount.values[0] > 1:
                self.pieces = amount.values[0]
            self.unit = _named(self.said, amount.end)
        return end

    def take_sign(self, at: int) -> int:
        """Take a sign, a small word, a unit or a strange word; the place after it."""
        said = self.said
        length, sign = vocabulary("signs").one(said, at)
        if self.end == at and said[at].marked == "/" and at + 1 < len(said) and said[at + 1].is_number:
            self.refused = True  # "1/2 triệu", "20/11"
        negative, what = vocabulary("filler").one(said, at)
        if length and sign in {"range", "either"} and self.amounts:
            self.linked = sign
            return at + length
        self.minus = said[at].marked in {"-", "–", "−"} or what == "negative"
        self.bound = self.bound or what == "bound"
        self.refused = self.refused or what == "negative"
        unit = _unit(said, at)
        if not (negative or length or unit or not said[at].bare[0].isalnum()):
            self.strangers += 1
        return at + max(negative, length, unit, 1)


def _hear(said: Sequence[Token]) -> _Heard:
    heard = _Heard(said)
    at = 0
    while at < len(said):
        if _foreign(heard, at):
            heard.refused = True
        changed, how = vocabulary("filler").one(said, at)
        if changed > 1 and how in {"negative", "bound"}:  # "không phải 35k", where không means not
            at = at + changed if is_answer_apart(said, at + changed) else heard.take_sign(at)
            continue
        amount = _amount_at(said, at)
        unknown = vocabulary("unknown_amount").match(said, at)[0] if amount is None else 0
        if unknown:
            heard.refused, at = True, at + unknown
        elif amount is None:
            at = heard.take_sign(at)
        elif _is_one_of_a_unit(said, amount):
            at = heard.take_count(amount)
        else:
            at = heard.take_amount(amount)
    return heard


def _foreign(heard: _Heard, at: int) -> bool:
    """True for foreign money next to an amount, or at the beginning: "$5", "5 usd"."""
    foreign = vocabulary("foreign").match(heard.said, at)[0]
    if not foreign or vocabulary("scales").match(heard.said, at)[0]:
        return False
    return heard.end == at if heard.amounts else heard.said[at].marked in "$€£¥"


def _is_one_of_a_unit(said: Sequence[Token], amount: _Amount) -> bool:
    """Tell "2 chai" (a count) from "35k chai": a plain number with a unit right after it."""
    return not amount.explicit and _unit(said, amount.end) > 0 and not vocabulary("currency").match(said, amount.end)[0]


def _packet(said: Sequence[Token], amount: _Amount) -> bool:
    """Tell the size of a packet ("gói 200g", "can 5 lít") from a number of pieces."""
    unit = vocabulary("units").one(said, amount.end)[1]
    named_before = amount.start > 0 and bool(_unit(said, amount.start - 1))
    return unit in {"g", "ml"} or named_before


def _meant(amount: _Amount) -> tuple[Decimal, ...]:
    """Spread an amount that says no scale, or too small a one, over what may be meant."""
    values = amount.values
    if amount.explicit and not amount.dong:
        return values
    small = all(value < _SMALLEST_SAID_PLAINLY for value in values)
    if not small:
        return tuple(value for value in values if value == value.to_integral_value()) or values
    if any(value != value.to_integral_value() for value in values):
        return tuple(dict.fromkeys(v * times for v in values for times in (Decimal(1_000_000), Decimal(1000))))
    order = (1, 1000) if amount.dong else (1000, 1)
    return tuple(dict.fromkeys(value * times for value in values for times in order))


def _scaled_range(low: _Amount, high: _Amount) -> _Amount:
    """Give the first number of "30-35k" the scale of the second."""
    if low.explicit or high.size < 1000 or not high.explicit:
        return low
    scaled = tuple(value * high.size for value in low.values)
    return replace(low, values=scaled, explicit=True, dong=False, size=high.size)


def _settle(heard: _Heard) -> list[tuple[Decimal, Decimal | None]]:
    """The amounts that may be meant, each alone or as a range."""
    amounts = list(heard.amounts)
    beside = {
        i
        for i in range(1, len(amounts))
        if amounts[i].explicit
        and not amounts[i - 1].explicit
        and amounts[i - 1].end == amounts[i].start
        and amounts[i - 1].values[0] * 4 >= amounts[i].values[0] / max(amounts[i].size, Decimal(1))
    }
    for i in sorted(heard.links | beside, reverse=True):
        amounts[i - 1] = _scaled_range(amounts[i - 1], amounts[i])
    explicit = [amount for amount in amounts if amount.explicit]
    kept = explicit if explicit and not (heard.links and len(explicit) < len(amounts)) else amounts
    if not explicit and (heard.strangers or len(kept) > 1 + len(heard.links)):
        return []
    spread = [_meant(amount) for amount in kept]
    ends = _ends(spread) if heard.ranges == {1} and len(kept) == len(amounts) == 2 else []
    alone = dict.fromkeys(value for nth in zip_longest(*spread) for value in nth if value is not None)
    found: list[tuple[Decimal, Decimal | None]] = [*ends] or [(value, None) for value in alone]
    if heard.pieces > 1:
        found += [(low / heard.pieces, None if high is None else high / heard.pieces) for low, high in found]
    return [one for one in found if all(_is_a_sum(end) for end in one if end is not None)]


def _ends(spread: Sequence[Sequence[Decimal]]) -> list[tuple[Decimal, Decimal]]:
    """The ranges two amounts may be: low and high of the same scale; none where the first is not below."""
    low, high = spread
    ends = list(zip(low, high, strict=False))
    return ends if len(low) == len(high) and all(start < end for start, end in ends) else []


def _is_a_sum(value: Decimal) -> bool:
    return value == value.to_integral_value() and 0 < value <= MOST_MONEY


def read_money(text: str) -> Reading[Money]:
    """
    Read an amount of money in đồng; "30-35k" as a range.

    A bare number below a thousand, a price for several pieces and "1tr25" are asked. Foreign money, minus signs and
    zero are not understood.
    """
    price = read_price(text)
    if price.ask:
        prices = list(dict.fromkeys(replace(one, per="") for one in price.ask))
        asked = which(text, prices, "reading.money", Price.said)
        return Reading(text, ask=tuple(_plain(one) for one in prices), said=asked.said)
    if price.understood is None:
        return Reading(text, said=price.said)
    one = replace(price.understood, per="")
    return taken(text, _plain(one), "reading.money.taken", amount=one.said())


def _plain(price: Price) -> Money:
    return price.dong if price.to is None else {"from": price.dong, "to": price.to}


def read_price(text: str) -> Reading[Price]:
    """Read an amount as `read_money` does, with the one thing it buys when that is named: "35k/chai"."""
    key = "reading.money"
    words = figures(text)
    if not words or len(words) > LONGEST_READ:
        return unclear(text, f"{key}.unknown")
    joined = _APART.sub(lambda found: re.sub(r"\s", "", found.group()), words)
    heard = _hear(tokens(joined))
    if heard.refused or not heard.amounts:
        return unclear(text, f"{key}.unknown")
    unit = heard.unit if heard.pieces <= 1 else ""
    prices = [Price(int(low), unit, None if high is None else int(high)) for low, high in _settle(heard)]
    if not prices:
        return unclear(text, f"{key}.unknown")
    bound = heard.bound and all(one.to is None for one in prices)  # "từ 30 đến 35k" is the range itself
    if len(prices) > 1 or bound or heard.pieces > 1:
        return which(text, prices[:_MOST_ASKED], key, Price.said)
    return taken(text, prices[0], f"{key}.taken", amount=prices[0].said())
