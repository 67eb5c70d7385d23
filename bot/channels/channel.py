"""
What every channel is, and the rules all of them share.

A channel takes apart what its platform sends and shows what the bot says within
the platform's limits.  It reads no configuration, no clock and no database:
assembly hands it what it needs.
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

Count = Callable[[str], None]
"""Counts a refused request by its reason, for the operator's figures."""

LinkFor = Callable[[str], str | None]
"""The address of a file of ours by its key; None where there is no public address."""


class UnreadableError(ValueError):
    """What arrived is no event of the platform at all; nothing of it was kept."""


class FetchError(Exception):
    """A file could not be brought over; `final` tells that asking again never helps."""

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
        Say which event this is and whose lane it belongs to, reading as little as possible.

        The event id is unique among all bots on the channel and the same when the platform repeats
        itself.  Raises `UnreadableError` for what is no event of this platform.
        """

    def read(self, raw: bytes, *, now: datetime) -> Incoming | None:
        """Take one event apart; None is a genuine kind we have no use for."""

    async def send(self, account: str, message: Message, files: Mapping[str, bytes]) -> Outcome:
        """Show one message, with exactly one outcome; never raises for what a platform may do."""

    async def noticed(self, said: Incoming) -> None:
        """Let the person see that they were heard, as far as it goes; failing is of no consequence."""

    async def fetch(self, ref: str, most: int) -> bytes:
        """Bring a file over, of at most so many bytes; raises `FetchError`."""


@dataclass(frozen=True, slots=True)
class Words:
    """The few words a channel itself shows; they come from the catalog, keys `channels.*`."""

    share_phone: str
    share_place: str
    no_file: str = ""
    """Where a file cannot be shown: what to do to get it, with its `{name}`."""
    brief_link: str = ""
    """Behind an address that ends soon: for how long it is good."""

    def instead_of(self, name: str) -> str:
        """The line in the place of a file that a platform does not take."""
        return self.no_file.replace("{name}", name)

    def linked(self, name: str, file: str, link: str) -> str:
        """The line in the place of a file that is fetched by its address."""
        return f"{name}: {link}" + (f"\n{self.brief_link}" if is_brief(file) else "")


def is_brief(file: str) -> bool:
    """Whether the address of a file ends soon: all that is kept of somebody, or a list of people."""
    return file.partition(":")[0] in {"mydata", "ideas", "attendance"}


def tidy(text: str) -> str:
    """Text ready to leave: NFC, without what no platform takes (lone surrogates, NUL) and blanks at the ends."""
    kept = "".join(letter for letter in text if letter != "\0" and unicodedata.category(letter) != "Cs")
    return unicodedata.normalize("NFC", kept).strip()


def length(text: str) -> int:
    """How many code points a person sees; the light markup does not count."""
    return len(text) - text.count(BOLD) - text.count(PLAIN)


def spans(text: str) -> Iterator[tuple[bool, str]]:
    """Walk through the light markup: (bold or not, words).  Markup left open ends with the text."""
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
    Write choices into the text, one a line, for where buttons are missing or too few.

    Numbers only where a typed number answers; elsewhere the label itself is what to type.
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
    Cut a text into pieces of at most `most` visible code points, without losing a word.

    Cuts at an empty line, else at a line, else at a blank, else between letters (never inside one:
    marks and joined emoji stay together).  Bold goes on in the next piece.
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
    """Where to cut, as an index into the text with its markup; the piece shows at most `most` code points."""
    seen = end = 0
    for end, letter in enumerate(text):  # noqa: B007  the index after the loop is the result
        if letter not in (BOLD, PLAIN):
            if seen == most:
                break
            seen += 1
    head = text[:end]
    for mark in ("\n\n", "\n", " "):
        at = head.rfind(mark)
        # a cut in the first third leaves a stump; then the next finer place is the better one
        if at > len(head) // 3:
            return at
    at = end
    while at > 1 and _clings(text, at):
        at -= 1
    return at if at > 1 else end


def _clings(text: str, at: int) -> bool:
    """Whether the letter at `at` belongs to the one before it."""
    here, before = text[at], text[at - 1]
    return (
        unicodedata.combining(here) > 0
        or here in "\u200d\ufe0e\ufe0f"
        or before == "\u200d"
        or "\U0001f3fb" <= here <= "\U0001f3ff"
    )
