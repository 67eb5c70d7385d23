"""
The store: units of work are plain functions on a connection, run here and committed here.

On SQLite one writer thread runs all waiting units and commits them together, so that they share one fsync. Results
are returned after the commit. When one of a group fails, the group is rolled back and its units run one by one, so a
failure is undone alone. On PostgreSQL a small pool of threads runs one transaction per unit, and again after a
serialization failure.

A unit that has not begun after a few seconds is refused and never runs. So all units that wait for one lock, or for a
server that says nothing, are refused together, each a few seconds after it came.
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
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from sqlalchemy import Connection, RootTransaction
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from registry.store.engines import ERASED, PG_THREADS, READING, WRITING, Limits, driver_url, open_engine
from registry.store.sealing import Vault
from registry.store.tombstones import TombstoneError

P = ParamSpec("P")
R = TypeVar("R")

GROUP = 64
"""Units that share one commit at most; keeps a rollback cheap."""
GATHERS = 0.002
"""Seconds to wait for a group while several units write at once; a single writer does not wait."""
WAITS = 4.0
"""Seconds until a unit of the event loop that has not begun is refused: a person is informed within five."""
COMMAND_WAITS = 5.0
"""The same for a thread, that is for a command; nobody waits for it in a chat."""
PG_TRIES = 6
LOOKS_AGAIN = 1.0
"""Seconds until a checkpoint that readers kept from finishing is tried again."""


class StoreRefusesError(Exception):
    """The database cannot take anything now (disk full, gone, locked); nothing was saved."""


class _Unit:
    """A unit that waits for the writer, and the future its caller waits on: of a loop, or of a thread."""

    __slots__ = ("_state", "done", "loop", "result", "run", "trouble", "until")

    _deciding = threading.Lock()
    """Held for a moment while a unit begins or ends: the writer and the caller's clock may want it at once."""

    def __init__(self, run: Callable[[Connection], Any], loop: asyncio.AbstractEventLoop | None, waits: float) -> None:
        self.run = run
        self.loop = loop
        self.until = time.monotonic() + waits
        self.done: asyncio.Future[Any] | Future[Any] = Future() if loop is None else loop.create_future()
        self.result: Any = None
        self.trouble: Exception | None = None
        self._state: Literal["waits", "begun", "refused"] = "waits"

    def begin(self) -> bool:
        """Let the unit run from now on; False once it was refused. True again where it has begun."""
        with self._deciding:
            if self._state == "waits":
                self._state = "begun"
            return self._state == "begun"

    def refuse(self) -> None:
        """Refuse a unit that has not begun; it never runs. One that has begun is left alone: it may be committed."""
        with self._deciding:
            if self._state != "waits":
                return
            self._state = "refused"
        self.trouble = StoreRefusesError("The database took nothing for some seconds; nothing was saved.")
        self.answer()

    @property
    def is_over(self) -> bool:
        """True where nobody waits for the unit any longer."""
        return self._state == "refused" or self.done.cancelled()

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


