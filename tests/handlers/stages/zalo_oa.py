"""A Zalo Official Account as people have it before them, by webhook, with a budget and approved templates."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.channels.zalo_oa.webhook import PATH
from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from handlers.conversation.desk import House
from platforms.zalo_oa.clients import ZaloPerson
from platforms.zalo_oa.messages import SentMessage
from platforms.zalo_oa.server import APP_ID, APP_SECRET, OA_SECRET_KEY, ZaloOAServer
from platforms.zalo_oa.templates import Param

from .numbered import NumberedStage, Screen, readable
from .stage import PAPER, Act, Heard, Hours

TEMPLATES = {"status": "210001", "reminder": "210002", "broadcast": "210003"}
HOLE = "noi_dung"
RENEWS = timedelta(days=20)
"""A bot that runs renews its tokens long before their three months are over; one that waits in a story too."""


def settings_for(server: ZaloOAServer) -> dict[str, Any]:
    """An account that pays for decisions and deadlines, on the local platform."""
    return {
        "enabled": True,
        "app_id": APP_ID,
        "app_secret": APP_SECRET,
        "oa_secret_key": OA_SECRET_KEY,
        "access_token": server.tokens.access_token,
        "refresh_token": server.tokens.refresh_token,
        "base_url": server.openapi_url,
        "business_url": server.business_url,
        "oauth_url": server.oauth_url,
        "image_url": "https://ocop.example/zalo.png",
        "yearly_dong": 10_000,
        "reserve_dong": 5_000,
        "template_text": HOLE,
        **{f"template_{kind}": number for kind, number in TEMPLATES.items()},
    }


def server_for(hours: Hours) -> ZaloOAServer:
    """The strict platform with its limits as they are, money on the account, and the templates approved."""
    server = ZaloOAServer(clock=hours.timestamp, balance=1_000_000, retry_pace=0.001)
    for number in TEMPLATES.values():
        server.templates.add(number, f"<{HOLE}>", {HOLE: Param("address")}, price_uid=200)
    return server


class ZaloOAStage(NumberedStage):
    """The platform keeps running; every line meets another bot."""

    name = "zalo official account"

    def __init__(self, settings: Settings, house: House, hours: Hours, server: ZaloOAServer) -> None:
        super().__init__(settings, house, hours)
        self.server = server
        self._last: list[dict[str, Any]] = []

    @asynccontextmanager
    async def listening(self, bot: Assembly) -> AsyncIterator[None]:
        runner = web.AppRunner(bot.web_application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.server.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}")
            yield
            await self.server.settled()  # receipts and echoes of the last answers
        finally:
            self.server.deliver_to("")
            await runner.cleanup()

    def person(self, who: str) -> ZaloPerson:
        if who not in self.screens:
            self.screens[who] = Screen()
        number = 246_845_883_529_197_900 + list(self.screens).index(who)
        return self.server.person(str(number), who, on_mobile=False)

    async def acts(self, who: str, act: Act) -> None:
        if act.kind == "again":
            for event in self._last:
                self.server.deliver_again(event)
        else:
            self._last = await self._events(self.person(who), act)

    async def deliver(self, bot: Assembly) -> None:
        await self.server.settled()

    async def _events(self, person: ZaloPerson, act: Act) -> list[dict[str, Any]]:
        match act.kind:
            case "text":
                return [await person.writes(act.words)]
            case "photos":
                said = [act.caption]
                return [
                    await person.sends_image(content, said.pop() if said else "")
                    for content in self.pictures(int(act.words))
                ]
            case "document":
                return [await person.sends_file(PAPER, act.words)]
            case "voice":
                return [await person.sends_audio(b"#!AMR\n" + act.words.encode())]
            case "sticker":
                return [await person.sends_sticker()]
            case "phone":
                return [await person.submits_contact(phone=f"84{act.words.removeprefix('0')}")]
            case "location":
                return [await person.shares_location()]
        raise AssertionError(f"Nobody can do {act.kind!r} on a Zalo Official Account.")

    def seen(self, who: str) -> list[Heard]:
        return [_heard(message) for message in self.person(who).sees()]

    async def wait(self, by: timedelta) -> dict[str, list[Heard]]:
        """Let time go by, the tokens renewed on the way."""
        while by > RENEWS:
            self.hours.forward(RENEWS)
            by -= RENEWS
            async with self.opened() as bot:
                await bot.channels["zalo_oa"].tokens.tick()
        return await super().wait(by)


def _heard(message: SentMessage) -> Heard:
    if message.kind == "request_user_info":
        (element,) = message.content.elements
        return readable(f"{element['title']}\n{element['subtitle']}")
    stored = message.content.stored
    name = "" if stored is None else "ảnh" if stored.kind == "image" else stored.name
    return readable(message.text, (name,) if name else ())
