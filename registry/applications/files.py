"""
Photos and papers people send: a row at once, the bytes when the platform gives them.

On disk every file is sealed under its person's key, under a random name. A file is never parsed; its kind is read
from its first bytes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from registry.applications.file_room.kinds import BrokenFileError, bare, kind_of
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.people.people import merged_ids
from registry.store.durable import write_whole
from registry.store.installation import add_to, fact
from registry.store.rows import UTCDateTime, id_column, metadata, new_id
from registry.store.sealing import SealError, data_key, seal_for, unseal_for, vault_of
from registry.store.tombstones import Kind, note
from registry.telling import Teller

files = Table(
    "files",
    metadata,
    id_column(),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("application_id", Text, ForeignKey("applications.id"), index=True),
    Column("channel", Text, nullable=False),
    Column("ref", Text, nullable=False),  # the platform's reference until the bytes are here
    Column("mime", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("name_sealed", LargeBinary),
    Column("state", Text, nullable=False),  # wanted, kept, leaving, lost
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", UTCDateTime),
    Column("created_at", UTCDateTime, nullable=False),
    Column("loose_until", UTCDateTime),  # the next look, until it belongs to an application
    Index(
        "ix_files_loose",
        "loose_until",
        sqlite_where=text("loose_until IS NOT NULL"),
        postgresql_where=text("loose_until IS NOT NULL"),
    ),
    Index(
        "ix_files_wanted",
        "next_at",
        sqlite_where=text("state = 'wanted'"),
        postgresql_where=text("state = 'wanted'"),
    ),
    Index(
        "ix_files_leaving",
        "id",
        sqlite_where=text("state = 'leaving'"),
        postgresql_where=text("state = 'leaving'"),
    ),
)


LARGEST = 20 * 1024 * 1024
"""The largest file a Telegram bot can download (https://core.telegram.org/bots/api#getfile)."""
BYTES = "file_bytes"
LOOSE_FOR = timedelta(days=30)
"""How long a file is left alone before the sweep asks whether anything still names it."""
LEAVING = {"state": "leaving", "ref": "", "name_sealed": None, "next_at": None, "loose_until": None}
"""The columns of a file that is let go, until its bytes are removed."""
_HERE = ("wanted", "kept")


class NotTakenError(Exception):
    """A file that is not taken; `why` is too_large, quota, full, kind or broken."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The file is not taken ({why}). Nothing was kept of it; all else was.")
        self.why = why


@dataclass(frozen=True, slots=True)
class Quota:
    """The bytes one person may have here, and everybody together."""

    person: int = 200 * 1024 * 1024
    together: int = 10_000 * 1024 * 1024


QUOTA = Quota()


@dataclass(frozen=True, slots=True)
class File:
    id: str
    person_id: str
    application_id: str | None
    channel: str
    ref: str
    mime: str
    size: int
    name: str | None
    state: str  # wanted, kept, leaving, lost
    attempts: int
    created_at: datetime


def want(
    db: Connection,
    *,
    person_id: str,
    channel: str,
    ref: str,
    mime: str,
    size: int,
    now: datetime,
    name: str | None = None,
    application_id: str | None = None,
    file_id: str | None = None,
    quota: Quota = QUOTA,
    loose_for: timedelta = LOOSE_FOR,
) -> File:
    """
    Note a file that is to be fetched.  The same reference again is the same file.

    A unit that also writes the bytes gives a `file_id` made outside of it: run twice, it writes one file.
    After `loose_for` the sweep asks whether it is still needed.
    Too large, or more than a person or all may have here: `NotTakenError`.
    """
    loose_until = None if application_id is not None else now + loose_for
    known = db.execute(
        select(files).where(
            files.c.person_id == person_id, files.c.channel == channel, files.c.ref == ref, files.c.state.in_(_HERE)
        )
    ).first()
    if known is not None:
        if known.loose_until is not None and loose_until is not None and known.loose_until < loose_until:
            db.execute(update(files).where(files.c.id == known.id).values(loose_until=loose_until))
        return read_file(db, known)
    _check_size(db, person_id, size, quota)
    count_bytes(db, size)
    file_id = file_id or new_id()
    db.execute(
        insert(files).values(
            id=file_id,
            person_id=person_id,
            application_id=application_id,
            channel=channel,
            ref=ref,
            mime=mime,
            size=size,
            name_sealed=None if name is None else seal_for(db, person_id, f"files:name:{file_id}", name),
            state="wanted",
            attempts=0,
            next_at=now,
            created_at=now,
            loose_until=loose_until,
        )
    )
    return File(file_id, person_id, application_id, channel, ref, mime, size, name, "wanted", 0, now)


def keep(db: Connection, *, folder: Path, file_id: str, content: bytes, quota: Quota = QUOTA) -> File | None:
    """
    Keep the bytes of a wanted file, sealed, without the place a photo was taken at.

    None when it is kept already, lost, or its person was erased.  The bytes and their
    name are on disk before the row says so; run again, the same file is written again.
    """
    row = db.execute(select(files).where(files.c.id == file_id, files.c.state == "wanted")).one_or_none()
    key = None if row is None else data_key(db, row.person_id)
    if row is None or key is None:
        return None
    if len(content) > LARGEST:
        raise NotTakenError("too_large")
    mime = kind_of(content)
    if mime is None:
        raise NotTakenError("kind")
    try:
        content = bare(content)
    except BrokenFileError as trouble:
        raise NotTakenError("broken") from trouble
    _check_size(db, row.person_id, len(content), quota, excluding=file_id, counted=row.size)
    count_bytes(db, len(content) - row.size)
    sealed = vault_of(db).seal_bytes(key, f"files:content:{file_id}", content)
    write_whole(folder / "files" / file_id, sealed)
    db.execute(
        update(files).where(files.c.id == file_id).values(state="kept", mime=mime, size=len(content), next_at=None)
    )
    return read_file(db, db.execute(select(files).where(files.c.id == file_id)).one())


def content_of(db: Connection, *, folder: Path, file: File) -> bytes | None:
    """The bytes of a file, for those whose right to it was checked; None when they are gone."""
    key = data_key(db, file.person_id)
    if key is None or file.state != "kept":
        return None
    try:
        sealed = (folder / "files" / file.id).read_bytes()
        return vault_of(db).unseal_bytes(key, f"files:content:{file.id}", sealed)
    except (FileNotFoundError, SealError):
        return None


def file_by_ref(db: Connection, *, person_id: str, channel: str, ref: str) -> File | None:
    """A person's own file by the reference it came with."""
    row = db.execute(
        select(files).where(files.c.person_id == person_id, files.c.channel == channel, files.c.ref == ref)
    ).first()
    return None if row is None else read_file(db, row)


def file_by_id(db: Connection, file_id: str) -> File | None:
    """Return one file for sending; the recipient was decided when the message was made."""
    row = db.execute(select(files).where(files.c.id == file_id)).one_or_none()
    return None if row is None else read_file(db, row)


def files_of(db: Connection, *, person_id: str | None = None, application_id: str | None = None) -> tuple[File, ...]:
    """The files of a person or of an application, oldest first; the caller guards who may see them."""
    if (person_id is None) == (application_id is None):
        raise ValueError("Files are listed for a person or for an application, for one of them.")
    owned = files.c.person_id == person_id if person_id is not None else files.c.application_id == application_id
    rows = db.execute(select(files).where(owned).order_by(files.c.created_at, files.c.id)).all()
    return tuple(read_file(db, row) for row in rows)


def attach(db: Connection, *, file_ids: Collection[str], person_id: str, application_id: str) -> int:
    """Attach a person's files to an application; other people's files are ignored."""
    return db.execute(
        update(files)
        .where(files.c.id.in_(file_ids), files.c.person_id.in_(merged_ids(db, person_id)))
        .values(application_id=application_id, loose_until=None)
    ).rowcount


def wanted(db: Connection, *, now: datetime, limit: int = 20) -> tuple[File, ...]:
    """The files to be fetched now: every person's oldest, then every person's second oldest, and so on."""
    due = files.c.state == "wanted", files.c.next_at <= now
    place = func.row_number().over(partition_by=files.c.person_id, order_by=(files.c.next_at, files.c.id))
    turns = select(files.c.id, place.label("place")).where(*due).subquery()
    rows = db.execute(
        select(files)
        .join(turns, turns.c.id == files.c.id)
        .order_by(turns.c.place, files.c.next_at, files.c.id)
        .limit(limit)
    ).all()
    return tuple(read_file(db, row) for row in rows)


def try_later(db: Connection, *, file_id: str, now: datetime) -> None:
    """Schedule another attempt after a pause that grows to an hour."""
    attempts = db.execute(select(files.c.attempts).where(files.c.id == file_id)).scalar_one_or_none() or 0
    pause = timedelta(seconds=min(30 * 2**attempts, 3600))
    db.execute(
        update(files)
        .where(files.c.id == file_id, files.c.state == "wanted")
        .values(attempts=attempts + 1, next_at=now + pause)
    )


def lose(db: Connection, *, file: File, why: str, now: datetime, tell: Teller) -> bool:
    """Give a file up and ask its person to send it again; False, and no message, when it was closed before."""
    done = db.execute(
        update(files)
        .where(files.c.id == file.id, files.c.state == "wanted")
        .values(state="lost", next_at=None, loose_until=None)
    )
    if done.rowcount != 1:
        return False
    count_bytes(db, -file.size)
    if data_key(db, file.person_id) is not None:
        values = {"why": why, "name": file.name or ""}
        enqueue(
            db,
            key=keys.file_lost(file.id),
            person_id=file.person_id,
            kind="status",
            message=tell(file.person_id, f"file.{why}", values, ()),
            now=now,
        )
    return True


def let_go(db: Connection, *, file_ids: Collection[str], person_id: str) -> int:
    """
    Let files of a person go; their bytes are removed at the next sweep.

    A file that belongs to an application stays, and so does somebody else's.
    """
    theirs = files.c.id.in_(file_ids), files.c.person_id.in_(merged_ids(db, person_id))
    gone = drop(db, *theirs, files.c.application_id.is_(None))
    for one in gone:
        note(db, Kind.FILE, one)
    return len(gone)


def let_go_again(db: Connection, *, file_id: str) -> bool:
    """Let a file go that was let go before a backup was restored; False for one that is not here."""
    return bool(drop(db, files.c.id == file_id))


def drop(db: Connection, *which: ColumnElement[bool]) -> list[str]:
    """Let the matching files go and return their ids; the one place that does."""
    leaving = update(files).where(*which, files.c.state.in_(_HERE)).values(LEAVING)
    gone = db.execute(leaving.returning(files.c.id, files.c.size)).all()
    if gone:
        count_bytes(db, -sum(one.size for one in gone))
    return [one.id for one in gone]


def _check_size(
    db: Connection, person_id: str, size: int, quota: Quota, *, excluding: str = "", counted: int = 0
) -> None:
    if size > LARGEST:
        raise NotTakenError("too_large")
    here = db.execute(
        select(func.coalesce(func.sum(files.c.size), 0)).where(
            files.c.person_id == person_id, files.c.state.in_(_HERE), files.c.id != excluding
        )
    ).scalar_one()
    if here + size > quota.person:
        raise NotTakenError("quota")
    if bytes_here(db) - counted + size > quota.together:
        raise NotTakenError("full")


def bytes_here(db: Connection) -> int:
    """The bytes of all files that are wanted or kept, as counted with each change."""
    return int(fact(db, BYTES) or 0)


def count_bytes(db: Connection, more: int) -> None:
    """Add to the count of bytes, in the transaction of the change."""
    add_to(db, BYTES, more)


def read_file(db: Connection, row: Row[Any]) -> File:
    """A row as a value."""
    return File(
        id=row.id,
        person_id=row.person_id,
        application_id=row.application_id,
        channel=row.channel,
        ref=row.ref,
        mime=row.mime,
        size=row.size,
        name=unseal_for(db, row.person_id, f"files:name:{row.id}", row.name_sealed),
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
    )


def id_of_ref(db: Connection, *, channel: str, ref: str) -> str | None:
    """The file a reference of one channel stands for, kept already."""
    found: str | None = db.execute(
        select(files.c.id).where(files.c.channel == channel, files.c.ref == ref, files.c.state == "kept")
    ).scalar_one_or_none()
    return found


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:
    """Keep the rows as they are: the bytes are sealed under the other person's key, and read through `merged_ids`."""


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Let every file of a person go; housekeeping removes the unreadable bytes."""
    drop(db, files.c.person_id == person_id)
