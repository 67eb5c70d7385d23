"""The certificates of a list: stars, the day each was given, and the day it ends."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.commands.lists.found import FaultKind
from bot.commands.lists.grid import Kind
from bot.commands.lists.rows import Row
from bot.commands.lists.sheets import earliest
from content.programme.pack import Pack
from registry.products.recognitions import months_later

_DAYS = ("certified_on", "expires_on")


@dataclass(frozen=True, slots=True, order=True)
class Given:
    """One certificate; they are ordered by the day they were given."""

    certified_on: date
    expires_on: date
    stars: int
    number: str
    end_printed: bool


def read_certificates(
    rows: Sequence[Row], pack: Pack, products: Collection[str], today: date
) -> dict[str, list[Given]]:
    """Read the certificates of each product; one with a faulty certificate alone has an empty list."""
    bands = {band.stars for band in pack.programme.evaluation.bands if band.recognised_by} or {3, 4, 5}
    for column in _DAYS:
        _find_swapped(rows, column, today)
    found: dict[str, list[Given]] = {}
    for row in rows:
        product, certificate, stars = row.number("product"), row.text_as_shown("certificate"), row.stars("stars")
        if product and product not in products:
            row.fault("product", FaultKind.NO_PRODUCT, product)
        if stars not in bands:
            row.fault("stars", FaultKind.NO_STARS, ", ".join(map(str, sorted(bands))))
        certified_on, expires_on, printed = _term(row, pack, today)
        of = found.setdefault(product, [])
        if row.sound and stars is not None and certified_on is not None and expires_on is not None:
            of.append(Given(certified_on, expires_on, stars, certificate, printed))
    return found


def _term(row: Row, pack: Pack, today: date) -> tuple[date | None, date | None, bool]:
    """Return the first and the last day of a certificate, and whether the last one is written."""
    rule = pack.programme.evaluation.certificates
    certified_on, expires_on = (row.day(column, today) for column in _DAYS)
    printed = expires_on is not None
    if certified_on is None:
        return None, expires_on, printed
    if certified_on > today:
        row.fault("certified_on", FaultKind.DAY_AHEAD, f"{certified_on:%d/%m/%Y}")
    elif certified_on < earliest():
        row.fault("certified_on", FaultKind.DAY_BEFORE, f"{certified_on:%d/%m/%Y}")
    if expires_on is None:
        if rule is not None:
            return certified_on, months_later(certified_on, rule.months), printed
        row.fault("expires_on", FaultKind.NO_TERM)
    elif expires_on <= certified_on:
        row.fault("expires_on", FaultKind.ENDS_FIRST)
    elif rule is not None and expires_on > months_later(certified_on, 2 * rule.months):
        row.fault("expires_on", FaultKind.ENDS_LATE, f"{expires_on:%d/%m/%Y}")
    return certified_on, expires_on, printed


def _find_swapped(rows: Iterable[Row], column: str, today: date) -> None:
    """
    Find days of a workbook of another region, which has read 04/03 as the third of April.

    Such a region makes a real day of every date whose day may be a month, and leaves the others as words.
    """
    real = [(row, day) for row in rows if row.cell(column).kind is Kind.DAY and (day := row.cell(column).day)]
    written = [day for row in rows if row.cell(column).kind is Kind.TEXT and (day := row.peek_day(column, today))]
    if not real or not written or any(day.day > 12 for _, day in real) or any(day.day <= 12 for day in written):
        return
    for row, day in real:
        row.fault(column, FaultKind.DAY_SWAPPED, f"{day:%d/%m/%Y}")
