"""`import`: an office's own list of entities, products and certificates."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import quiet_logs, words_of
from bot.commands.claim_code import print_unclaimed
from bot.settings.command_error import CommandError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.commands.lists.reading import OfficeList
    from content.programme.pack import Pack
    from registry.applications.imports import Taken


class _UndoneError(Exception):
    """Ends a dry run: rolls the transaction back and carries its counts."""

    def __init__(self, taken: "Taken") -> None:
        super().__init__("A dry run changes nothing.")
        self.taken = taken


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command("import")(take)


def take(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="An .xlsx workbook.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write it; without this, only show the changes.")] = False,
    template: Annotated[
        Path | None, typer.Option("--template", help="Write an empty workbook that explains itself.")
    ] = None,
    copy: Annotated[
        Path | None, typer.Option("--copy", help="The copy with the faults; by default next to the workbook.")
    ] = None,
) -> None:
    """
    Import an office's list.  Without --apply only the changes are shown; with it all of them are written, or none.

    With faults nothing is written, and a copy of the workbook shows them, for the office to correct and send again.
    Idempotent.  A corrected list corrects the records with the same numbers of the office.
    """
    if (file is None) == (template is None):
        raise CommandError("Name the workbook to read, or --template and the file to write. Nothing was done.")
    if template is not None:
        from bot.commands.lists.template import write_template

        write_template(template)
        print(words_of(ctx).message(f"{template} was written. Fill it in, then run: ocopbot import {template}"))
    elif file is not None:
        if copy is not None:
            from bot.commands.lists.editing import refuse_taken

            refuse_taken(copy)
        _import(ctx, file, apply=apply, copy=copy)


def _import(ctx: typer.Context, file: Path, *, apply: bool, copy: Path | None) -> None:
    from bot.commands.lists.found import mapping_said, said
    from bot.commands.lists.marking import copy_with_faults
    from bot.commands.lists.reading import read_workbook
    from bot.serving.house import clock_for
    from bot.settings.clock import VIETNAM
    from bot.settings.database import opened
    from content.programme.pack import load_pack
    from registry.applications.imports import known_numbers
    from registry.identity.claiming import unclaimed_everywhere

    settings, words = quiet_logs(ctx), words_of(ctx)
    with opened(settings) as store:
        now = clock_for(settings, store).now()
        pack = load_pack(settings.pack, now.astimezone(VIETNAM).date())
        book = read_workbook(file, pack, known=store.read_now(known_numbers), today=now.astimezone(VIETNAM).date())
        for sheet in book.mapped:
            print(mapping_said(sheet, words))
        for remark in book.remarks:
            print(said(remark, words))
        for fault in book.faults:
            print(said(fault, words))
        if book.faults:
            copy_with_faults(file, copy, book.faults, book.mapped, lambda text: print(words.message(text)))
            raise CommandError(
                f"{len(book.faults)} fault(s) in {file.name}. Nothing was imported. Mend the cells named above."
            )
        try:
            taken = store.write_now(_unit, pack=pack, book=book, now=now, apply=apply)
        except _UndoneError as undone:
            taken = undone.taken
        unclaimed = store.read_now(unclaimed_everywhere) if apply else ()
    for what, count in sorted(taken.counts.items()):
        print(f"{count:6} {words.message(what)}")
    for number in taken.left:
        left = f"       {number} was not changed: its person has it or erased it, or an official decided otherwise."
        print(words.message(left))
    if unclaimed:
        print_unclaimed(pack, unclaimed)
    print(words.message("Imported." if apply else f"Nothing was written yet. To do it: ocopbot import {file} --apply"))


def _unit(db: "Connection", *, pack: "Pack", book: "OfficeList", now: datetime, apply: bool) -> "Taken":
    from registry.applications.imports import take_in

    taken = take_in(db, pack=pack, listed=book.entities, products=book.products, now=now)
    if not apply:
        raise _UndoneError(taken)
    return taken
