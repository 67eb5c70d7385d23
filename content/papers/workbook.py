"""A list as an Excel workbook: every cell a text or a day, never a formula or a link."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from content.fold import clean

LONGEST_CELL = 32_767
"""The limit of one cell in Excel; the rest is cut."""
LONGEST_FOOT = 240
"""The limit of a footer in Excel, with its marks; Excel drops a longer one."""
NARROWEST, WIDEST = 6, 60


@dataclass(frozen=True, slots=True)
class ListSheet:
    """One list: its name on the tab, the headings, the rows, and a line for the foot of each printed page."""

    name: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[str | int | date | None]]
    foot: str = ""


def list_workbook(sheet: ListSheet) -> bytes:
    """
    The workbook as bytes.  The headings stay visible; columns are as wide as their text.

    Text that begins with = + - @ stays text: the writer makes neither formulas nor links.
    """
    import xlsxwriter

    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8F0E4", "border": 1, "text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left", "valign": "top"})
        count = book.add_format({"align": "left", "valign": "top"})
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.set_footer(f"&L{_foot(sheet.foot)}&R&P/&N")
        for at, heading in enumerate(sheet.headings):
            page.write_string(0, at, heading, head)
            page.set_column(at, at, _width(sheet, at), text)
        for number, row in enumerate(sheet.rows, 1):
            for at, value in enumerate(row):
                if isinstance(value, date):
                    page.write_datetime(number, at, value, day)
                elif isinstance(value, int):
                    page.write_number(number, at, value, count)
                elif value:
                    page.write_string(number, at, clean(value)[:LONGEST_CELL], text)
        if sheet.rows:
            page.autofilter(0, 0, len(sheet.rows), len(sheet.headings) - 1)
    return made.getvalue()


def _foot(words: str) -> str:
    """The footer with its & written as && (a single one is a mark), cut to the limit."""
    whole = words.replace("&", "&&")
    return whole if len(whole) <= LONGEST_FOOT else words[: LONGEST_FOOT // 2].replace("&", "&&")


def _width(sheet: ListSheet, at: int) -> int:
    longest = max((_letters(row[at]) for row in sheet.rows), default=0)
    return min(max(longest, len(sheet.headings[at]), NARROWEST) + 2, WIDEST)


def _letters(value: str | int | date | None) -> int:
    if isinstance(value, date):
        return 10
    return max((len(line) for line in str(value or "").splitlines()), default=0)
