"""
What Zalo lets nobody do until an operator has mended something: the account, what costs money, or one template.

Kept in memory, since only the platform knows: after a while the next message asks again, and what it takes
opens the way for all.
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
"""How long a refusal nobody met again is told of: nothing may be left that needs this way."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that is refused: the platform's words, and when they were heard last."""

    reason: str
    heard_at: datetime


@dataclass(slots=True)
class Bars:
    """What is shut now; `now` is the clock of the account."""

    now: Callable[[], datetime]
    opened: set[str] = field(default_factory=set)
    """What the platform took when it was last asked."""
    _shut: dict[str, Bar] = field(default_factory=dict)

    def shut(self, of: str, reason: str) -> None:
        """The platform refused; told once in the log, until it is open again."""
        if of not in self._shut:
            log.critical("zalo refuses until a person mends it", extra={"of": of, "reason": reason})
        self._shut[of] = Bar(reason, self.now())
        self.opened.discard(of)

    def open(self, *of: str) -> None:
        """The platform took it."""
        for one in of:
            self.opened.add(one)
            if self._shut.pop(one, None) is not None:
                log.info("zalo takes again what it refused", extra={"of": one})

    def over(self, of: Collection[str]) -> tuple[str, timedelta] | None:
        """Why a message that needs all of these waits, and how long from now; None when it may be tried."""
        waits = [
            (left, bar.reason)
            for one in of
            if (bar := self._shut.get(one)) and (left := bar.heard_at + ASKED_AGAIN - self.now()) > timedelta()
        ]
        left, reason = max(waits, default=(timedelta(), ""))
        return (reason, left) if reason else None

    def standing(self) -> dict[str, Bar]:
        """All that was refused and not taken since; what nobody met for a day is forgotten."""
        self._shut = {of: bar for of, bar in self._shut.items() if self.now() - bar.heard_at < FORGOTTEN}
        return dict(self._shut)
