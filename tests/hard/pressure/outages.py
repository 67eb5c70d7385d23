"""
The database is locked, frozen, or without space while twelve people register.

Some of them send the text again that was told as not saved, as people do; the others go on.
The course is that of tests/hard/database_away.py, with other kinds of trouble.
"""

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psycopg
from sqlalchemy import Connection, func, select

from platforms.telegram.server import TelegramServer
from registry.applications.applications import read_application
from registry.store.inbox import inbox
from registry.store.rows import applications, deliveries
from registry.store.store import Store
from tests.hard.crash import registration
from tests.hard.machine import SECRET, Machine, vault_at
from tests.hard.pressure.asking import Visitor, visitors
from tests.hard.pressure.report import Line
from tests.postgres import running_server

PEOPLE = range(1, 13)
WEB = 4
WRITER = 99
"""Writes until the disk takes nothing."""
PATIENCE = 90.0
TOLD_WITHIN = 5.0
BACK_WITHIN = 10.0
READY_WITHIN = 2.0
ANY_SPACE = {"OCOPBOT_LIMITS__DISK_RESERVE": "0"}
"""A disk as small as that of the test is below every reserve, and new people would be refused from the start."""
SHOWN = 3
"""Troubles that a line names; the others are counted."""
NOT_SAVED = "chưa lưu được"
CODE = re.compile(r"YT-\d{4}-\d{6}-\w")
LONG = "nước mắm Ba Đồn " * 240
HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@dataclass(slots=True)
class Outage:
    """How one kind of trouble begins and ends."""

    begin: Callable[[Machine, TelegramServer], Awaitable[None]]
    end: Callable[[Machine], Awaitable[None]]


@dataclass(slots=True)
class Course:
    """The experience of everybody in one outage."""

    told: dict[int, float] = field(default_factory=dict)
    """Seconds until each got an answer or was told that it is not saved."""
    web: list[float] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)
    """Seconds that /readyz took."""
    status: int = 0
    back_after: float = 0.0
    troubles: list[str] = field(default_factory=list)

    def line(self, pressure: str) -> Line:
        slowest = max(self.told.values(), default=0.0)
        web, ready = max(self.web, default=0.0), max(self.ready, default=0.0)
        kept = (
            slowest <= TOLD_WITHIN and web <= TOLD_WITHIN and ready <= READY_WITHIN and self.back_after <= BACK_WITHIN
            and not self.troubles
        )  # fmt: skip
        counted = (
            f"{len(self.told)} told within {slowest:.1f} s (web chat {web:.1f} s), back after {self.back_after:.1f} s, "
            f"/readyz within {ready:.2f} s with {self.status}"
        )
        more = [f"and {len(self.troubles) - SHOWN} more"] if len(self.troubles) > SHOWN else []
        troubles = [*self.troubles[:SHOWN], *more] or ["nothing lost or doubled"]
        return Line(pressure, kept, "; ".join([counted, *troubles]))


async def run_lock(folder: Path, *, away: float) -> Line:
    """Let another process hold SQLite's write lock."""
    leaving = contextlib.AsyncExitStack()

    async def begin(machine: Machine, _platform: TelegramServer) -> None:
        await leaving.enter_async_context(locked(machine))

    async def end(_machine: Machine) -> None:
        await leaving.aclose()

    course = await _course(folder, Outage(begin, end), away=away)
    return course.line(f"SQLite locked by another process for {away:.0f} s")


