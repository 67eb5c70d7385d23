"""A full disk: people read "chưa lưu được", never a false "đã lưu", and work resumes when there is space."""

import asyncio
import contextlib
import re
import time

import aiohttp
import pytest
from sqlalchemy import event, select

from platforms.telegram.server import TelegramServer
from registry.applications.drafts import open_drafts
from registry.store.inbox import inbox
from registry.store.rows import accounts
from tests.hard.crash import registration
from tests.hard.fuzz import FIRST_PERSON, serving
from tests.hard.machine import SECRET, WEBHOOK, Machine, small_disks

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("full_disk")]

PEOPLE = [FIRST_PERSON + number for number in range(4)]
NOT_SAVED = "chưa lưu được"
SAVED = re.compile(r"Đã lưu\. (.+?): (.+)")
FIELDS = {
    "Tên sản phẩm": "product_name",
    "Sản phẩm mới hay đã có": "product_kind",
    "Nhóm sản phẩm": "product_group",
}
NO_RESERVE = {"OCOPBOT_LIMITS__DISK_RESERVE": "0"}
LONG = "nước mắm Ba Đồn " * 240


def refused(platform):
    return sum(delivery.status == 503 for delivery in platform.updates.deliveries)


async def write_until_refused(platform, seconds=120.0):
    """Everybody continues to write, at length, until the program says that it cannot save it."""
    end = time.monotonic() + seconds
    while not refused(platform):
        assert time.monotonic() < end, "the disk never became full"
        for person in PEOPLE:
            await platform.person(person).writes(LONG)
        await asyncio.sleep(0.05)


def said_saved(platform):
    """(person, field, words) of every "Đã lưu" that people have read."""
    return {
        (person, *found.groups())
        for person in PEOPLE
        for message in platform.messages_in(person)
        for found in SAVED.finditer(message.text)
    }


def answers_kept(store):
    """The answers in the database, by person."""

    def read(db):
        ids = dict(db.execute(select(accounts.c.account, accounts.c.person_id)).all())
        return {int(a): open_drafts(db, person_id=p)[0].answers for a, p in ids.items() if open_drafts(db, person_id=p)}

    return store.read_now(read)


async def begin(platform):
    """Everybody is in the middle of a registration: three answers given."""
    for person in PEOPLE:
        for words, _ in registration(person - FIRST_PERSON)[1:5]:
            await platform.person(person).writes(words)
    await platform.until(lambda: all(len(platform.messages_in(person)) >= 4 for person in PEOPLE), 60)


async def check(platform, address, database, fill, free, *, all_writes_fail):
    """The course of both tests: a full disk comes and goes."""
    await begin(platform)
    fill()
    await write_until_refused(platform)
    await platform.until(lambda: any(NOT_SAVED in m.text for m in platform.sent), 60)
    for person in PEOPLE:
        await platform.person(person).writes("thực phẩm")
    await asyncio.sleep(1.5)

    if all_writes_fail:
        async with aiohttp.ClientSession() as session, session.get(address + "/readyz") as answer:
            assert answer.status == 503
            assert (await answer.json())["ready"] is False
    with database() as store:
        kept = answers_kept(store)
    for person, field, words in said_saved(platform):
        assert FIELDS[field] in kept[person], (field, words)
    for person in PEOPLE:
        warned = [m for m in platform.messages_in(person) if NOT_SAVED in m.text]
        assert len(warned) <= 1, "told more than once within a minute"

    free()
    await platform.settled(60)
    for person in PEOPLE:
        await platform.person(person).writes(f"/m{person}")
    await platform.until(
        lambda: all(any(f"/m{person}" in m.text for m in platform.messages_in(person)) for person in PEOPLE), 60
    )
    async with aiohttp.ClientSession() as session, session.get(address + "/readyz") as answer:
        assert answer.status == 200
    with database() as store:
        kept = answers_kept(store)
        waiting = store.read_now(lambda db: db.execute(select(inbox.c.id).where(inbox.c.state != "done")).all())
    assert waiting == []
    assert all(FIELDS[field] in kept[person] for person, field, _ in said_saved(platform))


async def test_a_database_that_may_not_grow_loses_nothing_and_says_so(tmp_path):
    async with (
        TelegramServer(rate_per_second=None, per_chat=None, retry_pace=0.02) as platform,
        serving(tmp_path, platform) as house,
    ):
        for person in PEOPLE:
            platform.person(person, started=True)
        platform.deliver_to(house.address + WEBHOOK, SECRET)
        most = {"pages": 1_073_741_823}

        def limit(connection, _record):
            connection.execute(f"PRAGMA max_page_count={most['pages']}")

        def fill():
            # SQLite answers a write beyond it as it answers a full disk: "database or disk is full"
            most["pages"] = house.store.write_now(lambda db: db.exec_driver_sql("PRAGMA page_count").scalar_one())
            house.store.write_now(lambda db: limit(db.connection.dbapi_connection, None))

        def free():
            most["pages"] = 1_073_741_823
            with contextlib.suppress(Exception):
                house.store.write_now(lambda db: limit(db.connection.dbapi_connection, None))

        event.listen(house.store._engine, "connect", limit)
        await check(
            platform, house.address, lambda: contextlib.nullcontext(house.store), fill, free, all_writes_fail=False
        )


@pytest.mark.skipif(not small_disks(), reason="this system makes no small disks for its users")
async def test_a_disk_that_is_full_loses_nothing_and_says_so(tmp_path):
    async with (
        TelegramServer(rate_per_second=None, per_chat=None, retry_pace=0.02) as platform,
        Machine(tmp_path, platform, disk_megabytes=12, more=NO_RESERVE) as machine,
    ):
        for person in PEOPLE:
            platform.person(person, started=True)
        platform.deliver_to(machine.webhook, SECRET)
        await machine.start()
        filler = machine.data / "filler"

        def fill():
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))

        database = lambda: contextlib.closing(machine.store())  # noqa: E731
        await check(platform, machine.address, database, fill, filler.unlink, all_writes_fail=True)

        assert machine.faults() == []


@pytest.mark.skipif(not small_disks(), reason="this system makes no small disks for its users")
async def test_the_program_stops_when_told_to_while_the_disk_is_full(tmp_path):
    async with (
        TelegramServer(rate_per_second=None, per_chat=None) as platform,
        Machine(tmp_path, platform, disk_megabytes=12, more=NO_RESERVE) as machine,
    ):
        for person in PEOPLE:
            platform.person(person, started=True)
        platform.deliver_to(machine.webhook, SECRET)
        await machine.start()
        with contextlib.suppress(OSError), (machine.data / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        await write_until_refused(platform)

        assert await machine.stop() == 0, "it had to be killed"
