"""Read an office's workbook: its records, and every fault and remark with its place, all of them at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.commands.lists.certificates import read_certificates
from bot.commands.lists.found import Fault, FaultKind, Findings, Mapped, Place, Remark, RemarkKind
from bot.commands.lists.grid import read_grid
from bot.commands.lists.makers import Choices, read_makers
from bot.commands.lists.package import LIMITS, Limits, Package, Tab, opened
from bot.commands.lists.rows import Row
from bot.commands.lists.sheets import ListSheet, guide, marked, named, sheets
from bot.commands.lists.tables import read_table
from content.fold import fold
from content.programme.pack import Pack
from registry.imports.listed import ListedEntity, ListedProduct
from registry.imports.numbers import alike

MOST_ROWS = 20_000
"""Rows of one sheet; a province has some hundred products."""
_AROUND = 100
"""Rows above the headings and below the list that are read, too."""


@dataclass(slots=True)
class OfficeList:
    """The content of a workbook; one with faults must not be imported.  `mapped` says how each sheet was understood."""

    entities: list[ListedEntity] = field(default_factory=list)
    products: list[ListedProduct] = field(default_factory=list)
    mapped: list[Mapped] = field(default_factory=list)
    found: Findings = field(default_factory=Findings)

    @property
    def faults(self) -> list[Fault]:
        return self.found.faults

    @property
    def remarks(self) -> list[Remark]:
        return self.found.remarks


@dataclass(frozen=True, slots=True)
class _Product:
    """One row of the products, before its certificate is known."""

    row: Row
    entity: str
    name: str
    group: str
    product_set: int | None


def read_workbook(
    path: Path,
    pack: Pack,
    *,
    known: Collection[str],
    today: date,
    known_products: Collection[str] = (),
    limits: Limits = LIMITS,
) -> OfficeList:
    """
    Read an office's workbook for a pack; `known` are the numbers of entities in the database, and of products.

    Only values are read, never formulas; nothing is imported here.  Raises `CommandError` for a file that is not a
    workbook, is damaged or is beyond the limits.
    """
    book = OfficeList()
    with opened(path, limits) as package:
        rows = {key: _rows_of(sheet, package, book) for key, sheet in sheets().items()}
        _name_sheets(package, book)
    makers = rows["entities"]
    book.entities = read_makers(makers or (), pack)
    numbers = {one.number for one in book.entities} | {row.text_if_any("number") for row in makers or ()} | set(known)
    products = _read_products(rows["products"] or (), pack, numbers, makers_read=makers is not None)
    _tell_alike(makers or (), known)
    _tell_alike(rows["products"] or (), known_products)
    certificates = read_certificates(rows["certificates"] or (), pack, products, today)
    for number, one in products.items():
        given = certificates.get(number)
        if given is None and rows["certificates"] is not None:
            one.row.fault("number", FaultKind.NO_CERTIFICATE)
        elif given and one.row.sound:
            last = max(given)
            book.products.append(
                ListedProduct(
                    number, one.entity, one.name, one.group, last.number, last.stars, last.certified_on,
                    last.expires_on, last.end_printed, one.product_set,
                )
            )  # fmt: skip
    return book


def _tell_alike(rows: Iterable[Row], known: Collection[str]) -> None:
    """Refuse a number that differs from another one of the list or the database only as 001 does from 1."""
    numbered = {row.text_if_any("number"): row for row in rows}
    for number, other in alike(filter(None, numbered), known).items():
        numbered[number].fault("number", FaultKind.ALIKE, number, other)


def _tab_of(sheet: ListSheet, package: Package) -> Tab | None:
    """Return the sheet of a file by its title, else by another name of it."""
    titles = {named(tab.title): tab for tab in reversed(package.tabs)}
    return next((titles[one] for one in map(named, (sheet.name, *sheet.also)) if one in titles), None)


def _rows_of(sheet: ListSheet, package: Package, book: OfficeList) -> list[Row] | None:
    """Return the records of a sheet; None, with a fault, where the sheet or its columns are missing."""
    tab = _tab_of(sheet, package)
    if tab is None:
        book.found.fault(Place(sheet.name), FaultKind.NO_SHEET)
        return None
    grid = read_grid(package, tab, most_rows=MOST_ROWS + _AROUND)
    rows, mapped = read_table(sheet, grid, book.found)
    if grid.cut or len(rows) > MOST_ROWS:
        book.found.fault(Place(grid.title), FaultKind.TOO_MANY_ROWS, str(MOST_ROWS))
    if mapped is None:
        return None
    book.mapped.append(mapped)
    return rows


def _name_sheets(package: Package, book: OfficeList) -> None:
    """Name every sheet that is not taken, except our own guide and the list of faults of a copy."""
    taken = [_tab_of(sheet, package) for sheet in sheets().values()]
    for tab in package.tabs:
        if tab not in taken and named(tab.title) not in {named(guide()), named(marked())}:
            book.found.remark(Place(tab.title), RemarkKind.SHEET_LEFT)


def _read_products(
    rows: Iterable[Row], pack: Pack, makers: Collection[str], *, makers_read: bool
) -> dict[str, _Product]:
    groups = Choices({one.id: (one.name, one.words) for one in pack.programme.product_groups})
    found: dict[str, _Product] = {}
    for row in rows:
        number, entity, name = row.number("number"), row.number("entity"), row.text("name")
        group = groups.read(row, "group", FaultKind.NO_GROUP)
        if number in found:
            row.fault("number", FaultKind.TWICE, number)
        if entity and makers_read and entity not in makers:
            row.fault("entity", FaultKind.NO_ENTITY, entity)
        product_set = _set(row, pack, group)
        if number and number not in found:
            found[number] = _Product(row, entity, name, group, product_set)
    return found


def _set(row: Row, pack: Pack, group: str) -> int | None:
    """Return the number of a product's set, by number or name; None when the cell is empty."""
    words = row.text("set")
    if not words:
        return None
    known = [one for of in pack.programme.product_groups if of.id == group for one in of.sets]
    found = next((one.number for one in known if words == str(one.number) or fold(words) == fold(one.name)), None)
    if found is None and group:
        numbers = ", ".join(str(one.number) for one in known)
        row.fault("set", *((FaultKind.NO_SET, words, numbers) if known else (FaultKind.NO_SETS,)))
    return found
