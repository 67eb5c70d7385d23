"""The offer of a room of conversations: its commands, and the conversations that wait for answers."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.conversation.desk import Desk
from handlers.conversation.turn import Heard, Say, Turn


@dataclass(frozen=True, slots=True)
class Command:
    """
    A command a person can give at any time, by /name.

    `phrases` are plain words that mean it while no question waits (folded).
    `official` commands are shown only to people who hold a role.
    """

    name: str
    run: Callable[[Desk, str], Turn]
    phrases: tuple[str, ...] = ()
    official: bool = False
    listed: bool = True  # false for commands of buttons only


@dataclass(frozen=True, slots=True)
class Conversation:
    """
    A conversation that waits for answers: `answer` takes them, `repeat` asks the same question again.

    `leave` handles /huy in the middle, where something has to be restored; its None means that nothing has.
    `left` is called when a turn ends its question or replaces it by another one; its messages come first.
    `beside` asks it again after a command that was given in the middle, shorter than `repeat` where that is long.
    `behind_danger` asks the question again after the answer to a reported danger.
    Without it the conversation takes such words itself: an official announces a warning, or a message is checked.
    """

    topic: str
    answer: Callable[[Desk, Heard], Turn]
    repeat: Callable[[Desk], Turn]
    leave: Callable[[Desk], Turn | None] | None = None
    left: Callable[[Desk, Turn], tuple[Say, ...]] | None = None
    behind_danger: Callable[[Desk, Heard], Turn] | None = None
    beside: Callable[[Desk], Turn] | None = None
