"""On each channel somebody is refused by the platform; everybody else there is answered as before."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.channels.zalo_bot import webhook as zalo_bot_door
from bot.channels.zalo_oa import webhook as zalo_oa_door
from platforms.shared.bell import Bell
from platforms.telegram.refusals import Refusal, flood
from platforms.telegram.server import TelegramServer
from platforms.zalo_bot.refusals import refused as bot_refused
from platforms.zalo_bot.server import ZaloBotServer
from platforms.zalo_oa.refusals import refused as oa_refused
from platforms.zalo_oa.sending import Sending
from platforms.zalo_oa.server import APP_ID, APP_SECRET, OA_SECRET_KEY, ZaloOAServer
from platforms.zalo_oa.world import Person
from tests.hard.machine import SECRET, START, Machine
from tests.hard.pressure.asking import PATIENCE, PAUSE, Ask, compared, on_telegram
from tests.hard.pressure.report import Line, of_the_log

OTHERS = 12
"""People who are answered, on each channel."""
LATENCY = 0.05
WAIT = 20
"""Seconds a platform asks to wait before it is written to again in that chat."""
RUNS_BEHIND = time.time() - datetime.fromisoformat(f"{START}T08:00:00+07:00").timestamp()


@dataclass(slots=True)
class Refusing:
    """The people who are refused, each with the platform's words."""

    now: dict[str, Refusal] = field(default_factory=dict)
    met: int = 0

    def look(self, who: object) -> None:
        if refusal := self.now.get(str(who)):
            self.met += 1
            raise refusal


class Telegram(TelegramServer):
    """Refuses to bring anything to some chats."""

    refusing: Refusing

    async def _do(self, method: str, values: dict[str, Any], files: Any) -> Any:
        self.refusing.look(values.get("chat_id"))
        return await super()._do(method, values, files)


class ZaloBot(ZaloBotServer):
    """Refuses to bring anything to some chats."""

    refusing: Refusing

    async def _do(self, method: str, call: dict[str, Any]) -> Any:
        self.refusing.look(call.get("chat_id"))
        return await super()._do(method, call)


class ZaloOA(ZaloOAServer):
    """Refuses to bring anything to some people."""

    refusing: Refusing

    def __init__(self, **rules: Any) -> None:
        super().__init__(**rules)
        self._sending = _SendingToSome(self)


class _SendingToSome(Sending):
    def _reachable(self, person: Person, kind: str) -> None:
        assert isinstance(self._world, ZaloOA)
        self._world.refusing.look(person.user_id)
        super()._reachable(person, kind)


@dataclass(slots=True)
class Street:
    """One channel: the people who ask, and the two who are refused."""

    name: str
    refusing: Refusing
    people: list[Ask]
    refused: dict[str, Refusal]
    writes: list[Callable[[str], Awaitable[object]]]

    @asynccontextmanager
    async def press(self) -> AsyncIterator[None]:
        """Refuse the two, who write on as if nothing were."""
        self.refusing.now = self.refused
        writing = asyncio.create_task(self._write())
        try:
            yield
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            self.refusing.now = {}

    async def _write(self) -> None:
        number = 0
        while True:
            for writes in self.writes:
                number += 1
                await writes(f"/r{number:05d}")
            await asyncio.sleep(PAUSE)


async def run_unreachable(folder: Path, *, rounds: int, seconds: float) -> list[Line]:
    """One channel after the other, on one running program."""
    behind = lambda: time.time() - RUNS_BEHIND  # noqa: E731
    async with AsyncExitStack() as leaving:
        telegram = await leaving.enter_async_context(Telegram(rate_per_second=None, per_chat=None, latency=LATENCY))
        bot = await leaving.enter_async_context(ZaloBot(clock=behind, latency=LATENCY, per_month=None))
        oa = await leaving.enter_async_context(ZaloOA(clock=behind, balance=1_000_000))
        streets = [_telegram(telegram), _bot(bot), _oa(oa)]
        machine = Machine(folder, telegram, more=_settings(bot, oa))
        await leaving.enter_async_context(machine)
        telegram.deliver_to(machine.webhook, SECRET)
        bot.deliver_to(machine.address + zalo_bot_door.PATH, SECRET)
        oa.deliver_to(machine.address + zalo_oa_door.PATH)
        await machine.start()
        lines = []
        for street in streets:
            waits = await compared(street.people, street.press, rounds=rounds, seconds=seconds)
            counted = f"{waits}; {street.refusing.met} refused"
            lines.append(Line(f"two people unreachable on {street.name}", waits.kept, counted))
        lines += of_the_log("unreachable", machine.faults())
        return lines


