"""
Backups: one .tar with a whole copy of the database and the sealed files, and the way back.

The live database file is never copied: under WAL such a copy opens without an error and misses the latest
transactions.  SQLite writes the copy (VACUUM INTO) while the bot runs.  The key is not in a backup: a stolen backup
cannot be read, and a backup without the key cannot be restored.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sqlalchemy.engine import URL, make_url

from bot.commands.taken_away import Again, doubts, keep_list, the_list
from bot.settings.command_error import CommandError
from bot.settings.database import folder_for
from bot.settings.key import fits, sqlite_file
from bot.settings.settings import Settings
from registry.deliveries.claims import pause_sending
from registry.identity.reapplying import apply_tombstones
from registry.people.roles import OPERATOR
from registry.store.audit import record
from registry.store.durable import HALF, make_folder, sync_folder
from registry.store.schema import NEWEST, SchemaTooNewError, current, upgrade
from registry.store.sealing import KeyFileError, Vault
from registry.store.store import open_engine
from registry.store.tombstones import Listed

FORMAT: Final = 1
FILES: Final = "files"
_DATABASE = "ocopbot.db"
_MANIFEST = "manifest.json"
_HALF = "restore.part"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written and verified."""

    path: Path
    size: int
    files: int


@dataclass(frozen=True, slots=True)
class Restored:
    """The restored backup; `key` is the state of the installation's key, `again` counts what was taken away again."""

    made_at: str
    version: str
    files: int
    key: str  # fits, missing, other
    again: Again
    doubts: tuple[str, ...]  # gaps of the list


def make_backup(settings: Settings, out: Path | None, *, now: datetime) -> Made:
    """
    Write a backup while the bot runs; an existing file is never replaced.

    An interrupted backup leaves only a file ending in .part.
    """
    database = _sqlite(settings, now)
    if not database.exists():
        raise CommandError(f"There is no database {database} yet. No backup was made; there is nothing to keep.")
    out = out or settings.data_dir / "backups" / f"ocopbot-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar"
    if out.exists():
        raise CommandError(f"{out} is there already and was kept as it is. No backup was made. Give another name.")
    make_folder(out.parent)
    copy, half = out.with_name(f"{out.name}.db.part"), out.with_name(f"{out.name}.part")
    try:
        copy.unlink(missing_ok=True)
        version = _copy_database(database, copy)
        files = _pack_up(half, copy, settings.data_dir / FILES, version=version, now=now)
        half.replace(out)
        sync_folder(out.parent)
    finally:
        copy.unlink(missing_ok=True)
        half.unlink(missing_ok=True)
    return Made(out, out.stat().st_size, files)


def restore_backup(settings: Settings, path: Path, *, given: Path | None, without: bool, now: datetime) -> Restored:
    """
    Restore a backup into an empty place, after verifying the whole archive.

    What was taken away since is taken away again, by the list of tombstones (`given`, or the one of the data folder).
    The pump starts paused: messages queued in the copy may have been sent since it was made.
    """
    database = _sqlite(settings, now)
    _refuse_what_is_there(settings, database)
    listed = the_list(settings, path.parent, given=given, without=without)
    folder_for(settings)
    half = settings.data_dir / _HALF
    shutil.rmtree(half, ignore_errors=True)  # left over by an interrupted restore
    half.mkdir(mode=0o700)
    try:
        manifest = _unpack(path, half)
        why = f"restored {path.name} {now.isoformat()}"
        key, version, again = _prepare(half / _DATABASE, settings, listed, why, now)
        if (half / FILES).exists():
            target = settings.data_dir / FILES
            if target.exists():
                target.rmdir()  # checked above: it is empty
            for folder in (half / FILES, *(one for one in (half / FILES).rglob("*") if one.is_dir())):
                sync_folder(folder)  # the bytes are on disk already, the names are not
            (half / FILES).replace(target)
            sync_folder(settings.data_dir)
        keep_list(settings, listed)
        database.parent.mkdir(parents=True, exist_ok=True)
        (half / _DATABASE).replace(database)  # last: without a database the place still counts as empty
        sync_folder(database.parent)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    made_at = str(manifest["made_at"])
    return Restored(made_at, version, len(manifest["sha256"]) - 1, key, again, tuple(doubts(listed, made_at)))


def _sqlite(settings: Settings, now: datetime) -> Path:
    file = sqlite_file(settings)
    if file is not None:
        return file
    url = make_url(settings.database_url)
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    address = bare.render_as_string()
    dump = f"ocopbot-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.dump"
    files = settings.data_dir.absolute()
    raise CommandError(
        "The database is on PostgreSQL: back it up with its own tools. Nothing was done. Run:\n"
        f"  pg_dump --format=custom --file={dump} '{address}'\n"
        f"  tar --create --file={dump.removesuffix('.dump')}-files.tar --directory={files} {FILES}\n"
        "and to go back, into an empty database, before the bot is started:\n"
        f"  pg_restore --exit-on-error --dbname='{address}' {dump}\n"
        "  ocopbot restore\n"
        f"The password is asked, or taken from PGPASSWORD or ~/.pgpass. The key {settings.key_file} is kept separately."
    )


def _copy_database(database: Path, copy: Path) -> str:
    """Let SQLite write a whole copy, verify it, and return its version."""
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as live:
        live.execute("VACUUM INTO ?", (str(copy),))
    copy.chmod(0o600)
    return _sound(copy)


