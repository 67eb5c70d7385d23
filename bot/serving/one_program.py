"""
One whole program per database: a second `run` would poll every platform a second time.

On SQLite it is refused, since both have the same folder and port. On PostgreSQL it waits, and takes over when the
first one ends. `run --only web` and `run --only pump` share the work and take no lock.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.settings.command_error import CommandError
from bot.settings.database import folder_for
from bot.settings.key import sqlite_file
from bot.settings.settings import Settings
from registry.store.sender_lock import SenderLock

log = structlog.get_logger()

PROGRAM = "program"
"""The name of the lock, beside those of the channels."""
LOOKS = 2.0
"""Seconds between two looks at a lock that another machine has."""


@asynccontextmanager
async def only_one(settings: Settings) -> AsyncIterator[None]:
    """Hold the right to be the whole program of a database for as long as this lasts."""
    folder_for(settings)
    lock = SenderLock(settings.database_url, PROGRAM)
    file = sqlite_file(settings)
    told = False
    while not await lock.take():
        if file is not None:
            raise CommandError(
                f"Another `run` works on {file} already. Nothing was started. Stop it, or run a part beside it: "
                "ocopbot run --only web"
            )
        if not told:
            log.warning("another program has this database; waiting until it ends")
            told = True
        await asyncio.sleep(LOOKS)
    try:
        yield
    finally:
        await lock.release()
