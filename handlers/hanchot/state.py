"""The memory of the conversation about a last day: the deadline, the place, and the new day."""

from datetime import date
from typing import Literal

from handlers.conversation.state import State

TOPIC = "hanchot"
Way = Literal["move", "apart", "round"]
"""The day itself is moved, an own day is set for a place below, or a round is added to the year."""


class Moving(State, frozen=True, tag="hanchot.1"):
    """A change that was begun.  Untagged values had the same names."""

    deadline: str
    way: Way
    role: str = ""
    place: str = ""
    name: str = ""  # of the round
    day: date | None = None
