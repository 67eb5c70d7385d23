"""
The records of a sheet: its rows below the headings, without titles, totals, signatures and repeated headings.

Each row, column and sheet that is not taken is named in a remark.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from itertools import pairwise

from bot.commands.lists.found import FaultKind, Findings, Mapped, Place, RemarkKind
from bot.commands.lists.grid import Cell, Grid, Kind, letters
from bot.commands.lists.headings import Headings, find_headings, nearest
from bot.commands.lists.rows import Row
from bot.commands.lists.sheets import ListSheet, asides, marked, named
from content.fold import fold

_QUOTED = 60
"""Letters of a row that are quoted."""
_EMPTY = Cell(Kind.TEXT, "")


def read_table(sheet: ListSheet, grid: Grid, found: Findings) -> tuple[list[Row], Mapped | None]:
    """Return the records of a sheet, and how its columns were understood; None where a required one is missing."""
    place = Place(grid.title)
    if grid.hidden:
        found.remark(place, RemarkKind.SHEET_HIDDEN)
    headings = find_headings(sheet, grid)
    required = [column.name for column in sheet.columns.values() if column.required]
    if headings is None:
        found.fault(place, FaultKind.NO_HEADINGS, ", ".join(required))
        return [], None
    missing = [one for key, one in sheet.columns.items() if one.required and key not in headings.columns.values()]
    for column in missing:
        found.fault(Place(grid.title, headings.last), FaultKind.NO_COLUMN, column.name)
    merged = _fill_merged(grid, headings)
    taken = list(_taken(sheet, grid, headings, found))
    _name_columns(sheet, grid, headings, taken, found)
    if missing:
        return [], None
    for one in merged:
        found.remark(*one)
    hidden = sorted(set(grid.hidden_rows) & set(taken))
    if hidden:
        found.remark(place, RemarkKind.ROWS_HIDDEN, _ranges(hidden))
    return _rows(sheet, grid, headings, taken, found), _mapped(sheet, grid, headings, len(taken))


def _rows(sheet: ListSheet, grid: Grid, headings: Headings, taken: list[int], found: Findings) -> list[Row]:
    at = {key: column for column, key in headings.columns.items()}
    return [
        Row(
            sheet,
            grid.title,
            number,
            {key: (letters(column), grid.rows[number].get(column, _EMPTY)) for key, column in at.items()},
            found,
        )
        for number in taken
    ]


def _mapped(sheet: ListSheet, grid: Grid, headings: Headings, records: int) -> Mapped:
    rows = str(headings.first) if headings.first == headings.last else f"{headings.first}-{headings.last}"
    columns = tuple(
        (letters(at), headings.written[at], sheet.columns[key].name) for at, key in sorted(headings.columns.items())
    )
    return Mapped(grid.title, rows, columns, records, headings.last)


def _fill_merged(grid: Grid, headings: Headings) -> list[tuple[Place, RemarkKind, str, str]]:
    """
    Give every row of a range that is merged downwards the value of its first row; return the remarks.

    A range that begins within another one is left out: no program writes such, and they would cost time without end.
    """
    rows = sorted(grid.rows)
    remarks = []
    ends: dict[int, int] = {}
    for one in sorted(grid.merged):
        first = grid.rows.get(one.top, {}).get(one.left)
        if one.top <= headings.last or one.bottom == one.top or first is None or one.left not in headings.columns:
            continue
        if one.top <= ends.get(one.left, 0):
            continue
        ends[one.left] = one.bottom
        for number in rows[bisect_right(rows, one.top) : bisect_right(rows, one.bottom)]:
            grid.rows[number].setdefault(one.left, first)
        place = Place(grid.title, one.top, letters(one.left), headings.columns[one.left])
        remarks.append((place, RemarkKind.MERGED, str(one), _quoted(first.text)))
    return remarks


def _taken(sheet: ListSheet, grid: Grid, headings: Headings, found: Findings) -> Iterator[int]:
    """Yield the rows that are records; name every other one."""
    rows = sorted(grid.rows)
    after = bisect_left(rows, headings.last + 1)
    for number in rows[:after]:
        if number < headings.first:
            _name_row(grid, number, found)
    for at, number in enumerate(rows[after:]):
        cells = grid.rows[number]
        if (not at and _is_numbering(cells, headings)) or _is_aside(sheet, cells, headings):
            _name_row(grid, number, found)
        else:
            yield number


def _is_aside(sheet: ListSheet, cells: Mapping[int, Cell], headings: Headings) -> bool:
    """
    True for a total, a signature, a title between records, and headings that are repeated.

    A row with everything required except its number is a record, with a fault.
    """
    texts = [fold(cells[at].text) for at in sorted(cells)]
    again = [at for at in headings.columns if at in cells and named(cells[at].text) == named(headings.written[at])]
    if len(again) >= 2 and len(again) == len([at for at in headings.columns if at in cells]):
        return True
    filled = {headings.columns[at] for at in cells if at in headings.columns}
    if sheet.key in filled:
        key = next(at for at, column in headings.columns.items() if column == sheet.key)
        return _begins_aside(fold(cells[key].text))
    if filled >= {name for name, column in sheet.columns.items() if column.required} - {sheet.key}:
        return False
    return len(set(texts)) == 1 or _begins_aside(texts[0])


def _begins_aside(text: str) -> bool:
    """True where a text begins with a word of totals or signatures, and not with a longer word."""
    return any(text.startswith(one) and not text[len(one) : len(one) + 1].isalpha() for one in asides())


def _is_numbering(cells: Mapping[int, Cell], headings: Headings) -> bool:
    """True for the row that numbers the columns: 1, 2, 3 or (1), (2), (3)."""
    texts = [cells[at].text.strip(" ()") for at in sorted(headings.columns) if at in cells]
    numbers = [int(text) for text in texts if re.fullmatch(r"\d{1,2}", text)]
    return len(numbers) >= 3 and len(numbers) == len(texts) and all(one < other for one, other in pairwise(numbers))


def _name_row(grid: Grid, number: int, found: Findings) -> None:
    words = " | ".join(" ".join(cell.text.split()) for _, cell in sorted(grid.rows[number].items()))
    found.remark(Place(grid.title, number), RemarkKind.ROW_LEFT, _quoted(words))


def _name_columns(sheet: ListSheet, grid: Grid, headings: Headings, taken: list[int], found: Findings) -> None:
    """Name every column that holds something and is not taken, and every hidden one that is."""
    held = {at for number in taken for at in grid.rows[number]}
    letter_of = {key: letters(at) for at, key in headings.columns.items()}
    for at in sorted(held | set(headings.written)):
        written = headings.written.get(at, "")
        place = Place(grid.title, None, letters(at), headings.columns.get(at, ""))
        if at in headings.columns:
            if at in grid.hidden_columns:
                found.remark(place, RemarkKind.COLUMN_HIDDEN)
        elif named(written) == named(marked()) and written:
            continue
        elif not written:
            found.remark(place, RemarkKind.COLUMN_NAMELESS)
        else:
            _name_column(sheet, place, written, letter_of, found)


def _name_column(sheet: ListSheet, place: Place, written: str, letter_of: Mapping[str, str], found: Findings) -> None:
    near = nearest(sheet, written)
    key = next((key for key, column in sheet.columns.items() if column.name == near), "")
    if not near:
        found.remark(place, RemarkKind.COLUMN_LEFT, written)
    elif key in letter_of:
        found.remark(place, RemarkKind.COLUMN_SECOND, written, near, letter_of[key])
    else:
        found.remark(place, RemarkKind.COLUMN_NEAR, written, near)


def _ranges(numbers: list[int]) -> str:
    """Write row numbers short: 5-9, 12."""
    said: list[list[int]] = []
    for number in numbers:
        if said and number == said[-1][-1] + 1:
            said[-1] = [said[-1][0], number]
        else:
            said.append([number])
    return ", ".join("-".join(map(str, one)) for one in said)


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _QUOTED else f"{words[: _QUOTED - 1]}…"
