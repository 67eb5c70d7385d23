"""People who chat with the bot: what they do becomes updates, what they see can be asked for."""

import re
from typing import Any

from platforms.shared.bell import PATIENCE

from .keyboards import Button
from .messages import Chat, Press, SentMessage
from .refusals import OF_ONE_CHAT
from .world import World

_COMMAND = re.compile(r"(?:^|(?<=\s))/[A-Za-z0-9_]{1,32}(?:@\w+)?")


class TelegramPerson:
    """
    One account in its private chat with the bot.

    Every act answers with the update it made; it does not wait for the bot.  `hears` does.
    """

    def __init__(self, world: World, user_id: int, first_name: str, language_code: str, username: str) -> None:
        self._world = world
        self.user_id = user_id
        self.first_name = first_name
        self.language_code = language_code
        self.username = username
        self.phone_number = f"8490{user_id % 10_000_000:07d}"
        self._heard = 0

    # Doing

    async def writes(self, text: str, *, reply_to: SentMessage | None = None) -> dict[str, Any]:
        """Write a text; `/commands` are marked as the platform marks them."""
        return self._says({"text": text, **_commands_in(text)}, reply_to=reply_to)

    async def starts(self, payload: str = "") -> dict[str, Any]:
        """Press Start, or open `t.me/<bot>?start=<payload>`."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,64}", payload):
            raise AssertionError(f"A link cannot carry the payload {payload!r}.")
        return await self.writes(f"/start {payload}".strip())

    async def presses(
        self,
        button: SentMessage | str,
        *,
        on: SentMessage | None = None,
        as_first_shown: bool = False,
        inaccessible: bool = False,
    ) -> dict[str, Any]:
        """
        Press a button: by label or callback data, on the newest message that has it, or `on` one.

        A message alone presses its first button.  `as_first_shown` presses a button that an edit has taken away
        meanwhile, as an old client still can. `inaccessible` sends no message with it, as for a very old one.
        A button of a reply keyboard writes its label or shares.
        """
        if isinstance(button, SentMessage):
            message, pressed = button, button.buttons[0]
        else:
            message, pressed = self._find(button, on, as_first_shown=as_first_shown)
        if not pressed.inline:
            match pressed.asks:
                case "contact":
                    return await self.shares_contact()
                case "location":
                    return await self.shares_location()
            return await self.writes(pressed.label)
        if not pressed.data:
            raise AssertionError(f"The button {pressed.label!r} opens {pressed.url!r}; the bot hears nothing of it.")
        return self.press_of(message, pressed.data, inaccessible=inaccessible)

    def press_of(self, message: SentMessage, data: str, *, inaccessible: bool = False) -> dict[str, Any]:
        """Send a press with any data, be it on no button at all."""
        chat = self._world.chats[message.chat_id]
        shown = (
            {"chat": chat.as_json(), "message_id": message.message_id, "date": 0}
            if inaccessible
            else message.as_json(chat, self._world.bot)
        )
        query = {
            "id": self._world.new_press(Press(self.user_id, data, self._world.clock())),
            "from": self.as_json(),
            "message": shown,
            "chat_instance": str(-(7_000_000_000_000 + abs(message.chat_id))),
            "data": data,
        }
        return self._world.updates.add("callback_query", query, ("user", self.user_id))

    async def sends_photo(
        self, content: bytes, caption: str = "", *, media_group_id: str = "", size: int | None = None
    ) -> dict[str, Any]:
        """Send a photo, which the platform makes into several sizes."""
        sizes = self._world.files.keep_photo(content, strict=False)
        if size is not None:
            sizes[-1] = {**sizes[-1], "file_size": size}
        return self._says({"photo": sizes, **_caption(caption), **_group(media_group_id)})

    async def sends_album(self, *photos: bytes, caption: str = "") -> list[dict[str, Any]]:
        """Choose several photos at once: separate messages with one `media_group_id`, caption on the first."""
        group = self._world.new_media_group()
        return [
            await self.sends_photo(photo, "" if number else caption, media_group_id=group)
            for number, photo in enumerate(photos)
        ]

    async def sends_document(
        self,
        content: bytes,
        name: str = "giay-to.pdf",
        kind: str = "application/pdf",
        caption: str = "",
        *,
        media_group_id: str = "",
        size: int | None = None,
    ) -> dict[str, Any]:
        """Send a file; `size` is what the platform says, to try its limits without the bytes."""
        kept = self._world.files.keep(content, folder="documents", name=name, kind=kind, size=size)
        return self._says({"document": kept.document_json(), **_caption(caption), **_group(media_group_id)})

    async def sends_voice(self, content: bytes = b"OggS", seconds: int = 4) -> dict[str, Any]:
        kept = self._world.files.keep(content, folder="voice", name="", kind="audio/ogg")
        return self._says({"voice": {"duration": seconds, "mime_type": "audio/ogg", **kept.as_json()}})

    async def sends_sticker(self, emoji: str = "👍") -> dict[str, Any]:
        kept = self._world.files.keep(b"RIFF", folder="stickers", name="", kind="image/webp", variant=emoji)
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self._says({"sticker": {**shape, "emoji": emoji, "set_name": "MauThu", **kept.as_json()}})

    async def shares_contact(
        self, phone_number: str = "", *, user_id: int | None = None, first_name: str = ""
    ) -> dict[str, Any]:
        """Share one's own contact, or with another (or no: 0) `user_id` somebody else's card."""
        owner = self.user_id if user_id is None else user_id
        contact: dict[str, Any] = {
            "phone_number": phone_number or self.phone_number,
            "first_name": first_name or self.first_name,
        }
        if owner:
            contact["user_id"] = owner
        return self._says({"contact": contact})

    async def shares_location(self, latitude: float = 17.4834, longitude: float = 106.5997) -> dict[str, Any]:
        return self._says({"location": {"latitude": latitude, "longitude": longitude}})

    async def edits(self, update: dict[str, Any], text: str) -> dict[str, Any]:
        """Change a text written before; the bot gets `edited_message`."""
        message = update.get("message") or update["edited_message"]
        changed = {k: v for k, v in message.items() if k != "entities"}
        changed |= {"text": text, **_commands_in(text), "edit_date": self._world.now()}
        self._world.received[message["chat"]["id"], message["message_id"]] = changed
        return self._world.updates.add("edited_message", changed, ("chat", message["chat"]["id"]))

    async def blocks_bot(self) -> dict[str, Any]:
        """Stop the bot: it may no longer write, and is notified."""
        self.chat.closed = OF_ONE_CHAT["blocked"]
        return self._membership("member", "kicked")

    async def unblocks_bot(self) -> dict[str, Any]:
        self.chat.closed = None
        return self._membership("kicked", "member")

    async def deletes_account(self) -> None:
        """The bot is not told; it learns when it writes."""
        self.chat.closed = OF_ONE_CHAT["deactivated"]

    def refuses_as(self, refusal: str) -> None:
        """Refuse everything the bot writes to this chat, in the words of `OF_ONE_CHAT`."""
        self.chat.closed = OF_ONE_CHAT[refusal]

    def takes_nothing_for(self, seconds: float) -> None:
        """The chat had too many messages: until then a 429 with the seconds left; other chats go on."""
        self._world.traffic.limit(self.user_id, seconds)

    async def writes_in_group(
        self, group: "TelegramGroup", text: str, *, reply_to: SentMessage | None = None
    ) -> dict[str, Any] | None:
        """
        Write in a group.

        A bot in privacy mode hears only commands, its own name and answers to it; of anything else
        no update is made.
        """
        group.chat.members.add(self.user_id)
        name = f"@{self._world.bot['username']}".lower()
        other = re.search(r"/\w+@(\w+)", text)
        heard = text.startswith("/") and (other is None or f"@{other[1].lower()}" == name)
        if not (heard or name in text.lower() or reply_to is not None):
            return None
        return self._says({"text": text, **_commands_in(text)}, chat=group.chat, reply_to=reply_to)

    # Seeing

    def sees(self) -> list[SentMessage]:
        """The bot's messages in this chat that still stand, oldest first."""
        return [m for m in self._messages() if not m.deleted]

    def last(self) -> SentMessage:
        """The newest message of the bot."""
        seen = self.sees()
        if not seen:
            raise AssertionError(f"{self.first_name} has no message from the bot.")
        return seen[-1]

    def unheard(self) -> list[SentMessage]:
        """Messages that no `hears` has answered with yet."""
        return self._messages()[self._heard :]

    async def hears(self, count: int = 1, timeout: float = PATIENCE) -> list[SentMessage]:
        """Wait until that many further messages are there and answer with them; each is heard once."""
        if not await self._world.bell.until(lambda: len(self.unheard()) >= count, timeout):
            got = [m.text for m in self.unheard()]
            raise AssertionError(f"{self.first_name} waited {timeout} s for {count} message(s) and heard {got}.")
        heard = self.unheard()[:count]
        self._heard += count
        return heard

    async def sees_edit(self, message: SentMessage, edits: int = 1, timeout: float = PATIENCE) -> SentMessage:
        """Wait until a message has been edited `edits` times."""
        if not await self._world.bell.until(lambda: len(message.versions) >= edits, timeout):
            raise AssertionError(f"The message {message.text!r} was edited {len(message.versions)} time(s).")
        return message

    def notices(self) -> list[dict[str, Any]]:
        """The answers to this person's presses: `text`, `show_alert`, in order of pressing."""
        return [a for p in self._world.presses.values() if p.user_id == self.user_id for a in p.answers]

    def menu(self) -> list[str]:
        """The commands that the client would list for this person."""
        return [c["command"] for c in self._world.card.commands_for(self.user_id, self.language_code)]

    # Inside

    @property
    def chat(self) -> Chat:
        return self._world.chats[self.user_id]

    def as_json(self) -> dict[str, Any]:
        named = {"username": self.username} if self.username else {}
        return {
            "id": self.user_id,
            "is_bot": False,
            "first_name": self.first_name,
            **named,
            "language_code": self.language_code,
        }

    def _messages(self) -> list[SentMessage]:
        return self._world.messages_in(self.user_id)

    def _says(
        self, content: dict[str, Any], *, chat: Chat | None = None, reply_to: SentMessage | None = None
    ) -> dict[str, Any]:
        where = chat or self.chat
        if where.private and where.closed is not None:
            blocked = "blocked" in where.closed[1]
            where.closed = None
            if blocked:  # a person who writes has unblocked the bot, and the platform reports that first
                self._membership("kicked", "member")
        message: dict[str, Any] = {
            "message_id": self._world.new_message_id(),
            "from": self.as_json(),
            "chat": where.as_json(),
            "date": self._world.now(),
            **content,
        }
        if reply_to is not None:
            message["reply_to_message"] = reply_to.as_json(where, self._world.bot)
        self._world.received[where.chat_id, message["message_id"]] = message
        return self._world.updates.add("message", message, ("chat", where.chat_id))

    def _membership(self, before: str, after: str) -> dict[str, Any]:
        return _membership(self._world, self.chat, self.as_json(), before, after)

    def _find(self, wanted: str, on: SentMessage | None, *, as_first_shown: bool) -> tuple[SentMessage, Button]:
        where = [on] if on is not None else list(reversed(self.sees()))
        for message in where:
            shown = message.versions[0].buttons if as_first_shown and message.versions else message.buttons
            for button in (*(b for b in shown if b.label == wanted), *(b for b in shown if b.data == wanted)):
                return message, button
        labels = [label for message in where[:3] for label in message.labels]
        raise AssertionError(f"{self.first_name} sees no button {wanted!r}; the last ones are {labels}.")


