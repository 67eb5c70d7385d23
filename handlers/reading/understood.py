"""What a reader made of a person's words."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from handlers.conversation.turn import Say

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """
    Words heard, and what they were taken for.

    Exactly one of `understood` and `ask` is filled, or neither.  `said` is what
    the person would be told: what was understood, the choice to make, or what
    is expected with an example.
    """

    text: str
    understood: T | None = None
    ask: tuple[T, ...] = ()
    said: Say = field(default_factory=lambda: Say("reading.unknown"))
