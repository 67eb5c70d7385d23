"""An incoming message or press, in one shape for every channel."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal[
    "text",
    "edited",
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
class Card:
    """The contact card of somebody else, as it was passed on: nobody vouches for the number."""

    phone: str
    name: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """
    One act of a person on one channel.

    `text` is NFC without control and direction characters (the channel cleans it once, through
    `content.fold.clean`); for photos and documents it is the caption.
    `edited` is a text that was changed after it was sent; `message` names the message, also of the first version.
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
    card: Card | None = None  # a shared contact of somebody else
    place: tuple[float, float] | None = None
    name: str = ""  # the name the platform shows; never trusted, never a form of address
    message: str = ""  # the platform's id of this message, where it can be edited later
    pressed: str = ""  # the platform's id of the message whose button was pressed
    toast: bool = False  # a press that the platform can answer by a short notice
    private: bool = True  # false in a group: the bot says nothing personal there
