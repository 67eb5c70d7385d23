"""A backup by hand, and the way back from any."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url

from bot.commands.backups.taken_away import Again, doubts, keep_list, the_list
from bot.serving.archives import DATABASE, FILES, Made, sound_version, unpack, write_archive
from bot.settings.command_error import CommandError
from bot.settings.database import folder_for
from bot.settings.key import fits, sqlite_file
from bot.settings.settings import Settings
from registry.deliveries.claims import pause_sending
from registry.identity.reapplying import apply_tombstones
from registry.people.roles import OPERATOR
from registry.store.audit import record
from registry.store.durable import sync_folder
from registry.store.engines import open_engine
from registry.store.schema import NEWEST, SchemaTooNewError, current, upgrade
from registry.store.sealing import KeyFileError, Vault
from registry.store.tombstones import Listed

_HALF: Final = "restore.part"


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
    """Write a backup while the bot runs; an existing file is never replaced."""
    database = _sqlite(settings, now)
    if not database.exists():
        raise CommandError(f"There is no database {database} yet. No backup was made; there is nothing to keep.")
    out = out or settings.backup_folder / f"ocopbot-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar"
    return write_archive(database, settings.data_dir / FILES, out, now=now)


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
        manifest = unpack(path, half)
        why = f"restored {path.name} {now.isoformat()}"
        key, version, again = _prepare(half / DATABASE, settings, listed, why, now)
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
        (half / DATABASE).replace(database)  # last: without a database the place still counts as empty
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


def _prepare(database: Path, settings: Settings, listed: Listed, why: str, now: datetime) -> tuple[str, str, Again]:
    """Verify the copy, take away again what the list says, pause its pump, and return the state of the key."""
    version = sound_version(database)
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
