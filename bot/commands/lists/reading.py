"""Read an office's workbook: every fault with its cell and a remedy, all of them at once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.commands.lists.found import Fault, FaultKind, Place, Remark, RemarkKind
from bot.commands.lists.sheets import ListSheet, sheets
from bot.settings.command_error import CommandError
from content.fold import clean, fold
from content.programme.pack import Pack
from handlers.reading.calendar_days import solar_day
from handlers.reading.phone import read_phone
from handlers.reading.tax_code import read_tax_code
from registry.imports.listed import ListedEntity, ListedProduct
from registry.imports.numbers import alike
from registry.products.recognitions import months_later

MOST_ROWS = 20_000
"""Rows of one sheet; a province has some hundred products."""
LONGEST = 300
_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_NUMBER = re.compile(r"[\w./-]{1,60}")


@dataclass(slots=True)
class OfficeList:
    """The content of a workbook; one with faults must not be imported.  `remarks` are warnings."""

    entities: list[ListedEntity] = field(default_factory=list)
    products: list[ListedProduct] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


class _Row:
    """One row by column; records each fault with its cell."""

    def __init__(self, sheet: ListSheet, number: int, cells: Mapping[str, tuple[str, Any]], book: OfficeList) -> None:
        self._sheet, self._number, self._cells, self._book = sheet, number, cells, book
        self.sound = True

    def text(self, column: str) -> str:
        """Return the text of a cell, tidied; a whole number without its ".0"."""
        value = self._cells.get(column, ("", None))[1]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        words = "" if value is None else " ".join(clean(str(value)).split())
        if not words and self._sheet.columns[column].required:
            self.fault(column, FaultKind.EMPTY)
        if len(words) > LONGEST:
            self.fault(column, FaultKind.TOO_LONG, str(LONGEST))
        return words

    def number(self, column: str) -> str:
        """Return one of the office's own numbers: an id of letters and digits without blanks."""
        words = self.text(column)
        if words and not _NUMBER.fullmatch(words):
            self.fault(column, FaultKind.NO_NUMBER, words)
        return words

    def day(self, column: str) -> date | None:
        value = self._cells.get(column, ("", None))[1]
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        words = self.text(column)
        if not words:
            return None
        found = _DAY.fullmatch(words)
        read = solar_day(*(int(part) for part in found.groups())) if found else None
        if read is None:
            self.fault(column, FaultKind.NO_DAY, words)
        return read

    def fault(self, column: str, kind: FaultKind, *values: str) -> None:
        """Record a fault of a cell; this row is not sound from now on."""
        self.sound = False
        self._book.faults.append(Fault(self._at(column), kind, values))

    def remark(self, column: str, kind: RemarkKind, *values: str) -> None:
        """Record a remark on a cell."""
        self._book.remarks.append(Remark(self._at(column), kind, values))

    def _at(self, column: str) -> Place:
        return Place(self._sheet.name, self._number, self._cells.get(column, ("?", None))[0], column)


def read_workbook(
    path: Path, pack: Pack, *, known: frozenset[str], known_products: frozenset[str] = frozenset()
) -> OfficeList:
    """
    Read an office's workbook for a pack; `known` are the numbers of entities and of products in the database.

    Only values are read, never formulas; nothing is imported here.
    """
    book = OfficeList()
    rows = _rows(path, book)
    entities = _entities(rows["entities"], pack)
    products = _products(rows["products"], pack, book, {one.number for one in entities} | known)
    _tell_alike(rows["entities"], known)
    _tell_alike(rows["products"], known_products)
    certificates = _certificates(rows["certificates"], pack, set(products))
    for number, (row, entity, name, group, product_set) in products.items():
        latest = max(certificates.get(number, ()), default=None)
        if latest is None:
            row.fault("number", FaultKind.NO_CERTIFICATE)
            continue
        certified_on, expires_on, stars, certificate, printed = latest
        book.products.append(
            ListedProduct(
                number, entity, name, group, certificate, stars, certified_on, expires_on, printed, product_set
            )
        )
    book.entities = entities
    return book


