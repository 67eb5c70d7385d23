"""Say the faults and remarks of a list, and the outcome of its rows: counted per kind and place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.commands.chosen import Words
from bot.commands.lists.found import Fault, Remark, said
from registry.imports.outcomes import PLURALS, Act, Fact, Left, Report

MOST_NUMBERS = 10
"""Numbers of rows a line names."""
MOST_LINES = 10
"""Lines about one kind in one column."""
COUNTED: Mapping[tuple[str, Act], str] = {
    ("entity", Act.ADDED): "entities added",
    ("entity", Act.CHANGED): "entities changed",
    ("entity", Act.UNCHANGED): "entities unchanged",
    ("entity", Act.LEFT): "entities left",
    ("product", Act.ADDED): "products added",
    ("product", Act.CHANGED): "products changed",
    ("product", Act.UNCHANGED): "products unchanged",
    ("product", Act.LEFT): "products left",
}
FACTS: Mapping[Fact, str] = {
    Fact.NAME: "the name",
    Fact.KIND: "the kind",
    Fact.PLACE: "the place",
    Fact.TAX_CODE: "the tax code",
    Fact.KEEPER: "the person",
    Fact.MAKER: "the maker",
    Fact.GROUP: "the group",
    Fact.SET: "the set",
    Fact.CERTIFICATE: "the certificate",
    Fact.STARS: "the stars",
    Fact.STATUS: "the validity",
}
REASONS: Mapping[Left, str] = {
    Left.ERASED: "Its person erased it, and what was erased stays erased.",
    Left.HAS_SOMEBODY: "A person has taken it over, and a list takes nothing from them. Talk with them first.",
    Left.WITHDRAWN: "It was withdrawn.",
    Left.DECIDED: "An official decided otherwise since.",
    Left.LATER_DECISION: "Its certificate in the database is of a later decision. This list may be an old one.",
    Left.WORKED_ON: "Papers, questions or another application are tied to it. An official decides about it.",
}


def found_lines(found: Iterable[Fault | Remark], words: Words) -> Iterator[str]:
    """Say faults or remarks: one line for all that say the same in one column, and few lines for each kind there."""
    columns: dict[tuple[object, ...], dict[tuple[str, ...], list[Fault | Remark]]] = {}
    for one in found:
        where = (one.kind, one.place.sheet, one.place.letter)
        columns.setdefault(where, {}).setdefault(one.values, []).append(one)
    for alike in columns.values():
        groups = list(alike.values())
        for group in groups[:MOST_LINES]:
            more = f" ({len(group)} rows, the last in row {group[-1].place.row})" if len(group) > 1 else ""
            yield said(group[0], words) + words.message(more)
        rest = sum(len(group) for group in groups[MOST_LINES:])
        if rest:
            place = groups[0][0].place
            yield words.message(f"       and {rest} more of this kind in {place.sheet}, column {place.letter}.")


def report_lines(report: Report, words: Words) -> Iterator[str]:
    """Say the counts of a list, the facts that changed, and why rows were left."""
    for noun in PLURALS:
        for act in Act:
            count = report.counts[noun, act]
            if count:
                yield f"{count:6} {words.message(COUNTED[noun, act])}"
            if count and act is Act.CHANGED:
                facts = [f"{words.message(said)} {report.facts[noun, fact]}" for fact, said in FACTS.items()
                         if report.facts[noun, fact]]  # fmt: skip
                yield "       " + ", ".join(facts)
        for why, reason in REASONS.items():
            numbers = report.left.get((noun, why), ())
            if numbers:
                yield words.message(f"       not changed: {_some(numbers)}. {reason}")
    if report.kept:
        yield words.message(f"       the name or kind their own person gave was kept: {_some(report.kept)}.")


def result(report: Report, words: Words) -> str:
    """The last line of an import that wrote: "Imported." of what was taken, and only of that."""
    left = sum(count for (_, act), count in report.counts.items() if act is Act.LEFT)
    if not left:
        if report.taken:
            return words.message("Imported.")
        return words.message("Nothing was imported: the database has this list already.")
    if not report.taken:
        return words.message(f"Nothing was imported: {left} rows were left as they are, as said above.")
    return words.message(f"Imported: {report.taken} rows. {left} rows were left as they are, as said above.")


def _some(numbers: Sequence[str]) -> str:
    shown = ", ".join(numbers[:MOST_NUMBERS])
    return shown if len(numbers) <= MOST_NUMBERS else f"{shown} … ({len(numbers)})"
