"""
Taking a Telegram update apart.

https://core.telegram.org/bots/api#update
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from bot.channels.channel import UnreadableError, is_storable
from content.fold import clean
from handlers.conversation.incoming import Card, Incoming, IncomingFile, Kind

WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds the bot asks the platform for."""

NO_LANE = "-"
"""The lane of genuine updates that belong to no chat and no person."""

# Things a person may send that the bot has no use for, and says so kindly. All else without words comes from the
# platform (somebody joined, a message was pinned) and is skipped.
_OTHER = ("audio", "video", "video_note", "animation", "dice", "poll", "story", "game", "paid_media", "checklist")

_ADDRESSED = re.compile(r"^(/[A-Za-z0-9_]{1,64})@([A-Za-z0-9_]{1,64})\b")

_MEMBERSHIP: Mapping[str, Kind] = {
    "kicked": "blocked",
    "left": "blocked",
    "member": "opened",
    "administrator": "opened",
}
_MOST_ACTION = 64
MOST_CARD_NAME = 60
_PLAIN: tuple[Literal["sticker", "contact", "location"], ...] = ("sticker", "contact", "location")

View = Mapping[str, Any]
"""A part of the update as it came: the library's objects of it cost more than the whole way in."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the updates of one bot; `username` without @, empty while it is not known."""

    bot_id: str
    username: str = ""

    def address(self, raw: bytes) -> tuple[str, str]:
        update = parsed(raw)
        return f"{self.bot_id}:{update['update_id']}", _lane(update)

    def read(self, raw: bytes, *, now: datetime) -> tuple[Incoming | None, str]:
        """
        The act of a person, and the id of the query that waits for an answer, if any.

        `at` is `now`: the program uses one clock, and not the platform's.
        """
        update = parsed(raw)
        event = f"{self.bot_id}:{update['update_id']}"
        try:
            said, press = self._said(update, event, now)
        except (TypeError, ValueError, KeyError, AttributeError) as fault:
            raise UnreadableError(f"An update of an unknown shape: {type(fault).__name__}") from None
        if said is not None and not (said.account == _lane(update) and _is_sound(said)):
            # a number in place of text would fail later
            raise UnreadableError("An update with values of the wrong kind")
        return said, press

    def _said(self, update: View, event: str, now: datetime) -> tuple[Incoming | None, str]:
        if (query := update.get("callback_query")) is not None:
            return self._press(query, event, now)
        if (change := update.get("my_chat_member")) is not None:
            return self._membership(change, event, now), ""
        if (message := update.get("message")) is not None:
            return self._message(message, event, now), ""
        if (message := update.get("edited_message")) is not None:
            return self._edited(message, event, now), ""
        return None, ""

    def _press(self, query: View, event: str, now: datetime) -> tuple[Incoming | None, str]:
        if query.get("data") is None:
            return None, _text(query["id"])
        message: View | None = query.get("message")
        chat: View | None = None if message is None else message["chat"]
        said = Incoming(
            channel="telegram",
            account=str((query["from"] if chat is None else chat)["id"]),
            event=event,
            kind="press",
            at=now,
            payload=clean(query["data"])[:_MOST_ACTION],
            name=_name(query["from"]),
            pressed="" if message is None else str(message["message_id"]),
            private=chat is None or chat["type"] == "private",
            toast=True,
        )
        return said, _text(query["id"])

    @staticmethod
    def _membership(change: View, event: str, now: datetime) -> Incoming | None:
        kind = _MEMBERSHIP.get(change["new_chat_member"]["status"])
        if kind is None:
            return None
        return Incoming(
            channel="telegram",
            account=str(change["chat"]["id"]),
            event=event,
            kind=kind,
            at=now,
            name=_name(change["from"]),
            private=change["chat"]["type"] == "private",
        )

    def _message(self, message: View, event: str, now: datetime) -> Incoming | None:
        if not isinstance(message["date"], int):  # not used, but every message has one
            raise TypeError
        sender: View | None = message.get("from")
        if sender is None or sender["is_bot"]:
            return None
        private = message["chat"]["type"] == "private"
        words = self._words(message.get("text") or message.get("caption") or "", private=private)
        kind, files = _kind_and_files(message)
        if kind is None or words is None:
            return None
        contact: View | None = message.get("contact")
        place: View | None = message.get("location")
        own = contact is not None and contact.get("user_id") == sender["id"]
        number = "" if contact is None else _phone(contact["phone_number"])
        return Incoming(
            channel="telegram",
            account=str(message["chat"]["id"]),
            event=event,
            kind=kind,
            at=now,
            text=words,
            files=files,
            album=message.get("media_group_id") or "",
            phone=number if own else "",
            card=None if contact is None or own else Card(number, _name(contact)[:MOST_CARD_NAME]),
            place=None if place is None else (place["latitude"], place["longitude"]),
            name=_name(sender),
            message=str(message["message_id"]),
            private=private,
        )

    def _edited(self, message: View, event: str, now: datetime) -> Incoming | None:
        """A text that was changed; None for a caption and for a place that moves."""
        said = self._message(message, event, now)
        return replace(said, kind="edited") if said is not None and said.kind == "text" else None

    def _words(self, text: str, *, private: bool) -> str | None:
        """The words, cleaned; None when a command in a group is another bot's."""
        words = clean(text)
        addressed = _ADDRESSED.match(words)
        if addressed is None:
            return words
        if not private and self.username and addressed[2].casefold() != self.username.casefold():
            return None
        return addressed[1] + words[addressed.end() :]


