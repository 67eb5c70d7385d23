"""A message to a person, as data: no platform, no language, no escaping."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

BOLD = "\ue000"
PLAIN = "\ue001"
"""
Light markup: two private-use letters.

They are removed from incoming text, so people's words can never become markup.
"""

Ask = Literal["contact", "location", "photo"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that may be tapped.  Typing the label, its number or the action itself has the same effect."""

    label: str
    action: str  # at most 60 bytes of ASCII: "/dangky", "/tieptuc", "=k3f9:yes"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send along, by its key in the file room."""

    kind: Literal["photo", "document", "voice"]
    file: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """
    One message.

    `numbered` is true when a typed number picks a choice.  It is false while the question itself expects a number,
    so that "2" stays a quantity.  `first` is the number of its first choice: messages shown together are numbered
    through.  `replaces` is the key of an earlier delivery to edit in place, where the platform can.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    ask: Ask | None = None
    numbered: bool = True
    replaces: str | None = None
    first: int = 1

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "choices": [{"label": choice.label, "action": choice.action} for choice in self.choices],
            "attachments": [asdict(attachment) for attachment in self.attachments],
            "ask": self.ask,
            "numbered": self.numbered,
            "replaces": self.replaces,
            "first": self.first,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Message":
        return cls(
            text=stored["text"],
            choices=tuple(Choice(**choice) for choice in stored.get("choices", ())),
            attachments=tuple(Attachment(**attachment) for attachment in stored.get("attachments", ())),
            ask=stored.get("ask"),
            numbered=stored.get("numbered", True),
            replaces=stored.get("replaces"),
            first=stored.get("first", 1),
        )

    @property
    def plain(self) -> str:
        """The text without its light markup."""
        return self.text.replace(BOLD, "").replace(PLAIN, "")
