"""One row of a list: its cells by column, read as texts, numbers of the office, days and stars."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from bot.commands.lists.found import FaultKind, Findings, Place, RemarkKind
from bot.commands.lists.grid import Cell, Kind, day_of
from bot.commands.lists.sheets import ListSheet, stars
from content.fold import clean, fold
from content.language.legacy import Damage, damage
from content.language.legacy import Kind as Harm
from handlers.reading.date import read_date
from handlers.reading.tax_code import is_citizen

LONGEST = 300
"""Letters of a cell."""
_NUMBER = re.compile(r"[\w./-]{1,60}")
_TWELVE = re.compile(r"(?<!\d)\d{12}(?!\d)")
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?\b")
_SERIAL = re.compile(r"[1-9]\d{4}")
"""A day as a spreadsheet counts it, from 1927 to 2173."""
_EMPTY = Cell(Kind.TEXT, "")


class Row:
    """One row by column; records each fault with its cell."""

    def __init__(
        self, sheet: ListSheet, title: str, number: int, cells: Mapping[str, tuple[str, Cell]], found: Findings
    ) -> None:
        self._sheet, self._title, self._number, self._cells, self._found = sheet, title, number, cells, found
        self._faulty: set[str] = set()

    @property
    def sound(self) -> bool:
        """True while no cell of this row has a fault."""
        return not self._faulty

    def cell(self, column: str) -> Cell:
        """Return the cell of a column; an empty text where there is none."""
        return self._cells.get(column, ("", _EMPTY))[1]

    def text(self, column: str) -> str:
        """Return the text of a cell as it is shown, tidied; empty with a fault where it cannot be one."""
        cell = self.cell(column)
        words = " ".join(clean(cell.text).split()).replace("Ð", "Đ").replace("ð", "đ")
        fault = self._fault_of(column, cell, words)
        if fault is None:
            return words
        self.fault(column, *fault)
        return ""

    def _fault_of(self, column: str, cell: Cell, words: str) -> tuple[FaultKind, *tuple[str, ...]] | None:
        """Return the fault that every text may have."""
        if cell.kind is Kind.ERROR:
            return FaultKind.ERROR_CELL, cell.text.strip()
        if cell.kind is Kind.UNSAVED:
            return (FaultKind.UNSAVED,)
        if cell.kind is Kind.DAY:
            return FaultKind.BECAME_DAY, cell.text
        if not words:
            return (FaultKind.EMPTY,) if self._sheet.columns[column].required else None
        if len(words) > LONGEST:
            return FaultKind.TOO_LONG, str(LONGEST)
        harm = _damage(cell.text)
        if harm is not None:
            if harm.reading is None:
                return FaultKind.LOST_LETTERS, words
            return FaultKind.KEYS if harm.kind is Harm.KEYS else FaultKind.OLD_FONT, harm.reading
        if any(is_citizen(digits) for digits in _TWELVE.findall(words)):
            return (FaultKind.CITIZEN,)
        return None

    def number(self, column: str) -> str:
        """Return one of the office's own numbers: an id of letters and digits without blanks."""
        words = self.text_as_shown(column)
        if words and not _NUMBER.fullmatch(words):
            self.fault(column, FaultKind.NO_NUMBER, words)
        return words

    def text_as_shown(self, column: str) -> str:
        """Return the text of a cell; a number that its format shows as something else is remarked."""
        words, cell = self.text(column), self.cell(column)
        if cell.kind is Kind.NUMBER and words and words != cell.plain:
            self.remark(column, RemarkKind.AS_SHOWN, cell.plain, words)
        return words

    def day(self, column: str, today: date) -> date | None:
        """
        Return the day of a cell, in a spreadsheet's form or in words with its year.

        A bare number such as 44270 is the count of days a spreadsheet shows when a cell has lost its form.
        """
        cell = self.cell(column)
        if cell.kind is Kind.DAY:
            return cell.day
        words = self.text(column)
        if not words:
            return None
        serial = day_of(float(words)) if _SERIAL.fullmatch(words) else None
        if serial is not None:
            self.remark(column, RemarkKind.DAY_COUNTED, words, f"{serial:%d/%m/%Y}")
            return serial
        read = day_in_words(words, today)
        if read is None:
            self.fault(column, FaultKind.NO_DAY, words)
        return read

    def peek_day(self, column: str, today: date) -> date | None:
        """Return the day a text has, without any fault."""
        words = clean(self.cell(column).text)
        return day_in_words(words, today) if len(words) <= LONGEST else None

    def text_if_any(self, column: str) -> str:
        """Return the text of a cell as it is, without any fault."""
        return " ".join(clean(self.cell(column).text).split())

    def stars(self, column: str) -> int | None:
        """Return a number of stars: one number alone, in digits, in words or as stars."""
        cell = self.cell(column)
        words = cell.plain if cell.kind is Kind.NUMBER else self.text(column)
        told = stars()
        signs = re.sub(r"[★*⭐]", " * ", fold(words)).split()
        left = [sign for sign in signs if sign not in told.around]
        if left and set(left) == {"*"}:
            return len(left)
        numbers = [sign for sign in left if sign != "*"]
        if len(numbers) != 1 or left.count("*") > 1:
            return None
        return int(numbers[0]) if re.fullmatch("0?[1-9]", numbers[0]) else told.numbers.get(numbers[0])

    def fault(self, column: str, kind: FaultKind, *values: str) -> None:
        """Record a fault of a cell, the first one alone; this row is not sound from now on."""
        if column not in self._faulty:
            self._faulty.add(column)
            self._found.fault(self.place(column), kind, *values)

    def remark(self, column: str, kind: RemarkKind, *values: str) -> None:
        """Record a remark on a cell."""
        self._found.remark(self.place(column), kind, *values)

    def place(self, column: str) -> Place:
        """Return the place of a cell of this row."""
        return Place(self._title, self._number, self._cells.get(column, ("", _EMPTY))[0], column)


@lru_cache(maxsize=4096)
def _damage(text: str) -> Damage | None:
    """Return the damage of a text as it is stored: `clean` drops letters of an old font."""
    return damage(" ".join(text.split()))


def day_in_words(words: str, today: date) -> date | None:
    """Return the day that is written with day, month and year; None for any other words and for a lunar day."""
    without = _CLOCK.sub(" ", words)
    read = read_date(without, today).understood
    if read is None:
        return None
    written = [int(digits) for digits in re.findall(r"\d+", without)]
    forms = (
        (read.day, read.month, read.year),
        (read.year, read.month, read.day),
        (read.day, read.month, read.year % 100),
    )
    return read if tuple(written) in forms else None