def parsed(raw: bytes) -> dict[str, Any]:
    """The update as JSON; raises `UnreadableError` for what no Telegram server sends."""
    try:
        update = json.loads(raw)
    except (ValueError, RecursionError):
        raise UnreadableError("The body is no JSON") from None
    number = update.get("update_id") if isinstance(update, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**63:
        raise UnreadableError("The body is no update: it has no update_id")
    found: dict[str, Any] = update
    return found


def _lane(update: Mapping[str, Any]) -> str:
    """The chat, or else the person, so that what belongs together stays in order."""
    for kind, content in update.items():
        if kind == "update_id" or not isinstance(content, dict):
            continue
        message = content.get("message")
        for holder in (content, message if isinstance(message, dict) else {}):
            chat = holder.get("chat")
            if isinstance(chat, dict) and _is_id(chat.get("id")):
                return str(chat["id"])
        sender = content.get("from")
        if isinstance(sender, dict) and _is_id(sender.get("id")):
            return str(sender["id"])
    return NO_LANE


def _is_sound(said: Incoming) -> bool:
    card = () if said.card is None else (said.card.phone, said.card.name)
    words = (said.text, said.payload, said.album, said.phone, said.name, said.message, said.pressed, *card)
    files = all(
        isinstance(file.ref, str)
        and is_storable(file.ref)
        and isinstance(file.mime, str)
        and is_storable(file.mime)
        and isinstance(file.size, int)
        for file in said.files
    )
    place = said.place is None or all(isinstance(side, int | float) and abs(side) <= 180 for side in said.place)
    return files and place and all(isinstance(word, str) and is_storable(word) for word in words)


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _kind_and_files(message: View) -> tuple[Kind | None, tuple[IncomingFile, ...]]:
    if photo := message.get("photo"):
        largest = max(photo, key=lambda size: (size["width"] * size["height"], size.get("file_size") or 0))
        return "photo", (IncomingFile(largest["file_id"], "photo.jpg", "image/jpeg", largest.get("file_size") or 0),)
    if message.get("animation") is not None:
        return "other", ()  # comes with a document of the same bytes, for old clients
    if (paper := message.get("document")) is not None:
        mime = clean(paper.get("mime_type") or "")
        file = IncomingFile(paper["file_id"], clean(paper.get("file_name") or ""), mime, paper.get("file_size") or 0)
        # A picture sent "as a file", uncompressed, is still a picture.
        return ("photo" if mime.startswith("image/") else "document"), (file,)
    if (voice := message.get("voice")) is not None:
        mime = voice.get("mime_type") or "audio/ogg"
        return "voice", (IncomingFile(voice["file_id"], "voice.ogg", mime, voice.get("file_size") or 0),)
    for kind in _PLAIN:
        if message.get(kind) is not None:
            return kind, ()
    if message.get("text"):
        return "text", ()
    if any(message.get(thing) for thing in _OTHER):
        return "other", ()
    return None, ()


def _name(person: View) -> str:
    last = person.get("last_name")
    return clean(f"{_text(person['first_name'])} {_text(last)}" if last else _text(person["first_name"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _phone(number: str) -> str:
    """The number as the platform has it, in full; it leaves out the plus now and then."""
    digits = re.sub(r"\D", "", number)
    return f"+{digits}" if digits and not digits.startswith("0") else digits
