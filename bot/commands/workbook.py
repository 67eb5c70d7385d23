"""
Read an office's workbook: every fault with its cell and a remedy, all of them at once.

What the sheets and columns are called is said in `content/programme/office_list.yaml`;
the template is written from it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

import content
from bot.settings.command_error import CommandError
from content.fold import clean, fold
from content.programme.pack import Pack
from handlers.reading.calendar_days import solar_day
from handlers.reading.phone import read_phone
from handlers.reading.tax_code import read_tax_code
from registry.applications.imports import ListedEntity, ListedProduct
from registry.products.recognitions import months_later

MOST_ROWS = 20_000
"""Rows of one sheet; a province has some hundred products."""
LONGEST = 300
_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_NUMBER = re.compile(r"[\w./-]{1,60}")


class Column(NamedTuple):
    """One column of the workbook."""

    name: str
    required: bool
    help: str
    example: str


class ListSheet(NamedTuple):
    """One sheet of the workbook."""

    name: str
    columns: Mapping[str, Column]


@dataclass(slots=True)
class Workbook:
    """The content of a workbook; one with faults must not be imported.  `remarks` are warnings."""

    entities: list[ListedEntity] = field(default_factory=list)
    products: list[ListedProduct] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class _Row:
    """One row by column; records each fault with its cell."""

    def __init__(self, sheet: ListSheet, number: int, cells: Mapping[str, tuple[str, Any]], book: Workbook) -> None:
        self._sheet, self._number, self._cells, self._book = sheet, number, cells, book
        self.sound = True

    def text(self, column: str) -> str:
        """Return the text of a cell, tidied; a whole number without its ".0"."""
        value = self._cells.get(column, ("", None))[1]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        words = "" if value is None else " ".join(clean(str(value)).split())
        if not words and self._sheet.columns[column].required:
            self.fault(column, "It is empty.", "Fill it in.")
        if len(words) > LONGEST:
            self.fault(column, f"It is longer than {LONGEST} letters.", "Shorten it.")
        return words

    def number(self, column: str) -> str:
        """Return one of the office's own numbers: an id of letters and digits without blanks."""
        words = self.text(column)
        if words and not _NUMBER.fullmatch(words):
            self.fault(
                column, f"{words!r} is not a number of an office.", "Write letters, digits and . / - _ without blanks."
            )
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
            self.fault(column, f"{words!r} is not a day.", "Write day/month/year, such as 15/12/2025.")
        return read

    def fault(self, column: str, what: str, remedy: str) -> None:
        self.sound = False
        letter = self._cells.get(column, ("?", None))[0]
        self._book.faults.append(f"{self._sheet.name}!{letter}{self._number}: {what} {remedy}")

    def remark(self, column: str, what: str) -> None:
        self._book.remarks.append(f"{self._sheet.name}!{self._cells[column][0]}{self._number}: {what}")


@cache
def sheets() -> Mapping[str, ListSheet]:
    """The sheets and columns an office fills in."""
    told = _told()["sheets"]
    return {
        key: ListSheet(one["name"], {name: Column(**column) for name, column in one["columns"].items()})
        for key, one in told.items()
    }


