"""
A copy of an office's workbook to write into: with its looks and formulas, or its values alone.

Our texts are never formulas.  The workbook itself is never written.
"""

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl.cell import MergedCell

from bot.commands.lists.grid import Cell, Kind, read_grid
from bot.commands.lists.package import opened
from bot.settings.command_error import CommandError
from content.fold import clean

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell as Written
    from openpyxl.worksheet.worksheet import Worksheet

LARGEST = 64_000_000
"""Bytes of all parts, unpacked; a larger workbook comes back as values."""
LONGEST_CELL = 32_767  # https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
_MOST_ROWS = 25_000


@dataclass(slots=True)
class Copy:
    """A workbook to write into.  `as_values` is true where only its values could be taken."""

    book: "Workbook"
    as_values: bool


def copy_of(path: Path) -> Copy:
    """Read a workbook to write into a copy of it; one that openpyxl cannot take comes back as values."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as archive:
            large = sum(part.file_size for part in archive.infolist()) > LARGEST
        if not large:
            book = load_workbook(path, rich_text=True)
            book.calculation.fullCalcOnLoad = True  # the values of formulas are not kept: Excel computes them again
            return Copy(book, as_values=False)
    except Exception:  # noqa: BLE001, S110  openpyxl raises anything for a workbook it cannot take
        pass
    return Copy(_values_of(path), as_values=True)


def _values_of(path: Path) -> "Workbook":
    from openpyxl import Workbook

    book = Workbook()
    if book.active is not None:
        book.remove(book.active)
    with opened(path) as package:
        for tab in package.tabs:
            grid = read_grid(package, tab, most_rows=_MOST_ROWS)
            page = book.create_sheet(tab.title)
            if tab.hidden:
                page.sheet_state = "hidden"
            for number, cells in grid.rows.items():
                for at, cell in cells.items():
                    _put_value(page, number, at, cell)
            for one in grid.merged:
                page.merge_cells(str(one))
    return book


def _put_value(page: "Worksheet", row: int, column: int, cell: Cell) -> None:
    written = page.cell(row, column)
    if cell.kind is Kind.DAY and cell.day is not None:
        written.value = cell.day
        written.number_format = "dd/mm/yyyy"
    else:
        put(written, cell.text)


def put(cell: "Written | MergedCell", text: str) -> None:
    """Write a text into a cell; it stays text, whatever it begins with.  A cell inside a merged range holds nothing."""
    if isinstance(cell, MergedCell):
        return
    cell.number_format = "@"
    cell.value = clean(text)[:LONGEST_CELL]
    cell.data_type = "s"


def last_column(page: "Worksheet") -> int:
    """The last column with a value; formats alone do not count."""
    return max((cell.column for row in page.iter_rows() for cell in row if cell.value is not None), default=0)


def refuse_taken(out: Path) -> None:
    """Raise `CommandError` where no new .xlsx can be written under a name; a file that is there is kept."""
    if out.suffix.lower() != ".xlsx":
        raise CommandError(f"{out} does not end with .xlsx. Nothing was written. Name it so.")
    if out.exists():
        raise CommandError(f"{out} exists and was not changed. Give another name.")
    if not out.parent.is_dir():
        raise CommandError(f"There is no folder {out.parent}. Nothing was written. Make it, or name another.")


def save_new(copy: Copy, out: Path) -> None:
    """Write a workbook under a new name, readable by this user only.  A file that appeared meanwhile is kept."""
    made = io.BytesIO()
    copy.book.save(made)
    try:
        with open(out, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(made.getvalue())
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise CommandError(f"{out} exists and was not changed. Give another name.") from None


def free_name(path: Path, mark: str) -> Path:
    """The first name next to a workbook that no file has: `list.can-sua.xlsx`, then `list.can-sua-2.xlsx`."""
    stem = path.name.removesuffix(path.suffix).partition(f".{mark}")[0]
    names = (f"{stem}.{mark}{f'-{number}' if number > 1 else ''}.xlsx" for number in range(1, 1000))
    return next(one for one in map(path.with_name, names) if not one.exists())
