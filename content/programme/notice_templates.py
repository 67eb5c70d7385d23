"""
Wordings that a platform approves before they may be sent to a person who has not written for long.

They are data of the pack, in `notice_templates.yaml`: the wording an office submits for approval, and the
values for its holes.  The number of an approved one belongs to the office, so it is in the configuration.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from content.faults import Fault
from content.programme.sheet import Sheet, read_sheet

FILE = "notice_templates.yaml"
KINDS = ("status", "reminder", "broadcast")
"""Kinds of notice (`registry.deliveries.deliveries`): an application's status, a deadline, a broadcast."""
HOLDS = ("name", "code", "status", "address", "product", "date")
"""The values of a hole; the platform sets a length for each."""
LEAST_TITLE, MOST_TITLE = 9, 65
LEAST_PARAGRAPH, MOST_PARAGRAPH = 9, 400
MOST_PARAGRAPHS = 4
"""https://zalo.cloud/docs/zns: a title, then paragraphs."""
_HOLE = re.compile(r"<([^<>]*)>")
_NAME = re.compile(r"[A-Za-z0-9_]{1,30}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """One wording: its title, its paragraphs with `<holes>`, what each hole holds, and which one takes the message."""

    kind: str
    title: str
    paragraphs: tuple[str, ...]
    parameters: Mapping[str, str]
    takes_text: str


def read_notice_templates(folder: Path, name: str, faults: list[Fault]) -> dict[str, NoticeTemplate]:
    """The wordings by kind of notice; without one, a message of that kind waits until its person writes again."""
    path = folder / FILE
    sheet = read_sheet(path, f"{name}/{FILE}", faults) if path.exists() else None
    if sheet is None:
        return {}
    sheet.number("format")
    found = {}
    for kind in KINDS:
        part = sheet.sheet(kind) if sheet.has(kind) else None
        if part is not None:
            found[kind] = _template(part, kind)
    sheet.done()
    return found


def _template(sheet: Sheet, kind: str) -> NoticeTemplate:
    title, paragraphs = sheet.text("title"), sheet.texts("paragraphs")
    holes = sheet.sheet("parameters")
    parameters = {} if holes is None else {hole: holes.text(hole) for hole in holes.keys()}  # noqa: SIM118
    if holes is not None:
        holes.done()
    read = NoticeTemplate(kind, title, paragraphs, parameters, sheet.text("takes_text"))
    sheet.done()
    _check(sheet, read)
    return read


def _check(sheet: Sheet, read: NoticeTemplate) -> None:
    """Every reason for which a review refuses it, and every hole without a value."""
    if not LEAST_TITLE <= len(read.title) <= MOST_TITLE:
        sheet.fault("title", f"It has {len(read.title)} letters.", f"Take {LEAST_TITLE} to {MOST_TITLE}.")
    if not 1 <= len(read.paragraphs) <= MOST_PARAGRAPHS:
        sheet.fault("paragraphs", f"There are {len(read.paragraphs)}.", f"Write 1 to {MOST_PARAGRAPHS}.")
    for words in read.paragraphs:
        if not LEAST_PARAGRAPH <= len(words) <= MOST_PARAGRAPH:
            remedy = f"Take {LEAST_PARAGRAPH} to {MOST_PARAGRAPH}."
            sheet.fault("paragraphs", f"{words[:30]!r} has {len(words)} letters.", remedy)
    for hole, holds in read.parameters.items():
        if not _NAME.fullmatch(hole):
            sheet.fault("parameters", f"{hole!r} is not a name for a hole.", "Take up to 30 of A-Z a-z 0-9 _.")
        if holds not in HOLDS:
            sheet.fault("parameters", f"A hole cannot hold {holds!r}.", f"Take one of {', '.join(HOLDS)}.")
        if hole != read.takes_text:
            sheet.fault("parameters", f"Nothing fills the hole {hole!r}.", "Take it out of the wording.")
    written = {hole for words in read.paragraphs for hole in _HOLE.findall(words)}
    if written != set(read.parameters):
        off = ", ".join(sorted(written ^ set(read.parameters)))
        sheet.fault("paragraphs", f"Wording and parameters do not agree: {off}.", "Name each hole in both.")
    if read.takes_text not in read.parameters:
        sheet.fault("takes_text", f"{read.takes_text!r} is not a hole.", "Name one of the parameters.")
