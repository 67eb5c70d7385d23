"""
A database that is gone for a while: people are informed, no message is lost or sent twice, and work resumes by itself.
"""

import asyncio
import contextlib
import re
import time

import aiohttp
import pytest
from sqlalchemy import Connection, func, select

from platforms.telegram.server import TelegramServer
from registry.store.rows import applications, deliveries, inbox
from registry.store.store import Store
from tests.hard.crash import registration
from tests.hard.database_line import DatabaseLine
from tests.hard.machine import SECRET, Machine, vault_at

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("database_gone")]

PEOPLE = range(1, 13)
GONE_SECONDS = 8.0
TOLD_WITHIN = 5.0
BACK_WITHIN = 10.0
NOT_SAVED = "chưa lưu được"
CODE = re.compile(r"YT-\d{4}-\d{6}-\w")


def rows(db: Connection) -> tuple[int, int, int, int]:
    """Ideas handed in, their people, events not done, messages still queued."""
    return (
        db.execute(select(func.count()).select_from(applications)).scalar_one(),
        db.execute(select(func.count(applications.c.person_id.distinct()))).scalar_one(),
        db.execute(select(func.count()).select_from(inbox).where(inbox.c.state != "done")).scalar_one(),
        db.execute(
            select(func.count()).select_from(deliveries).where(deliveries.c.state.in_(("owed", "claimed")))
        ).scalar_one(),
    )


async def ready(machine: Machine) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(machine.address + "/readyz") as answer:
        return answer.status, await answer.text()


async def test_who_writes_while_the_database_is_away_is_told_and_nothing_is_lost_or_doubled(tmp_path, postgres_server):
    with postgres_server.database(empty=True) as database:
        async with (
            DatabaseLine(database) as line,
            TelegramServer(rate_per_second=None, per_chat=None, latency=0.02, retry_pace=0.05) as platform,
            Machine(tmp_path, platform, database=line.url) as machine,
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

            await feed(slice(0, 6))
            await line.cut()
            cut_at = time.monotonic()
            await feed(slice(6, 8))
            await platform.until(lambda: any(NOT_SAVED in m.text for m in platform.sent), TOLD_WITHIN)
            status, words = await ready(machine)
            saved_then = sum("Đã lưu" in m.text for m in platform.sent)
            await asyncio.sleep(GONE_SECONDS - (time.monotonic() - cut_at))
            saved_at_last = sum("Đã lưu" in m.text for m in platform.sent)
            await line.mend()
            back_at = time.monotonic()
            await platform.until(lambda: sum("Câu 6/7" in m.text for m in platform.sent) >= 1, BACK_WITHIN)
            recovered = time.monotonic() - back_at
            await feed(slice(8, 11))
            await platform.until(
                lambda: all(any(CODE.search(m.text) for m in platform.messages_in(p)) for p in PEOPLE), 60
            )
            await platform.settled(10)

            assert status == 503
            assert '"ready": false' in words
            assert saved_at_last == saved_then, "something was called saved while nothing could be"
            assert recovered <= BACK_WITHIN
            assert machine.process is process, "it went on without a restart"
            assert process is not None
            assert process.returncode is None
            assert (await ready(machine))[0] == 200
            with contextlib.closing(Store(database, vault_at(machine.data))) as store:
                counted = await store.read(rows)
                until = time.monotonic() + BACK_WITHIN
                while (
                    counted[2:] != (0, 0) and time.monotonic() < until
                ):  # a message after an answer is sent a moment later
                    await asyncio.sleep(0.1)
                    counted = await store.read(rows)
            told = {p: [m.text for m in platform.messages_in(p)] for p in PEOPLE}
            await machine.stop()
        assert counted == (len(PEOPLE), len(PEOPLE), 0, 0)
        for texts in told.values():
            answers = [text for text in texts if NOT_SAVED not in text]
            assert len(answers) == len(set(answers)), "said twice without a crash"
            assert sum(NOT_SAVED in text for text in texts) <= 1, "told more than once within a minute"
