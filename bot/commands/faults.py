"""The error messages of the command line."""

import sys

from sqlalchemy.exc import ArgumentError as AddressError
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from bot.settings.command_error import CommandError
from bot.settings.database import OldDatabaseError
from bot.settings.faults import SettingsFaultsError
from bot.settings.key import NoDatabaseYetError
from bot.settings.logs import Redactor, traceback_of
from content.faults import PackFaultsError
from registry.store.installation import OtherPackError
from registry.store.schema import SchemaTooNewError
from registry.store.sealing import KeyFileError, SealError
from registry.store.store import StoreRefusesError

FORESEEN = (
    CommandError,
    SettingsFaultsError,
    PackFaultsError,
    OtherPackError,
    SchemaTooNewError,
    OldDatabaseError,
    NoDatabaseYetError,
    KeyFileError,
)
"""Their messages already say what happened, what was kept and what to do."""


def told(trouble: BaseException) -> str | None:
    """Return the message for an expected error; None for an unexpected one."""
    match trouble:
        case SealError():
            return (
                f"{trouble} Nothing was changed. Put the key that was saved with this database in its place "
                "(security.key_file)."
            )
        case StoreRefusesError() | DBAPIError():
            why = str(trouble.orig) if isinstance(trouble, DBAPIError) else str(trouble)
            return _of_the_database(why)
        case AddressError() | NoSuchModuleError():
            return (
                "The database's address cannot be read. Nothing was changed. "
                "Write sqlite:///path or postgresql://user@host/name into database.url."
            )
        case _ if isinstance(trouble, FORESEEN):
            return str(trouble)
        case PermissionError() | FileNotFoundError() | IsADirectoryError() | NotADirectoryError():
            return f"{trouble.filename}: {trouble.strerror}. Nothing was changed. Check the path and its permissions."
        case OSError() if trouble.errno == 28:  # ENOSPC
            return "The disk is full. Saved data was kept. Free some space and run the command again."
        case OSError() if trouble.errno in {98, 48}:  # EADDRINUSE on Linux, on macOS
            return (
                f"{trouble.strerror}: another program, perhaps this one, already serves there. Nothing was changed. "
                "Stop it, or choose another server.port."
            )
        case _ if _is_port_taken(trouble):
            return str(trouble)
        case BaseExceptionGroup() if len(trouble.exceptions) == 1:
            return told(trouble.exceptions[0])
        case _:
            return None


def _is_port_taken(trouble: BaseException) -> bool:
    """Compare by name: the class is in the server, which most commands never import."""
    assembly = sys.modules.get("bot.serving.assembly")
    return assembly is not None and isinstance(trouble, assembly.PortTakenError)


def _of_the_database(why: str) -> str:
    words = " ".join(why.split())
    if "locked" in words:
        return (
            f"The database is in use by another program ({words}). This command saved nothing. "
            "Wait until the other program ends, then run the command again."
        )
    if "disk is full" in words:
        return "The disk is full. This command saved nothing, and earlier data was kept. Free some space."
    if "not a database" in words or "malformed" in words:
        return (
            f"The database file is damaged or not a database ({words}). It was not changed. "
            "Restore the last backup beside it: ocopbot restore FILE"
        )
    if "readonly" in words or "unable to open" in words:
        return (
            f"The database cannot be opened for writing ({words}). Nothing was saved. "
            "Check database.url, data_dir and their permissions."
        )
    return f"The database cannot be used now ({words}). This command saved nothing. Fix that, then run it again."


def tell(trouble: Exception, language: str = "en") -> int:
    """Write an error to standard error, without secrets, in a language, and return the exit code."""
    from bot.commands.chosen import Words

    redact, message = _redactor(), Words(language).message
    words = told(trouble)
    if words is None:
        sys.stderr.write(traceback_of(trouble, redact))
        last = "This fault was not foreseen. What was saved before is kept. Report the lines above."
        sys.stderr.write(f"ocopbot: {message(last)}\n")
        return 70
    sys.stderr.write(redact(f"ocopbot: {message(words)}\n"))
    return 1


def _redactor() -> Redactor:
    """Read the secrets as far as possible: a configuration with faults must not leak them either."""
    import os

    from bot.serving.configuration import load_settings
    from bot.settings.faults import PREFIX

    named = [value for name, value in os.environ.items() if _is_secret(name) and name.upper().startswith(PREFIX)]
    try:
        return Redactor([*named, *load_settings().secrets()])
    except SettingsFaultsError:
        return Redactor(named)


def _is_secret(name: str) -> bool:
    return any(part in name.upper() for part in ("TOKEN", "SECRET")) and not name.upper().endswith("_FILE")
