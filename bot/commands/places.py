"""`places convert`: old and present names of communes for a whole list."""

from collections import Counter
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.chosen import settings_of, words_of
from bot.settings.command_error import CommandError


class Era(StrEnum):
    """The map that the names of a list are from."""

    OLD = "old"
    NEW = "new"


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    group = typer.Typer(help="Convert names of places in lists.", no_args_is_help=True, rich_markup_mode=None)
    group.callback()(_group)
    group.command("convert")(convert)
    app.add_typer(group, name="places")


def _group() -> None:
    """Keep `convert` a separate command while it is the only one."""


def convert(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="An .xlsx workbook with a column of communes.")],
    out: Annotated[Path | None, typer.Option("--out", help="The copy to write; by default next to the file.")] = None,
    column: Annotated[
        str, typer.Option("--column", help="The heading or letter of the communes, where it is not found.")
    ] = "",
    names: Annotated[
        Era | None, typer.Option("--names", help="Whether the names are old or new, for names that are both.")
    ] = None,
) -> None:
    """
    Convert the communes of a list between the old and the present map, into a copy of the workbook.

    Each row gets the present name, its code, the old places that belong to it, and a note.
    Uncertain names are marked with all their candidates, unknown ones as unknown.  The file itself is not changed.
    """
    from bot.commands.lists.converting import convert_workbook
    from bot.commands.lists.editing import free_name, refuse_taken
    from bot.settings.settings import day_of
    from content.places.converting import NEW, OLD, Outcome
    from content.programme.pack import load_pack

    words = words_of(ctx)
    if not file.is_file():
        raise CommandError(f"There is no file {file}. Nothing was written. Give its name.")
    out = out or free_name(file, "doi-ten")
    refuse_taken(out)
    settings = settings_of(ctx)
    pack = load_pack(settings.pack, day_of(settings, datetime.now(UTC)))
    era = {None: "", Era.OLD: OLD, Era.NEW: NEW}[names]
    sheets, as_values = convert_workbook(file, out, pack.places, column=column, era=era)
    if not sheets:
        raise CommandError(
            f"{file} has no column of communes that is known. Nothing was written. Name it with --column."
        )
    said = {
        Outcome.RENAMED: "old name(s), converted",
        Outcome.VALID: "present name(s), with their old places",
        Outcome.SEVERAL: "uncertain, marked with all candidates",
        Outcome.UNKNOWN: "unknown, marked",
        Outcome.DAMAGED: "damaged letters, marked",
    }
    total: Counter[Outcome] = Counter()
    for sheet in sheets:
        print(words.message(f"{sheet.title}: column {sheet.letter}, {sheet.counts.total()} row(s)."))
        if sheet.cut:
            print(words.message(f"{sheet.title}: The rows after the first 25000 were not converted. Cut the list."))
        total += sheet.counts
    for outcome, text in said.items():
        print(f"{total[outcome]:6} {words.message(text)}")
    if as_values:
        print(words.message("The workbook could not be copied with its looks; the copy has its values."))
    print(words.message(f"Written: {out}"))
