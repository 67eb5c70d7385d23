"""The list of tombstones at a restore: where it is, its way into the new data folder, and its application."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from bot.settings.command_error import CommandError
from bot.settings.database import OldDatabaseError, opened, version_of
from bot.settings.key import vault_for
from bot.settings.settings import Settings
from registry.deliveries.claims import pause_sending
from registry.identity.reapplying import apply_tombstones
from registry.people.roles import OPERATOR
from registry.store.audit import record
from registry.store.durable import HALF, sync_folder
from registry.store.schema import NEWEST
from registry.store.tombstones import NAME, Kind, Listed, TombstoneError, TombstoneFile, joined, read_list

Again = Mapping[Kind, int]
NOTHING = Listed((), 0, "")


def the_list(settings: Settings, near: Path, *, given: Path | None, without: bool) -> Listed:
    """
    Read the list that a restore applies: the given one, before the one of the data folder.

    Without any it is refused, unless the operator says so: erased people would come back.
    """
    if without:
        return NOTHING
    own = settings.data_dir / NAME
    found = [path for path in (given, own) if path is not None and path.exists()]
    if not found or (given is not None and not given.exists()):
        beside = near / NAME
        hint = f" A copy is next to the backup: --list {beside}" if beside.exists() else ""
        raise CommandError(
            f"There is no list {given or own} of what was taken away since the backup (erasures, withdrawn consents, "
            f"revoked roles). Nothing was restored. Name it with --list, as {NAME} of the old data folder.{hint} "
            "If it is lost, --without-list restores without it, and what was taken away comes back."
        )
    try:
        return joined([read_list(path) for path in dict.fromkeys(path.absolute() for path in found)])
    except TombstoneError as trouble:
        raise CommandError(f"{trouble} Restore with the program that wrote it, or a newer one.") from trouble
    except OSError as trouble:
        raise CommandError(
            f"{trouble.filename} cannot be read ({trouble.strerror}). Nothing was restored."
        ) from trouble


def doubts(listed: Listed, made_at: str) -> Iterator[str]:
    """Name the gaps of a list: lines that cannot be read, and a beginning after the backup."""
    if listed.damaged:
        yield f"{listed.damaged} line(s) of the list are damaged and were skipped: what they took away may be back."
    if listed.began and datetime.fromisoformat(listed.began) > datetime.fromisoformat(made_at):
        yield f"The list begins on {listed.began}, after this backup: what was taken away before is not on it."


def keep_list(settings: Settings, listed: Listed) -> None:
    """Put the applied list into the data folder, for a later restore of a still older backup."""
    own = settings.data_dir / NAME
    here = read_list(own).tombstones if own.exists() else ()
    if len(listed.tombstones) > len(here):
        half = own.with_name(own.name + HALF)
        half.unlink(missing_ok=True)
        whole = TombstoneFile(half)
        whole.begin(datetime.fromisoformat(listed.began) if listed.began else datetime.now(UTC))
        whole.append(listed.tombstones)
        half.replace(own)
        sync_folder(own.parent)


def apply_to_database(settings: Settings, *, given: Path | None, without: bool, now: datetime) -> Again:
    """
    Apply the list to a database that was put back by its own tools, and pause its pump.

    An empty database is refused, and so is one of another version.
    """
    listed = the_list(settings, settings.data_dir, given=given, without=without)
    version = version_of(settings, vault_for(settings, make=False))
    if version is None:
        raise CommandError("The database is empty. Nothing was changed. Put the backup back first, by its own tools.")
    if version != NEWEST:
        raise OldDatabaseError(version)
    with opened(settings) as store:
        again: dict[Kind, int] = {}

        def unit(db: Connection) -> None:
            again.clear()
            pause_sending(db, reason=f"restored {now.isoformat()}")
            record(db, now=now, actor=OPERATOR, act="backup.restore", noun="installation", noun_id=version)
            again.update(apply_tombstones(db, tombstones=listed.tombstones, now=now))

        store.write_now(unit)
    keep_list(settings, listed)
    return again


def shown(again: Again) -> Iterator[str]:
    """The counts of what was taken away again, a line each."""
    if not again:
        yield "Nothing was taken away since this backup."
    for kind, count in again.items():
        yield f"{count:6} × {kind.value}, applied again"
