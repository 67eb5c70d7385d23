"""The result of every reader."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from handlers.conversation.turn import Say

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """
    Words heard, and what they were taken for.

    Exactly one of `understood` and `ask` is filled, or neither.  `said` tells the
    person the value, the choice to make, or the expected answer with an example.
    """

    text: str
    understood: T | None = None
    ask: tuple[T, ...] = ()
    said: Say = field(default_factory=lambda: Say("reading.unknown"))
