"""
Twelve people register while the line to the database is cut or frozen for a while; their messages, and the times.

The times are for `make soak`: on a busy machine they say more about the machine than about the program.
"""

import asyncio
import contextlib
import re
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from sqlalchemy import Connection, func, select

from platforms.telegram.server import TelegramServer
from registry.store.inbox import inbox
from registry.store.rows import applications, deliveries
from registry.store.store import Store
from tests.hard.crash import registration
from tests.hard.database_line import DatabaseLine
from tests.hard.machine import SECRET, Machine, vault_at

PEOPLE = range(1, 13)
PATIENCE = 60.0
"""Seconds until a condition counts as never true; a bound for a loaded machine, not a promise."""
TOLD_WITHIN = 5.0
BACK_WITHIN = 10.0
"""Seconds that `make soak` asserts, on a machine without other work."""
NOT_SAVED = "chưa lưu được"
CODE = re.compile(r"YT-\d{4}-\d{6}-\w")


@dataclass(frozen=True, slots=True)
class Report:
    """The course of one outage, counted at the platform and in the database."""

    status_while_away: int
    readiness_while_away: str
    saved_while_away: int
    """Messages that called something saved during the outage."""
    restarted: bool
    status_after: int
    counted: tuple[int, int, int, int]
    """Ideas, people with an idea, events that are not done, messages that are not sent."""
    told: dict[int, list[str]]
    told_after: float
    back_after: float

    def __str__(self) -> str:
        return f"told after {self.told_after:.1f} s, back after {self.back_after:.1f} s, rows {self.counted}"


async def run_outage(folder: Path, database: str, *, away: float = 0.0, frozen: bool = False) -> Report:
    """
    Cut the line in the middle of every registration, restore it after `away` seconds, and finish all of them.

    With `frozen` the line accepts everybody and holds every byte, as a stopped server does.
    """
    async with (
        DatabaseLine(database) as line,
        TelegramServer(rate_per_second=None, per_chat=None, latency=0.02, retry_pace=0.05) as platform,
        Machine(folder, platform, database=line.url) as machine,
    ):
        platform.deliver_to(machine.webhook, SECRET)
        for person in PEOPLE:
            platform.person(person, f"Người {person}", started=True)
        await machine.start()
        process = machine.process
        scripts = {person: [words for words, _ in registration(person)] for person in PEOPLE}

        async def feed(lines: slice) -> None:
            for nth in range(*lines.indices(11)):
                for person in PEOPLE:
                    await platform.person(person).writes(scripts[person][nth])
                    await asyncio.sleep(0.01)

        def told(words: str) -> int:
            return sum(words in message.text for message in platform.sent)

        await feed(slice(0, 6))
        line.freeze() if frozen else await line.cut()
        cut_at = time.monotonic()
        await feed(slice(6, 8))
        await platform.until(lambda: told(NOT_SAVED) > 0, PATIENCE)
        told_after = time.monotonic() - cut_at
        status, readiness = await _ready(machine)
        saved = told("Đã lưu")
        await asyncio.sleep(away - (time.monotonic() - cut_at))
        saved = told("Đã lưu") - saved
        line.thaw() if frozen else await line.mend()
        back_at = time.monotonic()
        await platform.until(lambda: told("Câu 6/7") > 0, PATIENCE)
        back_after = time.monotonic() - back_at
        await feed(slice(8, 11))
        await platform.until(
            lambda: all(any(CODE.search(m.text) for m in platform.messages_in(p)) for p in PEOPLE), PATIENCE
        )
        await platform.settled(PATIENCE)
        restarted = machine.process is not process or process is None or process.returncode is not None
        status_after, _ = await _ready(machine)
        with contextlib.closing(Store(database, vault_at(machine.data))) as store:
            counted = await store.read(_rows)
            until = time.monotonic() + PATIENCE
            while (
                counted[2:] != (0, 0) and time.monotonic() < until
            ):  # a message after an answer is sent a moment later
                await asyncio.sleep(0.1)
                counted = await store.read(_rows)
        await machine.stop()
        return Report(
            status_while_away=status,
            readiness_while_away=readiness,
            saved_while_away=saved,
            restarted=restarted,
            status_after=status_after,
            counted=counted,
            told={person: [message.text for message in platform.messages_in(person)] for person in PEOPLE},
            told_after=told_after,
            back_after=back_after,
        )


def broken(report: Report) -> list[str]:
    """The promises that were not kept, in words; none of them is a time."""
    troubles = []
    if (report.status_while_away, '"ready": false' in report.readiness_while_away) != (503, True):
        troubles.append(f"/readyz said {report.status_while_away} while the database was away")
    if report.saved_while_away:
        troubles.append("something was called saved while nothing could be")
    if report.restarted or report.status_after != 200:
        troubles.append("it did not continue by itself")
    if report.counted != (len(PEOPLE), len(PEOPLE), 0, 0):
        troubles.append(f"rows: {report.counted}")
    for person, texts in report.told.items():
        answers = [text for text in texts if NOT_SAVED not in text]
        if len(answers) != len(set(answers)):
            troubles.append(f"{person} was told something twice without a crash")
        if len(texts) - len(answers) > 1:
            troubles.append(f"{person} was told more than once within a minute that nothing is saved")
    return troubles


async def _ready(machine: Machine) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(machine.address + "/readyz") as answer:
        return answer.status, await answer.text()


def _rows(db: Connection) -> tuple[int, int, int, int]:
    unsent = deliveries.c.state.in_(("owed", "claimed"))
    return (
        db.execute(select(func.count()).select_from(applications)).scalar_one(),
        db.execute(select(func.count(applications.c.person_id.distinct()))).scalar_one(),
        db.execute(select(func.count()).select_from(inbox).where(inbox.c.state != "done")).scalar_one(),
        db.execute(select(func.count()).select_from(deliveries).where(unsent)).scalar_one(),
    )