class TelegramGroup:
    """A group in which the bot is a member."""

    def __init__(self, world: World, chat: Chat) -> None:
        self._world = world
        self.chat = chat

    @property
    def chat_id(self) -> int:
        return self.chat.chat_id

    def sees(self) -> list[SentMessage]:
        """The bot's messages in the group that still stand."""
        return [m for m in self._world.messages_in(self.chat_id) if not m.deleted]

    async def adds_bot(self, by: TelegramPerson) -> dict[str, Any]:
        self.chat.closed = None
        return _membership(self._world, self.chat, by.as_json(), "left", "member")

    async def kicks_bot(self, by: TelegramPerson) -> dict[str, Any]:
        kind = "supergroup" if self.chat.as_json()["type"] == "supergroup" else "group"
        self.chat.closed = OF_ONE_CHAT["kicked" if kind == "group" else "kicked from the supergroup"]
        return _membership(self._world, self.chat, by.as_json(), "member", "kicked")

    async def becomes_supergroup(self, new_id: int) -> "TelegramGroup":
        """Upgrade: the old id refuses and names the new one."""
        self.chat.migrated_to = new_id
        return TelegramGroup(self._world, self._world.new_group(new_id, self.chat.name))


def _membership(world: World, chat: Chat, by: dict[str, Any], before: str, after: str) -> dict[str, Any]:
    def member(status: str) -> dict[str, Any]:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": world.bot, "status": status, **until}

    body = {
        "chat": chat.as_json(),
        "from": by,
        "date": world.now(),
        "old_chat_member": member(before),
        "new_chat_member": member(after),
    }
    return world.updates.add("my_chat_member", body, ("chat", chat.chat_id))


def _commands_in(text: str) -> dict[str, Any]:
    entities = [
        {
            "type": "bot_command",
            "offset": len(text[: found.start()].encode("utf-16-le")) // 2,
            "length": len(found[0]),
        }
        for found in _COMMAND.finditer(text)
    ]
    return {"entities": entities} if entities else {}


def _caption(caption: str) -> dict[str, Any]:
    return {"caption": caption} if caption else {}


def _group(media_group_id: str) -> dict[str, Any]:
    return {"media_group_id": media_group_id} if media_group_id else {}
