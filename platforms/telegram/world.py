"""The memory of a local Telegram: its bot, its chats, messages in both directions, and pressed buttons."""

import itertools
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from platforms.shared.bell import Bell

from .commands import BotCard
from .files import Files
from .messages import Chat, Press, Request, SentMessage
from .schema import Upload
from .traffic import Traffic
from .updates import Updates


class World:
    """The memory that the server, the calls that send and the people share."""

    def __init__(
        self,
        token: str,
        *,
        clock: Callable[[], float],
        bell: Bell,
        traffic: Traffic,
        updates: Updates,
        first_message_id: int,
        username: str,
    ) -> None:
        self.token = token
        self.clock = clock
        self.bell = bell
        self.traffic = traffic
        self.updates = updates
        self.sent: list[SentMessage] = []
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self.actions: list[tuple[int, str]] = []
        self.received: dict[tuple[int, int], dict[str, Any]] = {}
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.files = Files()
        self.files_of_this_call: dict[str, Upload] = {}
        self.card = BotCard()
        self.bot = {
            "id": int(token.split(":", maxsplit=1)[0]),
            "is_bot": True,
            "first_name": "Trợ lý OCOP",
            "username": username,
        }
        self._message_ids = itertools.count(first_message_id)
        self._numbers = itertools.count(1)
        self._by_place: dict[tuple[int, int], SentMessage] = {}
        self._by_chat: defaultdict[int, list[SentMessage]] = defaultdict(list)

    def new_group(self, chat_id: int, title: str) -> Chat:
        """A group with the bot in it; the same id twice replaces the group."""
        self.chats[chat_id] = Chat(chat_id, title)
        return self.chats[chat_id]

    def now(self) -> int:
        return int(self.clock())

    def new_message_id(self) -> int:
        return next(self._message_ids)

    def new_media_group(self) -> str:
        return str(13_500_000_000_000_000 + next(self._numbers))

    def new_press(self, press: Press) -> str:
        query_id = str(4_382_000_000_000_000_000 + next(self._numbers))
        self.presses[query_id] = press
        return query_id

    def message(self, chat_id: int, message_id: int) -> SentMessage | None:
        """A message of the bot that still stands."""
        message = self._by_place.get((chat_id, message_id))
        return None if message is None or message.deleted else message

    def messages_in(self, chat_id: int) -> list[SentMessage]:
        """All messages of the bot in a chat, deleted ones too."""
        return self._by_chat[chat_id]

    def changed(self, message: SentMessage) -> dict[str, Any]:
        """Note a new or edited message and report it as the platform does."""
        if (message.chat_id, message.message_id) not in self._by_place:
            self.sent.append(message)
            self._by_chat[message.chat_id].append(message)
        self._by_place[message.chat_id, message.message_id] = message
        self.bell.ring()
        return message.as_json(self.chats[message.chat_id], self.bot)
