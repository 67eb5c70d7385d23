"""Failures of one platform in a row, and the pause that operators see."""

from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection

from registry.deliveries.channel_pauses import end_pause, note_pause
from registry.deliveries.outcomes import Doubtful, TryAgain

log = structlog.get_logger()

IN_TROUBLE = 3
"""Failures in a row after which only one message at a time is sent to the platform."""
PROBE = 5.0
"""Seconds between two attempts while the platform fails."""
SHOWN_FROM = 60.0
"""Seconds of a pause that operators are shown; a shorter one is everyday flow control."""
Pause = tuple[str, datetime]
"""The reason and the end of a pause."""


class Trouble:
    """Counts the failures of one platform, and knows the pause they lead to."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._failures = 0
        self._noted: Pause | None = ("of an earlier process", datetime.max.replace(tzinfo=UTC))
        self.pause: Pause | None = None
        """The pause operators should be shown; None where there is none, or only a short one."""

    @property
    def any(self) -> bool:
        return self._failures > 0

    @property
    def probing(self) -> bool:
        """True while one message at a time shows whether the platform works again."""
        return self._failures >= IN_TROUBLE

    def failed(self, outcome: TryAgain | Doubtful, now: datetime) -> float:
        """Count a failure and return the seconds to pause."""
        self._failures += 1
        wait = outcome.after.total_seconds() if isinstance(outcome, TryAgain) else 0.0
        if self.probing:
            wait = max(wait, PROBE)
        if wait >= SHOWN_FROM or self.probing:
            self.pause = (outcome.reason, now + timedelta(seconds=max(wait, SHOWN_FROM)))
        return wait

    def over(self) -> None:
        """The platform took or refused a message, so it works."""
        if self.probing:
            log.info("the platform answers again", channel=self._channel)
        self._failures = 0
        self.pause = None

    def record(self, db: Connection, pause: Pause | None, now: datetime) -> None:
        """Write a change of the pause into the database, for `/readyz` and the command line of any process."""
        if pause == self._noted:
            return
        if pause is None:
            end_pause(db, channel=self._channel)
        else:
            note_pause(db, channel=self._channel, reason=pause[0], until=pause[1], now=now)

    def recorded(self, pause: Pause | None) -> None:
        """The transaction that recorded this pause was committed."""
        self._noted = pause
