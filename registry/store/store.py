"""
The store: units of work are plain functions on a connection, run here and committed here.

On SQLite one writer thread runs all waiting units and commits them together, so that they share one fsync. Results
are returned after the commit. When one of a group fails, the group is rolled back and its units run one by one, so a
failure is undone alone. On PostgreSQL a small pool of threads runs one transaction per unit, and again after a
serialization failure.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from registry.store.sealing import Vault, forget_keys
from registry.store.tombstones import NAME, Kind, TombstoneError, TombstoneFile, forget_noted, noted

P = ParamSpec("P")
R = TypeVar("R")

GROUP = 64
"""Units that share one commit at most; keeps a rollback cheap."""
GATHERS = 0.002
"""Seconds to wait for a group while several units write at once; a single writer does not wait."""
PG_THREADS = 4
PG_TRIES = 6
LOOKS_AGAIN = 1.0
"""Seconds until a checkpoint that readers kept from finishing is tried again."""
_ERASED = "a person was erased"
_MARKS = "savepoints"


class StoreRefusesError(Exception):
    """The database cannot take anything now (disk full, gone, locked); nothing was saved."""


def driver_url(url: str) -> URL:
    """The program picks the driver: people write sqlite:///… or postgresql://…."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def tombstones_of(url: str, folder: Path | None) -> TombstoneFile | None:
    """The list of the acts that take something away: in the data folder, or next to an SQLite file."""
    parsed = driver_url(url)
    if folder is None and parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        folder = Path(parsed.database or "").absolute().parent
    return None if folder is None else TombstoneFile(folder / NAME)


def open_engine(url: str, vault: Vault | None, *, reading: bool = False, folder: Path | None = None) -> Engine:
    """
    Open an engine with the settings of this program on every connection; `folder` holds the list of tombstones.

    SQLite: WAL, foreign keys, and synchronous=FULL, since NORMAL loses acknowledged commits in a power cut. Writers
    use BEGIN IMMEDIATE: a deferred one loses updates or fails with "database is locked".
    """
    parsed = driver_url(url)
    listed = tombstones_of(url, folder)
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(parsed, pool_size=PG_THREADS, max_overflow=4, pool_pre_ping=True)

        @event.listens_for(engine, "connect")
        def _prepare_postgres(_connection: Any, record: Any) -> None:
            record.info["vault"] = vault

        @event.listens_for(engine, "begin")
        def _begin_postgres(connection: Connection) -> None:
            forget_keys(connection)
            forget_noted(connection)

        _bury_before_commit(engine, listed)
        return engine

    engine = create_engine(parsed, poolclass=None if reading else NullPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, record: Any) -> None:
        record.info["vault"] = vault
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "busy_timeout=5000",
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=FULL",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        forget_keys(connection)
        forget_noted(connection)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    _bury_before_commit(engine, listed)
    return engine


def _bury_before_commit(engine: Engine, listed: TombstoneFile | None) -> None:
    """Have the lines of a transaction on disk before it commits; a list that cannot be written stops the commit."""

    @event.listens_for(engine, "commit")
    def _bury(connection: Connection) -> None:
        lines = noted(connection)
        if not lines:
            return
        if listed is None:
            raise TombstoneError(f"There is no list for {lines[0].kind}: the store was opened without its data folder.")
        listed.append(lines)
        connection.info[_ERASED] = any(one.kind is Kind.ERASED for one in lines)

    @event.listens_for(engine, "savepoint")
    def _mark(connection: Connection, _name: str | None) -> None:
        connection.info.setdefault(_MARKS, []).append(len(noted(connection)))

    @event.listens_for(engine, "release_savepoint")
    def _keep(connection: Connection, _name: str, _context: None) -> None:
        connection.info[_MARKS].pop()

    @event.listens_for(engine, "rollback_savepoint")
    def _drop(connection: Connection, _name: str, _context: None) -> None:
        del noted(connection)[connection.info[_MARKS].pop() :]


class _Unit:
    """A unit that waits for the writer, and the future its caller waits on: of a loop, or of a thread."""

    __slots__ = ("done", "loop", "result", "run", "trouble")

    def __init__(self, run: Callable[[Connection], Any], loop: asyncio.AbstractEventLoop | None) -> None:
        self.run = run
        self.loop = loop
        self.done: asyncio.Future[Any] | Future[Any] = Future() if loop is None else loop.create_future()
        self.result: Any = None
        self.trouble: Exception | None = None

    def answer(self) -> None:
        """Hand the result to the waiting thread, once."""
        if self.done.done():
            return
        if self.trouble is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(self.trouble)


def _give_out(units: Sequence[_Unit]) -> None:
    """Answer all waiting units; a loop is woken once for all its units, since every wake-up costs it a turn."""
    for loop in {unit.loop for unit in units}:
        theirs = [unit for unit in units if unit.loop is loop]
        if loop is None:
            _answer(theirs)
        else:
            with contextlib.suppress(RuntimeError):  # a loop that has ended waits for nothing
                loop.call_soon_threadsafe(_answer, theirs)


def _answer(units: Sequence[_Unit]) -> None:
    for unit in units:
        unit.answer()


