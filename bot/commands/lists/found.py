"""
Faults and remarks of an office's workbook, each with its place, its kind and its values.

The words of a kind are English templates with {1}, {2} …; `said` fills them in the language of the reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class FaultKind(Enum):
    """The faults a workbook may have, each with its remedy.  A list with one fault is not imported."""

    EMPTY = "It is empty.", "Fill it in."
    TOO_LONG = "It is longer than {1} letters.", "Shorten it."
    NO_NUMBER = "'{1}' is not a number of an office.", "Write letters, digits and . / - _ without blanks."
    ERROR_CELL = "It holds the error {1} of a formula.", "Write the value itself."
    UNSAVED = (
        "It holds a formula without its value.",
        "Open the file in Excel and save it, or write the value.",
    )
    OLD_FONT = (
        "It is written in an old font; in Unicode it would be '{1}'.",
        "Convert the list to Unicode, and save it.",
    )
    KEYS = (
        "It was typed with the input method off; it means '{1}'.",
        "Write it again with the input method on.",
    )
    LOST_LETTERS = "Letters of '{1}' are damaged.", "Write it again in Unicode."
    BECAME_DAY = "The spreadsheet made a day of it, {1}.", "Format the cell as text, then write it again."
    CITIZEN = "It holds the number of an identity card.", "Remove it; the bot never stores one."
    NO_DAY = "'{1}' is not a day.", "Write day/month/year, such as 15/12/2025."
    DAY_AHEAD = "{1} is ahead.", "Correct the day; only certificates that were given belong in the list."
    DAY_BEFORE = "{1} is before the programme began.", "Correct the day or its year."
    DAY_SWAPPED = (
        "Day and month of {1} may be swapped: here every real day has a day up to 12, and every written one a later.",
        "Look at the certificate, format the cell as text, and write day/month/year.",
    )
    ALIKE = (
        "{1} is another number than {2} and looks like it.",
        "Write it in the same way, or give it quite another number if they are two things.",
    )
    TWICE = "{1} occurs twice.", "Give each its own number."
    NO_KIND = "'{1}' is not a kind of entity.", "Known are: {2}."
    NO_PLACE = "'{1}' does not name one commune.", "Write its code."
    WHICH_PLACE = "'{1}' may be several communes.", "Write the code of the right one: {2}."
    NO_TAX_CODE = "This is not a tax code.", "Write 10 or 13 digits, or leave it empty."
    NO_PHONE = "This is not a phone number.", "Write it as 0912 345 678, or leave it empty."
    NO_ENTITY = "No entity has the number {1}.", "Add the entity, or correct the number."
    NO_GROUP = "'{1}' is not a product group.", "Known are: {2}."
    NO_SET = "'{1}' is not a set of this group.", "Its sets are: {2}. Or leave it empty."
    NO_SETS = "This group has no sets.", "Leave the cell empty."
    NO_CERTIFICATE = "This product has no certificate.", "Add it there, or let its maker register the idea."
    NO_PRODUCT = "No product has the number {1}.", "Add the product, or correct the number."
    NO_STARS = "These stars make no certificate.", "Write one of {1}."
    ENDS_LATE = "{1} is too far from the day it begins.", "Correct one of the two days."
    NO_TERM = "This programme sets no term.", "Write the last day of the certificate."
    ENDS_FIRST = "It ends before it begins.", "Correct one of the two days."
    LOST_ZERO = (
        "This is not a tax code; a 0 at its beginning may be lost.",
        "Format the cell as text, and write it whole.",
    )
    NO_SHEET = "There is no such sheet.", "Make one from the template: --template."
    NO_HEADINGS = "No row of headings was found.", "Write into one row: {1}."
    NO_COLUMN = "There is no column '{1}'.", "Add it to the row of headings."
    TOO_MANY_ROWS = "There are more than {1} rows.", "Cut the list into several."

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy


class RemarkKind(Enum):
    """The remarks on a workbook; they keep nothing from being imported."""

    PLACE_NOW = "{1} is now {2} ({3})."
    READ_AS = "'{1}' was read as {2}."
    AS_SHOWN = "{1} was read as it is shown, {2}."
    DAY_COUNTED = "The number {1} was read as the day {2}."
    ZERO_ADDED = "A 0 at its beginning was lost and added: {1}."
    MERGED = "{1} is merged; each of its rows was read with {2}."
    ROW_LEFT = "This row was not taken: {1}."
    COLUMN_LEFT = "The column '{1}' was not taken."
    COLUMN_NEAR = "The column '{1}' was not taken; its name resembles '{2}'."
    COLUMN_SECOND = "The column '{1}' was not taken: '{2}' is read from column {3}."
    COLUMN_NAMELESS = "This column has no heading and was not taken."
    SHEET_LEFT = "This sheet was not taken."
    SHEET_HIDDEN = "This sheet is hidden; it was read."
    ROWS_HIDDEN = "Hidden rows were read: {1}."
    COLUMN_HIDDEN = "This column is hidden; it was read."

    def __init__(self, what: str) -> None:
        self.what = what


@dataclass(frozen=True, slots=True)
class Place:
    """
    A sheet by its title in the file, a row, a column by its letter, or a cell.

    `column` is the key of a column in `content/programme/office_list.yaml`; empty where it belongs to none.
    """

    sheet: str = ""
    row: int | None = None
    letter: str = ""
    column: str = ""

    def __str__(self) -> str:
        """Write a place as a spreadsheet does: `Chủ thể!B2`, `Chủ thể!5` for a row, `Chủ thể!E` for a column."""
        within = f"{self.letter}{self.row or ''}"
        return f"{self.sheet}!{within}" if within else self.sheet


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; nothing of its workbook may be imported."""

    place: Place
    kind: FaultKind
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was read otherwise than it is written, or was not taken."""

    place: Place
    kind: RemarkKind
    values: tuple[str, ...] = ()


@dataclass(slots=True)
class Findings:
    """All faults and remarks of one workbook, in the order they were found."""

    faults: list[Fault] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def fault(self, place: Place, kind: FaultKind, *values: str) -> None:
        """Record a fault."""
        self.faults.append(Fault(place, kind, values))

    def remark(self, place: Place, kind: RemarkKind, *values: str) -> None:
        """Record a remark."""
        self.remarks.append(Remark(place, kind, values))


@dataclass(frozen=True, slots=True)
class Mapped:
    """
    How a sheet was understood: the rows of its headings, each column's letter, heading and name, its records.

    `last_heading` is the row of the headings, of two the lower one.
    """

    sheet: str
    headings: str
    columns: tuple[tuple[str, str, str], ...]
    records: int
    last_heading: int = 0


class Filling(Protocol):
    """The words of one language: `bot.commands.chosen.Words`."""

    def filled(self, template: str, values: Sequence[str]) -> str: ...


def what_is_said(one: Fault | Remark, words: Filling) -> str:
    """Say what was found, and for a fault the remedy, without its place."""
    what = words.filled(one.kind.what, one.values)
    return f"{what} {words.filled(one.kind.remedy, one.values)}" if isinstance(one, Fault) else what


def said(one: Fault | Remark, words: Filling) -> str:
    """Say what was found in one line: its place, what it is, and for a fault the remedy."""
    place = str(one.place)
    return f"{place}: {what_is_said(one, words)}" if place else what_is_said(one, words)


def mapping_said(one: Mapped, words: Filling) -> str:
    """Say in one line how a sheet was understood; a column under another name than the list's is told apart."""
    columns = ", ".join(
        f"{letter} {written}" if written.rstrip(" *") == name else f"{letter} {written} ({name})"
        for letter, written, name in one.columns
    )
    values = (one.headings, str(one.records), columns)
    return f"{one.sheet}: {words.filled('Headings in row {1}, rows of the list: {2}. Columns: {3}.', values)}"
