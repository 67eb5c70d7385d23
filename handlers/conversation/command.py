"""What a room of conversations offers: its commands, and the conversations that wait for answers."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.conversation.desk import Desk
from handlers.conversation.turn import Heard, Say, Turn


@dataclass(frozen=True, slots=True)
class Command:
    """
    Something a person can ask for at any time, by /name.

    `phrases` are plain words that mean it while no question waits (folded).
    `official` commands are told of only to people who hold a role.
    """

    name: str
    run: Callable[[Desk, str], Turn]
    phrases: tuple[str, ...] = ()
    official: bool = False
    listed: bool = True  # false for what only buttons say


@dataclass(frozen=True, slots=True)
class Conversation:
    """
    A conversation that waits for answers: `answer` hears them, `repeat` asks the same question again.

    `leave` takes /huy in the middle, where there is something to put back (None: nothing is).
    `left` is called when a turn ends its question or puts another one in its place; what it says comes first.
    `behind_danger` asks it again behind the answer to a danger that was reported instead of an answer.
    Without it such words are the conversation's own: an official announces a warning, or a message is checked.
    """

    topic: str
    answer: Callable[[Desk, Heard], Turn]
    repeat: Callable[[Desk], Turn]
    leave: Callable[[Desk], Turn | None] | None = None
    left: Callable[[Desk, Turn], tuple[Say, ...]] | None = None
    behind_danger: Callable[[Desk, Heard], Turn] | None = None
