"""An event loop whose time passes at once, so that minutes of pacing are tested in a moment."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection

from registry.store.store import Store

T = TypeVar("T")
START = datetime(2021, 6, 1, 1, 0, tzinfo=UTC)


class _Selector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if events or not timeout:
            assert timeout is not None or events, "nothing is left to wait for"
            return events
        self.passed += timeout + 1e-7  # a difference smaller than what a float of hours can hold would be for ever
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._chosen = _Selector()
        super().__init__(self._chosen)

    def time(self) -> float:
        return self._chosen.passed


def played(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on a separate clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def clock() -> datetime:
    return START + timedelta(seconds=asyncio.get_running_loop().time())


class StoreAtHand(Store):
    """The real store, without leaving the loop: a thread would not know about its time."""

    async def write(self, unit: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self.write_now(unit, *args, **kwargs)

    async def read(self, unit: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self.read_now(unit, *args, **kwargs)


def run_sql(store: Store, unit: Callable[[Connection], T]) -> T:
    return store.write_now(unit)
