"""
The contract of a channel, and the rules all channels share.

A channel parses the events of its platform and renders messages within the platform's
limits.  It reads no configuration, clock or database; its manifest hands it everything.
"""

import unicodedata
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from content.message import BOLD, PLAIN, Choice, Message
from handlers.conversation.incoming import Incoming
from registry.deliveries.outcomes import Outcome

Accept = Callable[[str, bytes], Awaitable[None]]
"""Takes (channel, raw event) and returns once the event is committed."""

TOLD_AFTER = 4.0
"""Seconds an event waits for its commit until the person is told that it is not saved."""

Count = Callable[[str], None]
"""Counts a refused request by its reason, for the operator's figures."""

LinkFor = Callable[[str], str | None]
"""Returns the address of a file by its key; None where there is no public address."""


class UnreadableError(ValueError):
    """The bytes are not an event of the platform; nothing was kept."""


class FetchError(Exception):
    """A file could not be downloaded; `final` means that a retry never helps."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class Channel(Protocol):
    """One platform.  `most_text` is the longest text of one message, in code points."""

    @property
    def name(self) -> str: ...
    @property
    def buttons(self) -> bool: ...
    @property
    def most_text(self) -> int: ...

    def address(self, raw: bytes) -> tuple[str, str]:
        """
        Return the event's id and its account, parsing as little as possible.

        The id is unique among all bots on the channel, and a duplicate has the same id.
        Raises `UnreadableError` for bytes that are not an event of this platform.
        """

    def read(self, raw: bytes, *, now: datetime) -> Incoming | None:
        """Parse one event; None is a genuine kind we do not use."""

    async def send(self, account: str, message: Message, files: Mapping[str, bytes]) -> Outcome:
        """Send one message and return exactly one outcome.  Never raises for a platform's behaviour."""

    async def noticed(self, said: Incoming, words: str = "") -> None:
        """
        Show the person that their message arrived, if the platform can.  A failure is ignored.

        `words` are shown for a moment over the chat; they are empty unless `said.toast`.
        """

    async def fetch(self, ref: str, most: int) -> bytes:
        """Download a file of at most `most` bytes.  Raises `FetchError`."""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts a channel adds by itself; they come from the catalog, keys `channels.*`."""

    share_phone: str
    share_place: str
    no_file: str = ""
    """How to get a file that the channel cannot show, with its `{name}`."""
    brief_link: str = ""
    """Follows an address that expires soon, and says when."""

    def instead_of(self, name: str) -> str:
        """The line that replaces a file the platform does not accept."""
        return self.no_file.replace("{name}", name)

    def linked(self, name: str, file: str, link: str) -> str:
        """The line that replaces a file with its address."""
        return f"{name}: {link}" + (f"\n{self.brief_link}" if is_brief(file) else "")


def is_brief(file: str) -> bool:
    """True if a file's address expires soon: a person's whole data, a list of people, a producer's voice."""
    return file.partition(":")[0] in {"mydata", "ideas", "attendance", "recording"}


def tidy(text: str) -> str:
    """Return text ready to send: NFC, stripped, without lone surrogates and NUL, which no platform accepts."""
    kept = "".join(letter for letter in text if letter != "\0" and unicodedata.category(letter) != "Cs")
    return unicodedata.normalize("NFC", kept).strip()


def is_storable(text: str) -> bool:
    """Whether UTF-8 has bytes for it: JSON may name half of a letter (a lone surrogate), which no database keeps."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def length(text: str) -> int:
    """The number of visible code points; the light markup does not count."""
    return len(text) - text.count(BOLD) - text.count(PLAIN)


def spans(text: str) -> Iterator[tuple[bool, str]]:
    """Yield (bold or not, text).  Unclosed markup ends with the text."""
    bold = False
    held: list[str] = []
    for letter in text:
        if letter in (BOLD, PLAIN):
            if held:
                yield bold, "".join(held)
            held = []
            bold = letter == BOLD
        else:
            held.append(letter)
    if held:
        yield bold, "".join(held)


def unmarked(text: str) -> str:
    """The text without its light markup."""
    return text.replace(BOLD, "").replace(PLAIN, "")


def listed(choices: Sequence[Choice], *, numbered: bool, first: int = 1) -> str:
    """
    Write choices as text, one per line, where buttons are missing or too few.

    Number them only where a typed number answers; otherwise the person types the label.
    """
    if numbered:
        return "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(choices, first))
    return "\n".join(f"– {choice.label}" for choice in choices)


def with_list(message: Message) -> str:
    """The text of a message followed by its choices as a list."""
    listing = listed(message.choices, numbered=message.numbered, first=message.first)
    return f"{message.text}\n\n{listing}" if message.text else listing


def pieces(text: str, most: int) -> list[str]:
    """
    Cut a text into pieces of at most `most` visible code points, without losing a letter.

    Cuts at an empty line, else at a line, else at a blank, else between letters.  Combining marks
    and joined emoji stay together.  Bold continues in the next piece.
    """
    found: list[str] = []
    rest = text.strip()
    while length(rest) > most:
        at = _cut(rest, most)
        piece, rest = rest[:at].rstrip(), rest[at:].lstrip()
        if piece.rfind(BOLD) > piece.rfind(PLAIN):
            piece, rest = piece + PLAIN, BOLD + rest
        found.append(piece)
    if unmarked(rest).strip():
        found.append(rest)
    return [piece for piece in found if unmarked(piece).strip()]


def _cut(text: str, most: int) -> int:
    """The index at which to cut, markup included; the piece shows at most `most` code points."""
    seen = end = 0
    for end, letter in enumerate(text):  # noqa: B007  the index after the loop is the result
        if letter not in (BOLD, PLAIN):
            if seen == most:
                break
            seen += 1
    head = text[:end]
    for mark in ("\n\n", "\n", " "):
        at = head.rfind(mark)
        # a cut in the first third leaves a stump; the next finer place is better
        if at > len(head) // 3:
            return at
    at = end
    while at > 1 and _clings(text, at):
        at -= 1
    return at if at > 1 else end


def _clings(text: str, at: int) -> bool:
    """True if the letter at `at` belongs to the one before it."""
    here, before = text[at], text[at - 1]
    return (
        unicodedata.combining(here) > 0
        or here in "\u200d\ufe0e\ufe0f"
        or before == "\u200d"
        or "\U0001f3fb" <= here <= "\U0001f3ff"
    )
