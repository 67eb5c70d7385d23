"""People who chat with the bot; there is nothing to press, all is written."""

from typing import Any

from platforms.shared.hearing import Hearing

from .messages import Chat, SentMessage
from .world import World


class ZaloBotPerson(Hearing[SentMessage]):
    """
    One account in its private chat with the bot.

    Every act answers with the event it made, or `None` when the bot hears nothing; it does not wait
    for the bot.  `hears` does.  Of a `protected` person (a child, a disabled person) the bot only
    learns that there was something.
    """

    def __init__(self, world: World, chat: Chat, *, protected: bool) -> None:
        super().__init__(world.bell)
        self._world = world
        self.chat = chat
        self.user_id = chat.chat_id
        self.name = chat.name
        self.protected = protected

    async def writes(self, text: str) -> dict[str, Any] | None:
        return self._says("message.text.received", {"text": text})

    async def sends_photo(self, content: bytes, caption: str = "") -> dict[str, Any] | None:
        url = self._world.keep_media(content, "anh.jpg", "image/jpeg")
        said = {"caption": caption} if caption else {}
        if self._world.photo_field == "photo":
            return self._says("message.image.received", {"photo": url, **said})
        return self._says("message.image.received", {"photo_url": url, "message_type": "CHAT_PHOTO", **said})

    async def sends_sticker(self, sticker_id: str = "bfe458bf64fa8da4d4eb") -> dict[str, Any] | None:
        url = self._world.keep_media(b"\x89PNG", "sticker.png", "image/png")
        return self._says("message.sticker.received", {"sticker": sticker_id, "url": url})

    async def sends_voice(self, content: bytes = b"\xff\xf1aac") -> dict[str, Any] | None:
        url = self._world.keep_media(content, "ghi-am.aac", "audio/aac")
        return self._says("message.voice.received", {"voice_url": url, "message_type": "CHAT_VOICE"})

    async def sends_link(self, url: str) -> dict[str, Any] | None:
        return self._says("message.link.received", {"text": url, "url": url})

    async def sends_file(self) -> dict[str, Any] | None:
        """A paper, which the bot cannot read."""
        return self._unsupported()

    async def sends_business_card(self) -> dict[str, Any] | None:
        """Somebody's card, which the bot cannot read."""
        return self._unsupported()

    async def shares_location(self) -> dict[str, Any] | None:
        """A place, which the bot cannot read."""
        return self._unsupported()

    async def writes_in_group(
        self, group: Chat, text: str, *, mentioning: bool = False, reply_to: SentMessage | None = None
    ) -> dict[str, Any] | None:
        """Write in a group; the bot hears only its name and answers to it."""
        group.members.add(self.user_id)
        if not mentioning and reply_to is None:
            return None
        return self._says("message.text.received", {"text": text}, group)

    def blocks_bot(self) -> None:
        """Nobody tells the bot; it learns when it writes."""
        self._world.blocked.add(self.user_id)

    def unblocks_bot(self) -> None:
        self._world.blocked.discard(self.user_id)

    def as_json(self) -> dict[str, Any]:
        return {"id": self.user_id, "display_name": self.name, "is_bot": False}

    def _messages(self) -> list[SentMessage]:
        return self._world.messages_in(self.user_id)

    def _unsupported(self) -> dict[str, Any] | None:
        return self._says("message.unsupported.received", {})

    def _says(self, event_name: str, content: dict[str, Any], chat: Chat | None = None) -> dict[str, Any] | None:
        where = chat or self.chat
        if self.protected:
            event_name, content = "message.unsupported.received", {}
        message = {
            "message_id": self._world.new_message_id(),
            "date": self._world.ms(),
            "from": self.as_json(),
            "chat": where.as_json(),
            **content,
        }
        event: dict[str, Any] = {"event_name": event_name, "message": message}
        if event_name == "message.unsupported.received" and not self._world.unsupported_with_message:
            del event["message"]
        if not self._world.admit(where):
            self._world.updates.withheld.append(event)
            return None
        return self._world.updates.add(event, where.chat_id)
