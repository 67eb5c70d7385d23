"""Numbers to call in danger, and where a formal complaint goes: data of the pack, each with its source."""

from collections.abc import Iterable
from dataclasses import dataclass

from content.programme.sheet import Sheet

DANGERS = ("emergency", "despair")
"""The dangers a number may be for."""


@dataclass(frozen=True, slots=True)
class CallLine:
    """A number to call in the dangers named."""

    dangers: tuple[str, ...]
    name: str
    number: str
    source: str


@dataclass(frozen=True, slots=True)
class Protection:
    """Numbers and addresses of the pack; the bot names no others."""

    lines: tuple[CallLine, ...] = ()
    complaint: str = ""  # where a formal complaint goes; "" where the pack does not say
    complaint_source: str = ""

    def lines_for(self, danger: str) -> tuple[CallLine, ...]:
        return tuple(line for line in self.lines if danger in line.dangers)


def read_protection(sheet: Sheet, documents: Iterable[str]) -> Protection:
    """Read `protection`, which a pack may leave out.  A number and the complaint's text need a known document."""
    part = sheet.sheet("protection") if sheet.has("protection") else None
    if part is None:
        return Protection()
    known = tuple(documents)
    lines: list[CallLine] = []
    for one in part.sheets("lines"):
        line = CallLine(one.texts("dangers"), one.text("name"), one.text("number"), one.text("source"))
        for danger in line.dangers:
            _known(one, "dangers", danger, DANGERS, "danger with a number to call")
        _known(one, "source", line.source, known, "document of this pack")
        lines.append(line)
        one.done()
    complaint = part.text("complaint", "")
    source = part.text("complaint_source", "")
    if complaint or source:
        _known(part, "complaint_source", source, known, "document of this pack")
    part.done()
    return Protection(tuple(lines), complaint, source)


def _known(sheet: Sheet, key: str, value: str, known: tuple[str, ...], what: str) -> None:
    if value not in known:
        sheet.fault(key, f"{value!r} is not a known {what}.", f"Known are: {', '.join(known) or 'none'}.")
