"""
The producer's phones in the demo: Telegram and Zalo, each before its local platform.

Input becomes an event of the platform, and a phone shows the messages the platform took from the bot.
This module does not know the bot.
"""

import base64
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from platforms.telegram.messages import SentMessage as TelegramMessage
from platforms.telegram.server import TelegramServer
from platforms.zalo_oa.messages import Button as ZaloButton
from platforms.zalo_oa.messages import Content
from platforms.zalo_oa.messages import SentMessage as ZaloMessage
from platforms.zalo_oa.quota import FREE_SECONDS, OPEN_SECONDS, Payment
from platforms.zalo_oa.server import ZaloOAServer
from platforms.zalo_oa.uploads import Stored

M = TypeVar("M")
FREE, OPEN = timedelta(seconds=FREE_SECONDS), timedelta(seconds=OPEN_SECONDS)


@dataclass(slots=True)
class Entry(Generic[M]):
    """
    One entry of a chat: a text or picture of the person, a press, or a message of the bot.

    `label` is the button of a press and `of` its message; a press shows on its button only.
    """

    at: float
    text: str = ""
    picture: bytes = b""
    message: M | None = None
    label: str = ""
    of: int = -1


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file of the bot as the phone can open it."""

    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tap:
    """A button under a message; `keyboard` ones are below the chat, `opens` is an address."""

    label: str
    keyboard: bool = False
    opens: str = ""


class Phone(ABC, Generic[M]):
    """One person's chat with the bot on one platform.  Entries keep their numbers."""

    channel: str
    account: str

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: list[Entry[M]] = []
        self._shown = 0

    def entries(self) -> Sequence[Entry[M]]:
        """Return all entries, oldest first."""
        self._collect()
        return self._entries

    async def types(self, text: str) -> None:
        """Send a text."""
        self._collect()
        self._entries.append(Entry(self._clock(), text))
        await self._write(text)

    async def presses(self, number: int, row: int, column: int) -> bool:
        """Press a button of an entry; False when it does not exist."""
        self._collect()
        entry = self._entries[number] if 0 <= number < len(self._entries) else None
        rows = self.rows(entry.message) if entry is not None and entry.message is not None else ()
        if entry is None or entry.message is None or not (0 <= row < len(rows) and 0 <= column < len(rows[row])):
            return False
        tap = rows[row][column]
        if tap.opens:
            return False
        said = Entry[M](self._clock(), label=tap.label, of=number)
        if tap.keyboard:  # such a button writes into the chat
            said = Entry[M](self._clock(), text=tap.label)
        self._entries.append(said)
        await self._press(entry.message, (row, column))
        return True

    async def sends_picture(self, content: bytes) -> None:
        """Send a photo."""
        self._collect()
        self._entries.append(Entry(self._clock(), picture=content))
        await self._send_picture(content)

    def _collect(self) -> None:
        """Append the messages the platform took since the last call."""
        for message in self._taken()[self._shown :]:
            self._entries.append(Entry(self.moment(message), message=message))
        self._shown = len(self._taken())

    # The entries kept between two starts

    def kept(self) -> list[dict[str, Any]]:
        """Return all entries as JSON values."""
        return [
            {
                "at": one.at,
                "text": one.text,
                "picture": _packed(one.picture),
                "label": one.label,
                "of": one.of,
                "message": None if one.message is None else self._pack(one.message),
            }
            for one in self.entries()
        ]

    def restore(self, kept: Sequence[Mapping[str, Any]]) -> None:
        """Restore the kept entries; the platform knows these messages again, and their buttons work."""
        for one in kept:
            message = None if one["message"] is None else self._unpack(one["message"])
            if message is not None:
                self._shown += 1
            picture = _unpacked(one["picture"])
            self._entries.append(Entry(one["at"], one["text"], picture, message, one["label"], one["of"]))

    # The differences of the platforms

    @abstractmethod
    def rows(self, message: M) -> Sequence[Sequence[Tap]]: ...

    @abstractmethod
    def words(self, message: M) -> list[tuple[str, bool]]:
        """Return the text in pieces, each bold or not."""

    @abstractmethod
    def sheet(self, message: M) -> Sheet | None: ...

    @abstractmethod
    def moment(self, message: M) -> float: ...

    @abstractmethod
    def _taken(self) -> list[M]: ...

    @abstractmethod
    async def _write(self, text: str) -> None: ...

    @abstractmethod
    async def _press(self, message: M, at: tuple[int, int]) -> None: ...

    @abstractmethod
    async def _send_picture(self, content: bytes) -> None: ...

    @abstractmethod
    def _pack(self, message: M) -> dict[str, Any]: ...

    @abstractmethod
    def _unpack(self, kept: Mapping[str, Any]) -> M:
        """Create the message again in the memory of the platform."""


