"""An incoming message or press, in one shape for every channel."""

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
    """A file a person sent: its reference on the platform, and its claimed kind."""

    ref: str  # the reference of the platform, or "file:<key>" when already in the file room
    name: str
    mime: str
    size: int  # bytes, 0 when the platform does not say


@dataclass(frozen=True, slots=True)
class Incoming:
    """
    One act of a person on one channel.

    `text` is NFC without control and direction characters (the channel cleans it once, through
    `content.fold.clean`); for photos and documents it is the caption.
    `payload` is the action of the pressed button.  It is untrusted input: a changed client can send anything.
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
    phone: str = ""  # from a shared contact, only of the sender
    place: tuple[float, float] | None = None
    name: str = ""  # the name the platform shows; never trusted, never a form of address
    pressed: str = ""  # the platform's id of the message whose button was pressed
    private: bool = True  # false in a group: the bot says nothing personal there
