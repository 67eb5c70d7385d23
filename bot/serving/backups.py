"""
The program's own backups: every few minutes an archive, read again after it was written, and the old ones removed.

Of the last day every archive is kept, of the days before the last one of each day.  Archives made by hand are left
alone.  Sealed files are next to the archives, each once.
"""

import asyncio
import errno
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from bot.serving.archives import FILES, Made, Seen, write_archive
from bot.settings.command_error import CommandError
from bot.settings.key import sqlite_file
from bot.settings.settings import Settings
from registry.store.durable import HALF, write_whole
from registry.store.tombstones import NAME

log = structlog.get_logger()

_AUTOMATIC: Final = re.compile(r"auto-(\d{8}T\d{6}Z)\.tar")
_ANY: Final = re.compile(r"(?:auto|ocopbot)-(\d{8}T\d{6}Z)\.tar")
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_TROUBLE: Final = "backup.trouble"
EVERY_ONE: Final = timedelta(days=1)
"""How long every archive is kept; of earlier days the last one is."""
LATE: Final = 3
"""Intervals without a backup after which it counts as failing."""
SOON: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest archive and its moment, and the fault of the last attempt."""

    newest: Path | None
    at: datetime | None
    trouble: str

    def late(self, every: timedelta, now: datetime) -> bool:
        return self.at is None or now - self.at > LATE * every


class Backups:
    """Makes a backup at each interval, beside the running program."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._every = timedelta(minutes=settings.backup.every)
        self._began = now()
        self._seen: Seen = {}

    async def run(self) -> None:
        """Look for the time of the next backup until cancelled; a failed one is tried again at the next look."""
        while True:
            if self.is_due():
                await asyncio.to_thread(self.make)
            await asyncio.sleep(min(SOON, self._every).total_seconds())

    def is_due(self) -> bool:
        """True when the newest archive is older than the interval; one made by hand counts."""
        newest = standing(self._settings).at
        return newest is None or self._now() - newest >= self._every

    def make(self) -> Made | None:
        """Make one backup and remove old ones; None when it failed, which is noted for `check` and /readyz."""
        settings, now = self._settings, self._now()
        folder = settings.backup_folder
        database = sqlite_file(settings)
        assert database is not None  # noqa: S101  on PostgreSQL there is no such task
        try:
            out = folder / f"auto-{now.astimezone(UTC).strftime(_STAMP)}.tar"
            made = write_archive(database, settings.data_dir / FILES, out, now=now, beside=self._seen)
            _copy_list(settings)
            prune(folder, keep=timedelta(days=settings.backup.keep), now=now)
            (settings.data_dir / _TROUBLE).unlink(missing_ok=True)
        except (OSError, sqlite3.Error, CommandError) as trouble:
            words = why(trouble, folder)
            log.warning("no backup", reason=words)
            _note_trouble(settings, words)
            return None
        log.info("backup made", size=made.size, files=made.files)
        return made

    def trouble(self) -> str:
        """The words for /readyz; empty while backups are made in time."""
        found = standing(self._settings)
        late = found.late(self._every, self._now()) and self._now() - self._began > LATE * self._every
        if not found.trouble and not late:
            return ""
        return lately(found) + (f": {found.trouble}" if found.trouble else "")


def backs_up(settings: Settings) -> bool:
    """True where the program makes backups by itself: on SQLite, unless they are switched off."""
    return settings.backup.every > 0 and sqlite_file(settings) is not None


def standing(settings: Settings) -> Standing:
    """Look at the folder of the backups; nothing is changed."""
    newest = max(_archives(settings.backup_folder, _ANY), default=None)
    try:
        trouble = (settings.data_dir / _TROUBLE).read_text("utf-8").strip()
    except OSError:
        trouble = ""
    at, path = newest or (None, None)
    return Standing(path, at, trouble)


def lately(found: Standing) -> str:
    """Say when the last backup was made."""
    return "no backup yet" if found.at is None else f"no backup since {found.at.isoformat(timespec='minutes')}"


def why(trouble: Exception, folder: Path) -> str:
    """Say why a backup failed; a full disk is said as such."""
    full = isinstance(trouble, OSError) and trouble.errno in {errno.ENOSPC, errno.EDQUOT}
    if full or "disk is full" in str(trouble):
        return f"the disk of {folder} is full. Free some space, or name another folder in backup.to"
    if isinstance(trouble, OSError):
        return f"{trouble.filename or folder}: {trouble.strerror}"
    return str(trouble)


def prune(folder: Path, *, keep: timedelta, now: datetime) -> int:
    """
    Remove the program's own archives that are older than `keep`, and all but the last of each day before today.

    A sealed file goes once it was in no archive for that long.
    """
    removed = 0
    days: set[object] = set()
    for at, path in sorted(_archives(folder, _AUTOMATIC), reverse=True):
        age = now - at
        if age > keep or (age > EVERY_ONE and at.date() in days):
            path.unlink(missing_ok=True)
            removed += 1
        else:
            days.add(at.date())
    gone = (now - keep - EVERY_ONE).timestamp()
    files = folder / FILES
    for file in files.rglob("*") if files.exists() else ():
        if file.is_file() and file.stat().st_mtime < gone:
            file.unlink(missing_ok=True)
            removed += 1
    for half in folder.glob(f"auto-*{HALF}"):
        if now.timestamp() - half.stat().st_mtime > EVERY_ONE.total_seconds():
            half.unlink(missing_ok=True)
    return removed


def _archives(folder: Path, named: re.Pattern[str]) -> Iterator[tuple[datetime, Path]]:
    for path in folder.glob("*.tar") if folder.exists() else ():
        match = named.fullmatch(path.name)
        if match is not None:
            yield datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC), path


def _copy_list(settings: Settings) -> None:
    """Have a copy of the list of tombstones next to the backups: the disk of the data folder may die."""
    listed = settings.data_dir / NAME
    if listed.exists():
        write_whole(settings.backup_folder / NAME, listed.read_bytes())


def _note_trouble(settings: Settings, words: str) -> None:
    try:
        (settings.data_dir / _TROUBLE).write_text(words + "\n", "utf-8")
    except OSError as trouble:  # the same full disk: the age of the newest archive tells it
        log.warning("the fault of the backup was not noted", reason=trouble.strerror)
