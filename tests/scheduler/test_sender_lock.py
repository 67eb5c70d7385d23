import asyncio
import subprocess
import sys

import psycopg
import pytest
from sqlalchemy.engine import make_url

from registry.store.sender_lock import SenderLock

HOLD = """
import asyncio, sys, time
from registry.store.sender_lock import SenderLock
lock = SenderLock(sys.argv[1], "telegram")
print(asyncio.run(lock.take()), flush=True)
time.sleep(60)
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request):
    if request.param == "sqlite":
        yield request.getfixturevalue("url")
        return
    with request.getfixturevalue("postgres_server").database() as url:
        yield url


@pytest.fixture
async def locks(database_url):
    both = SenderLock(database_url, "telegram"), SenderLock(database_url, "telegram")
    yield both
    for lock in both:
        await lock.release()


async def test_one_sends_and_the_other_stands_by(locks):
    first, second = locks

    assert [await first.take(), await second.take()] == [True, False]
    assert [await first.still_held(), await second.still_held()] == [True, False]


async def test_taken_twice_it_is_still_ours(locks):
    assert [await locks[0].take(), await locks[0].take()] == [True, True]


async def test_what_is_released_can_be_taken(locks):
    await locks[0].take()
    await locks[0].release()
    await locks[0].release()

    assert await locks[1].take()


async def test_each_channel_has_a_sender_of_its_own(url):
    assert await SenderLock(url, "telegram").take()
    assert await SenderLock(url, "webchat").take()


def test_a_killed_process_leaves_the_right_free(url):
    process = subprocess.Popen([sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "True\n"
        lock = SenderLock(url, "telegram")
        before = asyncio.run(lock.take())
    finally:
        process.kill()
        process.communicate()

    assert (before, asyncio.run(lock.take())) == (False, True)


@pytest.mark.postgres
async def test_a_session_that_was_cut_off_is_noticed(postgres_server):
    with postgres_server.database() as url:
        lock = SenderLock(url, "telegram")
        assert await lock.take()
        with psycopg.connect(postgres_server.uri, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (make_url(url).database,),
            )

        assert not await lock.still_held()
        assert await lock.take()
        await lock.release()


async def test_a_database_in_memory_has_one_process():
    assert await SenderLock("sqlite://", "telegram").take()
