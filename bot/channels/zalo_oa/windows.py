"""
The way of a notice to a person on a Zalo Official Account, and its price: pure rules.

A notice is free within 48 hours of the person's message and has a price within 7 days.  Later it goes
only by an approved template, on the person's other channel, or when they write again.
https://developers.zalo.me/docs/official-account/tin-nhan/tong-quan
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal["free", "paid", "template", "other", "hold"]


@dataclass(frozen=True, slots=True)
class ZaloOAFacts:
    """Figures on which the sources disagree, or which change with prices; each is a setting."""

    free_window: timedelta = timedelta(hours=48)
    window: timedelta = timedelta(days=7)
    margin: timedelta = timedelta(minutes=5)
    """Our clock and the platform's differ, and a message waits a little before it leaves."""
    free_replies: int | None = 8
    """Free messages after each message of a person; None is unlimited, as reported for 2026 and not confirmed."""
    paid_dong: int = 55
    """A message beyond the free ones, VAT included; the price of 2025."""
    template_dong: int = 216
    """A custom template at 200 đ without VAT (8 %), reported early in 2026; 120 đ for public services, if granted."""
    other_channel_before_paying: bool = True
    """An ordinary notice goes free of charge if possible; a critical one goes where the person last wrote."""


@dataclass(frozen=True, slots=True)
class Quota:
    """
    The quota left, as the platform reports it.

    `replies_left` of this person's free replies and `package_left` of the package's messages; None is unknown.
    """

    replies_left: int | None = None
    package_left: int | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """The money for one follower in one year; `reserve_dong` of it is for critical deadlines alone."""

    yearly_dong: int
    spent_dong: int
    reserve_dong: int = 0

    def allows(self, cost: int, *, critical: bool) -> bool:
        """Whether this much may still be spent."""
        limit = self.yearly_dong if critical else self.yearly_dong - self.reserve_dong
        return self.spent_dong + cost <= limit


@dataclass(frozen=True, slots=True)
class Choice:
    """The way a notice takes, why, and what it costs at most."""

    kind: Kind
    reason: str
    cost_dong: int = 0


def choose(
    *,
    now: datetime,
    last_interaction_at: datetime | None,
    quota: Quota,
    budget: Budget,
    template_available: bool,
    other_channel: bool,
    critical: bool,
    facts: ZaloOAFacts = ZaloOAFacts(),
    parts: int = 1,
) -> Choice:
    """
    Choose the way of one notice, which the platform sends as `parts` messages.

    Never spends beyond the budget; only critical notices use the reserve.  While the number of free
    replies left is unknown, a message of the person is assumed to have opened all of them.  A package
    that was not asked about pays nothing.
    """
    age = None if last_interaction_at is None else max(now - last_interaction_at, timedelta()) + facts.margin
    inside = age is not None and age <= facts.window
    beyond = parts
    if age is not None and age <= facts.free_window:
        left = parts if facts.free_replies is None else _replies_left(quota, facts)
        if left >= parts:
            return Choice("free", "within the free hours")
        beyond -= left
        why = "the free replies are used up" if not left else "it needs more than the free replies that are left"
    else:
        why = "the free hours are over" if inside else "outside the window"
    if inside and (quota.package_left or 0) >= beyond:
        return Choice("free", f"{why}; the package pays")
    if other_channel and facts.other_channel_before_paying and not critical:
        return Choice("other", f"{why}; the other channel is free")
    if inside and budget.allows(beyond * facts.paid_dong, critical=critical):
        return Choice("paid", f"{why}; within the budget", beyond * facts.paid_dong)
    if not inside and template_available and budget.allows(facts.template_dong, critical=critical):
        return Choice("template", f"{why}; within the budget", facts.template_dong)
    if other_channel:
        return Choice("other", f"{why}; nothing to pay it with")
    if not inside and not template_available:
        return Choice("hold", f"{why}, and there is no approved template")
    return Choice("hold", f"{why}, and the budget is used up")


def _replies_left(quota: Quota, facts: ZaloOAFacts) -> int:
    if quota.replies_left is None:
        return facts.free_replies or 0  # nothing is known to be sent since their message
    return quota.replies_left
