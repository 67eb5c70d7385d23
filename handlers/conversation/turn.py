"""The result of a conversation step: messages by key, never sentences, and the question that waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from content.actions.action import Action, command_of
from content.message import Ask, Attachment
from handlers.conversation.incoming import Incoming
from handlers.conversation.state import Plain, State


@dataclass(frozen=True, slots=True)
class Button:
    """
    A choice under a message.

    Its label is a phrase (`key` with `values`), or a `label` from the pack or the person, shown unchanged.
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
    """One message to the person at the desk; its words are a key of the catalog."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    ask: Ask | None = None
    numbered: bool = True
    in_place: bool = False  # edits the message of the pressed button, where the platform can
    album: str = ""  # one answer for all photos sent together
    once: str = ""  # an occasion on which an account gets this message once


@dataclass(frozen=True, slots=True)
class Waiting:
    """The question that waits: its conversation, its step, and the memory of the conversation."""

    topic: str
    step: str
    data: State | Mapping[str, Any] = field(default_factory=dict)

    def remembered(self) -> Plain:
        """The memory of the conversation as plain values, to be stored with the question."""
        return self.data.to_json() if isinstance(self.data, State) else dict(self.data)


class Keep:
    """The question that waited before this turn still waits."""


KEEP = Keep()


@dataclass(frozen=True, slots=True)
class Turn:
    """The messages of a step, and the question that waits afterwards (None: no question)."""

    says: tuple[Say, ...] = ()
    waits: Waiting | Keep | None = None
    toast: Say | None = None  # the notice that answers a press, where the platform has one


@dataclass(frozen=True, slots=True)
class Heard:
    """
    The answer to the waiting question: a press of one of its buttons, or typed words, or a file.

    `turned` is true for words of a legacy font that were turned into Unicode: they count after a yes.
    """

    said: Incoming
    press: str = ""
    turned: bool = False

    @property
    def text(self) -> str:
        return "" if self.press else self.said.text
