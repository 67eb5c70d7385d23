"""
Long work of a command in slices, so that the running program writes between two of them.

On SQLite one writer at a time holds the lock, and the other asks again after some milliseconds.  A command that took
the lock again at once would keep it from a waiting program.  So it rests after each slice as long as the slice took.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from registry.store.store import Store

R = TypeVar("R")
HOLDS = 0.02
"""Seconds a slice aims to hold the writer's lock."""
RESTS = 0.01
"""Seconds of rest after a slice, at least."""
FIRST = 10
MOST = 500
"""Rows of a slice: of the first one, and at most."""


class Slices:
    """Runs a unit of work slice by slice, with as many rows as fit into `HOLDS`."""

    def __init__(
        self, store: Store, *, timer: Callable[[], float] = time.monotonic, rest: Callable[[float], None] = time.sleep
    ) -> None:
        self._store = store
        self._timer = timer
        self._rest = rest
        self.rows = FIRST
        self.longest = 0.0

    def write(self, unit: Callable[[Connection, int], R]) -> R:
        """Run one slice with the number of rows it may take, commit it, rest, and return its result."""
        held = 0.0

        def timed(db: Connection) -> R:
            nonlocal held
            began = self._timer()
            result = unit(db, self.rows)
            held = self._timer() - began
            return result

        result = self._store.write_now(timed)
        self.longest = max(self.longest, held)
        fitting = int(self.rows * HOLDS / held) if held > 0 else MOST
        self.rows = max(1, min(fitting, self.rows * 2, MOST))
        self._rest(max(held, RESTS))
        return result
