"""Finding the place a person means among all names of a pack, old and new."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from content.fold import fold
from content.places.text import (
    FAMILY,
    LONGEST,
    LOW,
    LOW_KINDS,
    VILLAGE,
    Word,
    called_shortly,
    from_the_commune_on,
    name_and_rest,
    parted,
    says_where,
    squeeze,
    teen_read,
    toned_together,
    type_and_name,
    typed_together,
    ways_to_read,
    without_courtesy,
    without_era,
    words,
)

TAKEN_FROM = 92.0  # with the lead below: 'bo trach' scores 82 against 'bac trach'
LEAD = 10.0
ABBREVIATED = 99.0  # an exact name with an abbreviated parent
SHORTEST_NEAR = 4  # letters of a name: below, one wrong letter may be any other word
SHORTEST_PARENT = 5
SHORTEST_FAR = 8


@dataclass(frozen=True, slots=True)
class Named:
    """A name of a place; `kin` are the keys of the places that contain it or contained it."""

    key: str
    short: str
    kind: str
    kin: frozenset[str]
    standing: bool
    alias: str = ""
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """
    A place that may be meant.

    A `firm` hit may be taken without asking when it is the only place; other hits are proposals.
    """

    named: Named
    cost: int = 0  # letters that had to be changed
    score: float = 100.0
    firm: bool = True
    marked: bool = True  # equal with the typed marks, or no marks were typed


class NameIndex:
    """All names of a pack, indexed for exact search, for one wrong letter, and with their parents."""

    def __init__(self, named: Sequence[Named]) -> None:
        self._exact: dict[str, list[tuple[Named, str, str]]] = defaultdict(list)
        self._initialled: dict[str, list[Named]] = defaultdict(list)
        self._parents: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._abbreviations: set[str] = set()
        near: dict[str, list[tuple[Named, str]]] = defaultdict(list)
        for one in named:
            family = FAMILY.get(fold(one.kind), LOW)
            for short in called_shortly(words(one.short)):
                self._exact[squeeze(short)].append((one, toned_together(short), typed_together(short)))
                if short[0].bare.isdigit():
                    continue
                if len(squeeze(short)) >= SHORTEST_NEAR:
                    near[squeeze(short)].append((one, typed_together(short)))
                for kind in {*LOW_KINDS, fold(one.kind)} if family == LOW else {fold(one.kind)}:
                    near[kind.replace(" ", "") + squeeze(short)].append((one, typed_together(short)))
                if len(short) > 1:
                    self._initialled[short[0].bare[0] + squeeze(short[1:])].append(one)
                if not one.alias and (family != LOW or one.standing):
                    self._add_parent(one.key, family, short)
        self._near = dict(near)
        self._near_forms = list(near)
        self._spaced = sorted({fold(one.short) for one in named if not fold(one.short).isdigit()})
        self._near_parents = {form: {key for key, _ in found} for form, found in self._parents.items()}
        for one in named:
            if not one.alias and (one.standing or fold(one.kind) not in LOW_KINDS):
                typed = squeeze((*words(one.kind), *words(one.short)))
                self._near_parents.setdefault(typed, set()).add(one.key)
        self._near_parent_forms = [form for form in self._near_parents if len(form) >= SHORTEST_PARENT]

    def _add_parent(self, key: str, family: str, short: Sequence[Word]) -> None:
        forms = {squeeze(short)}
        if family != LOW and len(short) > 1:
            abbreviations = {"".join(word.bare[0] for word in short), short[0].bare[0] + squeeze(short[1:])}
            self._abbreviations |= abbreviations
            forms |= abbreviations
        for form in forms:
            self._parents[form].append((key, family))

    def search(self, text: str) -> tuple[Hit, ...]:
        """
        List the places that may be meant, the likeliest first.

        Exact names come before one wrong letter, and a single wrong letter before teen spelling.
        A name found inside a longer text is a proposal.
        """
        said, standing = without_era(words(text))
        if not said:
            return ()
        plain = without_courtesy(said)
        for hits in self._attempts(said, plain):
            if hits:
                return _of_era(hits, standing)
        return ()

    def _attempts(self, said: tuple[Word, ...], plain: tuple[Word, ...]) -> Iterator[tuple[Hit, ...]]:
        """
        Try all of the text before a part of it, and a clear part before the whole with a wrong letter.

        'ở Hải Ninh' is Hải Ninh, not a name with one letter too many.
        """
        if len(said) <= LONGEST:
            yield self._read(said, exactly=True)
        if says_where(said, plain) and len(plain) <= LONGEST:
            yield self._read(plain, exactly=True)
        yield from (self._read(one, exactly=True) for one in from_the_commune_on(plain))
        for one in dict.fromkeys((said, plain)):
            if len(one) <= LONGEST:
                yield self._read(one, exactly=False)
                yield self._read(teen_read(one), exactly=False)
        yield from self._proposals(plain)

    def _proposals(self, said: tuple[Word, ...]) -> Iterator[tuple[Hit, ...]]:
        if len(said) <= LONGEST:
            yield _ordered(_unsure([hit for one in parted(said) for hit in self._exactly(one)[0]]))
        yield self._inside(said)
        yield self._far(said)

    def _read(self, said: Sequence[Word], *, exactly: bool) -> tuple[Hit, ...]:
        agreeing, against = self._exactly(said)
        if agreeing:
            return self._settle(said, agreeing, against)
        if exactly:
            return ()
        near = self._nearly(said)
        return _ordered([*near, *against]) if not against else _ordered(_unsure([*near, *against]))

    def _settle(self, said: Sequence[Word], agreeing: list[Hit], against: list[Hit]) -> tuple[Hit, ...]:
        """Choose among exact names: typed marks decide, and a commune wins over a village."""
        known = {hit.named.key for hit in agreeing}
        others: list[Hit] = []
        hits = [hit for hit in agreeing if hit.marked]
        if not hits:  # 'Vân Ninh' may be Vạn Ninh with a wrong mark and Tân Ninh with a wrong letter
            hits = agreeing
            others = [hit for hit in (*self._nearly(said), *against) if hit.marked and hit.named.key not in known]
        if all(hit.score == ABBREVIATED for hit in agreeing):
            others += [hit for hit in self._nearly(said, in_full=True) if hit.named.key not in known]
        if others:
            hits = _unsure([*agreeing, *others])
        units = [hit for hit in hits if not hit.named.alias or hit.named.earlier]
        if units and any(not hit.named.alias for hit in units):
            return _ordered(units)
        return _ordered(_unsure([*hits, *self._nearly(said)]))

    def _exactly(self, said: Sequence[Word]) -> tuple[list[Hit], list[Hit]]:
        agreeing: list[Hit] = []
        against: list[Hit] = []
        for name, rest in name_and_rest(said):
            for kind, called in ways_to_read(name):
                found = self._called(kind, called)
                if not found:
                    continue
                if self._is_abbreviated(rest):
                    found = [replace(hit, score=ABBREVIATED) for hit in found]
                for parents in self._parents_in(rest, near=False):
                    for hit in found:
                        (agreeing if _lies_in(hit.named, parents) else against).append(hit)
        return agreeing, against

    def _is_abbreviated(self, said: Sequence[Word]) -> bool:
        """Detect a parent given by letters only: in 'Thanh hHóa', 'hHóa' may not be Hướng Hóa."""
        pieces = (said[start:end] for start in range(len(said)) for end in range(start + 1, len(said) + 1))
        return any(squeeze(piece) in self._abbreviations for piece in pieces)

    def _called(self, kind: str, short: Sequence[Word]) -> list[Hit]:
        form = squeeze(short)
        if form.isdigit() and not kind:
            return []
        has_marks = any(word.typed != word.bare for word in short)
        return [
            Hit(one, marked=not has_marks or toned == toned_together(short))
            for one, toned, _ in self._exact.get(form, ())
            if _is_a(one, kind)
        ]

    def _nearly(self, said: Sequence[Word], *, in_full: bool = False) -> list[Hit]:
        """One wrong letter, in the name or in a parent, not in both; `in_full` excludes abbreviated parents."""
        hits: list[Hit] = []
        for name, rest in name_and_rest(said):
            if in_full and self._is_abbreviated(rest):
                continue
            for parents in self._parents_in(rest, near=False):
                for kind, called in ways_to_read(name):
                    hits += self._one_wrong(kind, called, parents)
            for parents in self._parents_in(rest, near=True):
                called_so = [
                    hit for way in ways_to_read(name) for hit in self._called(*way) if _lies_in(hit.named, parents)
                ]
                marked = [hit for hit in called_so if hit.marked] or called_so
                hits += [replace(hit, cost=1) for hit in marked]
        if not hits:
            hits += [
                replace(Hit(one), cost=1, firm=False)
                for name, rest in name_and_rest(said)
                for parents in self._parents_in(rest, near=False)
                for one in self._initialled.get(squeeze(type_and_name(name)[1]), ())
                if _lies_in(one, parents)
            ]
        return hits

    def _one_wrong(self, kind: str, called: Sequence[Word], parents: Sequence[frozenset[str]]) -> list[Hit]:
        form = squeeze(called)
        if len(form) < SHORTEST_NEAR - 1 or form.isdigit():
            return []
        found = process.extract(form, self._near_forms, scorer=OSA.distance, score_cutoff=1, limit=None)
        spaced = " ".join(word.bare for word in type_and_name(called)[1])
        hits = []
        for near, distance, _ in found:
            for one, typed in self._near[near]:
                if not (_is_a(one, kind) and _lies_in(one, parents)):
                    continue
                score = 100.0 if distance == 0 else fuzz.ratio(spaced, fold(one.short))
                marked = OSA.distance(typed_together(called), typed, score_cutoff=1) <= 1
                hits.append(Hit(one, cost=1, score=score, firm=self._leads(spaced, one, score), marked=marked))
        return hits

    def _leads(self, spaced: str, one: Named, score: float) -> bool:
        if score < TAKEN_FROM:
            return False
        rivals = process.extract(spaced, self._spaced, scorer=fuzz.ratio, score_cutoff=score - LEAD, limit=None)
        return all(name == fold(one.short) for name, _, _ in rivals)

    def _parents_in(self, said: Sequence[Word], *, near: bool) -> Iterator[tuple[frozenset[str], ...]]:
        """Read words as up to three parents; each one as the places it may be."""
        if not said:
            if not near:
                yield ()
            return
        for length in range(1, len(said) + 1):
            piece, rest = said[:length], said[length:]
            for parent, wrong in self._parent(piece, near=near):
                for others in self._parents_in(rest, near=near and not wrong):
                    if len(others) < 2:
                        yield (parent, *others)

    def _parent(self, piece: Sequence[Word], *, near: bool) -> Iterator[tuple[frozenset[str], bool]]:
        kind, short = type_and_name(piece)
        found = self._parents.get(squeeze(short), ())
        keys = frozenset(key for key, family in found if not kind or family == FAMILY[kind])
        if keys:
            yield keys, False
        if not near:
            return
        wrong: set[str] = set()
        for form in {squeeze(short), squeeze(piece)}:
            if len(form) >= SHORTEST_PARENT:
                forms = self._near_parent_forms
                for match, _, _ in process.extract(form, forms, scorer=OSA.distance, score_cutoff=1, limit=None):
                    wrong |= self._near_parents[match]
        if wrong - keys:
            yield frozenset(wrong), True

    def _inside(self, said: Sequence[Word]) -> tuple[Hit, ...]:
        """Names inside a longer text; the longest win, and all of them are proposals."""
        for length in range(min(6, len(said) - 1), 1, -1):
            hits = []
            for start in range(len(said) - length + 1):
                kind, short = type_and_name(said[start : start + length])
                hits += [hit for hit in self._called(kind, short) if not hit.named.alias or len(short) > 1]
            if hits:
                marked = [hit for hit in hits if hit.marked] or hits
                return _ordered(_unsure([*self._below(said, marked), *marked]))
        return ()

    def _below(self, said: Sequence[Word], above: Sequence[Hit]) -> list[Hit]:
        """A shorter name of a commune beside the name of its district: 'xóm 5 Trường Xuân huyện Quảng Ninh'."""
        keys = frozenset(hit.named.key for hit in above if FAMILY.get(fold(hit.named.kind), LOW) != LOW)
        named = [
            hit
            for length in range(len(said) - 1, 1, -1)
            if keys
            for start in range(len(said) - length + 1)
            for hit in self._called(*type_and_name(said[start : start + length]))
            if not hit.named.alias and _lies_in(hit.named, (keys,)) and hit.named.key not in keys
        ]
        return [hit for hit in named if hit.marked] or named

    def _far(self, said: Sequence[Word]) -> tuple[Hit, ...]:
        """Two wrong letters in a long name: a proposal, never taken without asking."""
        _, short = type_and_name(said)
        form = squeeze(short)
        if not SHORTEST_FAR <= len(form) <= 40:
            return ()
        found = process.extract(form, self._near_forms, scorer=OSA.distance, score_cutoff=2, limit=8)
        return _ordered([Hit(one, cost=int(d), firm=False) for near, d, _ in found for one, _ in self._near[near]])


def _is_a(one: Named, kind: str) -> bool:
    """True when a type word fits: xã, phường and thị trấn are used for one another, huyện is not."""
    if not kind:
        return True
    family = FAMILY[kind]
    return bool(one.alias) if family == VILLAGE else family == FAMILY.get(fold(one.kind), LOW)


def _lies_in(one: Named, parents: Sequence[frozenset[str]]) -> bool:
    return all(one.kin & parent for parent in parents)


def _of_era(hits: Sequence[Hit], standing: bool | None) -> tuple[Hit, ...]:
    """Keep the old or the current places where the text asks for one of them and one exists."""
    kept = tuple(hit for hit in hits if standing is None or hit.named.standing == standing)
    return kept or tuple(hits)


def _unsure(hits: Iterable[Hit]) -> list[Hit]:
    return [replace(hit, firm=False) for hit in hits]


def _ordered(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Sort the likeliest first, each name once."""
    best: dict[tuple[str, str], Hit] = {}
    for hit in sorted(hits, key=lambda hit: (hit.cost, bool(hit.named.alias), not hit.marked, -hit.score)):
        best.setdefault((hit.named.key, hit.named.alias), hit)
    return tuple(best.values())
