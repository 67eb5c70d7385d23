"""Faults in a pack's places and aliases: all at once, each with file, line and remedy."""

import csv
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

COLUMNS = (
    *("era", "level", "code", "name", "type", "short_name", "parent_code", "parent_name", "province_code"),
    *("valid_from", "valid_to", "new_code", "new_name", "note", "source"),
)
ALIAS_COLUMNS = ("alias", "code", "kind", "source", "from", "to")
ALIAS_KINDS = frozenset({"village", "craft", "earlier"})


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Mapping[str, str]
    since: date
    until: date

    @property
    def code(self) -> str:
        return self.cells["code"]

    def stands(self, on: date) -> bool:
        return self.since <= on <= self.until


def faults(folder: Path) -> list[str]:
    """List every fault in `places.csv` and `aliases.csv`."""
    file = folder / "places.csv"
    found, lines = _read(file, COLUMNS)
    rows: list[_Row] = []
    for line, cells in lines:
        since, until = _day(cells["valid_from"], date.min), _day(cells["valid_to"], date.max)
        if since is None or until is None or since > until:
            found.append(f"{file}:{line}: the validity is not two days in order; write YYYY-MM-DD or leave it empty.")
        else:
            rows.append(_Row(line, cells, since, until))
    by_code: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        by_code[row.code].append(row)
    for row in rows:
        found += [f"{file}:{row.line}: {fault}" for fault in _of_row(row, by_code)]
    roots = [row for row in rows if not row.cells["parent_code"]]
    if not roots:
        found.append(f"{file}:1: every place has a parent; the province itself needs an empty parent_code.")
    return [*found, *_of_aliases(folder / "aliases.csv", by_code)]


def _of_row(row: _Row, by_code: Mapping[str, Sequence[_Row]]) -> Iterator[str]:
    cells = row.cells
    if not (row.code.isascii() and row.code.isdigit() and 2 <= len(row.code) <= 5):
        yield f"code {row.code!r} is not two to five digits; take the official code."
    if cells["name"] != f"{cells['type']} {cells['short_name']}":
        yield f"name {cells['name']!r} is not type and short_name together; make the three agree."
    parent = cells["parent_code"]
    holders = [one for one in by_code.get(parent, ()) if one.line != row.line]
    if parent and not any(one.since <= row.until and row.since <= one.until for one in holders):
        yield f"parent {parent} of {row.code} is not valid in its time; add it or correct parent_code."
    for after in filter(None, cells["new_code"].split(";")):
        if row.until == date.max:
            yield f"{row.code} has a successor but no end; fill valid_to."
        elif not any(one.stands(row.until + timedelta(days=1)) for one in by_code.get(after, ())):
            yield f"successor {after} of {row.code} is not valid on the next day; add it or correct new_code."
    for one in by_code[row.code]:
        if one.line < row.line and one.since <= row.until and row.since <= one.until:
            yield f"code {row.code} is also in line {one.line} at the same time; end one of the two."


def _of_aliases(file: Path, by_code: Mapping[str, Sequence[_Row]]) -> list[str]:
    if not file.exists():
        return []
    found, lines = _read(file, ALIAS_COLUMNS)
    seen: dict[tuple[str, str], int] = {}
    for line, cells in lines:
        known = cells["code"].removeprefix("old:") in by_code
        first = seen.setdefault((cells["alias"].casefold(), cells["code"]), line)
        checks = (
            (bool(cells["alias"].strip()), "the alias is empty; write the name or take the line out."),
            (known, f"place {cells['code']} of alias {cells['alias']!r} is not in places.csv; correct the code."),
            (cells["kind"] in ALIAS_KINDS, f"kind {cells['kind']!r} is unknown; use {', '.join(sorted(ALIAS_KINDS))}."),
            (bool(cells["source"].strip()), "the source is empty; say where the name comes from, or how sure it is."),
            (first == line, f"the alias repeats line {first}; take one out."),
            (_days_in_order(cells), "from and to are not two days in order; write YYYY-MM-DD or leave them empty."),
        )
        found += [f"{file}:{line}: {fault}" for sound, fault in checks if not sound]
    return found


def _days_in_order(cells: Mapping[str, str]) -> bool:
    since, until = _day(cells["from"], date.min), _day(cells["to"], date.max)
    return since is not None and until is not None and since <= until


def _read(file: Path, columns: Sequence[str]) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Read a table; after a wrong heading the rest of the file is not read."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        return [f"{file}:1: cannot be read ({type(trouble).__name__}); save it as UTF-8 text."], []
    lines = text.splitlines()
    found = [
        f"{file}:{at}: is not in NFC; save it with composed letters."
        for at, line in enumerate(lines, start=1)
        if not unicodedata.is_normalized("NFC", line)
    ]
    if not lines or tuple(lines[0].split(",")) != tuple(columns):
        return [*found, f"{file}:1: the columns are not {','.join(columns)}; correct the first line."], []
    rows = []
    for at, cells in enumerate(csv.reader(lines[1:]), start=2):
        if len(cells) == len(columns):
            rows.append((at, dict(zip(columns, cells, strict=True))))
        else:
            found.append(f"{file}:{at}: has {len(cells)} columns instead of {len(columns)}; quote commas inside.")
    return found, rows


def _day(text: str, otherwise: date) -> date | None:
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        return None
