"""
The cells of a sheet: their text as shown, their days, hidden rows and columns, merged ranges.

The size a sheet declares is never read: it may be wrong (tests/cases/xlsx/01_dimension_stale.xlsx).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from bot.commands.lists.markup import TooLargeError
from bot.commands.lists.package import Package, Tab, Words, unescaped
from bot.commands.lists.shown import plain, shown

_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)|#{3,}", re.IGNORECASE)
_RANGE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6}):([A-Z]{1,3})([1-9]\d{0,6})")


class Kind(Enum):
    """The kind of a cell's value."""

    TEXT = auto()
    NUMBER = auto()
    DAY = auto()
    ERROR = auto()
    UNSAVED = auto()
    """A formula whose value the file does not have."""


class Cell(NamedTuple):
    """A cell that holds something.  `text` is as the spreadsheet shows it, `plain` a number without its format."""

    kind: Kind
    text: str
    plain: str = ""
    day: date | None = None


class Merged(NamedTuple):
    """A merged range; only its first cell has a value."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{letters(self.left)}{self.top}:{letters(self.right)}{self.bottom}"


@dataclass(slots=True)
class Grid:
    """The rows of a sheet that hold something, by number, and their cells by column; both counted from 1."""

    title: str
    hidden: bool
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Merged] = field(default_factory=list)
    cut: bool = False
    """The sheet has more rows than were asked for."""


def read_grid(package: Package, tab: Tab, *, most_rows: int) -> Grid:
    """Read a sheet; stops after `most_rows` rows that hold something, and says so."""
    reader = _SheetReader(package, Grid(tab.title, tab.hidden), most_rows)
    for _ in package.parts(tab.part, reader):
        if reader.grid.cut:
            break
    return reader.grid


@lru_cache(maxsize=1024)
def letters(column: int) -> str:
    """Return the letters of a column: A for 1, AA for 27."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


@lru_cache(maxsize=1024)
def _column(named: str) -> int:
    """Return the number of a column by its letters; 0 for anything else."""
    found = 0
    if not (0 < len(named) <= 3 and named.isascii() and named.isalpha() and named.isupper()):
        return 0
    for letter in named:
        found = found * 26 + ord(letter) - ord("A") + 1
    return found


_DIGITS = "0123456789"
_MOST_MERGED = 20_000
_MOST_COLUMNS = 16_384


class _SheetReader:
    """Takes the elements of a sheet's part."""

    def __init__(self, package: Package, grid: Grid, most_rows: int) -> None:
        self._package, self.grid, self._most_rows = package, grid, most_rows
        self._values = _Values(package)
        self._row = self._at = self._seen = self._kept = 0
        self._hidden = False
        self._cells: dict[int, Cell] = {}
        self._type, self._style = "", 0
        self._formula = self._in_value = False
        self._value: list[str] = []
        self._words = Words(package.limits.letters)

    def start(self, name: str, given: Mapping[str, str]) -> None:
        match name:
            case "c":
                self._begin_cell(given)
            case "v":
                self._in_value = True
            case "f":
                self._formula = True
            case "row":
                self._row = int(given["r"]) if given.get("r", "").isdecimal() else self._row + 1
                self._at, self._cells = 0, {}
                self._hidden = given.get("hidden") in {"1", "true"}
            case "col" if given.get("hidden") in {"1", "true"}:
                self._hide(given)
            case "mergeCell":
                self._merge(given.get("ref", ""))
            case _:
                self._words.start(name)

    def end(self, name: str) -> None:
        match name:
            case "c":
                self._end_cell()
            case "v":
                self._in_value = False
            case "row":
                self._end_row()
            case _:
                self._words.end(name)

    def text(self, words: str) -> None:
        if self._in_value:
            if len(self._value) < self._package.limits.letters:
                self._value.append(words)
        else:
            self._words.text(words)

    def _begin_cell(self, given: Mapping[str, str]) -> None:
        self._seen += 1
        if self._seen > self._package.limits.cells:
            raise TooLargeError
        self._at = _column(given.get("r", "").rstrip(_DIGITS)) or self._at + 1
        self._type = given.get("t", "n")
        self._style = int(given["s"]) if given.get("s", "").isdecimal() else 0
        self._formula = False
        self._value.clear()
        self._words.begin()

    def _end_row(self) -> None:
        if not self._cells:
            return
        self._kept += len(self._cells)
        if self._kept > self._package.limits.kept:
            raise TooLargeError
        if len(self.grid.rows) >= self._most_rows:
            self.grid.cut = True
            return
        self.grid.rows[self._row] = self._cells
        if self._hidden:
            self.grid.hidden_rows.append(self._row)

    def _end_cell(self) -> None:
        if self._type == "inlineStr":
            cell = self._values.of_text(self._words.whole())
        else:
            cell = self._values.of("".join(self._value), self._type, self._style, formula=self._formula)
        if cell is not None and not self.grid.cut:
            self._cells[self._at] = cell

    def _hide(self, given: Mapping[str, str]) -> None:
        first, last = given.get("min", ""), given.get("max", "")
        if first.isdecimal() and last.isdecimal():
            self.grid.hidden_columns |= set(range(int(first), min(int(last), _MOST_COLUMNS) + 1))

    def _merge(self, ref: str) -> None:
        found = _RANGE.fullmatch(ref)
        if found and len(self.grid.merged) < _MOST_MERGED:
            left, top, right, bottom = found.groups()
            self.grid.merged.append(Merged(int(top), _column(left), int(bottom), _column(right)))