@contextlib.asynccontextmanager
async def locked(machine: Machine) -> AsyncIterator[None]:
    """Have another process hold the write lock of the SQLite file meanwhile."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, str(machine.data / "ocopbot.db"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == b"held"
    try:
        yield
    finally:
        process.stdin.close()
        await process.wait()


async def run_freeze(folder: Path, *, away: float) -> Line:
    """Stop every process of PostgreSQL with SIGSTOP, and let them go on."""
    with running_server() as server, server.database(empty=True) as url:
        with psycopg.connect(server.uri) as db:
            (backend,) = db.execute("SELECT pg_backend_pid()").fetchone() or (0,)
            first = _parent(backend)

        async def begin(_machine: Machine, _platform: TelegramServer) -> None:
            _signal(first, signal.SIGSTOP)

        async def end(_machine: Machine) -> None:
            _signal(first, signal.SIGCONT)

        try:
            course = await _course(folder, Outage(begin, end), away=away, database=url)
        finally:
            _signal(first, signal.SIGCONT)
    return course.line(f"PostgreSQL frozen for {away:.0f} s")


async def run_full_disk(folder: Path, *, away: float) -> Line:
    """Fill the disk of the data, and empty it."""

    async def begin(machine: Machine, platform: TelegramServer) -> None:
        with contextlib.suppress(OSError), (machine.data / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        until = time.monotonic() + PATIENCE
        while not any(delivery.status == 503 for delivery in platform.updates.deliveries):
            assert time.monotonic() < until, "the disk never became full"
            await platform.person(WRITER, started=True).writes(LONG)
            await asyncio.sleep(0.05)

    async def end(machine: Machine) -> None:
        (machine.data / "filler").unlink()

    course = await _course(folder, Outage(begin, end), away=away, disk_megabytes=12)
    return course.line(f"disk full for {away:.0f} s")


async def _course(folder: Path, outage: Outage, *, away: float, database: str = "", disk_megabytes: int = 0) -> Course:
    """Six answers of everybody, the trouble, one more answer, and the rest after it."""
    course = Course()
    async with (
        TelegramServer(rate_per_second=None, per_chat=None, latency=0.02, retry_pace=0.05) as platform,
        Machine(folder, platform, database=database, disk_megabytes=disk_megabytes, more=ANY_SPACE) as machine,
    ):
        platform.deliver_to(machine.webhook, SECRET)
        for person in (*PEOPLE, WRITER):
            platform.person(person, f"Người {person}", started=True)
        await machine.start()
        process = machine.process
        async with visitors(machine.address, WEB) as web:
            await _feed(platform, PEOPLE, slice(0, 6))
            await _until(course, platform, PEOPLE, "Câu 4/7", "before the trouble")
            begun = time.monotonic()
            saved = _saved(platform)
            await outage.begin(machine, platform)
            try:
                await _meanwhile(course, machine, platform, web, until=begun + away)
                again = [person for person in PEOPLE if person % 2 and _told(platform, person)]
                for person in PEOPLE:
                    await platform.person(person).writes(_line(person, 6 if person in again else 7))
                await asyncio.sleep(max(0.0, away - (time.monotonic() - begun)))
                course.status = await _ready(machine, course)
                if _saved(platform) > saved and not disk_megabytes:  # a full disk still takes what fits
                    course.troubles.append("something was called saved during it")
            finally:
                await outage.end(machine)
            back = time.monotonic()
            others = [person for person in PEOPLE if person not in again]
            await _until(course, platform, others, "Câu 6/7", "after the trouble")
            await _until(course, platform, again, "Câu 5/7", "after the trouble")
            course.back_after = time.monotonic() - back
        await platform.settled(PATIENCE)
        await _feed(platform, again, slice(7, 8))
        await _feed(platform, PEOPLE, slice(8, 11))
        with contextlib.suppress(AssertionError):
            await platform.until(lambda: all(_codes(platform, person) for person in PEOPLE), PATIENCE)
        if machine.process is not process or (process is not None and process.returncode is not None):
            course.troubles.append("the program ended")
        await _settle(course, machine, database)
        course.troubles += _said_twice(platform)
        course.troubles += [f"in the log: {fault[:300]}" for fault in machine.faults()[:2]]
        return course


async def _meanwhile(
    course: Course, machine: Machine, platform: TelegramServer, web: Sequence[Visitor], *, until: float
) -> None:
    """Everybody gives the next answer; wait until each is answered, or told that it is not saved."""
    began = time.monotonic()
    at = dict.fromkeys(PEOPLE, began)
    for person in PEOPLE:
        at[person] = time.monotonic()
        await platform.person(person).writes(_line(person, 6))
    page = asyncio.create_task(_slowest(web))
    looking = asyncio.create_task(_ready(machine, course))
    while len(course.told) < len(PEOPLE) and time.monotonic() < until:
        for person in PEOPLE:
            if person not in course.told and (_told(platform, person) or _heard(platform, person, "Câu 5/7")):
                course.told[person] = time.monotonic() - at[person]
        await asyncio.sleep(0.02)
    untold = [person for person in PEOPLE if person not in course.told]
    if untold:
        course.troubles.append(f"{len(untold)} people were not told while it lasted")
    await asyncio.wait([page, looking], timeout=max(0.1, until - time.monotonic()))
    course.web += [page.result() if page.done() else time.monotonic() - began]
    if not looking.done():
        course.ready.append(time.monotonic() - began)
    for waiting in (page, looking):
        waiting.cancel()
    await asyncio.gather(page, looking, return_exceptions=True)
    await asyncio.sleep(0.2)


async def _slowest(web: Sequence[Visitor]) -> float:
    """Let everybody on the web chat write; the longest wait until a page knows whether it was saved."""
    return max(await asyncio.gather(*(visitor.told("xin chào") for visitor in web)))


async def _settle(course: Course, machine: Machine, database: str) -> None:
    """Compare what is stored with what was written, when all of it is done."""
    until = time.monotonic() + 20
    while True:
        opened = Store(database, vault_at(machine.data)) if database else machine.store()
        with contextlib.closing(opened) as store:
            found = store.read_now(_rows)
        if found[:2] == (0, 0) or time.monotonic() > until:
            break
        await asyncio.sleep(0.5)
    undone, unsent, kept = found
    if (undone, unsent) != (0, 0):
        course.troubles.append(f"{undone} events are not done, {unsent} messages are not sent")
    for person in PEOPLE:
        product, name, phone = (_line(person, nth) for nth in (3, 7, 8))
        mine = [answers for answers in kept if answers[0] == product]
        if len(mine) != 1 or mine[0][1] != name or not mine[0][2].endswith(phone[1:]):
            course.troubles.append(f"{person} answered {(product, name, phone)} and has {mine}")


def _rows(db: Connection) -> tuple[int, int, list[tuple[str, str, str]]]:
    unsent = deliveries.c.state.in_(("owed", "claimed"))
    kept = []
    for found in db.execute(select(applications.c.id)).scalars().all():
        application = read_application(db, found)
        assert application is not None
        answers = application.answers
        kept.append((str(answers["product_name"]), str(answers["entity_name"]), str(answers["phone"])))
    return (
        db.execute(select(func.count()).select_from(inbox).where(inbox.c.state != "done")).scalar_one(),
        db.execute(select(func.count()).select_from(deliveries).where(unsent)).scalar_one(),
        kept,
    )


async def _feed(platform: TelegramServer, people: Sequence[int], lines: slice) -> None:
    for nth in range(*lines.indices(11)):
        for person in people:
            await platform.person(person).writes(_line(person, nth))
            await asyncio.sleep(0.01)


async def _until(course: Course, platform: TelegramServer, people: Sequence[int], words: str, when: str) -> None:
    """Wait until everybody was told these words."""
    with contextlib.suppress(AssertionError):
        await platform.until(lambda: all(_heard(platform, person, words) for person in people), PATIENCE)
    course.troubles += [
        f"{person} did not get to {words} {when}" for person in people if not _heard(platform, person, words)
    ]


async def _ready(machine: Machine, course: Course) -> int:
    """Ask /readyz, and note how long it took."""
    began = time.monotonic()
    status = 0
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout) as http, http.get(machine.address + "/readyz") as answer:
            status = answer.status
    course.ready.append(time.monotonic() - began)
    return status


def _line(person: int, nth: int) -> str:
    return registration(person)[nth][0]


def _heard(platform: TelegramServer, person: int, words: str) -> bool:
    return any(words in message.text for message in platform.messages_in(person))


def _told(platform: TelegramServer, person: int) -> bool:
    return _heard(platform, person, NOT_SAVED)


def _codes(platform: TelegramServer, person: int) -> bool:
    return any(CODE.search(message.text) for message in platform.messages_in(person))


def _said_twice(platform: TelegramServer) -> list[str]:
    troubles = []
    for person in PEOPLE:
        texts = [message.text for message in platform.messages_in(person)]
        answers = [text for text in texts if NOT_SAVED not in text]
        twice = sorted({text for text in answers if answers.count(text) > 1})
        if twice:
            troubles.append(f"{person} was told twice: {twice[0][:80]!r}")
        if len(texts) - len(answers) > 1:
            troubles.append(f"{person} was told {len(texts) - len(answers)} times that nothing is saved")
    return troubles


def _saved(platform: TelegramServer) -> int:
    return sum("Đã lưu" in message.text for message in platform.sent)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _signal(first: int, number: signal.Signals) -> None:
    """Send a signal to a process and to its children."""
    children = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if entry.name.isdigit() and _parent(int(entry.name)) == first:
                children.append(int(entry.name))
    for pid in (first, *children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
