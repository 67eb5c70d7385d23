"""The headings of a sheet: the row, or two rows, in which they are, and the column of the list each one names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from bot.commands.lists.grid import Cell, Grid
from bot.commands.lists.sheets import ListSheet, named, names
from content.language.legacy import turned

_LAST_ROW = 60
"""Headings are looked for down to this row; above them are an office's name and titles."""
_FEWEST = 2
"""Columns that must be known, or a row is not taken for headings."""


@dataclass(frozen=True, slots=True)
class Headings:
    """The rows of the headings, the key of each column by its number, and what is written above each column."""

    first: int
    last: int
    columns: Mapping[int, str]
    written: Mapping[int, str]


def find_headings(sheet: ListSheet, grid: Grid) -> Headings | None:
    """Return the headings with the most columns of the list; None where no row has at least two of them."""
    known = _known(sheet)
    top = [row for row in sorted(grid.rows) if row <= _LAST_ROW]
    words = {row: _words(grid, row) for row in top}
    candidates = [(row, row, _single(words[row])) for row in top]
    candidates += [(one, other, _double(words[one], words[other])) for one, other in pairwise(top) if other == one + 1]
    best: Headings | None = None
    most = (0, 0, 0)
    for first, last, offered in candidates:
        columns = _mapped(sheet, known, offered)
        required = sum(sheet.columns[key].required for key in columns.values())
        score = (required, len(columns), first - last)  # of two equal ones, the single row
        if len(columns) >= _FEWEST and score > most:
            most = score
            best = Headings(first, last, columns, {at: one[-1] for at, one in offered.items()})
    return best


def nearest(sheet: ListSheet, written: str) -> str:
    """Return the name of the column that a heading resembles; empty where none does."""
    known = {named(name): column.name for column in sheet.columns.values() for name in (column.name, *column.also)}
    found = get_close_matches(named(written), known, n=1, cutoff=0.6)
    return known[found[0]] if found else ""


def _known(sheet: ListSheet) -> tuple[dict[str, str], dict[str, str]]:
    """Return the key of a column by its own name, and by another name of it."""
    own = {named(column.name): key for key, column in sheet.columns.items()}
    other = {named(name): key for key, column in sheet.columns.items() for name in column.also}
    return own, other


def _words(grid: Grid, row: int) -> dict[int, tuple[str, bool]]:
    """Return the words above each column in a row, and whether they are merged over several columns."""
    found = {at: (_written(cell), False) for at, cell in grid.rows[row].items()}
    for one in grid.merged:
        if one.top <= row <= one.bottom and one.left in grid.rows.get(one.top, {}):
            text = _written(grid.rows[one.top][one.left])
            for at in range(one.left, min(one.right, one.left + 100) + 1):
                found.setdefault(at, (text, one.right > one.left))
                if at == one.left:
                    found[at] = (text, one.right > one.left)
    return found


def _written(cell: Cell) -> str:
    """Return the words of a heading; those in an old font are turned, since the cells below are told anyway."""
    return turned(" ".join(cell.text.split()))


Offered = Mapping[int, Sequence[str]]
"""The wordings a heading may be read as, the fullest first; the last one is what is written."""


def _single(row: Mapping[int, tuple[str, bool]]) -> Offered:
    return {at: (words,) for at, (words, _) in row.items()}


def _double(upper: Mapping[int, tuple[str, bool]], lower: Mapping[int, tuple[str, bool]]) -> Offered:
    """Read two rows of headings: "Giấy chứng nhận" above "Số" and "Ngày cấp", "Mã số" beside them alone."""
    found: dict[int, Sequence[str]] = {}
    for at in {*upper, *lower}:
        above, spread = upper.get(at, ("", False))
        below = lower.get(at, ("", False))[0]
        if not below or above == below:
            found[at] = (above,)
        elif not above:
            found[at] = (below,)
        else:
            written = f"{above} {below}"
            found[at] = (f"{below} {above}", written, below, *(() if spread else (above,)), written)
    return found


def _mapped(sheet: ListSheet, known: Iterable[Mapping[str, str]], offered: Offered) -> dict[int, str]:
    """Give each column of the list to one heading: its own name before other names, the left one before the right."""
    found: dict[int, str] = {}
    for keys in known:
        for at in sorted(offered):
            if at in found:
                continue
            key = next((keys[name] for one in offered[at] for name in names(one) if name in keys), None)
            if key is not None and key in sheet.columns and key not in found.values():
                found[at] = key
    return found
