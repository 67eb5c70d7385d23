"""
`ocopbot check`: the faults of an installation with their remedies; nothing is changed.

No message is sent: a platform is only asked for the name of the bot.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bot.channels.finding import Finding
from bot.channels.manifest import Looking
from bot.serving.registered import CHANNELS, Registration
from bot.settings.logs import Redactor
from bot.settings.settings import MEGABYTE, Settings, day_of

LATELY = timedelta(days=7)


def findings(settings: Settings) -> Iterator[Finding]:
    """Run all checks; a fault in one does not stop the others."""
    yield from checks(settings)


def checks(settings: Settings, *only: str) -> Iterator[Finding]:
    """Run the checks with these names, or all of them."""
    looks: tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...] = (
        ("configuration", _configuration),
        ("pack", _pack),
        ("disk", _disk),
        ("key", _key),
        ("database", _database),
        ("backup", _backup),
        *((channel.name, partial(look_at, channel)) for channel in CHANNELS),
    )
    redact = Redactor(settings.secrets())
    for of, look in looks:
        if only and of not in only:
            continue
        try:
            for finding in look(settings):
                yield Finding(finding.of, finding.state, redact(finding.words))
        except Exception as trouble:  # noqa: BLE001  the edge: reported as a fault of this check
            from bot.commands.faults import told

            yield Finding(of, "fault", redact(told(trouble) or f"{type(trouble).__name__}: {trouble}"))


def _configuration(settings: Settings) -> Iterator[Finding]:
    name = "configuration"
    yield Finding(name, "ok", f"pack {settings.pack}, data in {settings.data_dir.absolute()}")
    if not settings.office:
        yield Finding(name, "warning", "office is empty: people are told that this is a trial. Name who runs the bot.")
    if settings.clock.start:
        yield Finding(name, "warning", "clock.start is set, for demo and tests only: people are told wrong days.")
    for section in settings.channels().values():
        for doubt in section.doubts(settings.server.public_url):
            yield Finding(name, "warning", doubt)
    if not settings.enabled():
        yield Finding(name, "fault", "No channel is enabled, so nobody can write to the bot. Enable one.")


def _pack(settings: Settings) -> Iterator[Finding]:
    from bot.commands.pack import folder_of
    from content.phrases import Phrases
    from content.programme.checks.packs import check_pack
    from handlers.rooms import COMMAND_NAMES

    on = day_of(settings, datetime.now(UTC))
    faults = check_pack(folder_of(settings.pack), commands=COMMAND_NAMES, phrases=Phrases.load(), on=on)
    for fault in faults:
        yield Finding("pack", "fault", str(fault))
    if not faults:
        yield Finding("pack", "ok", f"{settings.pack} on {on.isoformat()}")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(
            "disk", "fault", f"{folder} cannot be written to. Let the program's user own it, or move data_dir."
        )
        return
    room = shutil.disk_usage(folder).free
    words = f"{room // 1024**2} MB are free at {folder}"
    if room >= settings.limits.disk_reserve * MEGABYTE:
        yield Finding("disk", "ok", words)
    else:
        yield Finding("disk", "warning", f"{words}. Make room.")


def _key(settings: Settings) -> Iterator[Finding]:
    from bot.settings.key import NoDatabaseYetError, vault_for

    try:
        vault_for(settings, make=False)
    except NoDatabaseYetError:
        yield Finding("key", "ok", f"{settings.key_file} will be made beside the empty database")
        return
    yield Finding(
        "key", "ok", f"{settings.key_file} opens the database. Keep a copy of it elsewhere, apart from the backups."
    )


def _places(settings: Settings, db: Any) -> Iterator[Finding]:
    """Warn about rows under places that the pack abolished."""
    from content.programme.pack import load_pack
    from registry.identity.merged_places import abolished

    found = abolished(db, pack=load_pack(settings.pack, day_of(settings, datetime.now(UTC))))
    if found:
        rows = sum(sum(one.rows.values()) for one in found)
        words = f"{rows} rows name {len(found)} places that are no longer valid. `ocopbot move-places` lists them."
        yield Finding("database", "warning", words)


def _database(settings: Settings) -> Iterator[Finding]:
    from bot.settings.database import version_of
    from registry.applications.file_room.upkeep import missing
    from registry.deliveries.channel_pauses import channel_pauses
    from registry.deliveries.claims import paused_for
    from registry.deliveries.dead_letters import dead_letters
    from registry.people import trials
    from registry.store.engines import open_engine
    from registry.store.installation import fact
    from registry.store.schema import NEWEST, SchemaTooNewError, damage

    version = version_of(settings, None)
    if version is None:
        yield Finding("database", "ok", "It is empty; `ocopbot run` or `ocopbot migrate` makes its tables.")
        yield from _trial("off", wanted=settings.trial)
        return
    if version > NEWEST:
        raise SchemaTooNewError(version)
    if version != NEWEST:
        yield Finding("database", "warning", f"It is at version {version}; `ocopbot migrate` brings it to {NEWEST}.")
        return
    engine = open_engine(settings.database_url, None, reading=True)
    try:
        with engine.connect() as db:
            serves, paused = fact(db, "pack"), paused_for(db)
            trial = trials.mode(db)
            pauses = channel_pauses(db, now=datetime.now(UTC))
            gone = missing(db, folder=settings.data_dir)
            dead = sum(one.count for one in dead_letters(db, since=datetime.now(UTC) - LATELY))
            yield from _places(settings, db)
            if damaged := damage(db):
                yield Finding("database", "fault", f"It is damaged ({damaged}). Restore the last backup elsewhere.")
                return
    finally:
        engine.dispose()
    if serves not in {None, settings.pack}:
        yield Finding("database", "fault", f"It serves the pack {serves}. Configure that one, or another database.")
    yield from _trial(trial, wanted=settings.trial)
    if paused:
        yield Finding("database", "warning", f"Nothing is sent ({paused}). Show the queue: ocopbot resume")
    for pause in pauses:
        yield Finding("database", "warning", f"{pause.channel}: {pause.words}.")
    if gone:
        words = f"{len(gone)} kept file(s) are missing in {settings.data_dir / 'files'}: {', '.join(gone[:5])}. "
        yield Finding("database", "fault", words + "Bring the files of the last backup back.")
    if dead:
        words = f"{dead} messages of the last {LATELY.days} days reached nobody. Look at them: ocopbot deliveries"
        yield Finding("database", "warning", words)
    yield Finding("database", "ok", f"version {version}")


def _trial(found: str, *, wanted: bool) -> Iterator[Finding]:
    """The state of the trial, and whether the configuration says the same."""
    if found == "on":
        words = "The trial is on: only invited people are answered. Show who, and leave it: ocopbot trial status, end"
        yield Finding("trial", "warning", words if wanted else f"{words}. The setting alone does not end it.")
    elif wanted and found == "ended":
        yield Finding("trial", "warning", "The trial was ended. Write trial: false into the configuration.")
    elif wanted:
        yield Finding("trial", "ok", "The trial begins with the next `ocopbot run`.")


def _backup(settings: Settings) -> Iterator[Finding]:
    from bot.serving.backups import backs_up, lately, standing

    found, every = standing(settings), timedelta(minutes=settings.backup.every)
    if not backs_up(settings):
        yield Finding("backup", "warning", "The program makes no backups here: docs/operator.md, Backups.")
    elif found.trouble:
        yield Finding("backup", "fault", f"{lately(found)}: {found.trouble}.")
    elif found.at is not None and found.late(every, datetime.now(UTC)):
        yield Finding("backup", "warning", f"{lately(found)}: is the bot running? It makes one every {every}.")
    elif found.at is None:
        yield Finding("backup", "ok", f"none yet; the running bot makes one every {every} in {settings.backup_folder}")
    else:
        yield Finding("backup", "ok", f"the last one is {found.newest}")


def look_at(channel: Registration, settings: Settings) -> Iterator[Finding]:
    """Yield the findings of one channel, by the check in its manifest."""
    now = datetime.now(UTC)
    looking: Looking[Any] = Looking(settings.server.public_url, now, lambda: _kept(channel, settings, now))
    yield from channel.manifest.check(looking, settings.channels()[channel.name])


def _kept(channel: Registration, settings: Settings, now: datetime) -> Any:
    """Read the state of a channel from a database of this version, or return None when there is none; read-only."""
    from bot.settings.database import version_of
    from bot.settings.key import NoDatabaseYetError, vault_for
    from registry.store.engines import open_engine
    from registry.store.schema import NEWEST

    look = channel.look()
    if look is None:
        return None
    try:
        vault = vault_for(settings, make=False)
    except NoDatabaseYetError:
        return None
    if version_of(settings, vault) != NEWEST:
        return None
    engine = open_engine(settings.database_url, vault, reading=True)
    try:
        with engine.connect() as db:
            return look(db, now)
    finally:
        engine.dispose()
