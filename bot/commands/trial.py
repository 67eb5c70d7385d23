"""`trial status`, `trial invite`, `trial end`: who takes part in a trial, and how it is left."""

from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import quiet_logs, words_of
from bot.settings.command_error import CommandError
from content.actions.producers import StartAsTester

if TYPE_CHECKING:
    from bot.commands.chosen import Words
    from registry.identity.ending_trial import Summary

MOST_CODES = 200


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    group = typer.Typer(help="Manage a trial.", no_args_is_help=True, rich_markup_mode=None)
    group.command("status")(status)
    group.command("invite")(invite)
    group.command("end")(end)
    app.add_typer(group, name="trial")


def status(ctx: typer.Context) -> None:
    """Show whether a trial is on, who takes part, and what waits because of it."""
    from bot.serving.house import clock_for
    from bot.settings.clock import VIETNAM
    from bot.settings.database import opened
    from registry.identity.ending_trial import summary
    from registry.people import trials

    settings, words = quiet_logs(ctx), words_of(ctx)
    with opened(settings) as store:
        now = clock_for(settings, store).now().astimezone(UTC)
        mode = store.write_now(trials.follow, wanted=settings.trial, now=now)
        print(words.say(f"cli.trial.{mode}"))
        if mode is trials.Mode.ON:
            _show(words, store.read_now(summary, on=now.astimezone(VIETNAM).date()))


def invite(
    ctx: typer.Context,
    count: Annotated[int, typer.Option("--count", min=1, max=MOST_CODES, help="How many people.")] = 1,
) -> None:
    """Create one-time codes for testers.  Each works once, within seven days, and is shown only here."""
    from bot.serving.house import clock_for
    from bot.settings.database import opened
    from registry.people import trials
    from registry.people.roles import OPERATOR

    settings, words = quiet_logs(ctx), words_of(ctx)
    with opened(settings) as store:
        now = clock_for(settings, store).now().astimezone(UTC)
        if store.write_now(trials.follow, wanted=settings.trial, now=now) is not trials.Mode.ON:
            raise CommandError(words.say("cli.trial.no_trial"))
        for _ in range(count):
            print(StartAsTester(store.write_now(trials.invite_tester, by=OPERATOR, now=now)).command)
    print(words.say("cli.trial.invited"))


def end(
    ctx: typer.Context,
    erase_testers: Annotated[
        bool, typer.Option("--erase-testers", help="Erase every tester without a role, with all their records.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Leave the trial: show what is kept and deleted, ask, and answer everybody from then on."""
    from bot.commands.setup.configuration_file import write_keys
    from bot.serving.house import clock_for, house_for
    from bot.settings.clock import VIETNAM
    from bot.settings.database import opened
    from handlers.conversation.telling import Telling
    from registry.identity import ending_trial
    from registry.people import trials

    settings, words = quiet_logs(ctx), words_of(ctx)
    with opened(settings) as store:
        now = clock_for(settings, store).now().astimezone(UTC)
        today = now.astimezone(VIETNAM).date()
        if store.write_now(trials.follow, wanted=settings.trial, now=now) is not trials.Mode.ON:
            raise CommandError(words.say("cli.trial.no_trial"))
        _show(words, store.read_now(ending_trial.summary, on=today))
        print(words.say("cli.trial.erases_testers" if erase_testers else "cli.trial.keeps_testers"))
        if not yes and not _agreed(words.say("cli.trial.end_question")):
            raise CommandError(words.say("cli.trial.stays"))
        house = house_for(settings, today)
        try:
            store.write_now(
                lambda db: ending_trial.end(
                    db, pack=house.pack, on=today, now=now, erase_testers=erase_testers, tell=Telling(house, db, now)
                )
            )
        except ending_trial.NoTrialError:  # another command was faster
            raise CommandError(words.say("cli.trial.no_trial")) from None
    print(words.say("cli.trial.done"))
    if settings.trial:
        file = write_keys(ctx, {"trial": False})
        print(words.say("cli.trial.written", file=file) if file else words.say("cli.trial.write_it"))


def _show(words: "Words", found: "Summary") -> None:
    for key in ("officials", "testers", "visitors", "applications", "drafts", "news", "decisions"):
        print(words.say(f"cli.trial.count_{key}", count=getattr(found, key)))


def _agreed(question: str) -> bool:
    """Ask for confirmation; without an answer it is a no."""
    try:
        return typer.confirm(question, default=False, err=True)
    except typer.Abort:
        return False
