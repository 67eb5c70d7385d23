"""
Files people sent are downloaded from the platform, one by one, outside any transaction.

A failed download is retried for a day; then the person is asked to send the file again.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection

from registry.applications import files
from registry.applications.file_room import upkeep
from registry.applications.files import File
from registry.store.store import Store
from registry.telling import Teller

log = structlog.get_logger()

AT_ONCE = 20
MOST_SLICES = 50
"""Slices of one kind of sweep in one run; the rest is looked at in the next."""
AT_A_LOOK = 500
"""Names of the file room that are looked up at a time."""


class Fetcher(Protocol):
    """A channel that downloads files; `final` on its exception means that a retry never helps."""

    async def fetch(self, ref: str, most: int) -> bytes: ...


class Fetching:
    """Downloads the wanted files and stores them sealed."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Fetcher],
        *,
        folder: Path,
        quota: files.Quota = files.QUOTA,
        teller: Callable[[Connection, datetime], Teller],
    ) -> None:
        self._store = store
        self._channels = channels
        self._folder = folder
        self._quota = quota
        self._teller = teller

    async def sweep(self, now: datetime) -> dict[str, int]:
        """
        Download the wanted files, and give up those that failed for a day.

        Two runs at once download a file twice and store it once.
        """
        counts: Counter[str] = Counter()
        for file in await self._store.read(files.wanted, now=now, limit=AT_ONCE):
            counts[await self._bring(file, now)] += 1
        counts.update(await self._in_slices(self._give_up, now=now))
        return {name: count for name, count in counts.items() if count}

    async def tidy(self, now: datetime) -> dict[str, int]:
        """Let go what nothing names, and delete bytes without a row and those of files that were let go."""
        counts = await self._in_slices(upkeep.sweep_loose, now=now)
        counts["strays"] = await self._remove_strays()
        counts.update(await self._in_slices(upkeep.remove_leaving, folder=self._folder))
        return dict(counts)

    async def _in_slices(self, unit: Callable[..., dict[str, int]], **values: Any) -> Counter[str]:
        """Run a unit of some files again and again while there are more."""
        counts: Counter[str] = Counter()
        for _ in range(MOST_SLICES):
            done = await self._store.write(unit, **values)
            left = done.pop("left")
            counts.update(done)
            if not left:
                break
        return counts

    async def _remove_strays(self) -> int:
        names, removed = await asyncio.to_thread(upkeep.strays, self._folder, datetime.now(UTC)), 0
        for begin in range(0, len(names), AT_A_LOOK):
            unknown = await self._store.read(upkeep.without_row, names=names[begin : begin + AT_A_LOOK])
            for name in unknown:
                (self._folder / "files" / name).unlink(missing_ok=True)
            removed += len(unknown)
        return removed

    async def _bring(self, file: File, now: datetime) -> str:
        channel = self._channels.get(file.channel)
        if channel is None:  # the channel is off for now: retry for a day
            await self._store.write(files.try_later, file_id=file.id, now=now)
            return "later"
        try:
            content = await channel.fetch(file.ref, files.LARGEST)
        except Exception as trouble:  # noqa: BLE001  each channel has its own errors, unknown to this room
            final = bool(getattr(trouble, "final", False))
            log.info("file not fetched", file=file.id, channel=file.channel, reason=type(trouble).__name__, final=final)
            if final:
                await self._store.write(self._lose, file=file, why="lost", now=now)
                return "lost"
            await self._store.write(files.try_later, file_id=file.id, now=now)
            return "later"
        try:
            kept = await self._store.write(
                files.keep, folder=self._folder, file_id=file.id, content=content, quota=self._quota
            )
        except files.NotTakenError as refusal:
            await self._store.write(self._lose, file=file, why=refusal.why, now=now)
            return "not_taken"
        except OSError as trouble:  # the disk may be full: the platform still has it
            log.warning("file not written", file=file.id, reason=type(trouble).__name__)
            await self._store.write(files.try_later, file_id=file.id, now=now)
            return "later"
        return "kept" if kept is not None else "gone"

    def _give_up(self, db: Connection, *, now: datetime) -> dict[str, int]:
        return upkeep.lose_overdue(db, now=now, tell=self._teller(db, now))

    def _lose(self, db: Connection, *, file: File, why: str, now: datetime) -> None:
        files.lose(db, file=file, why=why, now=now, tell=self._teller(db, now))
