"""What a conversation step answers: what to say, by key, never a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from content.actions.action import Action, command_of
from content.message import Ask, Attachment
from handlers.conversation.incoming import Incoming
from handlers.conversation.state import State


@dataclass(frozen=True, slots=True)
class Button:
    """
    A choice under a message.

    Its label is a phrase (`key` with `values`) or, where the words come from the
    pack or the person, a `label` taken as it is.
    """

    action: Action | str
    key: str = ""
    label: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """The text the button carries."""
        return command_of(self.action)


@dataclass(frozen=True, slots=True)
class Say:
    """One message to the person spoken with; words are named by key in the catalog."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    ask: Ask | None = None
    numbered: bool = True
    in_place: bool = False  # edits the message whose button was pressed, where the platform can
    album: str = ""  # one answer for all photos that were chosen together


@dataclass(frozen=True, slots=True)
class Waiting:
    """The question that waits: which conversation, which step of it, and what it needs to remember."""

    topic: str
    step: str
    data: State | Mapping[str, Any] = field(default_factory=dict)

    def remembered(self) -> dict[str, Any]:
        """What is stored with the question, as JSON."""
        return self.data.to_json() if isinstance(self.data, State) else dict(self.data)


class Keep:
    """What waited before this turn goes on waiting."""


KEEP = Keep()


@dataclass(frozen=True, slots=True)
class Turn:
    """What a step answers: what to say, and what waits afterwards (None: nothing)."""

    says: tuple[Say, ...] = ()
    waits: Waiting | Keep | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the waiting conversation gets to hear: a press of its own buttons, or what was typed or sent."""

    said: Incoming
    press: str = ""

    @property
    def text(self) -> str:
        return "" if self.press else self.said.text
