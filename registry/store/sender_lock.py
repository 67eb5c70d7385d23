"""
One sender per channel: of all processes on one database, one sends and the others stand by.

SQLite: an exclusive lock on a file next to the database. PostgreSQL: an advisory lock of a separate session. Both end
with the process that holds them. A lease would run out under a process that merely hangs, and duplicate its messages.
"""

import asyncio
import fcntl
import hashlib
import os
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from registry.store.engines import WRITING, driver_url, postgres_engine

_KEEPALIVE = ("tcp_keepalives_idle = 20", "tcp_keepalives_interval = 10", "tcp_keepalives_count = 3")
"""The server notices within a minute that our machine vanished, so another process takes over within 90 seconds."""


class SenderLock:
    """The right to send on one channel. Idempotent to take."""

    def __init__(self, url: str, channel: str) -> None:
        parsed = driver_url(url)
        self._channel = channel
        self._handle: int | None = None
        self._file: Path | None = None
        self._engine: Engine | None = None
        self._session: Connection | None = None
        self._alone = False
        if parsed.get_backend_name() == "postgresql":
            self._engine = postgres_engine(parsed, WRITING, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        elif parsed.database and parsed.database != ":memory:":
            self._file = Path(f"{parsed.database}.{channel}.sender")

    async def take(self) -> bool:
        """Take the right if it is free; False while another process has it, or the database is gone."""
        if self._engine is not None:
            return await asyncio.to_thread(self._take_session)
        return self._take_file()

    async def still_held(self) -> bool:
        """True while the right is still ours: a database session may have ended silently."""
        if self._engine is not None:
            return await asyncio.to_thread(self._session_answers)
        return self._handle is not None or self._alone

    async def release(self) -> None:
        """Let another process send; without the right nothing changes."""
        if self._engine is not None:
            await asyncio.to_thread(self._end_session)
        elif self._handle is not None:
            os.close(self._handle)
            self._handle = None
        self._alone = False

    def _take_file(self) -> bool:
        if self._file is None:  # a database in memory has no second process
            self._alone = True
            return True
        if self._handle is not None:
            return True
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def _take_session(self) -> bool:
        if self._session_answers():
            return True
        assert self._engine is not None  # noqa: S101  only called with one
        try:
            session = self._engine.connect()
        except OperationalError:
            return False
        try:
            for setting in _KEEPALIVE:
                session.execute(text(f"SET {setting}"))
            taken = session.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key()}).scalar_one()
        except DBAPIError:
            session.close()
            return False
        if not taken:
            session.close()
            return False
        self._session = session
        return True

    def _session_answers(self) -> bool:
        if self._session is None:
            return False
        try:
            self._session.execute(text("SELECT 1"))
        except DBAPIError:
            self._end_session()
            return False
        return True

    def _end_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _key(self) -> int:
        digest = hashlib.sha256(f"ocopbot sender {self._channel}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)
