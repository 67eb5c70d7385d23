"""What is said to a person, as data: no platform, no language, no escaping."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

BOLD = "\ue000"
PLAIN = "\ue001"
"""Light markup.  Two private-use letters that no incoming text can hold (they are
removed where text enters), so words a person wrote can never become markup."""

Ask = Literal["contact", "location", "photo"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that may be tapped.  The label, its number and the action itself all answer."""

    label: str
    action: str  # at most 60 bytes of ASCII: "/dangky", "/tieptuc", "=k3f9:yes"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of ours to send along, by its key in the file room."""

    kind: Literal["photo", "document"]
    file: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """
    One thing said.

    `numbered` tells whether a typed number picks a choice.  It is false while the
    question itself waits for a number, so that "2" stays a quantity.
    `first` is the number of its first choice: what is before a person at once is numbered through.
    `replaces` holds the key of an earlier delivery to be edited in place, where the platform can.
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
