"""Telegram as people have it before them: the strict local platform, by webhook and by polling."""

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.channels.telegram.polling import TelegramPolling
from bot.channels.telegram.webhook import PATH
from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from handlers.conversation.desk import House
from platforms.telegram.clients import TelegramPerson
from platforms.telegram.messages import SentMessage
from platforms.telegram.server import TelegramServer

from .stage import PAPER, Act, Heard, Hours, Stage, picture

SECRET = "bi-mat-cua-cua-sau"


class TelegramStage(Stage):
    """The platform keeps running; every line meets another bot."""

    def __init__(self, settings: Settings, house: House, hours: Hours, server: TelegramServer) -> None:
        super().__init__(settings, house, hours)
        self.server = server
        self._people: dict[str, TelegramPerson] = {}
        self._seen: dict[str, list[tuple[SentMessage, int]]] = {}
        self._last: list[dict[str, Any]] = []
        self._pictures = 0
        self._written: dict[tuple[int, str], dict[str, Any]] = {}

    def person(self, who: str) -> TelegramPerson:
        if who not in self._people:
            self._people[who] = self.server.person(5_012_345_000 + len(self._people), who)
            self._seen[who] = []
        return self._people[who]

    async def do(self, bot: Assembly, who: str, act: Act) -> None:
        self._last = await self._updates(self.person(who), act)
        await self.deliver(bot)

    async def deliver(self, bot: Assembly) -> None:
        """Bring the updates that wait to the bot, until it has acknowledged them."""
        raise NotImplementedError(bot)

    async def _updates(self, person: TelegramPerson, act: Act) -> list[dict[str, Any]]:
        match act.kind:
            case "text":
                said = await person.writes(act.words)
                self._written[person.user_id, act.words] = said
                return [said]
            case "press":
                return [await person.presses(act.words)]
            case "press_twice" | "press_thrice":
                return [await person.presses(act.words) for _ in range(2 if act.kind == "press_twice" else 3)]
            case "old_press":
                first = next(message for message in person.sees() if act.words in message.labels)
                return [await person.presses(act.words, on=first)]
            case "photos":
                count = int(act.words)
                content = [picture(self._pictures + number) for number in range(count)]
                self._pictures += count
                if count == 1:
                    return [await person.sends_photo(content[0], act.caption)]
                return await person.sends_album(*content, caption=act.caption)
            case "document":
                return [await person.sends_document(PAPER, act.words, caption=act.caption)]
            case "voice":
                return [await person.sends_voice(b"OggS" + act.words.encode())]
            case "sticker":
                return [await person.sends_sticker(act.words)]
            case "phone":
                return [await person.shares_contact(act.words)]
            case "location":
                return [await person.shares_location()]
            case "again":
                for update in self._last:
                    self.server.update(copy.deepcopy(update))
                return self._last
        return [await self._only_here(person, act)]

    async def _only_here(self, person: TelegramPerson, act: Act) -> dict[str, Any]:
        """Do what no other channel has."""
        before, _, behind = act.words.partition(" | ")
        match act.kind:
            case "edit":
                return await person.edits(self._written[person.user_id, before], behind)
            case "card":
                return await person.shares_contact(before, user_id=0, first_name=behind)
            case "wrong_file":
                return await person.sends_document(b"MZ", act.words, "application/x-msdownload")
        raise AssertionError(f"Nobody can do {act.kind!r} on Telegram.")

    async def hear(self, bot: Assembly) -> dict[str, list[Heard]]:
        told: dict[str, list[Heard]] = {}
        for who, person in self._people.items():
            now = [(message, len(message.versions)) for message in person.sees()]
            before = set(self._seen[who])
            told[who] = [_heard(message) for message, edits in now if (message, edits) not in before]
            self._seen[who] = now
        return told


def _heard(message: SentMessage) -> Heard:
    file = message.document_name or ("ảnh" if message.photo else "")
    return Heard(message.text, tuple(message.labels), (file,) if file else ())


class TelegramWebhook(TelegramStage):
    """Updates are brought to the bot's own door."""

    name = "telegram webhook"

    @asynccontextmanager
    async def listening(self, bot: Assembly) -> AsyncIterator[None]:
        runner = web.AppRunner(bot.web_application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.server.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}", SECRET)
            yield
        finally:
            await runner.cleanup()

    async def deliver(self, bot: Assembly) -> None:
        await self.server.settled()


class TelegramByPolling(TelegramStage):
    """The bot fetches updates."""

    name = "telegram polling"

    async def deliver(self, bot: Assembly) -> None:
        polling = TelegramPolling(bot.channels["telegram"], bot.intake.accept, wait_seconds=0)
        assert await polling.step() == 0.0, polling.trouble
        # asking once more confirms them
        assert await polling.step() == 0.0, polling.trouble
        await self.server.settled(timeout=timedelta(seconds=1).total_seconds())
