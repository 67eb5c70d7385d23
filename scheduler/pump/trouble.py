"""
Failures of one platform: the accounts that rest, the pause of the whole channel, and the note operators see.

A refusal concerns the account it answers.  A platform that does not say whom it means is believed to mean one account.
It means all once a second account fails within the same minute and nothing was taken between (docs/decisions/0030).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection

from registry.deliveries.channel_pauses import end_pause, note_pause
from registry.deliveries.outcomes import Cause, Doubtful, TryAgain, Whom

log = structlog.get_logger()

IN_TROUBLE = 3
"""Failures in a row after which only one message at a time is sent to the platform."""
PROBE = 5.0
"""Seconds between two attempts while the platform fails."""
LONGEST = 900.0
"""Seconds after which a channel is tried again, whatever wait the platform named."""
SAME = 60.0
"""Seconds in which a second account that fails alike makes it the platform's failure."""
SHOWN_FROM = 60.0
"""Seconds of a pause that operators are shown; a shorter one is everyday flow control."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a channel sends nothing, and when it is tried again."""

    reason: str
    until: datetime
    cause: Cause


Standing = tuple[Pause | None, bool]
"""The pause in force, and whether the platform took a message since the start."""
_OF_ANOTHER_PROCESS = Pause("of an earlier process", datetime.max.replace(tzinfo=UTC), Cause.AWAY)


@dataclass(frozen=True, slots=True)
class _Suspicion:
    """An account whose failure may be the platform's: since when, and until when a second one counts with it."""

    at: float
    until: float


class Trouble:
    """
    Tells the failures of one account from those of the platform, and knows the pause they lead to.

    `time` and `began` are seconds of the event loop; `began` is the moment a message left.
    """

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._failures = 0
        self._failed_at = float("-inf")
        self._cut_short = False
        self._suspicions: dict[str, _Suspicion] = {}
        self._rests: dict[str, datetime] = {}
        self._works = False
        self._noted: Pause | None = _OF_ANOTHER_PROCESS
        self.pause: Pause | None = None
        """The pause operators should be shown; None where there is none, or only a short one."""

    @property
    def any(self) -> bool:
        """True while the platform as a whole fails."""
        return self._failures > 0

    @property
    def suspected(self) -> bool:
        """True while the platform may fail as a whole."""
        return self.any or bool(self._suspicions)

    @property
    def probing(self) -> bool:
        """True while one message at a time shows whether the platform works again."""
        return self._failures >= IN_TROUBLE or self._cut_short

    def resting(self, now: datetime) -> frozenset[str]:
        """Return the accounts the platform asked to leave alone for a while."""
        if self._rests:
            self._rests = {account: until for account, until in self._rests.items() if until > now}
        return frozenset(self._rests)

    def failed(
        self, account: str, outcome: TryAgain | Doubtful, *, now: datetime, time: float, explained: bool = False
    ) -> float:
        """
        Count a failure and return the seconds the whole channel pauses; 0.0 where it concerns one account.

        `explained`: the account itself got more messages than a chat may get, so its refusal says nothing of others.
        """
        if outcome.whom is Whom.ONE:
            return 0.0
        wait = outcome.after.total_seconds() if isinstance(outcome, TryAgain) else 0.0
        counts = 1
        if outcome.whom is Whom.UNSAID:
            self._rest(account, now, wait)
            if not self.any or explained:
                counts = 0 if explained else self._suspected_with(account, time, wait)
                if not counts:
                    return 0.0
        self._failures += counts
        self._failed_at = time
        if self.probing:
            wait = max(wait, PROBE)
        self._cut_short = wait > LONGEST
        wait = min(wait, LONGEST)
        if wait >= SHOWN_FROM or self.probing:
            cause = outcome.cause if isinstance(outcome, TryAgain) else Cause.SILENCE
            self.pause = Pause(outcome.reason, now + timedelta(seconds=max(wait, SHOWN_FROM)), cause)
        return wait

    def _rest(self, account: str, now: datetime, wait: float) -> None:
        if wait > 0:
            until = now + timedelta(seconds=min(wait, LONGEST))
            self._rests[account] = max(self._rests.get(account, until), until)

    def _suspected_with(self, account: str, time: float, wait: float) -> int:
        """Suspect an account's failure to be the platform's; return how many accounts prove it, 0 without proof."""
        kept = {of: one for of, one in self._suspicions.items() if one.until > time}
        kept[account] = _Suspicion(time, time + max(wait, SAME))
        proved = len(kept) > 1
        self._suspicions = {} if proved else kept
        return len(kept) if proved else 0

    def took(self, began: float) -> None:
        """
        The platform took or refused a message, so it works.

        A message that had left before the last failure proves nothing.
        """
        self._suspicions = {of: one for of, one in self._suspicions.items() if one.at > began}
        if began < self._failed_at:
            return
        if self.probing:
            log.info("the platform answers again", channel=self._channel)
        self._failures = 0
        self._cut_short = False
        self._works = True
        self.pause = None

    @property
    def standing(self) -> Standing:
        """Return what the database should hold now."""
        return self.pause, self._works

    def record(self, db: Connection, standing: Standing, now: datetime) -> None:
        """
        Write a change of the pause into the database, for `/readyz` and the command line of any process.

        The end of a pause is written only once the platform took a message.
        """
        pause, works = standing
        if pause == self._noted:
            return
        if pause is not None:
            note_pause(db, channel=self._channel, reason=pause.reason, cause=pause.cause, until=pause.until, now=now)
        elif works:
            end_pause(db, channel=self._channel, now=now)

    def recorded(self, standing: Standing) -> None:
        """The transaction that recorded this was committed."""
        pause, works = standing
        if pause is not None or works:
            self._noted = pause
