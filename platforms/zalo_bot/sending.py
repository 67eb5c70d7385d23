"""The calls that send: text, photo by public address, sticker, voice, the typing sign."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from platforms.shared.script import Refusal
from platforms.shared.webhook import on_this_machine

from .messages import Chat, SentMessage
from .refusals import bad, refused
from .world import World

LONGEST_TEXT = 2000
LARGEST_PHOTO = 10_000_000
ACTIONS = ("typing", "upload_photo")
MODES = ("markdown", "html")
VIET_NAM = timezone(timedelta(hours=7))
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")
_NOT_SHOWN = re.compile(r"```|\[[^\]]+\]\([^)]+\)")


class Sending:
    """Everything that ends on a telephone, and the plan's count of it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._months: Counter[str] = Counter()
        self.methods: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "sendMessage": self._message,
            "sendPhoto": self._photo,
            "sendSticker": self._sticker,
            "sendVoice": self._voice,
            "sendChatAction": self._action,
        }

    def sent_this_month(self) -> int:
        """Messages that count against the plan."""
        return self._months[self._month()]

    async def _message(self, call: dict[str, Any]) -> dict[str, Any]:
        self._expect(call, "chat_id", "text", "parse_mode")
        chat = self._chat(call)
        mode = call.get("parse_mode", "")
        if mode and mode not in MODES:
            raise bad("parse_mode is invalid")
        text = self._text(call, "text", required=True)
        if mode == "markdown" and _NOT_SHOWN.search(text):
            self._world.faults.append("sendMessage: fences and links are not shown")
        return self._shown(chat, "text", text, parse_mode=mode)

    async def _photo(self, call: dict[str, Any]) -> dict[str, Any]:
        self._expect(call, "chat_id", "photo", "caption")
        chat = self._chat(call)
        caption = self._text(call, "caption", required=False)
        url = self._address(call.get("photo"), "photo")
        content = await _fetch(url) if on_this_machine(url) else b""
        return self._shown(chat, "photo", caption, url=url, content=content)

    async def _sticker(self, call: dict[str, Any]) -> dict[str, Any]:
        self._expect(call, "chat_id", "sticker")
        chat = self._chat(call)
        if not isinstance(call.get("sticker"), str) or not call["sticker"]:
            raise bad("sticker is invalid")
        return self._shown(chat, "sticker", "", url=call["sticker"])

    async def _voice(self, call: dict[str, Any]) -> dict[str, Any]:
        self._expect(call, "chat_id", "voice_url")
        chat = self._chat(call)
        url = self._address(call.get("voice_url"), "voice_url")
        if not urlsplit(url).path.endswith(".aac"):
            raise bad("voice_url is invalid")
        return self._shown(chat, "voice", "", url=url)

    async def _action(self, call: dict[str, Any]) -> None:
        self._expect(call, "chat_id", "action")
        chat = self._chat(call)
        if call.get("action") not in ACTIONS:
            raise bad("action is invalid")
        self._world.actions.append((chat.chat_id, call["action"]))

    def _shown(
        self, chat: Chat, kind: str, text: str, *, url: str = "", parse_mode: str = "", content: bytes = b""
    ) -> dict[str, Any]:
        if self._world.per_month is not None and self.sent_this_month() >= self._world.per_month:
            raise refused(429)
        self._months[self._month()] += 1
        message_id, date = self._world.new_message_id(), self._world.ms()
        message = SentMessage(message_id, chat.chat_id, kind, text, date, url, parse_mode, content)
        self._world.shown(message)
        return {"message_id": message.message_id, "date": message.date}

    def _chat(self, call: dict[str, Any]) -> Chat:
        chat_id = call.get("chat_id")
        if isinstance(chat_id, int):
            self._world.faults.append("chat_id went out as a number")
        if not isinstance(chat_id, str) or not chat_id:
            raise bad("chat_id is empty")
        chat = self._world.chats.get(chat_id)
        if chat is None or not chat.open:
            raise Refusal(404, self._world.no_chat)
        if chat_id in self._world.blocked:
            raise refused(403)
        return chat

    def _text(self, call: dict[str, Any], field: str, *, required: bool) -> str:
        text = call.get(field, "")
        if not isinstance(text, str) or (required and not text.strip()):
            raise bad(f"{field} is empty")
        if len(text) > LONGEST_TEXT:
            raise bad(f"{field} is too long")
        return text

    def _address(self, url: object, field: str) -> str:
        if not isinstance(url, str):
            raise bad(f"{field} must be a public URL")
        parts, local = urlsplit(url), on_this_machine(url)
        schemes = ("https", "http") if local and self._world.loopback_media else ("https",)
        if parts.scheme not in schemes or not parts.hostname or (local and not self._world.loopback_media):
            raise bad(f"{field} must be a public URL")
        return url

    def _expect(self, call: dict[str, Any], *known: str) -> None:
        self._world.faults += [f"unknown parameter {key}" for key in call if key not in known]

    def _month(self) -> str:
        return datetime.fromtimestamp(self._world.clock(), UTC).astimezone(VIET_NAM).strftime("%Y-%m")


async def _fetch(url: str) -> bytes:
    """The picture behind an address on this machine, or the refusal."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session, session.get(url) as answer:
            content = await answer.content.read(LARGEST_PHOTO + 1)
            found = answer.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise bad("photo cannot be fetched") from None
    if not found or len(content) > LARGEST_PHOTO or not content.startswith(_PICTURES):
        raise bad("photo cannot be fetched")
    return content