def _rows(path: Path, book: OfficeList) -> dict[str, list[_Row]]:
    """The rows of every sheet, by column; a missing sheet or column is a fault."""
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        opened = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise CommandError(f"{path} is not an .xlsx workbook. Nothing was imported. Save it as .xlsx.") from None
    try:
        named = {fold(name).strip(): name for name in opened.sheetnames}
        found = {}
        for key, sheet in sheets().items():
            name = named.get(fold(sheet.name))
            found[key] = [] if name is None else _of_sheet(sheet, opened[name].iter_rows(values_only=True), book)
            if name is None:
                book.faults.append(Fault(Place(sheet.name), FaultKind.NO_SHEET))
        return found
    finally:
        opened.close()


def _of_sheet(sheet: ListSheet, lines: Iterable[Sequence[Any]], book: OfficeList) -> list[_Row]:
    from openpyxl.utils import get_column_letter

    called = {fold(column.name): key for key, column in sheet.columns.items()}
    at: dict[int, str] = {}
    rows: list[_Row] = []
    for number, line in enumerate(lines, 1):
        if number == 1:
            for index, value in enumerate(line):
                key = called.get(fold(str(value or "")).strip().rstrip("*").strip())
                if key is not None and key not in at.values():
                    at[index] = key
            for key, column in sheet.columns.items():
                if column.required and key not in at.values():
                    book.faults.append(Fault(Place(sheet.name, 1), FaultKind.NO_COLUMN, (column.name,)))
            if any(column.required and key not in at.values() for key, column in sheet.columns.items()):
                return []
            continue
        cells = {key: (get_column_letter(i + 1), line[i] if i < len(line) else None) for i, key in at.items()}
        if all(value is None or str(value).strip() == "" for _, value in cells.values()):
            continue
        if len(rows) == MOST_ROWS:
            book.faults.append(Fault(Place(sheet.name), FaultKind.TOO_MANY_ROWS, (str(MOST_ROWS),)))
            break
        rows.append(_Row(sheet, number, cells, book))
    return rows


def _entities(rows: Iterable[_Row], pack: Pack) -> list[ListedEntity]:
    kinds = {
        word: kind.id for kind in pack.programme.entity_kinds for word in map(fold, (*kind.words, kind.name, kind.id))
    }
    found: dict[str, ListedEntity] = {}
    for row in rows:
        number, name, kind = row.number("number"), row.text("name"), row.text("kind")
        if number in found:
            row.fault("number", FaultKind.TWICE, number)
        if kind and fold(kind) not in kinds:
            known = ", ".join(one.name for one in pack.programme.entity_kinds)
            row.fault("kind", FaultKind.NO_KIND, kind, known)
        place = _place(row, pack)
        tax_code = _read(row, "tax_code", read_tax_code, FaultKind.NO_TAX_CODE)
        phone = _read(row, "phone", _phone, FaultKind.NO_PHONE)
        if row.sound:
            found[number] = ListedEntity(
                number, name, kinds[fold(kind)], place, tax_code, row.text("person") or None, phone
            )
    return list(found.values())


def _tell_alike(rows: Iterable[_Row], known: frozenset[str]) -> None:
    """Refuse a number that differs from another one of the list or the database only as 001 does from 1."""
    numbered = {row.text("number"): row for row in rows if row.sound}
    for number, other in alike(numbered, known).items():
        numbered[number].fault("number", FaultKind.ALIKE, number, other)


