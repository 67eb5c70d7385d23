"""Convert the communes of a workbook: its copy gets the present name, the code, the old places and a note per row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.lists.editing import copy_of, last_column, put, save_new
from bot.commands.lists.grid import Grid, letters, read_grid
from bot.commands.lists.package import opened
from bot.commands.lists.sheets import named, names
from content.language.legacy import damage, turned
from content.places.converting import Converted, Outcome, convert, converting, headings

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from content.places.places import Places

_LAST_ROW = 60
"""The headings are looked for down to this row."""
_MOST_ROWS = 25_000
_FILLS = {
    Outcome.SEVERAL: "FFFFEB9C",
    Outcome.UNKNOWN: "FFFFC7CE",
    Outcome.DAMAGED: "FFFFC7CE",
}


@dataclass(frozen=True, slots=True)
class Columns:
    """The row of the headings, and the columns with communes, districts and provinces (0: none)."""

    row: int
    commune: int
    district: int = 0
    province: int = 0


@dataclass(slots=True)
class ConvertedSheet:
    """One sheet of the copy: its title, the letters of its column of communes, its rows by outcome."""

    title: str
    letter: str
    counts: Counter[Outcome] = field(default_factory=Counter)
    cut: bool = False


def convert_workbook(
    path: Path, out: Path, places: "Places", *, column: str = "", era: str = ""
) -> tuple[list[ConvertedSheet], bool]:
    """
    Write a copy of a workbook with its communes converted; the workbook itself stays as it is.

    `column` is a heading or a letter, for a list whose headings are not known.  Without any sheet that has communes
    nothing is written.  Returns the sheets, and True where only the values could be copied.
    """
    found: list[tuple[Grid, Columns]] = []
    with opened(path) as package:
        for tab in package.tabs:
            grid = read_grid(package, tab, most_rows=_MOST_ROWS)
            columns = _columns(grid, column)
            if columns is not None:
                found.append((grid, columns))
    if not found:
        return [], False
    copy = copy_of(path)

    @cache
    def once(name: str, district: str, province: str) -> Converted:
        found = damage(name)
        if found is not None and found.reading is None:
            return Converted(Outcome.DAMAGED)
        return convert(places, turned(name), district=turned(district), province=turned(province), era=era)

    sheets = []
    for grid, columns in found:
        sheet = ConvertedSheet(grid.title, letters(columns.commune), cut=grid.cut)
        page = copy.book[grid.title]
        first = last_column(page) + 1
        _head(page, columns.row, first)
        for number, cells in grid.rows.items():
            name, district, province = (
                cells[at].text.strip() if at in cells else ""
                for at in (columns.commune, columns.district, columns.province)
            )
            if number > columns.row and name:
                one = once(name, district, province)
                sheet.counts[one.outcome] += 1
                _write(page, number, columns.commune, first, one)
        sheets.append(sheet)
    save_new(copy, out)
    return sheets, copy.as_values


def _columns(grid: Grid, column: str) -> Columns | None:
    """Return the columns of a sheet: those named by headings, or the one that is asked for by heading or letter."""
    for row in sorted(grid.rows):
        if row > _LAST_ROW:
            break
        written = {at: cell.text for at, cell in sorted(grid.rows[row].items())}
        commune = _called(written, [column] if column else headings()["commune"])
        if commune:
            others = {at: words for at, words in written.items() if at != commune}
            return Columns(
                row, commune, _called(others, headings()["district"]), _called(others, headings()["province"])
            )
    asked = {letters(at): at for cells in grid.rows.values() for at in cells}.get(column.upper(), 0)
    return Columns(0, asked) if asked else None


def _called(written: Mapping[int, str], wanted: Sequence[str]) -> int:
    known = {named(one) for one in wanted}
    return next((at for at, words in written.items() if known & set(names(words))), 0)


def _head(page: "Worksheet", row: int, first: int) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    words = converting()["copy"]
    for at, (key, width) in enumerate((("now", 28), ("code", 10), ("before", 40), ("note", 50)), first):
        page.column_dimensions[get_column_letter(at)].width = width
        if row:
            put(page.cell(row, at), words[key])
            page.cell(row, at).font = Font(bold=True)


def _write(page: "Worksheet", row: int, commune: int, first: int, one: Converted) -> None:
    from openpyxl.styles import Alignment, PatternFill

    for at, text in enumerate((one.now, one.code, "; ".join(one.before), one.note), first):
        if text:
            put(page.cell(row, at), text)
            page.cell(row, at).alignment = Alignment(vertical="top", wrap_text=True)
    if one.outcome in _FILLS:
        page.cell(row, commune).fill = PatternFill("solid", fgColor=_FILLS[one.outcome])
