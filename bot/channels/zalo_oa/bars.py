"""
Refusals that last until an operator acts: of the account, of paid messages, or of one template.

They are kept in memory, since only the platform knows.  After a while the next message asks again, and its
success opens the way for all.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

log = logging.getLogger(__name__)

ACCOUNT = "account"
PAID = "paid"
TEMPLATE = "template:"
"""And the kind of notice it is for."""
ASKED_AGAIN = timedelta(minutes=15)
FORGOTTEN = timedelta(days=1)
"""A refusal that did not recur for this long is dropped: perhaps no message needs that way."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One refusal: the platform's text, and when it came last."""

    reason: str
    heard_at: datetime


@dataclass(slots=True)
class Bars:
    """The ways that are closed now; `now` is the clock of the account."""

    now: Callable[[], datetime]
    opened: set[str] = field(default_factory=set)
    """The ways the platform accepted when it was last asked."""
    _shut: dict[str, Bar] = field(default_factory=dict)

    def shut(self, of: str, reason: str) -> None:
        """Note a refusal.  Logged once, until the way is open again."""
        if of not in self._shut:
            log.critical("zalo refuses until a person mends it", extra={"of": of, "reason": reason})
        self._shut[of] = Bar(reason, self.now())
        self.opened.discard(of)

    def open(self, *of: str) -> None:
        """Note that the platform accepted a message."""
        for one in of:
            self.opened.add(one)
            if self._shut.pop(one, None) is not None:
                log.info("zalo takes again what it refused", extra={"of": one})

    def over(self, of: Collection[str]) -> tuple[str, timedelta] | None:
        """The reason and the delay of a message that needs all of these ways; None when it may be sent."""
        waits = [
            (left, bar.reason)
            for one in of
            if (bar := self._shut.get(one)) and (left := bar.heard_at + ASKED_AGAIN - self.now()) > timedelta()
        ]
        left, reason = max(waits, default=(timedelta(), ""))
        return (reason, left) if reason else None

    def standing(self) -> dict[str, Bar]:
        """The refusals in force.  One that did not recur for a day is dropped."""
        self._shut = {of: bar for of, bar in self._shut.items() if self.now() - bar.heard_at < FORGOTTEN}
        return dict(self._shut)
