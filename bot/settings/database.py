"""The database for commands that do one thing and end: refused if it is not there, and if it is old."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.settings.key import NoDatabaseYetError, sqlite_file, vault_for
from bot.settings.settings import Settings
from registry.store.durable import make_folder
from registry.store.engines import open_engine
from registry.store.schema import NEWEST, SchemaTooNewError, current, upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from registry.store.tombstones import NAME, TombstoneFile


class OldDatabaseError(Exception):
    """The database was made by an older program; only `migrate` changes it."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"The database is at version {found}, and this program needs {NEWEST}. Nothing was changed. "
            "Make a backup with the older program, then run: ocopbot migrate"
        )


def bring_up(settings: Settings) -> tuple[str | None, str]:
    """Make an empty database, or bring an older one to this program's version; (before, after)."""
    folder_for(settings)
    begin_list(settings)
    return upgrade(settings.database_url, vault_for(settings))


def begin_list(settings: Settings) -> None:
    """Begin the list of tombstones, unless there is one: a restore can then tell an empty one from a lost one."""
    TombstoneFile(settings.data_dir / NAME).begin(datetime.now(UTC))


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The store of a database of this program's version; nothing is made, and an older one is refused."""
    vault = vault_for(settings, make=False)
    before = version_of(settings, vault)
    if before is None:
        raise NoDatabaseYetError(
            "There is no database yet. Nothing was made. Start the bot with `ocopbot run`, or make an empty database "
            "with `ocopbot migrate`."
        )
    if before > NEWEST:
        raise SchemaTooNewError(before)
    if before != NEWEST:
        raise OldDatabaseError(before)
    store = Store(settings.database_url, vault, settings.data_dir)
    try:
        yield store
    finally:
        store.close()


def version_of(settings: Settings, vault: Vault | None) -> str | None:
    """The version of the database; None when it is empty.  Looking creates no file."""
    file = sqlite_file(settings)
    if file is not None and not file.exists():
        return None
    engine = open_engine(settings.database_url, vault, reading=True)
    try:
        with engine.connect() as db:
            return current(db)
    finally:
        engine.dispose()


def folder_for(settings: Settings) -> None:
    """Make the data folder, for its owner only.  An existing folder is left as it is."""
    if not settings.data_dir.exists():
        make_folder(settings.data_dir)
