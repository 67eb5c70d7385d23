"""The entities of a list: kind, commune, tax code and telephone as offices write them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from bot.commands.lists.found import FaultKind, RemarkKind
from bot.commands.lists.grid import Kind
from bot.commands.lists.rows import Row
from content.fold import fold
from content.programme.pack import Pack
from handlers.reading.choice import read_choice
from handlers.reading.phone import read_phone
from handlers.reading.tax_code import is_citizen, read_tax_code
from registry.imports.listed import ListedEntity


def read_makers(rows: Iterable[Row], pack: Pack) -> list[ListedEntity]:
    """Read the entities; a row with a fault gives none."""
    kinds = Choices({one.id: (one.name, one.words) for one in pack.programme.entity_kinds})
    found: dict[str, ListedEntity] = {}
    for row in rows:
        number, name = row.number("number"), row.text("name")
        if number in found:
            row.fault("number", FaultKind.TWICE, number)
        kind = kinds.read(row, "kind", FaultKind.NO_KIND)
        place, tax_code, phone = _place(row, pack), _tax_code(row), _phone(row)
        person = row.text("person") or None
        if row.sound:
            found[number] = ListedEntity(number, name, kind, place, tax_code, person, phone)
    return list(found.values())


class Choices:
    """Some named things of the pack, found by their names and words, then as the conversations read them."""

    def __init__(self, named: Mapping[str, tuple[str, Sequence[str]]]) -> None:
        self._ids = {name: own for own, (name, _) in named.items()}
        self._exact = {word: own for own, (name, words) in named.items() for word in map(fold, (own, name, *words))}
        self._words = {name: tuple(words) for name, words in named.values()}
        self._read = lru_cache(maxsize=256)(self._in_words)

    def read(self, row: Row, column: str, fault: FaultKind) -> str:
        """Return the id of what a cell names; empty, with a fault, where that is unclear."""
        words = row.text(column)
        if not words:
            return ""
        exact = self._exact.get(fold(words))
        if exact is not None:
            return exact
        name = self._read(words)
        if name is None:
            row.fault(column, fault, words, ", ".join(self._ids))
            return ""
        row.remark(column, RemarkKind.READ_AS, words, name)
        return self._ids[name]

    def _in_words(self, words: str) -> str | None:
        """Read a name in words; a bare number names nothing, though a conversation counts its buttons."""
        if re.fullmatch(r"[\W\d]*", words):
            return None
        return read_choice(words, tuple(self._ids), self._words).understood


def _place(row: Row, pack: Pack) -> str:
    """Return a commune by code or name; an abolished one gives its successor, with a remark."""
    given = row.text("place")
    if not given:
        return ""
    match = pack.places.resolve_code(given)
    if match is None:
        found = pack.places.find(given)
        match = found.matches[0] if found.sure else None
        if match is None:
            offered = ", ".join(f"{one.place.name} ({one.place.code})" for one in found.matches)
            row.fault("place", *((FaultKind.WHICH_PLACE, given, offered) if offered else (FaultKind.NO_PLACE, given)))
            return ""
    if match.through is not None:
        row.remark("place", RemarkKind.PLACE_NOW, match.through.name, match.place.name, match.place.code)
    return match.place.code


def _tax_code(row: Row) -> str | None:
    """
    Return a tax code; a number cell has lost a 0 at its beginning, and the check digit shows it.

    Twelve digits of an identity card are refused, though households may use them as their tax code: this list stores
    none.
    """
    words = row.text("tax_code")
    if not words:
        return None
    digits = re.sub(r"\D", "", words)
    if is_citizen(digits) or is_citizen(f"0{digits}"):
        row.fault("tax_code", FaultKind.CITIZEN)
        return None
    read = read_tax_code(words).understood
    if read is not None:
        return read
    lost = read_tax_code(f"0{digits}").understood if len(digits) in {9, 12} else None
    if lost is None:
        row.fault("tax_code", FaultKind.LOST_ZERO if len(digits) in {9, 12} else FaultKind.NO_TAX_CODE)
        return None
    row.remark("tax_code", RemarkKind.ZERO_ADDED, lost)
    return lost


def _phone(row: Row) -> str | None:
    """Return a telephone in E.164; a number cell has lost its leading 0."""
    words = row.text("phone")
    if not words:
        return None
    cell = row.cell("phone")
    digits = re.sub(r"[ .]", "", cell.plain if cell.kind is Kind.NUMBER else words)
    read = read_phone(f"0{digits}" if re.fullmatch(r"[35789]\d{8}", digits) else words).understood
    if read is None:
        row.fault("phone", FaultKind.NO_PHONE)
    return read
