"""The documents a programme rests on: their days, and what is true of each on a day."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from content.programme.sheet import Sheet

NUMBER = re.compile(r"\d+/(?:\d{4}/)?[A-ZĐ][\w-]*")
"""The number of a document as it is written: 26/2026/QĐ-TTg, 780/UBND-KT."""


class Standing(StrEnum):
    """The state of a document on a day; a guide has no days, so nothing is said of its validity."""

    GUIDE = "guide"
    AHEAD = "ahead"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Document:
    """
    A document that texts cite: a law, an order, or a guide, which has no days.

    `short` is its name in a source line.  `in_force_to` is its last day.  `note` has errata.
    """

    id: str
    name: str
    short: str
    on: date | None
    in_force_from: date | None
    in_force_to: date | None
    suspended_from: date | None
    replaced_by: str  # an id; "" without
    note: str
    misprints: tuple[str, ...] = ()  # numbers it is wrongly printed with
    topic: str = ""  # the topic that explains it to producers; "" where its own card says all

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers it is written with."""
        return frozenset((*NUMBER.findall(f"{self.name} {self.short}"), *self.misprints))

    def standing(self, day: date) -> Standing:
        if self.in_force_from is None:
            return Standing.GUIDE
        if day < self.in_force_from:
            return Standing.AHEAD
        if self.in_force_to is not None and self.in_force_to < day:
            return Standing.ENDED
        if self.suspended_from is not None and self.suspended_from <= day:
            return Standing.SUSPENDED
        return Standing.IN_FORCE

    def in_force(self, day: date) -> bool:
        return self.standing(day) in {Standing.GUIDE, Standing.IN_FORCE}

    def known(self, day: date) -> bool:
        """True if it had been issued by a day; a guide always counts as issued."""
        return self.on is None or self.on <= day


def read_document(sheet: Sheet, document_id: str) -> Document:
    """Read one row of `documents`.  A guide has the flag `guide` instead of days."""
    name = sheet.text("name")
    guide = sheet.flag("guide")
    document = Document(
        id=document_id,
        name=name,
        short=sheet.text("short", name),
        on=None if guide else sheet.day("on"),
        in_force_from=None if guide else sheet.day("in_force_from"),
        in_force_to=sheet.maybe_day("in_force_to"),
        suspended_from=sheet.maybe_day("suspended_from"),
        replaced_by=sheet.text("replaced_by", ""),
        note=sheet.text("note", ""),
        misprints=sheet.texts("misprints"),
        topic=sheet.text("topic", ""),
    )
    begins, ends = document.in_force_from, document.in_force_to
    if begins is not None and ends is not None and ends < begins:
        sheet.fault("in_force_to", "It ends before it begins.", "Correct one of the two days.")
    if begins is not None and document.on is not None and begins < document.on:
        sheet.fault("in_force_from", "It is in force before its own day.", "Correct one of the two days.")
    if begins is not None and document.suspended_from is not None and document.suspended_from < begins:
        sheet.fault("suspended_from", "It is suspended before it begins.", "Correct one of the two days.")
    return document


def cited(documents: Iterable[Document], citation: str) -> Document | None:
    """The document of a citation: its id, or a text with its number."""
    numbers = set(NUMBER.findall(citation))
    found = [one for one in documents if one.id == citation or numbers & one.numbers]
    return found[0] if len(found) == 1 else None


def ended_in(documents: Iterable[Document], text: str, day: date) -> Document | None:
    """The first document a text names by its number that has ended, or is suspended, on a day."""
    numbers = set(NUMBER.findall(text))
    gone = {Standing.ENDED, Standing.SUSPENDED}
    return next((one for one in documents if numbers & one.numbers and one.standing(day) in gone), None)
