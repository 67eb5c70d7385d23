"""What became of a message handed to a platform: each outcome is another future for a person."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it."""

    platform_id: str


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Certainly not sent: throttled, or the platform was out of reach.  A retry costs nothing."""

    after: timedelta
    reason: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """It had left and nobody answered.  Retried where a repeat is free, held where it costs money."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Blocked, deleted or never there: no error of ours, and the account is set aside until it speaks."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform will never take this message.  Not retried; the operator hears of it."""

    reason: str


Outcome = Sent | TryAgain | Doubtful | Unreachable | Refused
