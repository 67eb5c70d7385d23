"""The outcomes of the rows of a list: counts, changed facts, and the reason why a row was left."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Act(StrEnum):
    """The outcome of one row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT = "left"


class Left(StrEnum):
    """The reason why a row was left as the database has it."""

    ERASED = "erased"  # its person erased it
    HAS_SOMEBODY = "has_somebody"  # a person has taken it over: a list takes nothing from them
    WITHDRAWN = "withdrawn"
    DECIDED = "decided"  # an official decided otherwise since
    LATER_DECISION = "later_decision"  # the certificate that stands is of a later decision
    WORKED_ON = "worked_on"  # papers, questions or another course are tied to its maker


class Fact(StrEnum):
    """A fact that a corrected list corrects."""

    NAME = "name"
    KIND = "kind"
    PLACE = "place"
    TAX_CODE = "tax_code"
    KEEPER = "keeper"  # name or number of the person of an entity
    MAKER = "maker"
    GROUP = "group"
    SET = "set"
    CERTIFICATE = "certificate"  # its number or a day
    STARS = "stars"
    STATUS = "status"  # in force or ended


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one row; `kept` are facts that stay as its own person gave them."""

    noun: str  # entity, product
    number: str
    act: Act
    why: Left | None = None
    changed: frozenset[Fact] = frozenset()
    kept: frozenset[Fact] = frozenset()


PLURALS: Mapping[str, str] = {"entity": "entities", "product": "products"}


@dataclass(slots=True)
class Report:
    """The outcomes of a list, counted."""

    counts: Counter[tuple[str, Act]] = field(default_factory=Counter)
    facts: Counter[tuple[str, Fact]] = field(default_factory=Counter)
    left: dict[tuple[str, Left], list[str]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)

    def add(self, one: Outcome) -> None:
        """Count one row."""
        self.counts[one.noun, one.act] += 1
        for fact in one.changed:
            self.facts[one.noun, fact] += 1
        if one.why is not None:
            self.left.setdefault((one.noun, one.why), []).append(one.number)
        elif one.kept:
            self.kept.append(one.number)

    @property
    def taken(self) -> int:
        """The number of rows that were added or changed."""
        return sum(count for (_, act), count in self.counts.items() if act in {Act.ADDED, Act.CHANGED})

    def audited(self) -> Mapping[str, int]:
        """The counts as the audit keeps them."""
        return {f"{PLURALS[noun]}_{act.value}": count for (noun, act), count in sorted(self.counts.items())}


def counted(outcomes: Iterable[Outcome]) -> Report:
    """Count the outcomes of a list."""
    report = Report()
    for one in outcomes:
        report.add(one)
    return report