def _telegram(server: Telegram) -> Street:
    server.refusing = Refusing()
    accounts = (6_200_000_001, 6_200_000_002)
    people = [server.person(account, "Vắng", started=True) for account in accounts]
    words = {str(accounts[0]): flood(WAIT), str(accounts[1]): Refusal(403, "Forbidden: bot was blocked by the user")}
    return Street("Telegram", server.refusing, on_telegram(server, OTHERS), words, [one.writes for one in people])


def _bot(server: ZaloBot) -> Street:
    server.refusing = Refusing()
    others = [server.person(f"{number:020x}", f"Người {number}", started=True) for number in range(1, OTHERS + 1)]
    away = [server.person(f"{number:020x}", "Vắng", started=True) for number in (901, 902)]
    words = {away[0].user_id: bot_refused(429), away[1].user_id: bot_refused(403)}
    asks = [_asks(server.bell, one) for one in others]
    return Street("a Zalo bot", server.refusing, asks, words, [one.writes for one in away])


def _oa(server: ZaloOA) -> Street:
    server.refusing = Refusing()
    first = 246_845_883_529_190_000
    others = [server.person(str(first + number), f"Người {number}", following=True) for number in range(OTHERS)]
    away = [server.person(str(first + number), "Vắng", following=True) for number in (901, 902)]
    words = {away[0].user_id: oa_refused(-218), away[1].user_id: oa_refused(-217)}
    asks = [_asks(server.bell, one) for one in others]
    return Street("a Zalo Official Account", server.refusing, asks, words, [one.writes for one in away])


def _asks(bell: Bell, person: Any) -> Ask:
    async def ask(mark: str) -> float:
        seen = len(person.sees())
        began = time.monotonic()
        await person.writes(mark)
        await bell.until(lambda: any(mark in one.text for one in person.sees()[seen:]), PATIENCE)
        return time.monotonic() - began

    return ask


def _settings(bot: ZaloBotServer, oa: ZaloOAServer) -> dict[str, str]:
    return {
        "OCOPBOT_ZALO_BOT__ENABLED": "true",
        "OCOPBOT_ZALO_BOT__TOKEN": bot.token,
        "OCOPBOT_ZALO_BOT__BASE_URL": bot.base_url,
        "OCOPBOT_ZALO_BOT__MODE": "webhook",
        "OCOPBOT_ZALO_BOT__SECRET_TOKEN": SECRET,
        "OCOPBOT_ZALO_OA__ENABLED": "true",
        "OCOPBOT_ZALO_OA__APP_ID": APP_ID,
        "OCOPBOT_ZALO_OA__APP_SECRET": APP_SECRET,
        "OCOPBOT_ZALO_OA__OA_SECRET_KEY": OA_SECRET_KEY,
        "OCOPBOT_ZALO_OA__ACCESS_TOKEN": oa.tokens.access_token,
        "OCOPBOT_ZALO_OA__REFRESH_TOKEN": oa.tokens.refresh_token,
        "OCOPBOT_ZALO_OA__BASE_URL": oa.openapi_url,
        "OCOPBOT_ZALO_OA__BUSINESS_URL": oa.business_url,
        "OCOPBOT_ZALO_OA__OAUTH_URL": oa.oauth_url,
        "OCOPBOT_ZALO_OA__IMAGE_URL": "https://ocop.example/zalo.png",
    }
