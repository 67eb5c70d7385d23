"""`ocopbot backup drill`: restore the newest backup into a scratch folder, and compare it with the database in use."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bot.commands.backups.backup import restore_backup
from bot.commands.backups.taken_away import shown
from bot.serving.backups import standing
from bot.settings.command_error import CommandError
from bot.settings.database import bring_up, opened
from bot.settings.settings import Database, Security, Settings
from registry.applications.file_room.upkeep import missing
from registry.store import audit
from registry.store.schema import count_rows

_COUNTED: Final = ("people", "accounts", "consents", "applications", "drafts", "questions", "files", "roles")
"""The tables whose rows are compared; the others follow from them, or come and go."""


def drill(settings: Settings, *, now: datetime) -> Iterator[str]:
    """
    Restore the newest backup beside the database in use, and yield what was found; a fault ends it.

    Nothing in the data folder is changed, and the scratch folder is removed.
    """
    newest = standing(settings)
    if newest.newest is None or newest.at is None:
        raise CommandError(f"There is no backup in {settings.backup_folder}. Nothing was tried. Run: ocopbot backup")
    age = int((now - newest.at).total_seconds() // 60)
    yield f"{newest.newest}: {age} minutes old"
    with opened(settings) as store:
        live = store.read_now(count_rows, names=_COUNTED)
    with TemporaryDirectory(prefix="drill-", dir=settings.data_dir) as folder:
        scratch = scratch_settings(settings, Path(folder))
        listed = settings.data_dir / "tombstones.log"
        restored = restore_backup(scratch, newest.newest, given=listed, without=not listed.exists(), now=now)
        if restored.key != "fits":
            raise CommandError(f"The key {settings.key_file} does not open this backup. Nothing in use was changed.")
        yield from shown(restored.again)
        bring_up(scratch)  # a backup of an earlier release is upgraded
        with opened(scratch) as store:
            broken = store.read_now(audit.verify)
            if broken is not None:
                raise CommandError(
                    f"The audit of this backup is broken at entry {broken.entry}: {broken.why}. "
                    "Nothing in use was changed. Try an older backup, and look at the disk."
                )
            head, found = store.read_now(audit.head), store.read_now(count_rows, names=_COUNTED)
            lost = store.read_now(missing, folder=scratch.data_dir)
    with opened(settings) as store:
        apart = store.read_now(audit.verify, expected_head=head) if head else None
    for table in _COUNTED:
        yield f"{table:14} {found[table]:8} of {live[table]} rows"
    if lost:
        raise CommandError(f"{len(lost)} file(s) of this backup are missing: {', '.join(lost[:5])}. Try an older one.")
    if apart is not None:
        raise CommandError(
            f"This backup is not of the database in use: {apart.why}. Nothing in use was changed. "
            "Look at backup.to, and at the audit: ocopbot audit verify"
        )
    yield "The backup can be restored."


def scratch_settings(settings: Settings, folder: Path) -> Settings:
    """The same installation in another folder, with its key and without its channels."""
    return settings.model_copy(
        update={
            "data_dir": folder,
            "database": Database(),
            "security": Security(key_file=settings.key_file.absolute()),
            **settings.without_channels(),
        }
    )
