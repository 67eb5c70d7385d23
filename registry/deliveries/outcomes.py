"""The outcomes of an attempt to send a message, told apart by type."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Whom(StrEnum):
    """The people a failed attempt concerns."""

    ONE = "one"  # the recipient, or this message
    UNSAID = "unsaid"  # the platform does not say; the recipient, until another one fails alike
    ALL = "all"  # everybody on the channel


class Cause(StrEnum):
    """Why a platform takes nothing; it decides what an administrator is asked to do."""

    AWAY = "away"  # no connection, or something else than the platform answers
    LIMIT = "limit"  # more messages than it takes in a time; ends by itself
    QUOTA = "quota"  # the messages of the plan are used up
    ACCESS = "access"  # the bot's token is not accepted
    SILENCE = "silence"  # it took the request and gave no valid answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """
    The parts sent in one attempt, as the platform counts: a long message is several, a picture is one.

    The platform charged for `charged` of them; None where it does not say.
    Both are ignored when outcomes are compared.
    """

    parts: int = field(default=0, compare=False)
    charged: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sent(Left):
    """The platform took it."""

    platform_id: str


@dataclass(frozen=True, slots=True)
class TryAgain(Left):
    """
    Certainly not sent: a rate limit, or the platform was out of reach.  A retry costs nothing.

    Without `counted` an operator must act first, so the attempt does not count towards giving up.
    """

    after: timedelta
    reason: str
    whom: Whom = field(default=Whom.ALL, kw_only=True, compare=False)
    cause: Cause = field(default=Cause.AWAY, kw_only=True, compare=False)
    counted: bool = field(default=True, kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Doubtful(Left):
    """
    The request was written and no answer came.  Retried on free channels, parked where a repeat costs money.

    One silence says nothing about others; only the channel may know that it concerns everybody.
    """

    reason: str
    whom: Whom = field(default=Whom.UNSAID, kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Unreachable(Left):
    """Blocked, deleted or never there: not our error.  The account is closed until its person writes."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused(Left):
    """
    The platform will never take this message.  Not retried; operators see it among the dead letters.

    `until_they_write`: the platform takes nothing for this person before they write; parked, and not an error.
    """

    reason: str
    until_they_write: bool = field(default=False, kw_only=True, compare=False)


Outcome = Sent | TryAgain | Doubtful | Unreachable | Refused
