"""
Engines: a connection to the database with the settings of this program.

A connection to PostgreSQL never waits without a bound, also for a server that accepts it and answers nothing. Without
that, four silent connections would stop every writer until somebody restarts the program.
"""

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, Pool

from registry.store.sealing import Vault, forget_keys
from registry.store.tombstones import NAME, Kind, TombstoneError, TombstoneFile, forget_noted, noted

PG_THREADS = 4
"""Connections an engine keeps open, and the threads that use them."""
ERASED = "a person was erased"
"""The name under which a connection remembers that its last commit erased somebody."""
_MARKS = "savepoints"


@dataclass(frozen=True, slots=True)
class Limits:
    """
    The longest waits of one connection to PostgreSQL, in seconds; `look` is that of SQLite for a lock, in milliseconds.

    `answer` is for one statement: the server ends a longer one, and a second later the program leaves a server that
    says nothing at all. None is for commands, whose statements may take long (a migration).
    """

    answer: float | None = None
    lock: float | None = None
    connect: int = 2
    pool: float = 3.0
    look: int = 5000


WRITING = Limits(answer=4.0, lock=3.0, look=200)
"""The writer looks for a lock in short steps, and lets go of the units that waited too long between two of them."""
READING = Limits(answer=10.0, lock=3.0)
FOR_COMMANDS = Limits()
_SILENCE = 1.0
_ALIVE = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A machine that vanished is noticed after about ten seconds."""


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


class AnsweredConnection(psycopg.Connection[Any]):
    """
    A connection that waits for the answer to one statement for a limited time, then closes.

    A frozen server does not keep its own limits, and a line that holds every byte looks alive: kernels still
    acknowledge TCP.
    """

    answer: float | None = None

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer.  Raises `psycopg.OperationalError` after the limit; the statement is then in doubt."""
        longest = self.answer if timeout is None else timeout
        began = time.monotonic()
        try:
            return super().wait(gen, interval, longest)
        except psycopg.OperationalError:
            if longest is not None and time.monotonic() - began >= longest:
                self.pgconn.finish()  # an answer that comes later must not be taken for that of the next statement
            raise


def postgres_engine(parsed: URL, limits: Limits, *, poolclass: type[Pool] | None = None, **options: Any) -> Engine:
    """Open an engine whose every wait for a PostgreSQL server ends."""
    if poolclass is None:
        options = {"pool_pre_ping": True, "pool_timeout": limits.pool} | options
    engine = create_engine(parsed, poolclass=poolclass, **options)
    bounds = {"statement_timeout": limits.answer, "lock_timeout": limits.lock}
    told = " ".join(f"-c {name}={int(seconds * 1000)}" for name, seconds in bounds.items() if seconds is not None)

    @event.listens_for(engine, "do_connect")
    def _connect(
        _dialect: Dialect, _record: ConnectionPoolEntry, arguments: list[Any], named: dict[str, Any]
    ) -> AnsweredConnection:
        given: dict[str, Any] = _ALIVE | {"connect_timeout": limits.connect} | named
        if told:
            given["options"] = f"{named.get('options', '')} {told}".strip()
        connection = AnsweredConnection.connect(*arguments, **given)
        connection.answer = None if limits.answer is None else limits.answer + _SILENCE
        return connection

    return engine


def open_engine(
    url: str,
    vault: Vault | None,
    *,
    reading: bool = False,
    folder: Path | None = None,
    limits: Limits = FOR_COMMANDS,
) -> Engine:
    """
    Open an engine with the settings of this program on every connection; `folder` holds the list of tombstones.

    SQLite: WAL, foreign keys, and synchronous=FULL, since NORMAL loses acknowledged commits in a power cut. Writers
    use BEGIN IMMEDIATE: a deferred one loses updates or fails with "database is locked".
    """
    parsed = driver_url(url)
    listed = tombstones_of(url, folder)
    if parsed.get_backend_name() == "postgresql":
        engine = postgres_engine(parsed, limits, pool_size=PG_THREADS, max_overflow=2)

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
            f"busy_timeout={limits.look}",
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
        connection.info[ERASED] = any(one.kind is Kind.ERASED for one in lines)

    @event.listens_for(engine, "savepoint")
    def _mark(connection: Connection, _name: str | None) -> None:
        connection.info.setdefault(_MARKS, []).append(len(noted(connection)))

    @event.listens_for(engine, "release_savepoint")
    def _keep(connection: Connection, _name: str, _context: None) -> None:
        connection.info[_MARKS].pop()

    @event.listens_for(engine, "rollback_savepoint")
    def _drop(connection: Connection, _name: str, _context: None) -> None:
        del noted(connection)[connection.info[_MARKS].pop() :]