def _is_locked(trouble: OperationalError) -> bool:
    """True where another connection has the lock of an SQLite file: it can be waited for."""
    code: int = getattr(trouble.orig, "sqlite_errorcode", 0)
    return code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class Store:
    """
    Takes units of work from the asynchronous edge and returns their results.

    A unit may run more than once (when its group or transaction is retried), so it only reads and writes rows.
    """

    def __init__(
        self,
        url: str,
        vault: Vault,
        folder: Path | None = None,
        *,
        waits: float = WAITS,
        limits: Limits = WRITING,
    ) -> None:
        """
        Open a database; on PostgreSQL only with its data `folder` may an act take something away.

        `waits` is the number of seconds until a unit of the event loop that has not begun is refused.
        `limits` are those of the writer's connections to PostgreSQL.
        """
        self.url = url
        self.vault = vault
        self.is_sqlite = driver_url(url).get_backend_name() == "sqlite"
        self._waits = waits
        self._engine = open_engine(url, vault, folder=folder, limits=limits)
        self._wal_tells = False
        self._reading = open_engine(url, vault, reading=True, limits=READING)
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

        Raises `StoreRefusesError` when the database cannot take it: nothing was saved then. After a connection broke in
        the middle of a commit that is not certain, so every unit may be handed in again.
        """
        loop = asyncio.get_running_loop()
        handed_in = _Unit(lambda db: unit(db, *args, **kwargs), loop, self._waits)
        self._hand_in(handed_in)
        clock = loop.call_later(self._waits, handed_in.refuse)
        try:
            result: R = await asyncio.wrap_future(handed_in.done)
        finally:
            clock.cancel()
        return result

    def write_now(self, unit: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The same for a caller without an event loop (commands, tests)."""
        handed_in = _Unit(lambda db: unit(db, *args, **kwargs), None, COMMAND_WAITS)
        self._hand_in(handed_in)
        assert isinstance(handed_in.done, Future)  # noqa: S101  only a loop gets a separate one
        result: R = handed_in.done.result()
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
        except PoolTimeoutError as trouble:
            raise StoreRefusesError(str(trouble)) from trouble

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

    def _hand_in(self, unit: _Unit) -> None:
        if self._closed:
            raise StoreRefusesError("The store is closed.")
        if self._writers is not None:
            self._writers.submit(self._run_and_answer, unit)
        else:
            self._waiting.put(unit)

    def _run_and_answer(self, unit: _Unit) -> None:
        """Run one unit on PostgreSQL, unless its caller was refused while all threads were busy."""
        if unit.is_over or not unit.begin():
            return
        try:
            unit.result = self._run_alone(unit.run)
        except Exception as trouble:  # noqa: BLE001  handed to the one who waits
            unit.trouble = trouble
        _give_out([unit])

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
            except (TombstoneError, PoolTimeoutError) as trouble:
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
            together = len(group) > 1
            if any(not unit.is_over for unit in group):
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
            begun = self._begin(connection, group)
            if begun is None:
                return
            transaction, group = begun
            try:
                with transaction:
                    for unit in group:
                        unit.result = unit.run(connection)
            except Exception:  # noqa: BLE001, S110  which of them failed is found by running each alone
                pass
            else:
                _give_out(group)
                return
        for unit in group:
            try:
                if begun := self._begin(connection, [unit]):
                    with begun[0]:
                        unit.result = unit.run(connection)
            except Exception as trouble:  # noqa: BLE001  handed to the one who waits
                unit.trouble = self._named(trouble)
                if isinstance(trouble, OperationalError):
                    connection.invalidate()
            _give_out([unit])

    @staticmethod
    def _begin(connection: Connection, group: list[_Unit]) -> tuple[RootTransaction, list[_Unit]] | None:
        """
        Begin one transaction for all who still wait; from then on none of them is refused. None if nobody waits.

        While another process has the lock, wait for as long as one of them waits.
        """
        while waiting := [unit for unit in group if not unit.is_over]:
            try:
                transaction = connection.begin()
            except OperationalError as trouble:
                if not _is_locked(trouble) or time.monotonic() > max(unit.until for unit in waiting):
                    raise
                continue
            if begun := [unit for unit in waiting if unit.begin()]:
                return transaction, begun
            transaction.rollback()
        return None

    def _empty_wal(self, connection: Connection | None) -> None:
        """
        Empty the write-ahead log after an erasure: its old pages still hold the person's key.

        A reader may keep it from finishing; then it is tried again soon.
        """
        if connection is None or connection.invalidated:
            return
        self._wal_tells |= bool(connection.info.pop(ERASED, False))
        if not self._wal_tells:
            return
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101  just used
        try:
            driver.execute("PRAGMA busy_timeout=100")
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            driver.execute(f"PRAGMA busy_timeout={WRITING.look}")
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