def _sound(database: Path) -> str:
    """Return the version of a database; refuse a damaged one."""
    try:
        with closing(sqlite3.connect(database)) as db:
            found = db.execute("PRAGMA integrity_check").fetchone()[0]
            version = db.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as trouble:
        raise CommandError(f"The copy of the database cannot be read ({trouble}). Nothing was changed.") from trouble
    if found != "ok" or version is None:
        raise CommandError(f"The copy of the database is not whole ({found}). Nothing was changed.")
    return str(version[0])


def _pack_up(half: Path, copy: Path, files: Path, *, version: str, now: datetime) -> int:
    """
    Write the archive: the copy of the database, the files, then the manifest.

    A file is on disk before its row is saved, so every row of the copy finds its file. A file that went meanwhile
    belonged to somebody who was erased.
    """
    digests: dict[str, str] = {}
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
            digests[_DATABASE] = _add(archive, _DATABASE, copy)
            for file in _kept(files):
                name = f"{FILES}/{file.relative_to(files).as_posix()}"
                try:
                    digests[name] = _add(archive, name, file)
                except FileNotFoundError:
                    continue
            manifest = {"format": FORMAT, "version": version, "made_at": now.isoformat(), "sha256": digests}
            content = json.dumps(manifest, indent=1).encode()
            archive.addfile(_member(_MANIFEST, len(content)), io.BytesIO(content))
        raw.flush()
        os.fsync(raw.fileno())
    return len(digests) - 1


def _kept(files: Path) -> Iterator[Path]:
    if files.exists():
        yield from sorted(file for file in files.rglob("*") if file.is_file() and file.suffix != HALF)


def _add(archive: tarfile.TarFile, name: str, file: Path) -> str:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        size = content.tell()
        content.seek(0)
        archive.addfile(_member(name, size), content)
    return digest


def _member(name: str, size: int) -> tarfile.TarInfo:
    """Remove owner and permissions: nothing in the archive names the machine or its users."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _refuse_what_is_there(settings: Settings, database: Path) -> None:
    there = [path for path in (database, Path(f"{database}-wal")) if path.exists()]
    files = settings.data_dir / FILES
    if files.exists() and any(files.iterdir()):
        there.append(files)
    if there:
        raise CommandError(
            f"There is something already: {', '.join(map(str, there))}. It was kept as it is, nothing was restored. "
            "Stop the bot and move it away, or restore into another place (data_dir, database.url)."
        )


def _unpack(path: Path, into: Path) -> Mapping[str, Any]:
    """Unpack an archive by the known names only, and verify every file against the manifest."""
    found: dict[str, str] = {}
    try:
        with tarfile.open(path, mode="r:") as archive:
            for member in archive:
                if not member.isreg() or not _is_ours(member.name):
                    raise CommandError(f"{path} contains {member.name!r}, not part of a backup. Nothing was restored.")
                content = archive.extractfile(member)
                target = into / member.name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(handle, "wb") as file:
                    shutil.copyfileobj(content or io.BytesIO(), file)
                    file.flush()
                    os.fsync(file.fileno())
                with target.open("rb") as written:
                    found[member.name] = hashlib.file_digest(written, "sha256").hexdigest()
    except tarfile.TarError as trouble:
        raise CommandError(
            f"{path} is no whole backup ({trouble}). Nothing was restored. Take another one."
        ) from trouble
    if found.pop(_MANIFEST, None) is None:
        raise CommandError(f"{path} is incomplete or no backup of this program. Nothing was restored. Take another.")
    manifest: dict[str, Any] = json.loads((into / _MANIFEST).read_text("utf-8"))
    if manifest.get("format") != FORMAT:
        raise CommandError(f"{path} was made by a newer program. Nothing was restored. Restore it with that one.")
    if manifest["sha256"] != found or _DATABASE not in found:
        raise CommandError(f"{path} is damaged: it differs from its manifest. Nothing was restored. Take another one.")
    return manifest


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    inside = len(path.parts) > 1 and path.parts[0] == FILES and ".." not in path.parts and "\\" not in name
    return name in {_DATABASE, _MANIFEST} or (inside and path.as_posix() == name)


def _prepare(database: Path, settings: Settings, listed: Listed, why: str, now: datetime) -> tuple[str, str, Again]:
    """Verify the copy, take away again what the list says, pause its pump, and return the state of the key."""
    version = _sound(database)
    if version > NEWEST:
        raise SchemaTooNewError(version)
    url = f"sqlite:///{database.absolute()}"
    key, vault = _state_of_key(settings, url)
    if listed.tombstones:
        if vault is None:
            raise KeyFileError(
                f"What was taken away since this backup is on a list, and the key {settings.key_file} that opens the "
                "backup is needed to take it away again. Nothing was restored. Put the saved key there first."
            )
        version = upgrade(url, vault)[1]
    engine = open_engine(url, vault)
    try:
        with engine.begin() as db:
            pause_sending(db, reason=why)
            record(db, now=now, actor=OPERATOR, act="backup.restore", noun="installation", noun_id=current(db) or "")
            again = apply_tombstones(db, tombstones=listed.tombstones, now=now) if listed.tombstones else {}
    finally:
        engine.dispose()
    with closing(sqlite3.connect(database, isolation_level=None)) as plain:
        plain.execute("PRAGMA journal_mode=DELETE")  # one file, to be moved in one step
    return key, version, again


def _state_of_key(settings: Settings, url: str) -> tuple[str, Vault | None]:
    """Return whether the key fits this copy, and the vault if it does."""
    try:
        vault = Vault.from_file(settings.key_file)
    except KeyFileError:
        return "missing", None
    engine = open_engine(url, None, reading=True)
    try:
        with engine.connect() as db:
            return ("fits", vault) if fits(db, vault) else ("other", None)
    finally:
        engine.dispose()
