"""Waiting for a database: all units that wait are refused together and never run; then it continues by itself."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.engine import make_url

from registry.store.engines import PG_THREADS
from registry.store.rows import installation
from registry.store.sealing import Vault
from registry.store.sender_lock import SenderLock
from registry.store.store import GROUP, Store, StoreRefusesError
from tests.hard.database_line import DatabaseLine

SOON = 0.3
"""Seconds a unit of these tests waits before it is refused."""
BOUND = 120
"""Seconds until a wait counts as endless, on a loaded machine."""

FROM_THE_START = "file_bytes"
"""The fact a new database has."""


def add(db: Connection, key: str) -> str:
    db.execute(insert(installation).values(key=key, value="1"))
    return key


def kept(db: Connection) -> list[str]:
    return sorted(db.execute(select(installation.c.key).where(installation.c.key != FROM_THE_START)).scalars())


@contextmanager
def locked(url: str) -> Iterator[sqlite3.Connection]:
    """Another process in the middle of a long transaction."""
    with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


async def test_all_that_wait_for_one_lock_are_refused_together_and_never_run(sqlite_url: str, vault: Vault) -> None:
    with closing(Store(sqlite_url, vault, waits=SOON)) as store:
        await store.write(add, "before")
        with locked(sqlite_url):
            waiting = [store.write(add, f"k{number}") for number in range(3 * GROUP)]
            outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), BOUND)

        assert {type(one) for one in outcomes} == {StoreRefusesError}
        await store.write(add, "then")
        assert await store.read(kept) == ["before", "then"]


async def test_a_lock_that_ends_in_time_refuses_nobody(sqlite_url: str, vault: Vault) -> None:
    with closing(Store(sqlite_url, vault, waits=BOUND)) as store:
        with locked(sqlite_url) as other:
            waiting = [asyncio.ensure_future(store.write(add, f"k{number:03}")) for number in range(2 * GROUP)]
            await asyncio.sleep(0)
            other.rollback()
        names = await asyncio.wait_for(asyncio.gather(*waiting), BOUND)

        assert await store.read(kept) == names


def test_a_command_waits_for_a_lock_and_is_then_told_that_the_database_is_in_use(sqlite_url: str, vault: Vault) -> None:
    with closing(Store(sqlite_url, vault)) as store:
        with locked(sqlite_url), pytest.raises(StoreRefusesError, match="locked"):
            store.write_now(add, "late")
        assert store.read_now(kept) == []


@pytest.mark.postgres
async def test_a_server_that_says_nothing_is_left_and_used_again_when_it_speaks(postgres_server, vault: Vault) -> None:
    with postgres_server.database() as database:
        async with DatabaseLine(database) as line:
            with closing(Store(line.url, vault, waits=SOON)) as store:
                await store.write(add, "before")
                line.freeze()
                waiting = [store.write(add, f"k{number}") for number in range(3 * PG_THREADS)]
                outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), BOUND)
                with pytest.raises(StoreRefusesError):
                    await asyncio.wait_for(store.read(kept), BOUND)
                line.thaw()

                assert {type(one) for one in outcomes} == {StoreRefusesError}
                await _takes(store, "then")
                assert await store.read(kept) == ["before", "then"]


@pytest.mark.postgres
async def test_a_lock_on_a_row_and_a_long_statement_end(postgres_server, vault: Vault) -> None:
    def change(db: Connection) -> int:
        return db.execute(installation.update().where(installation.c.key != FROM_THE_START).values(value="2")).rowcount

    with (
        postgres_server.database() as database,
        closing(Store(database, vault)) as store,
        closing(Store(database, vault)) as other,
    ):
        store.write_now(add, "row")
        limits = store.read_now(_settings)

        with other._engine.begin() as db:
            change(db)
            with pytest.raises(StoreRefusesError, match="lock timeout"):
                await store.write(change)

    assert all(value not in {"0", "off"} for value in limits), limits


@pytest.mark.postgres
async def test_the_right_to_send_is_lost_with_a_silent_server_and_taken_again(postgres_server) -> None:
    with postgres_server.database() as database:
        async with DatabaseLine(database) as line:
            lock = SenderLock(line.url, "telegram")
            assert await lock.take()
            line.freeze()
            assert not await asyncio.wait_for(lock.still_held(), BOUND)
            line.thaw()
            async with asyncio.timeout(BOUND):
                while not await lock.take():
                    await asyncio.sleep(0.05)
            await lock.release()


def _settings(db: Connection) -> list[str]:
    return [str(db.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in ("statement_timeout", "lock_timeout")]


async def _takes(store: Store, key: str) -> None:
    """Write until the database takes it again."""
    async with asyncio.timeout(BOUND):
        while True:
            try:
                await store.write(add, key)
            except StoreRefusesError:
                continue
            return
