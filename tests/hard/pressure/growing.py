"""Beside a thousand people and beside many more, the jobs run while others ask."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.serving.configuration import Settings
from bot.settings.database import bring_up, opened
from content.programme.pack import load_pack
from platforms.telegram.server import TelegramServer
from registry.deadlines import deadlines
from tests.crowd import crowd
from tests.hard.announcing import NOW
from tests.hard.machine import PACK, SECRET, Machine
from tests.hard.pressure.asking import Compared, asked, on_telegram
from tests.hard.pressure.report import Line, of_the_log

FEW = 1_000
OTHERS = 24
LATENCY = 0.05
SLICE = 2_000
RATE = 29.7
"""Messages a second, as Telegram allows them: the jobs queue many, and the replies go first."""
_UPDATES = itertools.count(700_000_001, 1_000_000)
"""The first number of each platform's updates: one that was used before is a repetition, and is not answered."""
_MARKS = (f"/g{number:06d}" for number in range(1_000_000))


async def run_growth(folder: Path, *, many: int, rounds: int, seconds: float) -> list[Line]:
    """Start each program in turn: every job runs at once, and people ask meanwhile."""
    sizes = (0, FEW, many)
    for size in sizes:
        _settle(folder / str(size), size)
    waits: dict[int, list[float]] = {size: [] for size in sizes}
    faults: list[str] = []
    for _ in range(rounds):
        for size in sizes:
            async with _running(folder / str(size), faults) as platform:
                people = on_telegram(platform, OTHERS)
                waits[size] += await asked(people, _MARKS, seconds)
    lines = []
    for size in (FEW, many):
        found = Compared(waits[0], waits[size])
        lines.append(Line(f"{size:,} people beside, every job running", found.kept, str(found)))
    lines += of_the_log("growth", faults)
    return lines


@asynccontextmanager
async def _running(folder: Path, faults: list[str]) -> AsyncIterator[TelegramServer]:
    async with (
        TelegramServer(
            rate_per_second=None, per_chat=None, latency=LATENCY, retry_pace=0.05, first_update_id=next(_UPDATES)
        ) as platform,
        Machine(folder, platform, rate=RATE) as machine,
    ):
        platform.deliver_to(machine.webhook, SECRET)
        await machine.start()
        yield platform
        faults += machine.faults()


def _settle(folder: Path, number: int) -> None:
    """A database with a number of people, their ideas overdue, drafts open, and messages sent."""
    settings = Settings(pack=PACK, data_dir=folder / "data")
    pack = load_pack(PACK, NOW.date())
    folder.mkdir(parents=True)
    bring_up(settings)
    with opened(settings) as store:
        store.write_now(deadlines.seed, pack=pack)
        for first in range(0, number, SLICE):
            store.write_now(crowd, pack=pack, now=NOW, number=min(SLICE, number - first), first=first)
