"""Hostile updates against the whole program in this process: who is still answered, what was logged, what was shown."""

import asyncio
import io
import logging
import resource
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, func, select

from bot.channels.channel import UnreadableError
from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from bot.settings.logs import start_logging
from handlers.rooms import COMMANDS
from platforms.telegram.server import TOKEN, TelegramServer
from registry.people import people, roles
from registry.store.inbox import inbox
from registry.store.rows import deliveries
from tests.hard.hostile import Hostile
from tests.hard.machine import PACK, SECRET, START, is_fault

AT_ONCE = 16
PROBE_EVERY = 25
UPDATES_OF_ONE = 50
FIRST_PERSON = 5_100_000_000
GREETINGS = ("Trợ lý OCOP", "OCOP assistant")
"""In the two languages; a hostile press may have chosen the other one."""
OFFICIALS = (("commune_official", "19261"), ("district_official", "450"), ("admin", ""))


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, as the program writes it."""
    stream = io.StringIO()
    root = logging.getLogger()
    level = root.level
    handler = start_logging(secrets=(), level="INFO", stream=stream)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()


@asynccontextmanager
async def serving(folder: Path, platform: TelegramServer, **more: Any) -> AsyncIterator[Assembly]:
    """The whole program in this process, on any free port, its webhook behind a secret."""
    settings = Settings(
        pack=PACK,
        data_dir=folder,
        clock={"start": START},
        server={"port": 0},
        telegram={
            "enabled": True,
            "token": TOKEN,
            "base_url": platform.base_url,
            "mode": "webhook",
            "secret_token": SECRET,
            "rate_per_second": 5000,
        },
        **({"limits": {"messages_per_minute": 600_000}} | more),
    )
    started = asyncio.Event()
    async with Assembly.open(settings) as assembly:
        running = asyncio.create_task(assembly.run(started=lambda _: started.set()))
        waiting = asyncio.create_task(started.wait())
        try:
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            yield assembly
        finally:
            waiting.cancel()
            running.cancel()
            await asyncio.gather(running, waiting, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run."""

    updates: int
    turned_away: int
    set_aside: int
    not_done: int
    unhandled: tuple[str, ...]
    unanswered: tuple[str, ...]
    slowest_start: float
    platform_faults: tuple[str, ...]
    refused_by_platform: tuple[str, ...]
    grown: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.updates} fuzzed updates, {self.seconds:.0f} s: {len(self.unhandled)} unhandled exceptions, "
            f"{len(self.unanswered)} without an answer, {self.turned_away} turned away, {self.set_aside} set aside, "
            f"slowest /start {self.slowest_start * 1000:.0f} ms, grown by {self.grown / 2**20:.0f} MB"
        )


async def run_fuzz(folder: Path, *, updates: int, seed: int) -> Report:
    """
    Send a number of hostile updates, with plain questions among them; then everybody says /start.

    A chat gets one message a second, so the crowd grows with the updates: all answers are sent before the end.
    """
    crowd = max(40, updates // UPDATES_OF_ONE)
    began = time.monotonic()
    unhandled: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(str(context)[:2000]))
    with logged() as log:
        async with TelegramServer(rate_per_second=None, per_chat=None) as platform, serving(folder, platform) as house:
            run = _Run(platform, house, seed, crowd)
            await run.appoint()
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            await run.feed(updates, unhandled)
            slowest = await run.everybody_starts()
            rows = await house.store.read(_states)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
            refused = [
                f"{request.method}: {request.description}"
                for request in platform.requests
                if request.status == 400 and "chat not found" not in request.description
            ]
    unhandled += [line[:3000] for line in log.getvalue().splitlines() if is_fault(line)]
    return Report(
        updates=updates,
        turned_away=run.turned_away,
        set_aside=rows.get("set_aside", 0),
        not_done=rows.get("new", 0),
        unhandled=tuple(unhandled),
        unanswered=tuple(run.unanswered()),
        slowest_start=slowest,
        platform_faults=tuple(platform.faults),
        refused_by_platform=tuple(refused),
        grown=grown,
        seconds=time.monotonic() - began,
    )


class _Run:
    def __init__(self, platform: TelegramServer, house: Assembly, seed: int, crowd: int) -> None:
        self.platform = platform
        self.house = house
        self.people = [FIRST_PERSON + number for number in range(crowd)]
        self.hostile = Hostile(seed, self.people, [command.name for command in COMMANDS])
        self.turned_away = 0
        self.expected: list[tuple[int, str]] = []
        for person in self.people:
            platform.person(person, f"Người {person}", started=True)

    async def appoint(self) -> None:
        """A few of the crowd are officials, so that their rooms are tried as well."""
        now = self.house.clock.now()
        for person, (role, place) in zip(self.people, OFFICIALS, strict=False):
            await self.house.store.write(_appoint, account=str(person), role=role, place=place, now=now)

    async def feed(self, count: int, unhandled: list[str]) -> None:
        window = asyncio.Semaphore(AT_ONCE)

        async def take(raw: bytes) -> None:
            async with window:
                try:
                    await self.house.intake.accept("telegram", raw)
                except UnreadableError:
                    self.turned_away += 1
                except Exception as trouble:
                    unhandled.append(f"accept: {trouble!r}: {raw[:300]!r}")

        async with asyncio.TaskGroup() as tasks:
            for number, (person, raw) in enumerate(self.hostile.stream(count)):
                async with window:  # as fast as it is taken, not all at once
                    tasks.create_task(take(raw))
                if number % PROBE_EVERY == 0:
                    mark = f"/p{number:06d}"
                    self.expected.append((person, mark))
                    tasks.create_task(take(self.hostile.text(person, mark)))
        async with asyncio.timeout(120):
            await self.house.intake.settled()
            await self._until(lambda: not self.unanswered(), 60)
        async with asyncio.timeout(300):  # queued messages are sent first: /start is asked of an idle program
            while await self.house.store.read(_replies_pending):
                await asyncio.sleep(0.2)

    async def everybody_starts(self) -> float:
        """Each says /start alone and waits; answers the longest wait."""
        slowest = 0.0
        for person in self.people:
            seen = len(self.platform.messages_in(person))
            asked = time.monotonic()
            await self.house.intake.accept("telegram", self.hostile.text(person, "/start"))

            def greeted(person: int = person, seen: int = seen) -> bool:
                return any(
                    greeting in m.text for m in self.platform.messages_in(person)[seen:] for greeting in GREETINGS
                )

            if not await self._until(greeted, 60):
                self.expected.append((person, "Trợ lý OCOP, after all"))
            slowest = max(slowest, time.monotonic() - asked)
        return slowest

    def unanswered(self) -> list[str]:
        seen = {person: "\n".join(m.text for m in self.platform.messages_in(person)) for person in self.people}
        return [f"{person}: {mark}" for person, mark in self.expected if mark not in seen[person]]

    async def _until(self, true: Any, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if true():
                return True
            await asyncio.sleep(0.02)
        return False


def _appoint(db: Connection, *, account: str, role: str, place: str, now: datetime) -> None:
    person, _ = people.meet(db, channel="telegram", account=account, now=now.astimezone(UTC))
    roles.grant(db, person_id=person.id, role=role, place=place, granted_by="operator", now=now)


def _replies_pending(db: Connection) -> int:
    left = deliveries.c.state.in_(("owed", "claimed")), deliveries.c.kind == "reply", deliveries.c.attempts <= 1
    return int(db.execute(select(func.count()).select_from(deliveries).where(*left)).scalar_one())


def _states(db: Connection) -> dict[str, int]:
    return dict(db.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state)).all())
