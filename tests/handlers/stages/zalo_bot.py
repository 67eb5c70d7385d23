"""A bot of the Zalo Bot Platform as people have it before them: texts and pictures, nothing to press."""

import copy
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.channels.zalo_bot.webhook import PATH
from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from handlers.conversation.desk import House
from platforms.zalo_bot.clients import ZaloBotPerson
from platforms.zalo_bot.messages import SentMessage
from platforms.zalo_bot.server import ZaloBotServer

from .numbered import NumberedStage, Screen, readable
from .stage import Act, Heard, Hours

SECRET = "bi-mat-cua-cua-sau"
PUBLIC = "https://ocop.example"
_LINKED = re.compile(rf"^(.+): {re.escape(PUBLIC)}/tep/\S+$", re.MULTILINE)


def settings_for(server: ZaloBotServer) -> dict[str, Any]:
    return {
        "enabled": True,
        "token": server.token,
        "base_url": server.base_url,
        "mode": "webhook",
        "secret_token": SECRET,
    }


class ZaloBotStage(NumberedStage):
    """The platform keeps running; every line meets another bot."""

    name = "zalo bot platform"
    cannot = frozenset({*NumberedStage.cannot, "document"})
    """Of a paper the platform says only that there was something, and not whose it was."""

    def __init__(self, settings: Settings, house: House, hours: Hours, server: ZaloBotServer) -> None:
        super().__init__(settings, house, hours)
        self.server = server
        self._last: list[dict[str, Any]] = []

    @asynccontextmanager
    async def listening(self, bot: Assembly) -> AsyncIterator[None]:
        runner = web.AppRunner(bot.web_application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.server.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}", SECRET)
            yield
        finally:
            await runner.cleanup()

    def person(self, who: str) -> ZaloBotPerson:
        if who not in self.screens:
            self.screens[who] = Screen()
        return self.server.person(f"6ede9afa66b88fe6d6{list(self.screens).index(who):02x}", who)

    async def acts(self, who: str, act: Act) -> None:
        if act.kind == "again":
            for event in self._last:
                self.server.deliver_again(copy.deepcopy(event))
        else:
            self._last = [event for event in await self._events(self.person(who), act) if event is not None]

    async def deliver(self, bot: Assembly) -> None:
        await self.server.settled()

    async def _events(self, person: ZaloBotPerson, act: Act) -> list[dict[str, Any] | None]:
        match act.kind:
            case "text" | "phone":  # a number cannot be shared there, so it is typed
                return [await person.writes(act.words)]
            case "location":  # nor a place: it is copied from a map
                return [await person.writes("17.4834, 106.5997")]
            case "photos":
                said = [act.caption]
                return [
                    await person.sends_photo(content, said.pop() if said else "")
                    for content in self.pictures(int(act.words))
                ]
            case "voice":
                return [await person.sends_voice(b"\xff\xf1" + act.words.encode())]
            case "sticker":
                return [await person.sends_sticker()]
        raise AssertionError(f"Nobody can do {act.kind!r} on the Zalo Bot Platform.")

    def seen(self, who: str) -> list[Heard]:
        return [_heard(message) for message in self.person(who).sees()]


def _heard(message: SentMessage) -> Heard:
    return readable(message.text, ("ảnh",) if message.kind == "photo" else _LINKED.findall(message.text))