def _products(
    rows: Iterable[_Row], pack: Pack, book: OfficeList, makers: set[str]
) -> dict[str, tuple[_Row, str, str, str, int | None]]:
    groups = {word: one.id for one in pack.programme.product_groups for word in map(fold, (one.name, one.id))}
    unreadable = {fault.place.sheet for fault in book.faults}
    found: dict[str, tuple[_Row, str, str, str, int | None]] = {}
    for row in rows:
        number, entity, name, group = row.number("number"), row.number("entity"), row.text("name"), row.text("group")
        if number in found:
            row.fault("number", FaultKind.TWICE, number)
        if entity and entity not in makers and sheets()["entities"].name not in unreadable:
            row.fault("entity", FaultKind.NO_ENTITY, entity)
        if group and fold(group) not in groups:
            known = ", ".join(one.name for one in pack.programme.product_groups)
            row.fault("group", FaultKind.NO_GROUP, group, known)
        if number and number not in found:
            found[number] = (
                row,
                entity,
                name,
                groups.get(fold(group), ""),
                _set(row, pack, groups.get(fold(group), "")),
            )
    return found


def _set(row: _Row, pack: Pack, group: str) -> int | None:
    """Return the number of a product's set, by number or name; None when the cell is empty."""
    words = row.text("set")
    if not words:
        return None
    known = [one for of in pack.programme.product_groups if of.id == group for one in of.sets]
    found = next((one.number for one in known if words == str(one.number) or fold(words) == fold(one.name)), None)
    if found is None:
        numbers = ", ".join(str(one.number) for one in known)
        row.fault("set", *((FaultKind.NO_SET, words, numbers) if known else (FaultKind.NO_SETS,)))
    return found


def _certificates(
    rows: Iterable[_Row], pack: Pack, products: set[str]
) -> dict[str, list[tuple[date, date, int, str, bool]]]:
    bands = {band.stars for band in pack.programme.evaluation.bands if band.recognised_by} or {3, 4, 5}
    rule = pack.programme.evaluation.certificates
    found: dict[str, list[tuple[date, date, int, str, bool]]] = {}
    for row in rows:
        product, certificate = row.number("product"), row.text("certificate")
        stars = re.search(r"\d", row.text("stars"))
        certified_on, expires_on = row.day("certified_on"), row.day("expires_on")
        printed = expires_on is not None
        if product and product not in products:
            row.fault("product", FaultKind.NO_PRODUCT, product)
        if stars is None or int(stars[0]) not in bands:
            row.fault("stars", FaultKind.NO_STARS, ", ".join(map(str, sorted(bands))))
        if certified_on is not None and expires_on is None and row.sound:
            if rule is None:
                row.fault("expires_on", FaultKind.NO_TERM)
            else:
                expires_on = months_later(certified_on, rule.months)
        if certified_on is not None and expires_on is not None and expires_on <= certified_on:
            row.fault("expires_on", FaultKind.ENDS_FIRST)
        if row.sound and stars is not None and certified_on is not None and expires_on is not None:
            found.setdefault(product, []).append((certified_on, expires_on, int(stars[0]), certificate, printed))
        elif product:
            found.setdefault(
                product, [(date.min, date.min, 0, "", False)]
            )  # its own row has the fault; it does not lack a certificate
    return found


def _place(row: _Row, pack: Pack) -> str:
    """Return a commune by code or name; an abolished one gives its successor, with a remark."""
    given = row.text("place")
    if not given:
        return ""
    match = pack.places.resolve_code(given)
    if match is None:
        found = pack.places.find(given)
        match = found.matches[0] if found.sure else None
        if match is None:
            offered = ", ".join(f"{one.place.name} ({one.place.code})" for one in found.matches)
            row.fault("place", *((FaultKind.WHICH_PLACE, given, offered) if offered else (FaultKind.NO_PLACE, given)))
            return ""
    if match.through is not None:
        row.remark("place", RemarkKind.PLACE_NOW, match.through.name, match.place.name, match.place.code)
    return match.place.code


def _phone(text: str) -> Any:
    """Read a phone number; a number cell has lost its leading 0."""
    return read_phone(f"0{text}" if re.fullmatch(r"[35789]\d{8}", text) else text)


def _read(row: _Row, column: str, reader: Any, kind: FaultKind) -> str | None:
    words = row.text(column)
    if not words:
        return None
    understood: str | None = reader(words).understood
    if understood is None:
        row.fault(column, kind)
    return understood