def _told() -> Mapping[str, Any]:
    file = Path(content.__file__).parent / "programme" / "office_list.yaml"
    told: Mapping[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return told


def read_workbook(path: Path, pack: Pack, *, known: frozenset[str]) -> Workbook:
    """
    Read an office's workbook for a pack; `known` are the numbers of entities in the database.

    Only values are read, never formulas; nothing is imported here.
    """
    book = Workbook()
    rows = _rows(path, book)
    entities = _entities(rows["entities"], pack)
    products = _products(rows["products"], pack, book, {one.number for one in entities} | known)
    certificates = _certificates(rows["certificates"], pack, set(products))
    for number, (row, entity, name, group) in products.items():
        latest = max(certificates.get(number, ()), default=None)
        if latest is None:
            row.fault("number", "This product has no certificate.", "Add it there, or let its maker register the idea.")
            continue
        certified_on, expires_on, stars, certificate, printed = latest
        book.products.append(
            ListedProduct(number, entity, name, group, certificate, stars, certified_on, expires_on, printed)
        )
    book.entities = entities
    return book


def write_template(path: Path) -> None:
    """Write an empty workbook with a sheet that explains it; an existing file is never replaced."""
    import xlsxwriter

    if path.exists():
        raise CommandError(f"{path} exists and was not changed. Give another name.")
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8F0E4", "border": 1})
        text = book.add_format({"num_format": "@"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for sheet in sheets().values():
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            page.set_column(0, len(sheet.columns) - 1, 24, text)  # text keeps the 0 at the front of a phone number
            for at, column in enumerate(sheet.columns.values()):
                page.write_string(0, at, column.name + (" *" if column.required else ""), bold)
        guide = book.add_worksheet(_told()["guide"])
        guide.set_column(0, 1, 22)
        guide.set_column(2, 2, 70)
        guide.set_column(3, 3, 30)
        line = 0
        for sheet in sheets().values():
            for column in sheet.columns.values():
                words = (sheet.name, column.name + (" *" if column.required else ""), column.help, column.example)
                for at, word in enumerate(words):
                    guide.write_string(line, at, word, wrapped)
                line += 1


def _rows(path: Path, book: Workbook) -> dict[str, list[_Row]]:
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
                book.faults.append(f"{sheet.name}: There is no such sheet. Make one from the template: --template.")
        return found
    finally:
        opened.close()


def _of_sheet(sheet: ListSheet, lines: Iterable[Sequence[Any]], book: Workbook) -> list[_Row]:
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
                    book.faults.append(f"{sheet.name}!1: There is no column {column.name!r}. Add it to the first row.")
            if any(column.required and key not in at.values() for key, column in sheet.columns.items()):
                return []
            continue
        cells = {key: (get_column_letter(i + 1), line[i] if i < len(line) else None) for i, key in at.items()}
        if all(value is None or str(value).strip() == "" for _, value in cells.values()):
            continue
        if len(rows) == MOST_ROWS:
            book.faults.append(f"{sheet.name}: There are more than {MOST_ROWS} rows. Cut the list into several.")
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
            row.fault("number", f"{number} occurs twice.", "Give every entity its own number.")
        if kind and fold(kind) not in kinds:
            known = ", ".join(one.name for one in pack.programme.entity_kinds)
            row.fault("kind", f"{kind!r} is not a kind of entity.", f"Known are: {known}.")
        place = _place(row, pack)
        tax_code = _read(row, "tax_code", read_tax_code, "not a tax code", "Write 10 or 13 digits, or leave it empty.")
        phone = _read(row, "phone", _phone, "not a phone number", "Write it as 0912 345 678, or leave it empty.")
        if row.sound:
            found[number] = ListedEntity(
                number, name, kinds[fold(kind)], place, tax_code, row.text("person") or None, phone
            )
    return list(found.values())


def _products(
    rows: Iterable[_Row], pack: Pack, book: Workbook, makers: set[str]
) -> dict[str, tuple[_Row, str, str, str]]:
    groups = {word: one.id for one in pack.programme.product_groups for word in map(fold, (one.name, one.id))}
    unreadable = {fault.partition("!")[0] for fault in book.faults}
    found: dict[str, tuple[_Row, str, str, str]] = {}
    for row in rows:
        number, entity, name, group = row.number("number"), row.number("entity"), row.text("name"), row.text("group")
        if number in found:
            row.fault("number", f"{number} occurs twice.", "Give every product its own number.")
        if entity and entity not in makers and sheets()["entities"].name not in unreadable:
            row.fault("entity", f"No entity has the number {entity}.", "Add the entity, or correct the number.")
        if group and fold(group) not in groups:
            known = ", ".join(one.name for one in pack.programme.product_groups)
            row.fault("group", f"{group!r} is not a product group.", f"Known are: {known}.")
        if number and number not in found:
            found[number] = (row, entity, name, groups.get(fold(group), ""))
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
            row.fault("product", f"No product has the number {product}.", "Add the product, or correct the number.")
        if stars is None or int(stars[0]) not in bands:
            row.fault(
                "stars", "These stars make no certificate.", f"Write one of {', '.join(map(str, sorted(bands)))}."
            )
        if certified_on is not None and expires_on is None and row.sound:
            if rule is None:
                row.fault("expires_on", "This programme sets no term.", "Write the last day of the certificate.")
            else:
                expires_on = months_later(certified_on, rule.months)
        if certified_on is not None and expires_on is not None and expires_on <= certified_on:
            row.fault("expires_on", "It ends before it begins.", "Correct one of the two days.")
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
            row.fault(
                "place", f"{given!r} does not name one commune.", f"Write its code{': ' + offered if offered else ''}."
            )
            return ""
    if match.through is not None:
        row.remark("place", f"{match.through.name} is now {match.place.name} ({match.place.code}).")
    return match.place.code


def _phone(text: str) -> Any:
    """Read a phone number; a number cell has lost its leading 0."""
    return read_phone(f"0{text}" if re.fullmatch(r"[35789]\d{8}", text) else text)


def _read(row: _Row, column: str, reader: Any, what: str, remedy: str) -> str | None:
    words = row.text(column)
    if not words:
        return None
    understood: str | None = reader(words).understood
    if understood is None:
        row.fault(column, f"This is {what}.", remedy)
    return understood
