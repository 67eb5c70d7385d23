"""The memory of a local Zalo Bot Platform: its bot, its chats, their messages, and the plan."""

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping

from platforms.shared.bell import Bell

from .messages import Chat, Request, SentMessage
from .updates import Updates


class World:
    """
    The memory that the server, the calls that send and the people share.

    `most` is the number of open chats the plan allows, by kind of chat.
    """

    def __init__(
        self,
        token: str,
        *,
        clock: Callable[[], float],
        bell: Bell,
        updates: Updates,
        photo_field: str,
        unsupported_with_message: bool,
        no_chat: str,
        per_month: int | None,
        most: Mapping[str, int | None],
        loopback_media: bool,
    ) -> None:
        self.token = token
        self.clock = clock
        self.bell = bell
        self.updates = updates
        self.photo_field = photo_field
        self.unsupported_with_message = unsupported_with_message
        self.no_chat = no_chat
        self.per_month = per_month
        self.loopback_media = loopback_media
        self.sent: list[SentMessage] = []
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self.actions: list[tuple[str, str]] = []
        self.chats: dict[str, Chat] = {}
        self.blocked: set[str] = set()
        self.media: dict[str, tuple[bytes, str]] = {}
        self.media_root = ""
        self.bot = {
            "id": token.split(":", maxsplit=1)[0],
            "account_name": "bot.OcopThuNghiem",
            "display_name": "Bot OCOP thử nghiệm",
            "account_type": "BASIC",
            "can_join_groups": False,
        }
        self._most = most
        self._by_chat: defaultdict[str, list[SentMessage]] = defaultdict(list)
        self._numbers = itertools.count(1)

    def ms(self) -> int:
        return int(self.clock() * 1000)

    def new_message_id(self) -> str:
        return hashlib.sha256(f"{self.token} {next(self._numbers)}".encode()).hexdigest()[:20]

    def messages_in(self, chat_id: str) -> list[SentMessage]:
        return self._by_chat[chat_id]

    def shown(self, message: SentMessage) -> None:
        """Put a message before everybody in its chat; the bell rings when the call is answered."""
        self.sent.append(message)
        self._by_chat[message.chat_id].append(message)

    def keep_media(self, content: bytes, name: str, kind: str) -> str:
        """Store what a person sends and answer with its address."""
        path = f"{len(self.media) + 1}/{name}"
        self.media[path] = (content, kind)
        return f"{self.media_root}/{path}"

    def admit(self, chat: Chat) -> bool:
        """Open a chat when the plan has room for one more."""
        if not chat.open:
            most = self._most[chat.kind]
            used = sum(other.open for other in self.chats.values() if other.kind == chat.kind)
            chat.open = most is None or used < most
        return chat.open
