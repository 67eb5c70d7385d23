"""
Watches the statements that reach SQLite: only `registry/deliveries/states.py` writes the state of a delivery.

SQLite asks an authorizer about every column a statement writes, once per statement and connection, whatever
made the statement.  The nearest frame of the project is the code that executes it.  Tests may write states.
"""

import sqlite3
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

ROOT = Path(__file__).resolve().parents[1]
OWNER = "registry/deliveries/states.py"
_HANDS_ON = ("registry/store/", "tests/state_writes.py", ".venv/")
_MAY = (OWNER, "tests/", "migrations/")

found: list[str] = []
"""The files that wrote a state and may not; emptied after each test."""


def watch() -> None:
    """Watch every SQLite connection that is opened from now on."""
    event.listen(Engine, "connect", _on_connect)


def _on_connect(connection: Any, _record: Any) -> None:
    driver = getattr(connection, "driver_connection", connection)
    if isinstance(driver, sqlite3.Connection):
        driver.set_authorizer(_allow)


def _allow(action: int, table: str | None, column: str | None, _database: str | None, _trigger: str | None) -> int:
    if table != "deliveries" or not (
        action == sqlite3.SQLITE_INSERT or (action == sqlite3.SQLITE_UPDATE and column == "state")
    ):
        return sqlite3.SQLITE_OK
    writer = _writer()
    if writer.startswith(_MAY):
        return sqlite3.SQLITE_OK
    found.append(writer)
    return sqlite3.SQLITE_DENY


def _writer() -> str:
    """The file of the nearest frame of the project that does not merely hand a statement on."""
    frame = sys._getframe(2)
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(ROOT):
            name = file.relative_to(ROOT).as_posix()
            if not name.startswith(_HANDS_ON):
                return name
        frame = frame.f_back  # type: ignore[assignment]
    return "unknown"
