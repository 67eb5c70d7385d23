"""The totals of a year of a Zalo account, and the promises it kept."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

YEARLY, RESERVE = 2_500, 1_300
"""Đồng for one follower in a year, and the part of it for decisions and deadlines alone."""
TEMPLATE = 216
CRITICAL = ("status", "reminder")
OUT_OF_MEANS = frozenset({-230, -232, -211, -218, -144, -147, -234, -133, -320, -321, -32})
"""Refusals for a closed window, a used-up quota, the night, an empty purse, too many calls."""


@dataclass(slots=True)
class Report:
    """The totals of the year; money in đồng, by the platform's count."""

    followers: int = 0
    announcements: int = 0
    days: int = 0
    dong_by_kind: Counter[str] = field(default_factory=Counter)
    dong_by_person: Counter[str] = field(default_factory=Counter)
    booked_by_person: Counter[str] = field(default_factory=Counter)
    ways: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Messages by kind and way: free, paid, template, telegram, and how those ended that did not leave."""
    ordinary_dong: Counter[str] = field(default_factory=Counter)
    refusals: Counter[int] = field(default_factory=Counter)
    held_with_money: list[str] = field(default_factory=list)
    """Decisions and deadlines that waited although the reserve could pay for them."""
    at_night: int = 0
    faults: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def dong(self) -> int:
        return self.dong_by_person.total()

    def broken(self) -> list[str]:
        """Every promise that was not kept."""
        rules = {
            "refused for window, quota, night, money or rate": sum(self.refusals[code] for code in OUT_OF_MEANS),
            "refused at all": self.refusals.total(),
            "people over their yearly budget": sum(cost > YEARLY for cost in self.dong_by_person.values()),
            "people whose reserve went on ordinary messages": sum(
                cost > YEARLY - RESERVE for cost in self.ordinary_dong.values()
            ),
            "people whose cost was booked wrongly": sum(
                self.dong_by_person[one] != self.booked_by_person[one]
                for one in self.dong_by_person.keys() | self.booked_by_person.keys()
            ),
            "critical notices held with money left": len(self.held_with_money),
            "unasked at night": self.at_night,
            "faults seen by the platforms": len(self.faults),
        }
        return [f"{what}: {count}" for what, count in rules.items() if count]

    def lines(self) -> list[str]:
        """The year in a few lines."""
        most = max(self.dong_by_person.values(), default=0)
        first = (
            f"{self.followers} followers, {self.announcements} announcements, {self.days} days with something to do, "
            f"{self.seconds:.0f} s: {self.dong:,} đồng, at most {most:,} for one of {YEARLY:,} "
            f"({RESERVE:,} in reserve); {self.refusals.total()} refusals"
        )
        told = [
            first,
            "by kind: " + ", ".join(f"{kind} {dong:,} đ" for kind, dong in sorted(self.dong_by_kind.items())),
        ]
        for kind, ways in sorted(self.ways.items()):
            told.append(f"{kind}: " + ", ".join(f"{count:,} {way}" for way, count in ways.most_common()))
        return told
