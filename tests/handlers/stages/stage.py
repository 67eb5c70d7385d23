"""
People before a bot that is closed and opened again between every two lines.

A stage is one channel with everybody who speaks on it.  The outside of the bot (the platform, the browser)
stays.  The bot itself is opened on the same database for one line and closed after it.
"""

import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.serving.assembly import Assembly, Part
from bot.serving.configuration import Settings
from handlers.conversation.desk import House


class Hours:
    """The time of the story.  It moves by itself a little with every line, else when told."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def timestamp(self) -> float:
        return self.now.timestamp()

    def forward(self, by: timedelta) -> None:
        self.now += by


@dataclass(frozen=True, slots=True)
class Act:
    """An act of somebody: `kind` with its words."""

    kind: str
    """text, press, press_twice, press_thrice, old_press, photos, document, voice, sticker, phone, location, again.

    On Telegram also edit ("before | after"), card ("number | name") and wrong_file.
    """
    words: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as a person sees it, without the marks of its channel."""

    text: str
    buttons: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def picture(number: int) -> bytes:
    """A whole picture of one point; another number is another shade."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    shade = zlib.compress(bytes((0, number % 256)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", shade) + chunk(b"IEND", b"")


PAPER = b"%PDF-1.7\n%%EOF\n"


class Stage(ABC):
    """One channel, its people, and the bot for the length of a line."""

    name: str
    cannot: frozenset[str] = frozenset()
    """Acts that do not exist there."""

    def __init__(self, settings: Settings, house: House, hours: Hours) -> None:
        self.settings = settings
        self.house = house
        self.hours = hours

    @abstractmethod
    async def do(self, bot: Assembly, who: str, act: Act) -> None:
        """Let somebody act, and come back when the bot has acknowledged it."""

    @abstractmethod
    async def hear(self, bot: Assembly) -> dict[str, list[Heard]]:
        """The new messages for everybody since the last call, by person."""

    @asynccontextmanager
    async def listening(self, bot: Assembly) -> AsyncIterator[None]:
        """Have the bot reachable."""
        yield

    @asynccontextmanager
    async def opened(self, part: Part = "all") -> AsyncIterator[Assembly]:
        """The bot, opened again."""
        async with (
            Assembly.open(self.settings, house=self.house, part=part, real=self.hours) as bot,
            self.listening(bot),
        ):
            yield bot

    async def line(self, who: str, *acts: Act, cut: bool = False) -> dict[str, list[Heard]]:
        """
        Play one line (several acts come in together) and answer with what everybody was told.

        `cut` lets the bot stop between keeping what came in and answering it; another one takes it up.
        """
        self.hours.forward(timedelta(seconds=20))
        if cut:
            async with self.opened("web") as bot:
                for act in acts:
                    await self.do(bot, who, act)
        async with self.opened() as bot:
            if cut:
                await bot.intake.recover()
            else:
                for act in acts:
                    await self.do(bot, who, act)
            return await self._told(bot)

    async def wait(self, by: timedelta) -> dict[str, list[Heard]]:
        """Let time go by, with all that comes due in it."""
        self.hours.forward(by)
        async with self.opened() as bot:
            await bot.ticks.run_all(bot.clock.now())
            return await self._told(bot)

    async def unit(self, work: Any, **values: Any) -> Any:
        """Something an operator does on the machine."""
        async with self.opened() as bot:
            return await bot.store.write(work, **values)

    async def _told(self, bot: Assembly) -> dict[str, list[Heard]]:
        await bot.intake.settled()
        self.hours.forward(timedelta(seconds=2))  # photos sent together are answered once, a moment after the last
        await bot.pump.drain()
        return await self.hear(bot)
