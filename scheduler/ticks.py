"""
The ticks: the interval of each job.

Due work is in tables, and a tick only looks for it.  So the schedule is in memory, a
missed tick loses nothing, and every process may tick.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from content.programme.pack import Pack
from registry.addressing import channel_alarms
from registry.store.slices import SECONDS as SECONDS_OF_A_SLICE
from registry.store.slices import Room
from registry.store.store import Store, StoreRefusesError
from registry.telling import Teller
from scheduler import (
    broadcasts,
    digest,
    disk,
    entries,
    escalation,
    gatherings,
    housekeeping,
    imports,
    lessons,
    nudges,
    reminders,
)
from scheduler.disk import Disk
from scheduler.fetching import Fetching
from scheduler.slicing import BEGINNING, At, Work, next_slice
from scheduler.slicing import Job as Sliced

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger()

Job = Callable[[datetime], Awaitable[dict[str, int]]]

SECONDS = {
    "fetching": 5,
    "broadcasts": 10,
    "gatherings": 10,
    "entries": 30,
    "reminders": 60,
    "nudges": 300,
    "lessons": 300,
    "digest": 300,
    "escalation": 600,
    "housekeeping": 3600,
    "imports": 60,
    "audit": 60,
    "disk": 60,
    "channels": 15,
}
"""Seconds between two runs of each job."""
LONGEST_REST = 0.05
"""Seconds between two slices at most."""


def _room() -> Room:
    return Room(seconds=SECONDS_OF_A_SLICE)


class Ticks:
    """Runs the jobs at their intervals, or all of them at once when the clock was moved."""

    def __init__(
        self,
        store: Store,
        *,
        pack: Pack,
        now: Callable[[], datetime],
        teller: Callable[[Connection, datetime], Teller],
        wake: Callable[[], None],
        fetching: Fetching | None = None,
        watched: Disk | None = None,
        edits: Collection[str] = frozenset(),
        room: Callable[[], Room] = _room,
        served: Collection[str] = frozenset(),
    ) -> None:
        """
        `watched` is the disk of the files; `room` gives each slice its room, in its unit of work.

        `edits` are the channels whose messages can be edited, `served` those that are open.
        """
        self._store = store
        self._pack = pack
        self._now = now
        self._teller = teller
        self._wake = wake
        self._fetching = fetching
        self._room = room
        self._one_slice = asyncio.Lock()
        self._served = served
        self._scheduler: AsyncIOScheduler | None = None
        self.jobs: dict[str, Job] = {
            "reminders": partial(self._in_slices, reminders.JOB),
            "nudges": partial(self._in_slices, nudges.JOB),
            "lessons": partial(self._in_slices, lessons.JOB),
            "digest": partial(self._in_slices, digest.JOB),
            "escalation": partial(self._in_slices, escalation.JOB),
            "broadcasts": partial(self._in_slices, broadcasts.job(edits)),
            "gatherings": partial(self._in_slices, gatherings.JOB),
            "entries": partial(self._in_slices, entries.JOB),
            "housekeeping": self._housekeeping,
            "imports": self._imports,
            "audit": partial(self._in_slices, housekeeping.CHAIN),
            "channels": partial(self._swept, partial(channel_alarms.sweep, served=self._served)),
        }
        if fetching is not None:
            self.jobs["fetching"] = fetching.sweep
        if watched is not None:
            self.jobs["disk"] = partial(self._disk, watched)

    def start(self) -> None:
        """Run each job now and then at its interval.  Idempotent."""
        if self._scheduler is not None:
            return
        from apscheduler.schedulers.asyncio import AsyncIOScheduler
        from apscheduler.triggers.interval import IntervalTrigger

        # a trigger without a time zone asks the machine for its own, which may have none
        zone = ZoneInfo(self._pack.programme.timezone)
        self._scheduler = AsyncIOScheduler(timezone=zone)
        for name in self.jobs:
            self._scheduler.add_job(
                self._tick,
                IntervalTrigger(seconds=SECONDS[name], timezone=zone),
                args=(name,),
                id=name,
                next_run_time=datetime.now(zone),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._scheduler.start()

    def stop(self) -> None:
        """
        Stop the schedule.  APScheduler cancels the jobs that run; each ends between two units of work.

        The next start continues from there.
        """
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    async def run(self, name: str, now: datetime) -> dict[str, int]:
        """Run one job as of a moment, and return its counts."""
        counts = await self.jobs[name](now)
        if any(counts.values()):
            log.info("job done", job=name, **counts)
            self._wake()
        return counts

    async def run_all(self, now: datetime) -> dict[str, dict[str, int]]:
        """Run every job once, as of a moment: for a clock that was moved forward."""
        return {name: await self.run(name, now) for name in self.jobs}

    async def _tick(self, name: str) -> None:
        try:
            await self.run(name, self._now())
        except asyncio.CancelledError:
            if self._scheduler is not None:
                raise
            log.info("job stopped with the program", job=name)
        except StoreRefusesError as trouble:
            log.warning("job waits for the database", job=name, reason=str(trouble))
        except Exception:  # the edge of a job: recorded, and the next tick retries
            log.exception("job failed", job=name)

    async def _in_slices(self, job: Sliced, now: datetime) -> dict[str, int]:
        """
        Run a job slice by slice to its end.

        One slice of all jobs is at the writer at a time.  It is followed by a rest as long as it took, so that the
        writer belongs to replies for at least half of the time.
        """
        counts: Counter[str] = Counter()
        at: At | None = BEGINNING
        loop = asyncio.get_running_loop()
        while at is not None:
            async with self._one_slice:
                began = loop.time()
                some, at = await self._store.write(self._slice, job, at, now=now)
                took = loop.time() - began
            counts.update(some)
            if at is not None:
                if any(some.values()):
                    self._wake()
                await asyncio.sleep(min(took, LONGEST_REST))
        return dict(counts)

    def _slice(self, db: Connection, job: Sliced, at: At, *, now: datetime) -> tuple[dict[str, int], At | None]:
        work = Work(db, self._pack, self._teller(db, now), now, self._room())
        return next_slice(job, work, at)

    async def _swept(self, sweep: Callable[..., dict[str, int]], now: datetime) -> dict[str, int]:
        return await self._store.write(self._sweep, sweep, now=now)

    async def _housekeeping(self, now: datetime) -> dict[str, int]:
        counts = await self._in_slices(housekeeping.JOB, now)
        return counts if self._fetching is None else counts | await self._fetching.tidy(now)

    async def _disk(self, watched: Disk, now: datetime) -> dict[str, int]:
        if watched.is_low == await self._store.read(disk.is_noted):
            return {}
        return await self._swept(partial(disk.sweep, disk=watched), now)

    async def _imports(self, now: datetime) -> dict[str, int]:
        return await imports.finish(self._store, pack=self._pack, now=now)

    def _sweep(self, db: Connection, sweep: Callable[..., dict[str, Any]], *, now: datetime) -> dict[str, int]:
        return sweep(db, pack=self._pack, tell=self._teller(db, now), now=now)
