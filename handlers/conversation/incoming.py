"""What came in, the same from every channel."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal[
    "text",
    "press",
    "photo",
    "document",
    "voice",
    "sticker",
    "contact",
    "location",
    "blocked",
    "opened",
    "other",
]


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file a person sent: where the platform keeps it, and what it claims to be."""

    ref: str  # the platform's own reference, or "file:<key>" when already in the file room
    name: str
    mime: str
    size: int  # bytes, 0 when the platform does not say


@dataclass(frozen=True, slots=True)
class Incoming:
    """
    One thing a person did on one channel.

    `text` is NFC with control and direction characters removed (the channel
    does that once, through `content.fold.clean`); a caption for photos and documents.
    `payload` is the pressed button's action: input like any other, since a changed
    client can send anything.
    """

    channel: str
    account: str
    event: str
    kind: Kind
    at: datetime
    text: str = ""
    payload: str = ""
    files: tuple[IncomingFile, ...] = ()
    album: str = ""
    phone: str = ""  # from a shared contact, only when it is the sender's own
    place: tuple[float, float] | None = None
    name: str = ""  # the name the platform shows; never trusted, never a form of address
    pressed: str = ""  # the platform's id of the message whose button was pressed
    private: bool = True  # false in a group, where nothing personal is ever said
