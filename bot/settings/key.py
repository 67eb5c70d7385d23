"""The installation's key: made once, for an empty database, and never again."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.settings.settings import Settings
from registry.store.engines import driver_url, open_engine
from registry.store.schema import current
from registry.store.sealing import KeyFileError, SealError, Vault, any_data_key
from registry.store.store import StoreRefusesError

T = TypeVar("T")


class NoDatabaseYetError(Exception):
    """The database is empty, and only commands such as `run` and `migrate` make one."""


def vault_for(settings: Settings, *, make: bool = True) -> Vault:
    """
    Open the key.  For an empty database a new one is made, readable by its owner only.

    A database with rows and without its key, or with another one, is refused:
    a new key could not open its rows.  Two programs that start together get the
    same key.
    """
    if settings.key_file.exists():
        vault = Vault.from_file(settings.key_file)
        _check(settings, vault)
        return vault
    if _has_rows(settings):
        raise KeyFileError(
            f"The database has rows, and its key {settings.key_file} is missing. Nothing was changed. "
            "Put the saved copy of the key there and run: chmod 600 on it. Without it nothing personal can be read. "
            "If the key lies elsewhere, name it in security.key_file."
        )
    if not make:
        raise NoDatabaseYetError(
            f"There is no key {settings.key_file} and no database yet. Nothing was made. Run: ocopbot migrate"
        )
    try:
        Vault.create_file(settings.key_file)
    except FileExistsError:
        pass  # another program was faster; its key counts
    except OSError as trouble:
        raise KeyFileError(
            f"The key file {settings.key_file} cannot be made ({trouble.strerror}). Nothing was kept. "
            "Let the program write to its folder, or name another place in security.key_file."
        ) from trouble
    return Vault.from_file(settings.key_file)


def fits(db: Connection, vault: Vault) -> bool:
    """True if the key opens the rows of a database.  An empty database fits every key."""
    wrapped = any_data_key(db)
    if wrapped is None:
        return True
    try:
        vault.seal(wrapped, "key:check", "")
    except SealError:
        return False
    return True


def sqlite_file(settings: Settings) -> Path | None:
    """The file of an SQLite database; None on PostgreSQL."""
    url = driver_url(settings.database_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _has_rows(settings: Settings) -> bool:
    """True if the database is in use.  Looking creates no SQLite file."""
    file = sqlite_file(settings)
    if file is not None and (not file.exists() or file.stat().st_size == 0):
        return False
    return bool(_ask(settings, None, lambda db: current(db) is not None))


def _check(settings: Settings, vault: Vault) -> None:
    file = sqlite_file(settings)
    if file is not None and not file.exists():
        return
    if not _ask(settings, vault, lambda db: fits(db, vault)):
        raise KeyFileError(
            f"The key {settings.key_file} does not open this database; it belongs to another one. Nothing was changed. "
            "Put the key that was saved with this database in its place."
        )


def _ask(settings: Settings, vault: Vault | None, question: Callable[[Connection], T]) -> T:
    engine = open_engine(settings.database_url, vault, reading=True)
    try:
        with engine.connect() as db:
            return question(db)
    except DBAPIError as trouble:
        raise StoreRefusesError(str(trouble.orig)) from trouble
    finally:
        engine.dispose()
