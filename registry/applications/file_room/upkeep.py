"""
The upkeep of the file room: bytes nobody needs are removed, and a power cut's halves are put right.

A file that belongs to no application is looked at when its time is over (`loose_until`).  It stays while a draft, an
application, an entry or a question of its person names it, or a text is spoken by it.  All files of officials stay.
Anything else is let go.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, exists, select, text, update

from registry.applications.applications import applications_of
from registry.applications.assisted import entries
from registry.applications.drafts import open_drafts
from registry.applications.files import LOOSE_FOR, drop, files, lose, read_file
from registry.people.people import current
from registry.store.durable import HALF, sync_folder
from registry.store.rows import enclosures, prompts, roles
from registry.store.sealing import SealError, data_key, vault_of
from registry.telling import Teller

GIVEN_UP_AFTER = timedelta(hours=24)
STRAY_AFTER = timedelta(hours=1)
"""The age from which bytes without a row, or half of a file, are abandoned in any process."""
_IS_LEAVING = text("files.state = 'leaving'")
_IS_WANTED = text("files.state = 'wanted'")
"""Written out and not as a parameter: only so does SQLite see that the partial index serves."""


def lose_overdue(db: Connection, *, now: datetime, tell: Teller, limit: int = 20) -> dict[str, int]:
    """
    Give up files that could not be fetched for a day; notify each person once per file.

    One slice of at most `limit` files; `left` is 1 when there may be more.
    """
    overdue = select(files).where(_IS_WANTED, files.c.created_at <= now - GIVEN_UP_AFTER)
    rows = db.execute(overdue.order_by(files.c.next_at, files.c.id).limit(limit)).all()
    lost = sum(lose(db, file=read_file(db, row), why="lost", now=now, tell=tell) for row in rows)
    return {"lost": lost, "left": int(len(rows) == limit)}


def remove_leaving(db: Connection, *, folder: Path, limit: int = 20) -> dict[str, int]:
    """
    Remove the bytes of files that were let go; after a crash the next sweep continues.

    One slice of at most `limit` files; `left` is 1 when there may be more.
    """
    leaving = select(files.c.id).where(_IS_LEAVING).order_by(files.c.id).limit(limit)
    gone = db.execute(leaving).scalars().all()
    for file_id in gone:
        (folder / "files" / file_id).unlink(missing_ok=True)
        (folder / "files" / f"{file_id}{HALF}").unlink(missing_ok=True)
    db.execute(update(files).where(files.c.id.in_(gone)).values(state="lost"))
    return {"removed": len(gone), "left": int(len(gone) == limit)}


def sweep_loose(db: Connection, *, now: datetime, limit: int = 20) -> dict[str, int]:
    """
    Look at files without an application whose time is over; let those go that nothing names.

    One slice of at most `limit` files; `left` is 1 when there may be more.  Idempotent.
    """
    due = files.c.loose_until.is_not(None) & (files.c.loose_until <= now)
    rows = db.execute(select(files).where(due).order_by(files.c.loose_until, files.c.id).limit(limit)).all()
    unused = [row.id for row in rows if not _is_used(db, row)]
    gone = drop(db, files.c.id.in_(unused)) if unused else []
    db.execute(update(files).where(files.c.id.in_([row.id for row in rows]), due).values(loose_until=now + LOOSE_FOR))
    return {"unattached": len(gone), "left": int(len(rows) == limit)}


def _is_used(db: Connection, row: Row[Any]) -> bool:
    """True while something names a file: a role, a draft, an application or an entry of its person."""
    if row.state != "kept" or row.application_id is not None:
        return True
    person_id = current(db, row.person_id)
    people = {row.person_id, person_id}
    if db.execute(select(exists().where(roles.c.person_id.in_(people)))).scalar_one():
        return True
    for names in (entries.c.file_id, enclosures.c.file_id, prompts.c.file_id):
        if db.execute(select(exists().where(names == row.id))).scalar_one():
            return True
    answers = [one.answers for one in open_drafts(db, person_id=person_id)]
    answers += [one.answers for one in applications_of(db, person_id=person_id)]
    return any(row.id in set(_named(one.values())) for one in answers)


def _named(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from map(str, value) if isinstance(value, list) else (str(value),)


def strays(folder: Path, now: datetime) -> list[str]:
    """Return the names in the file room that are an hour old and no half; no database is needed."""
    room = folder / "files"
    if not room.is_dir():
        return []
    old = now.timestamp() - STRAY_AFTER.total_seconds()
    return [one.name for one in room.iterdir() if one.suffix != HALF and one.is_file() and one.stat().st_mtime < old]


def without_row(db: Connection, *, names: Iterable[str]) -> list[str]:
    """Return the names that no row of a file knows: their transaction was rolled back after the bytes were written."""
    names = list(names)
    known = set(db.execute(select(files.c.id).where(files.c.id.in_(names))).scalars())
    return [one for one in names if one not in known]


def repair(db: Connection, *, folder: Path, now: datetime) -> dict[str, int]:
    """
    Put right what a power cut left half done in the file room, at the start of a process.  Idempotent.

    A whole `.part` of a file that is recorded as kept gets its name.  One that is cut off has its file
    fetched again, or its person asked to send it again.  Any other is removed once it is an hour old:
    until then another process may be writing it.
    """
    counts = {"repaired": 0, "removed": 0, "wanted": 0}
    room = folder / "files"
    halves = sorted(room.glob(f"*{HALF}")) if room.is_dir() else ()
    for half in halves:
        name = half.name.removesuffix(HALF)
        row = db.execute(select(files).where(files.c.id == name, files.c.state == "kept")).one_or_none()
        lacks = row is not None and not (room / name).exists()
        if row is not None and lacks and _is_whole(db, row, half):
            half.replace(room / name)
            counts["repaired"] += 1
            continue
        if lacks:
            db.execute(update(files).where(files.c.id == name).values(state="wanted", attempts=0, next_at=now))
            counts["wanted"] += 1
        if now.timestamp() - half.stat().st_mtime > STRAY_AFTER.total_seconds():
            half.unlink(missing_ok=True)
            counts["removed"] += 1
    if counts["repaired"] or counts["removed"]:
        sync_folder(room)
    return {name: count for name, count in counts.items() if count}


def _is_whole(db: Connection, row: Row[Any], half: Path) -> bool:
    """True when these are all the bytes of a file, as they were sealed."""
    key = data_key(db, row.person_id)
    if key is None:
        return False
    try:
        vault_of(db).unseal_bytes(key, f"files:content:{row.id}", half.read_bytes())
    except (FileNotFoundError, SealError):
        return False
    return True


def missing(db: Connection, *, folder: Path) -> tuple[str, ...]:
    """Return the kept files whose bytes are not in the file room, oldest first."""
    room = folder / "files"
    there = {file.name for file in room.iterdir()} if room.is_dir() else set()
    kept = select(files.c.id).where(files.c.state == "kept").order_by(files.c.created_at, files.c.id)
    return tuple(one for one in db.execute(kept).scalars() if one not in there)
