"""What became of a message handed to a platform: each outcome is another future for a person."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """
    What left in this try, as the platform counts: a long message is several, a picture is one.

    `charged` of them cost money by the platform's own word; None where it says nothing of that.
    An outcome is the same whatever it took.
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
    Certainly not sent: throttled, or the platform was out of reach.  A retry costs nothing.

    `alone`: it concerns this message, and all others go on.  Without `counted` it is no try of this person's
    message, which an operator has to open the way for: no number of these gives it up.
    """

    after: timedelta
    reason: str
    alone: bool = field(default=False, kw_only=True, compare=False)
    counted: bool = field(default=True, kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Doubtful(Left):
    """
    It had left and nobody answered.  Retried where a repeat is free, held where it costs money.

    `alone`: it concerns this message, and the channel sends all others as before.
    """

    reason: str
    alone: bool = field(default=False, kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Unreachable(Left):
    """Blocked, deleted or never there: no error of ours, and the account is set aside until it speaks."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused(Left):
    """
    The platform will never take this message.  Not retried; the operator hears of it.

    `until_they_write`: it takes nothing for this person before their next word, which no one did wrong.
    """

    reason: str
    until_they_write: bool = field(default=False, kw_only=True, compare=False)


Outcome = Sent | TryAgain | Doubtful | Unreachable | Refused
