"""Messages of the bot as the person sees them, and requests of the bot."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class SentMessage:
    """
    One message in one chat; `kind` is text, photo, sticker or voice.

    `text` is the text or the caption, `url` the photo, sticker id or voice.  `content` has the bytes
    of a photo on this machine; nothing is fetched from anywhere else.
    """

    message_id: str
    chat_id: str
    kind: str
    text: str
    date: int
    url: str = ""
    parse_mode: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Request:
    """One call as it came in; `status` is 0 when no answer went out."""

    method: str
    given: dict[str, Any]
    at: float
    status: int = 0
    description: str = ""


@dataclass(slots=True)
class Chat:
    """A private chat or a group."""

    chat_id: str
    name: str
    kind: str = "PRIVATE"
    open: bool = False
    members: set[str] = field(default_factory=set)

    def as_json(self) -> dict[str, Any]:
        return {"id": self.chat_id, "chat_type": self.kind}
