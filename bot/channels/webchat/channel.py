"""
The web chat: our own channel, for people with a browser and no messenger.

No platform keeps its messages, so it is given a history: a message counts as sent once it is stored there. A browser
that reconnects is shown the messages it missed.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import logging
import re
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from weakref import WeakValueDictionary

from bot.channels.channel import FetchError, UnreadableError, tidy, unmarked, with_list
from content.fold import clean
from content.message import Message
from handlers.conversation.incoming import Incoming, IncomingFile, Kind
from registry.deliveries.outcomes import Outcome, Refused, Sent, TryAgain
from registry.store.store import StoreRefusesError

log = logging.getLogger(__name__)

MOST_TEXT = 20_000
"""A page shows a text of any length in one piece; nobody reads longer ones."""
MOST_ACTION = 64
MOST_NAME = 120
MOST_CHOICES = 100
_A_MOMENT = timedelta(seconds=5)
SOCKETS_OF_ONE = 8
"""Open pages of one person; the oldest is closed when a ninth opens."""

_EVENT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ACCOUNT = re.compile(r"w[0-9a-f]{32}")
_REF = re.compile(r"file:[A-Za-z0-9_.-]{1,128}")
_KINDS: Mapping[str, Kind] = {
    "text": "text",
    "press": "press",
    "photo": "photo",
    "document": "document",
    "location": "location",
}


class UploadRefusedError(Exception):
    """An upload that is not taken; `why` is not_begun, no_room, quota or broken."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The upload is not taken ({why})")
        self.why = why


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file as the browser may have it."""

    content: bytes
    name: str
    mime: str


class WebHistory(Protocol):
    """The messages of the web chat, in order; the deliveries of the account."""

    async def keep(self, account: str, message: Mapping[str, Any]) -> int:
        """Keep one message and answer its number, larger than all before it for this account."""

    async def since(self, account: str, seq: int) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """The messages after that number, oldest first."""


class WebFiles(Protocol):
    """The file room, as far as one account reaches."""

    async def check_upload(self, account: str) -> None:
        """Raise `UploadRefusedError` for an account that may send nothing now; asked before anything is read."""

    async def keep_upload(self, account: str, content: bytes, name: str, mime: str) -> str:
        """
        Keep an upload and answer its `file:<key>`.

        Raises `UploadRefusedError` for one that is not taken, `StoreRefusesError` when it cannot be kept now.
        """

    async def open_file(self, account: str, key: str) -> WebFile | None:
        """A file that this account uploaded or was sent; None for any other."""


class WebFileRoom(WebFiles, Protocol):
    """The file room with the bytes of every upload, for the channel itself."""

    async def load(self, key: str) -> bytes | None:
        """The bytes of an upload; None where there is none."""


class Line(Protocol):
    """One open page.  A closed page ignores everything and raises nothing."""

    async def say(self, seq: int, word: Mapping[str, Any]) -> None:
        """Show one message; numbers only rise, and one that was shown is not shown again."""

    async def tell(self, word: Mapping[str, Any]) -> None:
        """Send something that is not a message."""

    async def close(self) -> None: ...


class Sessions:
    """
    The session of a browser: 128 random bits that it keeps, signed so that only ours are accepted.

    The account is a keyed hash of the session, so that rows and logs open no session.
    """

    def __init__(self, key: bytes) -> None:
        self._seal = hashlib.blake2b(b"web chat seal", key=key[:64], digest_size=32).digest()
        self._hide = hashlib.blake2b(b"web chat account", key=key[:64], digest_size=32).digest()

    def issue(self, seed: str = "") -> str:
        """A new session; with a seed (the demo's people) the same one each time."""
        bits = hmac.digest(self._seal, b"seed:" + seed.encode(), "sha256")[:16] if seed else secrets.token_bytes(16)
        return base64.urlsafe_b64encode(bits + self._mark(bits)).decode().rstrip("=")

    def account(self, session: str) -> str | None:
        """The account of a session; None for one that was never issued."""
        try:
            whole = base64.urlsafe_b64decode(session.encode("ascii") + b"=" * (-len(session) % 4))
        except (binascii.Error, UnicodeEncodeError, ValueError):
            return None
        bits, mark = whole[:16], whole[16:]
        if not hmac.compare_digest(mark, self._mark(bits)):
            return None
        return "w" + hmac.digest(self._hide, bits, "sha256")[:16].hex()

    def _mark(self, bits: bytes) -> bytes:
        return hmac.digest(self._seal, bits, "sha256")[:8]


class WebChannel:
    """The channel behind `/chat`; the routes are in `bot.channels.webchat.routes`."""

    name = "webchat"
    buttons = True
    most_text = MOST_TEXT

    def __init__(self, history: WebHistory, sessions: Sessions, load: Callable[[str], Awaitable[bytes | None]]) -> None:
        """`load(key)` reads an upload from the file room."""
        self.history = history
        self.sessions = sessions
        self._load = load
        self._lines: defaultdict[str, list[Line]] = defaultdict(list)
        self._order: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # Coming in

    def address(self, raw: bytes) -> tuple[str, str]:
        event = _parsed(raw)
        return f"{event['account']}:{event['id']}", event["account"]

    def read(self, raw: bytes, *, now: datetime) -> Incoming | None:
        """Take one event apart; None is a kind that a newer page may know."""
        event = _parsed(raw)
        kind = _KINDS.get(str(event.get("kind")))
        if kind is None:
            return None
        files: tuple[IncomingFile, ...] = ()
        place: tuple[float, float] | None = None
        if kind in ("photo", "document"):
            files = (_file(event),)
        if kind == "location":
            place = _place(event.get("place"))
        return Incoming(
            channel=self.name,
            account=event["account"],
            event=f"{event['account']}:{event['id']}",
            kind=kind,
            at=now,
            text="" if kind == "press" else clean(_words(event, "text")),
            payload=clean(_words(event, "press"))[:MOST_ACTION] if kind == "press" else "",
            files=files,
            album=clean(_words(event, "album"))[:64],
            place=place,
            pressed=_words(event, "of")[:20] if kind == "press" else "",
        )

    # Going out

    async def send(self, account: str, message: Message, files: Mapping[str, bytes]) -> Outcome:
        """Keep it, then show it on every open page; without a page it is shown on the next visit."""
        word = shown(message, {key: len(content) for key, content in files.items()})
        if word is None:
            return Refused("Nothing to show")
        try:
            seq = await self.show(account, word)
        except StoreRefusesError:
            return TryAgain(_A_MOMENT, "the history takes nothing")
        return Sent(str(seq))

    async def show(self, account: str, word: Mapping[str, Any]) -> int:
        """
        Keep one message and show it on every open page.  Returns its number.

        Raises `StoreRefusesError` when it is not kept.

        A message with `mine`, the id of an event, was said by the person on another of their pages.
        """
        # One after the other for a person, so that a page never sees a later number before an earlier one.
        order = self._order.setdefault(account, asyncio.Lock())
        async with order:
            seq = await self.history.keep(account, word)
            for line in list(self._lines.get(account, ())):
                await line.say(seq, word)
        return seq

    async def noticed(self, said: Incoming, words: str = "") -> None:  # noqa: ARG002  presses have no notice here
        for line in list(self._lines.get(said.account, ())):
            await line.tell({"typing": True})

    async def fetch(self, ref: str, most: int) -> bytes:
        """Uploads are in the file room already; their reference is `file:<key>`."""
        content = await self._load(ref.removeprefix("file:"))
        if content is None:
            raise FetchError("no such upload", final=True)
        if len(content) > most:
            raise FetchError("larger than allowed", final=True)
        return content

    # Open pages

    async def join(self, account: str, line: Line) -> None:
        """Open a page; of too many, the oldest is closed."""
        lines = self._lines[account]
        lines.append(line)
        while len(lines) > SOCKETS_OF_ONE:
            await lines.pop(0).close()

    def is_open(self, account: str) -> bool:
        """True while a page of this account is open in this process."""
        return bool(self._lines.get(account))

    def leave(self, account: str, line: Line) -> None:
        lines = self._lines.get(account, [])
        if line in lines:
            lines.remove(line)
        if not lines:
            self._lines.pop(account, None)

    async def close(self) -> None:
        """Close every page; the browsers come back by themselves."""
        for lines in list(self._lines.values()):
            for line in list(lines):
                await line.close()


def is_event_id(value: object) -> bool:
    """True if the page's id of an event is valid: a random UUID in small letters."""
    return isinstance(value, str) and _EVENT.fullmatch(value) is not None


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        raise UnreadableError("The event is no JSON") from None
    if (
        not isinstance(event, dict)
        or not is_event_id(event.get("id"))
        or not isinstance(event.get("account"), str)
        or not _ACCOUNT.fullmatch(event["account"])
    ):
        raise UnreadableError("The event has no id and account of ours")
    return event


def _words(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key, "")
    if not isinstance(value, str):
        raise UnreadableError(f"{key} is no text")
    return value


def _file(event: Mapping[str, Any]) -> IncomingFile:
    ref, size = _words(event, "ref"), event.get("size", 0)
    if not _REF.fullmatch(ref):
        raise UnreadableError("The file was not uploaded here")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise UnreadableError("size is no number")
    return IncomingFile(ref, clean(_words(event, "name"))[:MOST_NAME], clean(_words(event, "mime"))[:MOST_NAME], size)


def _place(given: object) -> tuple[float, float]:
    match given:
        case [int() | float() as latitude, int() | float() as longitude] if (
            abs(latitude) <= 90 and abs(longitude) <= 180
        ):
            return float(latitude), float(longitude)
    raise UnreadableError("place is no place on earth")


def shown(message: Message, sizes: Mapping[str, int]) -> dict[str, Any] | None:
    """
    A message as the page gets it, None when there is nothing to show.

    `sizes` are those of the files at hand, by key; an attachment without one is left out and logged.
    """
    text = tidy(message.text)
    choices = [{"label": unmarked(tidy(choice.label)), "action": choice.action} for choice in message.choices]
    if len(choices) > MOST_CHOICES or any(not choice["label"] for choice in choices):
        text = tidy(with_list(message))
        choices = [choice for choice in choices if choice["label"]][:MOST_CHOICES]
    attached: list[dict[str, Any]] = []
    for attachment in message.attachments:
        size = sizes.get(attachment.file)
        if not size:
            log.error("an attachment was not handed over", extra={"channel": "webchat", "file": attachment.file})
            continue
        name = tidy(attachment.name) or attachment.file
        attached.append({"kind": attachment.kind, "file": attachment.file, "name": name, "size": size})
    if not unmarked(text).strip() and not attached:
        return None
    word: dict[str, Any] = {"text": text, "choices": choices, "attachments": attached}
    if message.ask:
        word["ask"] = message.ask
    if message.replaces and message.replaces.isascii() and message.replaces.isdigit():
        word["replaces"] = int(message.replaces)
    return word