class Store:
    """
    Takes units of work from the asynchronous edge and returns their results.

    A unit may run more than once (when its group or transaction is retried), so it only reads and writes rows.
    """

    def __init__(self, url: str, vault: Vault, folder: Path | None = None) -> None:
        """Open a database; on PostgreSQL only with its data `folder` may an act take something away."""
        self.url = url
        self.vault = vault
        self.is_sqlite = driver_url(url).get_backend_name() == "sqlite"
        self._engine = open_engine(url, vault, folder=folder)
        self._wal_tells = False
        self._reading = open_engine(url, vault, reading=True) if self.is_sqlite else self._engine
        self._readers = ThreadPoolExecutor(4, thread_name_prefix="reads")
        self._waiting: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._writers: ThreadPoolExecutor | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        if self.is_sqlite:
            self._thread = threading.Thread(target=self._write_groups, name="writer", daemon=True)
            self._thread.start()
        else:
            self._writers = ThreadPoolExecutor(PG_THREADS, thread_name_prefix="writes")

    async def write(self, unit: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """
        Run a unit of work, commit it, and return its result after the commit.

        Raises `StoreRefusesError` when the database cannot take it: nothing was saved then.
        """
        done = self._hand_in(lambda db: unit(db, *args, **kwargs), asyncio.get_running_loop())
        result: R = await (asyncio.wrap_future(done) if isinstance(done, Future) else done)
        return result

    def write_now(self, unit: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The same for a caller without an event loop (commands, tests)."""
        done = self._hand_in(lambda db: unit(db, *args, **kwargs), None)
        assert isinstance(done, Future)  # noqa: S101  only a loop gets a separate one
        result: R = done.result()
        return result

    async def read(self, unit: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a unit that only reads, on a separate connection."""
        if self._closed:
            raise StoreRefusesError("The store is closed.")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self.read_now(unit, *args, **kwargs))

    def read_now(self, unit: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with self._reading.connect() as db:
                return unit(db, *args, **kwargs)
        except OperationalError as trouble:
            raise StoreRefusesError(str(trouble.orig)) from trouble

    def close(self) -> None:
        """Finish the accepted units, then release the database. Idempotent."""
        if self._closed:
            return
        self._closed = True
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
        if self._writers is not None:
            self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._engine.dispose()
        self._reading.dispose()

    def _hand_in(
        self, run: Callable[[Connection], Any], loop: asyncio.AbstractEventLoop | None
    ) -> asyncio.Future[Any] | Future[Any]:
        if self._closed:
            raise StoreRefusesError("The store is closed.")
        if self._writers is not None:
            return self._writers.submit(self._run_alone, run)
        unit = _Unit(run, loop)
        self._waiting.put(unit)
        return unit.done

    def _run_alone(self, run: Callable[[Connection], Any]) -> Any:
        """One transaction for one unit; retried on a serialization failure or a deadlock."""
        for tried in range(1, PG_TRIES + 1):
            try:
                with self._engine.begin() as db:
                    return run(db)
            except DBAPIError as trouble:
                state = getattr(trouble.orig, "sqlstate", None)
                if state in {"40001", "40P01"} and tried < PG_TRIES:
                    continue
                if isinstance(trouble, OperationalError) or trouble.connection_invalidated:
                    raise StoreRefusesError(str(trouble.orig)) from trouble
                raise
            except TombstoneError as trouble:
                raise StoreRefusesError(str(trouble)) from trouble
        raise AssertionError("unreachable")

    def _write_groups(self) -> None:
        """The writer: takes what waits, runs it in one transaction, commits, then answers."""
        connection: Connection | None = None
        together = False
        while True:
            try:
                first = self._waiting.get(timeout=LOOKS_AGAIN if self._wal_tells else None)
            except queue.Empty:
                self._empty_wal(connection)
                continue
            if first is None:
                break
            group = [first]
            stop = False
            until = time.monotonic() + (GATHERS if together else 0.0)
            while len(group) < GROUP:
                try:
                    unit = self._waiting.get(timeout=max(until - time.monotonic(), 0.0))
                except queue.Empty:
                    break
                if unit is None:
                    stop = True
                    break
                group.append(unit)
            group = [unit for unit in group if not unit.done.cancelled()]
            together = len(group) > 1
            if group:
                try:
                    connection = connection or self._engine.connect()
                    self._commit_together(connection, group)
                    self._empty_wal(connection)
                except Exception as trouble:  # noqa: BLE001  the edge: the waiting caller gets it, the writer continues
                    for unit in group:
                        unit.trouble = self._named(trouble)
                    _give_out(group)
                    if connection is not None:
                        with contextlib.suppress(Exception):
                            connection.close()
                        connection = None
            if stop:
                break
        if connection is not None:
            connection.close()

    def _commit_together(self, connection: Connection, group: list[_Unit]) -> None:
        if len(group) > 1:
            try:
                with connection.begin():
                    for unit in group:
                        unit.result = unit.run(connection)
            except Exception:  # noqa: BLE001, S110  which of them failed is found by running each alone
                pass
            else:
                _give_out(group)
                return
        for unit in group:
            try:
                with connection.begin():
                    unit.result = unit.run(connection)
            except Exception as trouble:  # noqa: BLE001  handed to the one who waits
                unit.trouble = self._named(trouble)
                if isinstance(trouble, OperationalError):
                    connection.invalidate()
            _give_out([unit])

    def _empty_wal(self, connection: Connection | None) -> None:
        """
        Empty the write-ahead log after an erasure: its old pages still hold the person's key.

        A reader may keep it from finishing; then it is tried again soon.
        """
        if connection is None or connection.invalidated:
            return
        self._wal_tells |= bool(connection.info.pop(_ERASED, False))
        if not self._wal_tells:
            return
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101  just used
        try:
            driver.execute("PRAGMA busy_timeout=100")
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            driver.execute("PRAGMA busy_timeout=5000")
        except sqlite3.OperationalError:
            return
        self._wal_tells = bool(busy)

    @staticmethod
    def _named(trouble: Exception) -> Exception:
        if isinstance(trouble, OperationalError | TombstoneError):
            named = StoreRefusesError(str(trouble.orig if isinstance(trouble, OperationalError) else trouble))
            named.__cause__ = trouble
            return named
        return trouble
