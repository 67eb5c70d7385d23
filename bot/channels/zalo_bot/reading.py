"""
Taking an update of the Zalo Bot Platform apart.

The same whether it was fetched or delivered, bare or wrapped in `{"ok": true, "result": …}`: the pages
show the one shape and live traffic the other.  https://bot.zaloplatforms.com/docs/
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.channel import UnreadableError, is_storable
from content.fold import clean
from handlers.conversation.incoming import Incoming, IncomingFile, Kind

NO_LANE = "-"
"""The lane of updates without a sender, such as those of specially protected people."""
MOST_ID = 128
MOST_NAME = 120

_KINDS: Mapping[str, Kind] = {
    "message.text.received": "text",
    "message.link.received": "text",
    "message.image.received": "photo",
    "message.voice.received": "voice",
    "message.sticker.received": "sticker",
}
_SENT = re.compile(r"message\.(?!reaction)\w+\.received")
"""
The events that a person sends.

For a file, a contact or a place the platform reports only that there was something.  An unknown kind is
answered like those.
"""
_FILES: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "photo": (("photo_url", "photo"), "photo.jpg", "image/jpeg"),
    "voice": (("voice_url",), "voice.aac", "audio/aac"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the updates of one bot; `bot_id` is the part of its token before the colon."""

    bot_id: str

    def address(self, raw: bytes) -> tuple[str, str]:
        update = parsed(raw)
        return self._event(update), _lane(update)

    def read(self, raw: bytes, *, now: datetime) -> Incoming | None:
        """The act of a person; None for reactions, other bots, and events without a sender."""
        update = parsed(raw)
        message = _part(update, "message")
        sender = _part(message, "from")
        name = str(update["event_name"])
        kind = _KINDS.get(name, "other") if _SENT.fullmatch(name) else None
        lane = _lane(update)
        if kind is None or lane == NO_LANE or sender.get("is_bot") is True:
            return None
        words = message.get("caption" if kind == "photo" else "text", "")
        text = clean(words) if isinstance(words, str) else ""
        files = _files(kind, message)
        if (kind in _FILES and not files) or (kind == "text" and not text):
            kind = "other"
        name = sender.get("display_name", "")
        return Incoming(
            channel="zalo_bot",
            account=lane,
            event=self._event(update),
            kind=kind,
            at=now,
            text=text,
            files=files,
            name=clean(name)[:MOST_NAME] if isinstance(name, str) else "",
            private=_part(message, "chat").get("chat_type", "PRIVATE") == "PRIVATE",
        )

    def _event(self, update: Mapping[str, Any]) -> str:
        """Message ids are unique for the bot; an event without one is identified by its bytes."""
        message_id = _word(_part(update, "message").get("message_id"))
        if message_id:
            return f"{self.bot_id}:{message_id}"
        told = json.dumps(update, sort_keys=True).encode()
        return f"{self.bot_id}:{update['event_name']}:{hashlib.sha256(told).hexdigest()[:32]}"


def parsed(raw: bytes) -> dict[str, Any]:
    """The update, unwrapped; raises `UnreadableError` for what the platform never sends."""
    try:
        update = json.loads(raw)
    except (ValueError, RecursionError):
        raise UnreadableError("The body is no JSON") from None
    if isinstance(update, dict) and "event_name" not in update:
        update = update.get("result")
    name = update.get("event_name") if isinstance(update, dict) else None
    if not isinstance(update, dict) or not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name):
        raise UnreadableError("The body is no update: it has no event_name")
    has_message = bool(_word(_part(update, "message").get("message_id"))) and _lane(update) != NO_LANE
    if not has_message and name in _KINDS:
        raise UnreadableError("A message without an id or a chat")
    return update


def _lane(update: Mapping[str, Any]) -> str:
    message = _part(update, "message")
    return _word(_part(message, "chat").get("id")) or _word(_part(message, "from").get("id")) or NO_LANE


def _files(kind: Kind, message: Mapping[str, Any]) -> tuple[IncomingFile, ...]:
    if kind not in _FILES:
        return ()
    fields, name, mime = _FILES[kind]
    given = [message.get(field) for field in fields]
    found = [ref for ref in given if isinstance(ref, str) and ref and is_storable(ref)]
    return (IncomingFile(found[0], name, mime, 0),) if found else ()


def _part(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def _word(value: object) -> str:
    """An id as text; empty for what is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and 0 < len(value) <= MOST_ID and value.isprintable() else ""
