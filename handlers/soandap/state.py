"""The memory of an answer being written, and of a refusal."""

from datetime import date

from handlers.conversation.state import State

TOPIC = "soandap"


class Composing(State, frozen=True, tag="soandap.1"):
    """
    An answer being written.

    `text`, `source` and `until` are empty until they were given; `refuses` is the answer whose refusal waits for a
    reason.
    """

    unanswered: str = ""
    role: str = ""
    question: str = ""
    text: str = ""
    source: str = ""
    until: date | None = None
    place: str = ""
    refuses: str = ""
