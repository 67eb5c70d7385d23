"""
A copy of an office's workbook with its faults: a column at the end of each sheet, and the faulty cells marked.

A further sheet in front lists every fault, those of whole sheets too.
An import reads neither the column nor that sheet.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl.cell import MergedCell

from bot.commands.lists.editing import copy_of, free_name, last_column, put, save_new
from bot.commands.lists.found import Fault, Filling, Mapped, what_is_said
from bot.commands.lists.sheets import marked, marks, named

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

AUTHOR = "ocopbot"
"""The author of our comments, by which a later copy finds and removes them."""
_FILL, _INK = "FFFFC7CF", "FF9C0006"  # one off the colour that Excel itself offers for bad cells
_WIDTH = 60
_COMMENT_SIZE = 220, 320  # height and width, in points


def copy_with_faults(
    path: Path, out: Path | None, faults: Sequence[Fault], mapped: Iterable[Mapped], says: Callable[[str], None]
) -> None:
    """Write the copy for the office, in Vietnamese, next to the workbook or under a given name; say its name."""
    from bot.commands.chosen import Words

    copy = out or free_name(path, "can-sua")
    try:
        as_values = write_marked(path, copy, faults, mapped, Words("vi"))
    except OSError as trouble:
        says(f"No copy with the faults was written: {trouble.strerror or trouble}. Name another place with --copy.")
        return
    if as_values:
        says("The workbook could not be copied with its looks; the copy has its values.")
    says(f"A copy with the faults was written: {copy}. Correct the marked cells there, and import that copy.")


def write_marked(path: Path, out: Path, faults: Sequence[Fault], mapped: Iterable[Mapped], words: Filling) -> bool:
    """
    Write a copy of a workbook with its faults; the workbook itself stays as it is.

    Marks of an earlier copy are removed.  Returns True where only the values could be copied.
    """
    copy = copy_of(path)
    headings = {one.sheet: one.last_heading for one in mapped}
    by_sheet: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        by_sheet[fault.place.sheet].append(fault)
    for page in copy.book.worksheets:
        if named(page.title) == named(marked()):
            copy.book.remove(page)
            continue
        row = headings.get(page.title, 0)
        _remove_marks(page, row)
        if row:
            _mark(page, row, by_sheet[page.title], words)
    _list_all(copy.book, faults, words)
    save_new(copy, out)
    return copy.as_values


def _mark(page: "Worksheet", headings: int, faults: Iterable[Fault], words: Filling) -> None:
    """Write the faults of each row into the last column, and mark their cells."""
    from openpyxl.utils import get_column_letter

    rows: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults:
        if fault.place.row is not None:
            rows[fault.place.row].append(fault)
    column = _column(page, headings)
    _headline(page.cell(headings, column))
    put(page.cell(headings, column), marked())
    page.column_dimensions[get_column_letter(column)].width = _WIDTH
    for row, found in rows.items():
        put(page.cell(row, column), "\n".join(_said(page, headings, fault, words) for fault in found))
        _wrap(page.cell(row, column))
        for letter in dict.fromkeys(fault.place.letter for fault in found if fault.place.letter):
            told = [what_is_said(fault, words) for fault in found if fault.place.letter == letter]
            _mark_cell(page[f"{letter}{row}"], "\n".join(told))


def _said(page: "Worksheet", headings: int, fault: Fault, words: Filling) -> str:
    """A fault under the heading of its column, as the office wrote it."""
    letter = fault.place.letter
    heading = page[f"{letter}{headings}"].value if letter else None
    before = f"{heading} ({letter}): " if heading else f"{letter}: " if letter else ""
    return before + what_is_said(fault, words)


def _column(page: "Worksheet", headings: int) -> int:
    """The column of an earlier copy, or the first one behind everything."""
    for cell in page[headings]:
        if isinstance(cell.value, str) and named(cell.value) == named(marked()):
            return int(cell.column)
    return last_column(page) + 1


def _mark_cell(cell: "Cell | MergedCell", told: str) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cell.fill = PatternFill("solid", fgColor=_FILL)
    if isinstance(cell, MergedCell) or cell.comment is not None:  # an office's own comment stays; the column says it
        return
    height, width = _COMMENT_SIZE
    cell.comment = Comment(told, AUTHOR, height=height, width=width)


def _remove_marks(page: "Worksheet", headings: int) -> None:
    """Remove the marks and texts of an earlier copy; its column is the one with our heading."""
    from openpyxl.styles import PatternFill

    written = page[headings] if headings else ()
    ours = {cell.column for cell in written if isinstance(cell.value, str) and named(cell.value) == named(marked())}
    for cells in page.iter_rows():
        for cell in cells:
            if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb == _FILL:
                cell.fill = PatternFill()
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None
            if cell.column in ours and (cell.row or 0) > headings and not isinstance(cell, MergedCell):
                cell.value = None


def _list_all(book: "Workbook", faults: Sequence[Fault], words: Filling) -> None:
    """Put a sheet in front with every fault: its sheet, its cell, its words."""
    page = book.create_sheet(marked(), 0)
    for at, heading in enumerate((marks().sheet, marks().cell, marked()), 1):
        put(page.cell(1, at), heading)
        _headline(page.cell(1, at))
    for row, fault in enumerate(faults, 2):
        place = fault.place
        for at, told in enumerate((place.sheet, f"{place.letter}{place.row or ''}", what_is_said(fault, words)), 1):
            if told:
                put(page.cell(row, at), told)
                _wrap(page.cell(row, at))
    for letter, width in zip("ABC", (24, 10, 90), strict=True):
        page.column_dimensions[letter].width = width
    page.freeze_panes = "A2"
    book.active = 0


def _headline(cell: "Cell | MergedCell") -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    cell.font = Font(bold=True, color=_INK)
    cell.fill = PatternFill("solid", fgColor=_FILL)
    cell.alignment = Alignment(vertical="top", wrap_text=True)


def _wrap(cell: "Cell | MergedCell") -> None:
    from openpyxl.styles import Alignment

    cell.alignment = Alignment(vertical="top", wrap_text=True)