class _Values:
    """Turns what a cell stores into what it shows."""

    def __init__(self, package: Package) -> None:
        self._package = package

    def of(self, stored: str, kind: str, style: int, *, formula: bool) -> Cell | None:
        """Return the cell of a stored value; None for an empty one."""
        if kind == "s":
            texts, at = self._package.texts, int(stored) if stored.isdecimal() else -1
            return self.of_text(texts[at]) if 0 <= at < len(texts) else None
        if kind == "e":
            return Cell(Kind.ERROR, stored or "#N/A")
        if kind == "b":
            return Cell(Kind.TEXT, "TRUE" if stored == "1" else "FALSE") if stored else None
        if kind == "d":
            return self._of_iso_day(stored)
        if kind == "str":
            return self.of_text(unescaped(stored))
        if not stored.strip():
            return Cell(Kind.UNSAVED, "") if formula else None
        return self._of_number(stored, style)

    def of_text(self, text: str) -> Cell | None:
        """Return the cell of a text; None for blanks alone."""
        if not text.strip():
            return None
        kind = Kind.ERROR if _ERROR.fullmatch(text.strip()) else Kind.TEXT
        return Cell(kind, text)

    def _of_number(self, stored: str, style: int) -> Cell:
        try:
            number = float(stored)
            digits = plain(number)
        except (ValueError, ArithmeticError):
            return Cell(Kind.TEXT, stored)
        form = self._package.formats[style] if style < len(self._package.formats) else "General"
        if _is_day(form):
            day = day_of(number, from_1904=self._package.from_1904)
            return Cell(Kind.ERROR, "####") if day is None else Cell(Kind.DAY, f"{day:%d/%m/%Y}", digits, day)
        return Cell(Kind.NUMBER, shown(number, form), digits)

    @staticmethod
    def _of_iso_day(stored: str) -> Cell | None:
        try:
            day = date.fromisoformat(stored[:10])
        except ValueError:
            return Cell(Kind.TEXT, stored) if stored.strip() else None
        return Cell(Kind.DAY, f"{day:%d/%m/%Y}", stored, day)


@lru_cache(maxsize=256)
def _is_day(form: str) -> bool:
    from openpyxl.styles.numbers import is_date_format

    return bool(is_date_format(form))


def day_of(number: float, *, from_1904: bool = False) -> date | None:
    """Return the day a spreadsheet counts with a number; None before 1900 and after 9999."""
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

    if not 1 <= number < 2_958_466:
        return None
    found = from_excel(int(number), CALENDAR_MAC_1904 if from_1904 else CALENDAR_WINDOWS_1900)
    return date(found.year, found.month, found.day)