class TelegramPhone(Phone[TelegramMessage]):
    """A private chat on the local Telegram."""

    channel = "telegram"

    def __init__(self, server: TelegramServer, user_id: int, name: str, number: str) -> None:
        super().__init__(server.clock)
        self.account = str(user_id)
        self._server = server
        self._person = server.person(user_id, name, started=True)
        self._person.phone_number = number

    def rows(self, message: TelegramMessage) -> Sequence[Sequence[Tap]]:
        return [[Tap(one.label, not one.inline, one.url) for one in row] for row in message.rows]

    def words(self, message: TelegramMessage) -> list[tuple[str, bool]]:
        units = message.text.encode("utf-16-le")  # the platform counts in these
        pieces: list[tuple[str, bool]] = []
        at = 0
        for mark in sorted((one for one in message.entities if one["type"] == "bold"), key=lambda one: one["offset"]):
            start, end = 2 * mark["offset"], 2 * (mark["offset"] + mark["length"])
            pieces += [(units[at:start].decode("utf-16-le"), False), (units[start:end].decode("utf-16-le"), True)]
            at = end
        pieces.append((units[at:].decode("utf-16-le"), False))
        return [piece for piece in pieces if piece[0]]

    def sheet(self, message: TelegramMessage) -> Sheet | None:
        if message.document is not None:
            return Sheet(message.document.name, message.document.kind, message.document.content)
        return Sheet("", "image/jpeg", message.photo_content) if message.photo_content else None

    def moment(self, message: TelegramMessage) -> float:
        return message.date

    def _taken(self) -> list[TelegramMessage]:
        return self._server.messages_in(int(self.account))

    async def _write(self, text: str) -> None:
        await self._person.writes(text)

    async def _press(self, message: TelegramMessage, at: tuple[int, int]) -> None:
        row, column = at
        button = message.rows[row][column]
        await self._person.presses(button.data or button.label, on=message)

    async def _send_picture(self, content: bytes) -> None:
        await self._person.sends_photo(content)

    def _pack(self, message: TelegramMessage) -> dict[str, Any]:
        paper = message.document
        return {
            "id": message.message_id,
            "method": message.method,
            "date": message.date,
            "text": message.text,
            "entities": list(message.entities),
            "markup": message.reply_markup,
            "paper": None if paper is None else [paper.name, paper.kind, _packed(paper.content)],
            "photo": list(message.photo),
            "picture": _packed(message.photo_content),
        }

    def _unpack(self, kept: Mapping[str, Any]) -> TelegramMessage:
        paper = None
        if kept["paper"] is not None:
            name, kind, content = kept["paper"]
            paper = self._server.files.keep(_unpacked(content), folder="documents", name=name, kind=kind)
        message = TelegramMessage(
            chat_id=int(self.account),
            message_id=kept["id"],
            method=kept["method"],
            date=kept["date"],
            text=kept["text"],
            entities=tuple(kept["entities"]),
            reply_markup=kept["markup"],
            document=paper,
            photo=tuple(kept["photo"]),
            photo_content=_unpacked(kept["picture"]),
        )
        self._server.changed(message)
        return message


class ZaloPhone(Phone[ZaloMessage]):
    """A follower's chat with the local Official Account."""

    channel = "zalo_oa"

    def __init__(self, server: ZaloOAServer, user_id: str, name: str, number: str) -> None:
        super().__init__(server.clock)
        self.account = user_id
        self._server = server
        self._person = server.person(user_id, name, phone=number, following=True)

    @property
    def spoke_at(self) -> float:
        """Return the time of the last act here, in Unix seconds: the windows count from it."""
        return self._person.last_interaction or 0.0

    @spoke_at.setter
    def spoke_at(self, moment: float) -> None:
        self._person.last_interaction = moment

    @property
    def silent_for(self) -> timedelta:
        """Return the time since the last act."""
        return timedelta(seconds=max(0.0, self._clock() - self.spoke_at))

    def rows(self, message: ZaloMessage) -> Sequence[Sequence[Tap]]:
        return [[Tap(one.title, opens="" if one.asks else str(one.payload))] for one in message.buttons]

    def words(self, message: ZaloMessage) -> list[tuple[str, bool]]:
        return [(message.text, False)] if message.text else []

    def sheet(self, message: ZaloMessage) -> Sheet | None:
        stored = message.content.stored
        if stored is None:
            return None
        mime = {"image": "image/png" if stored.content.startswith(b"\x89PNG") else "image/jpeg"}.get(stored.kind)
        return Sheet(stored.name if mime is None else "", mime or "application/octet-stream", stored.content)

    def moment(self, message: ZaloMessage) -> float:
        return message.at

    def _taken(self) -> list[ZaloMessage]:
        return self._server.messages_to(self.account)

    async def _write(self, text: str) -> None:
        await self._person.writes(text)

    async def _press(self, message: ZaloMessage, at: tuple[int, int]) -> None:
        await self._person.presses(message.buttons[at[0]].payload, on=message)

    async def _send_picture(self, content: bytes) -> None:
        await self._person.sends_image(content)

    def _pack(self, message: ZaloMessage) -> dict[str, Any]:
        stored = message.content.stored
        return {
            "id": message.message_id,
            "kind": message.kind,
            "text": message.text,
            "buttons": [[one.title, one.type, one.payload] for one in message.buttons],
            "stored": None if stored is None else [stored.token, stored.kind, stored.name, _packed(stored.content)],
            "at": message.at,
            "paid": [message.paid_by, message.price],
            "template": message.template_id,
        }

    def _unpack(self, kept: Mapping[str, Any]) -> ZaloMessage:
        stored = None
        if kept["stored"] is not None:
            token, kind, name, content = kept["stored"]
            stored = Stored(token, kind, name, _unpacked(content), kept["at"])
        buttons = tuple(ZaloButton(*one) for one in kept["buttons"])
        content = Content(kept["kind"], kept["text"], buttons, stored=stored)
        paid_by, price = kept["paid"]
        message = ZaloMessage(kept["id"], self.account, content, kept["at"], Payment(paid_by, price))
        message.template_id = kept["template"]
        return self._server.shown(message)


def _packed(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _unpacked(content: str) -> bytes:
    return base64.b64decode(content)
