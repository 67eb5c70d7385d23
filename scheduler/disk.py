"""
The free disk: below a reserve the files of strangers and new visitors are refused, and administrators are told once.

Known people are served meanwhile.  An episode ends when there is a tenth more than the reserve again.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection

from content.decent_hours import out_of_the_night
from content.programme.pack import Pack
from registry.deliveries.deliveries import enqueue
from registry.deliveries.keys import disk_alarm
from registry.people.people import admins, person
from registry.store.installation import fact, forget_facts, set_fact
from registry.telling import Teller, local_day

log = structlog.get_logger()

LOW_SINCE = "disk_low_since"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of the data folder, and the bytes of it that stay free."""

    folder: Path
    reserve: int

    def free(self) -> int:
        """Free bytes for a program without special rights; 0 for a disk that cannot be asked."""
        try:
            return shutil.disk_usage(self.folder).free
        except OSError:
            return 0

    @property
    def is_low(self) -> bool:
        """True with less than the reserve."""
        return self.free() < self.reserve

    @property
    def is_well(self) -> bool:
        """True with a tenth more than the reserve."""
        return not self.is_low and self.free() >= self.reserve + self.reserve // 10

    def trouble(self) -> str:
        """The words for /readyz; empty while there is room."""
        if not self.is_low:
            return ""
        return (
            f"less than {self.reserve // MEGABYTE} MB are free at {self.folder}: files of strangers and new visitors "
            "are refused. Make room, or lower limits.disk_reserve"
        )


def is_noted(db: Connection) -> bool:
    """True while an episode lasts."""
    return fact(db, LOW_SINCE) is not None


def sweep(db: Connection, *, disk: Disk, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]:
    """Begin or end an episode; at its beginning every administrator is told once.  Idempotent."""
    noted = is_noted(db)
    if noted and disk.is_well:
        forget_facts(db, LOW_SINCE)
        log.info("the disk has room again")
        return {"disk_told": 0}
    if noted or not disk.is_low:
        return {"disk_told": 0}
    set_fact(db, LOW_SINCE, now.isoformat())
    log.error("the disk is nearly full", free=disk.free(), reserve=disk.reserve)
    told = 0
    for admin in admins(db, on=local_day(pack, now)):
        known = person(db, admin)
        if known is None or not known.wants_unasked(now):
            continue
        told += enqueue(
            db,
            key=disk_alarm(now, admin),
            person_id=admin,
            kind="status",
            message=tell(admin, "installation.disk_low", {"reserve": disk.reserve // MEGABYTE}, ()),
            now=now,
            due_at=out_of_the_night(now, pack.programme),
        ) is not None  # fmt: skip
    return {"disk_told": told}
