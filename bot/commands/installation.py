"""`migrate`, `check`, `backup`, `restore`, `resume`, `audit verify`: looking after an installation."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.chosen import quiet_logs, words_of
from bot.settings.command_error import CommandError


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    app.command("migrate")(migrate)
    app.command("check")(check)
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("resume")(resume)
    group = typer.Typer(help="Inspect the audit.", no_args_is_help=True, rich_markup_mode=None)
    group.command("verify")(verify)
    app.add_typer(group, name="audit")


def migrate(ctx: typer.Context) -> None:
    """Create the database, or upgrade an older one; a newer one is refused."""
    from bot.settings.database import bring_up

    settings = quiet_logs(ctx)
    before, after = bring_up(settings)
    if before == after:
        print(f"The database is at version {after} already; nothing was changed.")
    elif before is None:
        print(f"The database was created, at version {after}. Keep a copy of its key elsewhere: {settings.key_file}")
    else:
        print(f"The database was upgraded from version {before} to {after}.")


def check(ctx: typer.Context) -> None:
    """Check configuration, pack, disk, key, database and channels; show faults with their remedies."""
    from bot.commands.check import findings

    faults, words = 0, words_of(ctx)
    for finding in findings(quiet_logs(ctx)):
        faults += finding.state == "fault"
        state = words.say(f"cli.state.{finding.state}")
        print(f"{state:8} {finding.of:14} {words.message(finding.words)}", flush=True)
    if faults:
        raise CommandError(
            f"{faults} fault(s), named above. Nothing was changed and nobody was written to. Mend them all."
        )


def backup(
    ctx: typer.Context,
    out: Annotated[
        Path | None,
        typer.Argument(help="Without it, a new file in the folder of the backups.  `drill`: try the newest one."),
    ] = None,
) -> None:
    """Write a whole copy of the database and the files into one .tar, while the bot runs; or drill a restore."""
    if out == Path("drill"):
        _drill(ctx)
        return
    from bot.commands.backups.backup import make_backup

    settings, say = quiet_logs(ctx), _saying(ctx)
    made = make_backup(settings, out, now=datetime.now(UTC))
    say(f"{made.path}: the database and {made.files} file(s), {made.size:,} bytes, verified.")
    say(f"The key is not in it. Keep {settings.key_file} apart from the backups; without it they cannot be read.")


def _drill(ctx: typer.Context) -> None:
    """Restore the newest backup into a scratch folder, compare it with the database, and remove it again."""
    from bot.commands.backups.drill import drill

    say = _saying(ctx)
    for line in drill(quiet_logs(ctx), now=datetime.now(UTC)):
        say(line)


def restore(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="A .tar of `ocopbot backup`.  Without it: the database was put back by its own tools."),
    ] = None,
    given: Annotated[
        Path | None, typer.Option("--list", help="The tombstones.log of the old data folder, if it is elsewhere.")
    ] = None,
    without: Annotated[
        bool, typer.Option("--without-list", help="The list is lost: erased people and revoked roles come back.")
    ] = False,
) -> None:
    """Restore a backup into an empty place.  Nothing is sent until `ocopbot resume`."""
    from bot.commands.backups.backup import restore_backup
    from bot.commands.backups.taken_away import apply_to_database, shown

    settings, say = quiet_logs(ctx), _saying(ctx)
    now = datetime.now(UTC)
    if file is None:
        again = apply_to_database(settings, given=given, without=without, now=now)
        for line in shown(again):
            say(line)
        say("The pump is paused: queued messages may have been sent since. Check them and resume: ocopbot resume")
        return
    restored = restore_backup(settings, file, given=given, without=without, now=now)
    for line in (*shown(restored.again), *restored.doubts):
        say(line)
    say(f"The backup of {restored.made_at} is in place: version {restored.version}, {restored.files} file(s).")
    say("The pump is paused: queued messages may have been sent since. Check them and resume: ocopbot resume")
    match restored.key:
        case "missing":
            say(f"The key {settings.key_file} is missing. Put the saved copy there.")
        case "other":
            say(f"The key {settings.key_file} does not open this database. Put the key saved with this backup there.")
        case _:
            say(f"The key {settings.key_file} opens it.")


def resume(
    ctx: typer.Context,
    cancel_before: Annotated[
        str,
        typer.Option("--cancel-before", help="Cancel messages queued before a day or moment: 2026-09-15T08:00+07:00"),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Show the messages queued since a restore, cancel the stale ones, and resume sending."""
    from bot.serving.house import clock_for
    from bot.settings.clock import parse_start
    from bot.settings.database import opened
    from registry.deliveries.resuming import cancel_older, debts, why_paused
    from registry.deliveries.resuming import resume as lift

    try:
        before = parse_start(cancel_before) if cancel_before else None
    except ValueError:
        raise CommandError(f"{cancel_before!r} is not a day or a moment. Nothing was changed.") from None
    settings, say = quiet_logs(ctx), _saying(ctx)
    with opened(settings) as store:
        why = store.read_now(why_paused)
        if not why:
            say("The pump is not paused; nothing was changed.")
            return
        now = clock_for(settings, store).now()
        say(f"Paused: {why}")
        pending = store.read_now(debts)
        for debt in pending:
            say(f"  {debt.count:6} {debt.kind:10} the oldest from {debt.oldest.isoformat(timespec='minutes')}")
        if not pending:
            say("  nothing is queued")
        what = f"Cancel those queued before {before.isoformat()} and send the rest?" if before else "Send all of them?"
        if not yes and not _agreed(words_of(ctx).message(what)):
            raise CommandError("The pump stays paused; nothing was changed and nothing is sent.")
        if before is not None:
            say(f"{store.write_now(cancel_older, before=before, now=now)} cancelled.")
        store.write_now(lift, now=now)
    say("The pump sends again; a running bot notices within seconds.")


def _saying(ctx: typer.Context) -> Callable[[str], None]:
    """Return the way to print a message in the language of the command line."""
    message = words_of(ctx).message
    return lambda text: print(message(text), flush=True)


def _agreed(question: str) -> bool:
    """Ask for confirmation; without an answer it is a no."""
    try:
        return typer.confirm(question, default=False, err=True)
    except typer.Abort:
        return False


def verify(
    ctx: typer.Context,
    head: Annotated[str, typer.Option("--head", help="A head stored elsewhere, to be found in the chain.")] = "",
) -> None:
    """Walk the chain of the audit and name the first entry that was altered, removed or moved."""
    from bot.settings.database import opened
    from registry.store.audit import head as last
    from registry.store.audit import verify as walk

    with opened(quiet_logs(ctx)) as store:
        broken = store.read_now(walk, expected_head=head)
        end = store.read_now(last)
    if broken is not None:
        raise CommandError(
            f"The chain of the audit is broken at entry {broken.entry}: {broken.why}. Nothing was changed. "
            "Keep this database as it is and compare it with the last backups."
        )
    print(f"The chain of the audit is intact. Head: {end or 'none yet'}")
