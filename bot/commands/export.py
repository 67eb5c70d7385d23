"""`export ideas`: an office's list of ideas as an Excel workbook."""

import os
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.chosen import quiet_logs
from bot.settings.command_error import CommandError


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    group = typer.Typer(help="Export lists from the database.", no_args_is_help=True, rich_markup_mode=None)
    group.callback()(_group)
    group.command("ideas")(ideas)
    app.add_typer(group, name="export")


def _group() -> None:
    """Keep `ideas` a separate command while it is the only one."""


def ideas(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="The .xlsx to write; an existing file is kept.")],
    place: Annotated[str, typer.Option("--place", help="A place by code or name; without it the whole province.")] = "",
) -> None:
    """Write the ideas of a place and all below it, with status, holder, dates and what help is asked for."""
    from bot.commands.roles import place_named
    from bot.serving.house import clock_for
    from bot.settings.clock import VIETNAM
    from bot.settings.database import opened
    from content.finder.search import Answers
    from content.papers.workbook import list_workbook
    from content.phrases import Phrases
    from content.programme.pack import load_pack
    from handlers.conversation.desk import House
    from handlers.office_sheets import ideas_sheet
    from registry.applications.office_list import note_taken, office_list
    from registry.people.roles import OPERATOR

    if out.suffix.lower() != ".xlsx":
        raise CommandError(f"{out} does not end with .xlsx. Nothing was written. Name it so.")
    if out.exists():
        raise CommandError(f"{out} exists and was not changed. Give another name.")
    if not out.parent.is_dir():
        raise CommandError(f"There is no folder {out.parent}. Nothing was written. Make it, or name another.")
    settings = quiet_logs(ctx)
    with opened(settings) as store:
        now = clock_for(settings, store).now().astimezone(UTC)
        pack = load_pack(settings.pack, now.astimezone(VIETNAM).date())
        code = place_named(pack, place) if place else pack.places.root.code
        listed = store.read_now(office_list, pack=pack, place=code, by=OPERATOR, on=pack.places.on)
        house = House(pack, Phrases.load(), Answers({}, ()), settings.office)
        content = list_workbook(ideas_sheet(house, listed, place=code, now=now))
        store.write_now(note_taken, pack=pack, place=code, by=OPERATOR, now=now)
    # personal data: readable by this user only; a file that appeared meanwhile is kept
    with open(out, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    print(f"{out}: {len(listed)} idea(s) of {pack.places.full_name(code)}. It contains personal data; keep it safe.")
