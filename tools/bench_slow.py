"""The wait of people before a platform that takes two seconds for an answer."""

import asyncio
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

from bench_crowds import ROUNDS, say
from sqlalchemy import Connection

from bot.channels.channel import Words
from bot.channels.telegram.channel import close_telegram, open_telegram
from bot.serving.configuration import Settings
from bot.settings.database import bring_up, opened
from content.message import Message
from platforms.telegram.server import TelegramServer
from registry.deliveries.deliveries import enqueue
from registry.people.people import meet
from registry.store.store import Store
from scheduler.pump.delivery import Pump
from scheduler.pump.window import LEAST, MOST
from tests.hard.machine import PACK

SECONDS = 2.0
PEOPLE = 16
ANSWERS = 6
FIRST = 5_400_000_000
FIXED, MEASURED = (LEAST, LEAST), (LEAST, MOST)


async def slow_platform(folder: Path) -> None:
    """P4: a fixed window of eight against one that follows the round trip, A B A B; sixteen people at once."""
    waits: dict[tuple[int, int], list[float]] = {FIXED: [], MEASURED: []}
    for round_number in range(ROUNDS):
        for window, measured in waits.items():
            measured.append(await _waiting(folder / f"{round_number}-{window[1]}", window))
    fixed, following = (statistics.median(waits[of]) for of in (FIXED, MEASURED))
    say(f"\nA platform that takes {SECONDS:.0f} s, {PEOPLE} people at once, {ANSWERS} answers each, medians (P4)")
    say(f"  eight in flight, as before       p50 {fixed:5.2f} s")
    say(f"  as many as the round trip needs  p50 {following:5.2f} s  {following / fixed:4.2f} x")


async def _waiting(folder: Path, window: tuple[int, int]) -> float:
    """Return the median wait of a reply, from its commit until its person sees it; the first one is not counted."""
    settings = Settings(pack=PACK, data_dir=folder)
    bring_up(settings)
    with opened(settings) as store:
        async with TelegramServer(rate_per_second=None, per_chat=None, latency=SECONDS) as platform:
            channel = open_telegram(platform.token, Words("", ""), base_url=platform.base_url)
            pump = Pump(store, {"telegram": channel}, now=lambda: datetime.now(UTC), files=_no_files, window=window)
            running = asyncio.create_task(pump.run())
            people = range(FIRST, FIRST + PEOPLE)
            try:
                waits = await asyncio.gather(*(_answered(store, pump, platform, one) for one in people))
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await close_telegram(channel)
    return statistics.median(wait for of_one in waits for wait in of_one[1:])


async def _answered(store: Store, pump: Pump, platform: TelegramServer, number: int) -> list[float]:
    person = platform.person(number, started=True)
    waits = []
    for answer in range(ANSWERS):
        began = time.perf_counter()
        await store.write(_enqueue, account=str(number), answer=answer, now=datetime.now(UTC))
        pump.wake("telegram")
        await person.hears(1, 60)
        waits.append(time.perf_counter() - began)
    return waits


def _enqueue(db: Connection, *, account: str, answer: int, now: datetime) -> None:
    told, known = meet(db, channel="telegram", account=account, now=now)
    enqueue(
        db, key=f"reply:{account}:{answer}", person_id=told.id, kind="reply", message=Message(f"Câu {answer}"),
        now=now, account=known,
    )  # fmt: skip


async def _no_files(key: str) -> bytes:
    raise LookupError(key)
