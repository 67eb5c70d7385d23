"""The places of a pack on a day: the valid ones, the abolished ones, and their successors."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from content.places.faults import faults
from content.places.names import Hit, Named, NameIndex

__all__ = ["Found", "Match", "Place", "Places", "faults", "inline"]

MOST_ASKED = 8
OLD, LATER = "old:", "later:"
UNSURE = "Cần xác nhận"  # the note of a row whose successor is unconfirmed begins with it

_CODE = re.compile(r"\s*(?:(?:xã|xa|phường|phuong|mã|ma)\s+)?(old\s*:\s*|later\s*:\s*)?(\d{2,5})\s*", re.IGNORECASE)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """
    An administrative unit.

    A unit valid on the day has its official code.  The code of an abolished one is "old:18853", of a future one
    "later:19063".  `successors` are codes valid on the day.
    """

    code: str
    name: str
    short: str
    kind: str
    level: str
    parent: str
    valid_from: date | None
    valid_to: date | None
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A place, the abolished place whose name led to it, and the alias, which is only a proposal."""

    place: Place
    through: Place | None = None
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The places a name may mean; `sure` only with exactly one match that may be taken without asking."""

    matches: tuple[Match, ...] = ()
    sure: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Unit:
    line: int
    level: str
    code: str
    name: str
    short: str
    kind: str
    parent_code: str
    since: date | None
    until: date | None
    next_codes: tuple[str, ...]
    unsure: bool

    def stands(self, on: date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)

    @property
    def last_day(self) -> date:
        return self.until or date.max


@dataclass(frozen=True, slots=True)
class _Alias:
    alias: str
    code: str
    kind: str


class Places:
    """
    The tree and the names of one pack on one day.

    A day after the pack's last one is read as that last day, so that a pack of the past stays usable.
    """

    def __init__(self, units: Sequence[_Unit], aliases: Iterable[_Alias], on: date) -> None:
        ends = [unit.last_day for unit in units]
        self.on = min(on, max(ends)) if ends else on
        self._by_code: dict[str, list[_Unit]] = defaultdict(list)
        for unit in units:
            self._by_code[unit.code].append(unit)
        self._keys = {unit: self._key(unit) for unit in units}
        self._units = {key: unit for unit, key in self._keys.items()}
        self._levels = tuple(dict.fromkeys(unit.level for unit in units))
        self._before: dict[str, list[_Unit]] = defaultdict(list)
        for unit in units:
            for after in self._next(unit):
                self._before[self._keys[after]].append(unit)
        self._children: dict[str, list[_Unit]] = defaultdict(list)
        for unit in units:
            parent = self._parent(unit)
            if parent is not None:
                self._children[self._keys[parent]].append(unit)
        self._reached = {unit: self._reach(unit, frozenset()) for unit in units}
        self._places = {self._keys[unit]: self._place(unit) for unit in units}
        standing = [unit for unit in units if unit.stands(self.on)]
        self._standing = tuple(self._places[unit.code] for unit in standing)
        roots = [place for place in self._standing if not place.parent] or list(self._places.values())
        if not roots:
            raise ValueError("places.csv holds no place; fill it and start again.")
        self.root = roots[0]
        self._names = NameIndex([*map(self._named, units), *self._named_aliases(aliases)])

    @classmethod
    def load(cls, folder: Path, on: date) -> "Places":
        """Read a pack's places.csv and aliases.csv as of a day; `faults` lists their faults."""
        units = [_unit(line, row) for line, row in _rows(folder / "places.csv")]
        aliases = [_Alias(row["alias"], row["code"], row["kind"]) for _, row in _rows(folder / "aliases.csv")]
        return cls(units, aliases, on)

    def get(self, code: str) -> Place | None:
        """Give the place of a code; an abolished code gives its one successor, "old:18853" the old one."""
        match = self.resolve_code(code)
        return match.place if match else None

    def resolve_code(self, code: str) -> Match | None:
        """Like `get`, with the abolished place that led to it; None where it has several successors."""
        matches = self._of_code(code)
        return matches[0] if len(matches) == 1 else None

    def _of_code(self, code: str) -> tuple[Match, ...]:
        read = _CODE.fullmatch(code)
        if not read:
            return (Match(self._places[code]),) if code in self._places else ()
        era, digits = (read[1] or "").replace(" ", "").lower(), read[2]
        if era:
            place = self._places.get(era + digits) or self._places.get(digits)
            return (Match(place),) if place else ()
        if digits in self._places:
            return (Match(self._places[digits]),)
        return self._matches(self._units.get(OLD + digits) or self._units.get(LATER + digits))

    def _matches(self, unit: _Unit | None, alias: str = "") -> tuple[Match, ...]:
        if unit is None:
            return ()
        if unit.stands(self.on):
            return (Match(self._places[unit.code], None, alias),)
        through = self._places[self._keys[unit]]
        return tuple(Match(self._places[reached.code], through, alias) for reached in self._reached[unit])

    def ancestors(self, code: str) -> tuple[Place, ...]:
        """Give the places above, nearest first, without the place itself."""
        place = self.get(code)
        above: list[Place] = []
        while place is not None and place.parent:
            place = self._places.get(place.parent)
            if place is not None:
                above.append(place)
        return tuple(above)

    def within(self, code: str, top: str) -> bool:
        """True when a place is the other or inside it; an abolished place is also where its successors are."""
        place, above = self.get(code), self.get(top)
        if place is None or above is None:
            return False
        if above.code in {place.code, *(one.code for one in self.ancestors(place.code))}:
            return True
        return bool(place.successors) and all(self.within(after, above.code) for after in place.successors)

    def subtree(self, code: str) -> frozenset[str]:
        """Give the codes, valid on the day, of a place and everything below; for an abolished one, its successors'."""
        found: set[str] = set()
        waiting = [match.place.code for match in self._of_code(code)]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += [place.code for place in self.children(one)]
        return frozenset(found)

    def children(self, code: str) -> tuple[Place, ...]:
        """Give the places directly below that are valid on the day, in the order of the file."""
        place = self.get(code)
        below = self._children.get(place.code, ()) if place else ()
        return tuple(self._places[unit.code] for unit in below if unit.stands(self.on))

    def all(self, level: str | None = None) -> tuple[Place, ...]:
        """Give all places valid on the day, in the order of the file."""
        return tuple(place for place in self._standing if level is None or place.level == level)

    def full_name(self, code: str) -> str:
        """Name a place with those above it, without the root: 'Xã Hải Ninh, huyện Quảng Ninh'."""
        place = self.get(code)
        if place is None:
            return ""
        above = [one for one in self.ancestors(place.code) if one.parent]
        return ", ".join([place.name, *(inline(one.name) for one in above)])

    def predecessors(self, code: str) -> tuple[Place, ...]:
        """Give the places merged into this one, the latest first; an unchanged place has none."""
        place = self.get(code)
        return tuple(self._places[self._keys[unit]] for unit in self._before.get(place.code, ())) if place else ()

    def find(self, text: str, *, level: str = "commune") -> Found:
        """
        Find the places of a level that a person may mean.

        Codes are also understood.  Names of higher places that are shared or abolished lead to a choice of successors.
        An alias and a future place are proposals.  At most eight are offered.
        """
        coded = [match for match in self._of_code(text) if level in {"", match.place.level}]
        if coded and _CODE.fullmatch(text):
            return Found(tuple(coded[:MOST_ASKED]), sure=len(coded) == 1)
        hits = self._names.search(text)
        direct = [hit for hit in hits if level in {"", self._units[hit.named.key].level}]
        above = [hit for hit in hits if level and self._is_above(self._units[hit.named.key], level)]
        matches = [match for hit in (*direct, *above) for match in self._meant(hit, level)]
        matches = list({match.place.code: match for match in sorted(matches, key=_preference, reverse=True)}.values())
        order = {match.place.code: at for at, match in reversed(list(enumerate(self._in_order(direct, above, level))))}
        matches.sort(key=lambda match: order[match.place.code])
        sure = len(matches) == 1 and all(self._may_be_taken(hit) for hit in hits)
        if sure and direct and above:
            sure = not any(self._leads_elsewhere(hit, matches[0], level) for hit in above)
        return Found(tuple(matches[:MOST_ASKED]), sure=sure)

    def _in_order(self, direct: Sequence[Hit], above: Sequence[Hit], level: str) -> list[Match]:
        return [match for hit in (*direct, *above) for match in self._meant(hit, level)]

    def _meant(self, hit: Hit, level: str) -> tuple[Match, ...]:
        unit = self._units[hit.named.key]
        return tuple(match for match in self._matches(unit, hit.named.alias) if level in {"", match.place.level})

    def _may_be_taken(self, hit: Hit) -> bool:
        unit = self._units[hit.named.key]
        to_come = unit.since is not None and unit.since > self.on
        return hit.firm and not hit.named.alias and not to_come and not self._is_doubtful(unit, frozenset())

    def _leads_elsewhere(self, hit: Hit, match: Match, level: str) -> bool:
        """True when a higher place of the same name is more than this one place."""
        return {other.place.code for other in self._meant(hit, level)} != {match.place.code}

    def _is_above(self, unit: _Unit, level: str) -> bool:
        return level in self._levels and self._levels.index(unit.level) < self._levels.index(level)

    def _is_doubtful(self, unit: _Unit, seen: frozenset[_Unit]) -> bool:
        if unit.stands(self.on) or unit in seen:
            return False
        return unit.unsure or any(self._is_doubtful(after, seen | {unit}) for after in self._next(unit))

    def _key(self, unit: _Unit) -> str:
        if unit.stands(self.on):
            return unit.code
        if unit.since is not None and unit.since > self.on:
            return LATER + unit.code
        ended = [one for one in self._by_code[unit.code] if one.last_day < self.on]
        latest = max(ended, key=lambda one: one.last_day)
        return OLD + unit.code + ("" if unit is latest else f":{unit.last_day.year}")

    def _parent(self, unit: _Unit) -> _Unit | None:
        day = min(unit.last_day, max(self.on, unit.since or self.on))
        holders = self._by_code.get(unit.parent_code, ())
        return next((one for one in holders if one is not unit and one.stands(day)), None)

    def _next(self, unit: _Unit) -> tuple[_Unit, ...]:
        if unit.until is None:
            return ()
        after = unit.until + _DAY
        return tuple(one for code in unit.next_codes for one in self._by_code.get(code, ()) if one.stands(after))

    def _reach(self, unit: _Unit, seen: frozenset[_Unit]) -> tuple[_Unit, ...]:
        """Give the valid places for a place: forward from an abolished one, back from a future one."""
        if unit.stands(self.on):
            return (unit,)
        if unit in seen:
            return ()
        if unit.since is not None and unit.since > self.on:
            steps: Sequence[_Unit] = self._before.get(self._keys[unit], ())
        else:
            steps = self._next(unit) or self._children.get(self._keys[unit], ()) * (self._parent(unit) is not None)
        reached = [end for step in steps for end in self._reach(step, seen | {unit})]
        return tuple(dict.fromkeys(reached))

    def _place(self, unit: _Unit) -> Place:
        parent = self._parent(unit)
        successors = () if unit.stands(self.on) else tuple(end.code for end in self._reached[unit])
        return Place(
            code=self._keys[unit],
            name=unit.name,
            short=unit.short,
            kind=unit.kind,
            level=unit.level,
            parent=self._keys[parent] if parent else "",
            valid_from=unit.since,
            valid_to=unit.until,
            successors=successors,
        )

    def _above(self, unit: _Unit) -> Iterator[str]:
        parent = self._parent(unit)
        while parent is not None:
            yield self._keys[parent]
            parent = self._parent(parent)

    def _kin(self, unit: _Unit) -> frozenset[str]:
        """
        Give the places that contain or contained it: people name the old district of a new commune, and the reverse.
        """
        kin = set(self._above(unit))
        forward, back, seen = [*self._next(unit)], [*self._before.get(self._keys[unit], ())], {unit}
        if unit.level == self._levels[-1]:
            while forward:
                after = forward.pop()
                kin |= {self._keys[after], *self._above(after)}
                forward += self._next(after)
        while back:
            one = back.pop()
            if one not in seen:
                seen.add(one)
                kin |= set(self._above(one))
                back += self._before.get(self._keys[one], ())
        return frozenset(kin)

    def _named(self, unit: _Unit) -> Named:
        return Named(self._keys[unit], unit.short, unit.kind, self._kin(unit), unit.stands(self.on))

    def _named_aliases(self, aliases: Iterable[_Alias]) -> Iterator[Named]:
        for one in aliases:
            digits = one.code.removeprefix(OLD)
            unit = next(filter(None, map(self._units.get, (one.code, OLD + digits, digits))), None)
            if unit is not None:
                kin = self._kin(unit) | {self._keys[unit]}
                standing = unit.stands(self.on)
                yield Named(self._keys[unit], one.alias, unit.kind, kin, standing, one.alias, one.kind == "earlier")


def inline(name: str) -> str:
    """Write a name inside a sentence, its type word small: 'xã Bảo Ninh'."""
    return name[:1].lower() + name[1:]


def _preference(match: Match) -> tuple[bool, bool, bool]:
    """Of two ways to one place, keep the one nearer to a valid place."""
    through = match.through
    return bool(match.alias), through is not None, through is not None and through.level != match.place.level


def _rows(file: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    if file.exists():
        with file.open(encoding="utf-8", newline="") as lines:
            yield from ((at, row) for at, row in enumerate(csv.DictReader(lines), start=2))


def _unit(line: int, row: Mapping[str, str]) -> _Unit:
    return _Unit(
        line=line,
        level=row["level"],
        code=row["code"],
        name=row["name"],
        short=row["short_name"],
        kind=row["type"],
        parent_code=row["parent_code"],
        since=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
        until=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        next_codes=tuple(code for code in row["new_code"].split(";") if code),
        unsure=row["note"].startswith(UNSURE),
    )
