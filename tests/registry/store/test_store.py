import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from registry.store.installation import count_up, fact, set_fact
from registry.store.rows import installation
from registry.store.sealing import Vault
from registry.store.store import Store, StoreRefusesError


def add(db: Connection, key: str) -> str:
    db.execute(insert(installation).values(key=key, value="1"))
    return key


@pytest.fixture
def sqlite(sqlite_url: str, vault: Vault) -> Iterator[Store]:
    store = Store(sqlite_url, vault)
    yield store
    store.close()


async def held_up(store: Store) -> tuple[asyncio.Future[bool], threading.Event]:
    """A unit of work that has begun and ends when its gate opens."""
    begun, gate = threading.Event(), threading.Event()

    def unit(_db: Connection) -> bool:
        begun.set()
        return gate.wait(60)

    held = asyncio.ensure_future(store.write(unit))
    assert await asyncio.to_thread(begun.wait, 60)
    return held, gate


def test_what_a_unit_returns_is_given_out_after_the_commit(store: Store, database_url: str, vault: Vault) -> None:
    returned = store.write_now(add, "kept")

    other = Store(database_url, vault)
    found = other.read_now(fact, "kept")
    other.close()
    assert (returned, found) == ("kept", "1")


async def test_units_that_wait_share_one_commit(sqlite: Store) -> None:
    commits: list[int] = []
    event.listen(sqlite._engine, "commit", lambda _db: commits.append(1))
    held, gate = await held_up(sqlite)
    waiting = [asyncio.ensure_future(sqlite.write(add, f"k{number}")) for number in range(20)]
    await asyncio.sleep(0)
    gate.set()

    done = await asyncio.gather(held, *waiting)

    assert done[1:] == [f"k{number}" for number in range(20)]
    assert len(commits) == 2


async def test_a_unit_that_fails_is_undone_alone(sqlite: Store) -> None:
    held, gate = await held_up(sqlite)

    def half(db: Connection) -> None:
        add(db, "half")
        add(db, "half")

    waiting = [
        asyncio.ensure_future(sqlite.write(add, "before")),
        asyncio.ensure_future(sqlite.write(half)),
        asyncio.ensure_future(sqlite.write(add, "after")),
    ]
    await asyncio.sleep(0)
    gate.set()

    _, before, failed, after = await asyncio.gather(held, *waiting, return_exceptions=True)

    assert isinstance(failed, IntegrityError)
    assert (before, after) == ("before", "after")
    assert sqlite.read_now(
        lambda db: sorted(db.execute(select(installation.c.key).where(installation.c.key != "file_bytes")).scalars())
    ) == [
        "after",
        "before",
    ]


def test_every_commit_reaches_the_disk(sqlite: Store) -> None:
    settings = sqlite.write_now(
        lambda db: [
            db.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("synchronous", "journal_mode", "foreign_keys")
        ]
    )

    assert settings == [2, "wal", 1]


def test_a_writer_begins_immediately_so_that_none_loses_an_update(sqlite_url: str, vault: Vault) -> None:
    begun: list[str] = []
    first, second = Store(sqlite_url, vault), Store(sqlite_url, vault)
    event.listen(first._engine, "before_cursor_execute", lambda _c, _cu, statement, *_rest: begun.append(statement))
    first.write_now(set_fact, "n", "0")

    def one_more(db: Connection) -> None:
        known = int(fact(db, "n") or 0)
        db.execute(update(installation).where(installation.c.key == "n").values(value=str(known + 1)))

    def many(store: Store) -> None:
        for _ in range(50):
            store.write_now(one_more)

    threads = [threading.Thread(target=many, args=(store,)) for store in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert first.read_now(fact, "n") == "100"
    assert begun[0] == "BEGIN IMMEDIATE"
    first.close()
    second.close()


def test_a_full_disk_refuses_and_keeps_what_was_saved(sqlite: Store) -> None:
    sqlite.write_now(add, "kept")
    pages = sqlite.write_now(lambda db: db.execute(text("PRAGMA page_count")).scalar_one())
    sqlite.write_now(lambda db: db.execute(text(f"PRAGMA max_page_count={pages + 2}")).scalar_one())

    with pytest.raises(StoreRefusesError, match="full"):
        sqlite.write_now(set_fact, "big", "x" * 200_000)

    assert sqlite.read_now(fact, "kept") == "1"
    assert sqlite.read_now(fact, "big") is None
    assert sqlite.write_now(add, "small") == "small"  # it continues by itself


def test_a_database_that_is_gone_refuses(tmp_path: Path, vault: Vault) -> None:
    store = Store(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}", vault)

    with pytest.raises(StoreRefusesError):
        store.write_now(add, "x")
    store.close()


def test_a_closed_store_refuses_and_closing_twice_does_nothing(store: Store) -> None:
    store.close()
    store.close()

    with pytest.raises(StoreRefusesError):
        store.write_now(add, "late")


def test_a_counter_never_gives_a_number_twice(store: Store) -> None:
    numbers: list[int] = []

    def count() -> None:
        numbers.extend(store.write_now(count_up, "code:2026") for _ in range(10))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(numbers) == list(range(1, 41))


@pytest.mark.postgres
def test_a_serialization_failure_is_tried_again(postgres_server, vault: Vault) -> None:
    with postgres_server.database() as url:
        store = Store(url, vault)
        store.write_now(set_fact, "n", "0")
        both_read = threading.Barrier(2, timeout=60)
        runs: list[int] = []

        def one_more(db: Connection) -> None:
            runs.append(1)
            db.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
            known = int(fact(db, "n") or 0)
            if len(runs) <= 2:
                both_read.wait()
            db.execute(update(installation).where(installation.c.key == "n").values(value=str(known + 1)))

        threads = [threading.Thread(target=store.write_now, args=(one_more,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert store.read_now(fact, "n") == "2"
        assert len(runs) >= 3
        store.close()


async def test_a_connection_that_failed_is_not_used_again(sqlite: Store) -> None:
    opened: list[int] = []
    event.listen(sqlite._engine, "connect", lambda *_: opened.append(1))
    await sqlite.write(add, "before")
    assert await sqlite.write(fact, "before") == "1"
    known = len(opened)

    with pytest.raises(StoreRefusesError):
        await sqlite.write(lambda db: db.execute(text("SELECT * FROM a_table_that_is_gone")))
    await sqlite.write(add, "after")

    assert len(opened) > known
    assert await sqlite.read(fact, "after") == "1"
