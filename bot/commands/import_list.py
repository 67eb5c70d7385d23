"""`import`: an office's own list of entities, products and certificates."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import Words, quiet_logs, words_of
from bot.commands.claim_code import print_unclaimed
from bot.settings.command_error import CommandError

if TYPE_CHECKING:
    from bot.commands.lists.reading import OfficeList
    from bot.commands.lists.taking_in import TakingIn
    from content.programme.pack import Pack
    from registry.store.store import Store


MOST_UNCLAIMED = 20
"""Entities without anybody that an import names; `claim-code` lists all."""


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
    finish: Annotated[
        bool, typer.Option("--continue", help="Take in the rest of a list whose import was cut off.")
    ] = False,
) -> None:
    """
    Import an office's list.  Without --apply only the changes are shown; with it all of them are written, or none.

    With faults nothing is written, and a copy of the workbook shows them, for the office to correct and send again.
    Idempotent.  A corrected list corrects the records with the same numbers of the office.  The bot may run meanwhile.
    """
    if [file is not None, template is not None, finish].count(True) != 1:
        raise CommandError("Name the workbook to read, or --template and the file to write. Nothing was done.")
    if template is not None:
        from bot.commands.lists.template import write_template

        write_template(template)
        print(words_of(ctx).message(f"{template} was written. Fill it in, then run: ocopbot import {template}"))
    else:
        if copy is not None:
            from bot.commands.lists.editing import refuse_taken

            refuse_taken(copy)
        _import(ctx, file, apply=apply, copy=copy)


def _import(ctx: typer.Context, file: Path | None, *, apply: bool, copy: Path | None) -> None:
    from bot.commands.lists.reporting import report_lines, result
    from bot.commands.lists.taking_in import TakingIn
    from bot.serving.house import clock_for
    from bot.settings.clock import VIETNAM
    from bot.settings.database import opened
    from content.programme.pack import load_pack
    from registry.identity.claiming import count_unclaimed_everywhere, unclaimed_everywhere
    from registry.imports.listed import in_order

    settings, words = quiet_logs(ctx), words_of(ctx)
    with opened(settings) as store:
        clock = clock_for(settings, store)
        pack = load_pack(settings.pack, clock.now().astimezone(VIETNAM).date())

        def says(text: str) -> None:
            print(words.message(text), flush=True)

        taking = TakingIn(store, pack=pack, now=clock.now, says=says)
        if file is None:
            _finish(taking, words)
            return
        if apply:
            _finish(taking, words, quiet=True)
        book = _book(store, file, pack, words, clock.now().astimezone(VIETNAM).date(), copy)
        rows = list(in_order(book.entities, book.products))
        report = taking.take(rows) if apply else taking.preview(rows)
        for line in report_lines(report, words):
            print(line)
        if not apply:
            says(f"Nothing was written yet. To do it: ocopbot import {file} --apply")
            return
        count = store.read_now(count_unclaimed_everywhere)
        if count:
            print_unclaimed(pack, store.read_now(unclaimed_everywhere, limit=MOST_UNCLAIMED), words, count)
        print(result(report, words))


def _finish(taking: "TakingIn", words: Words, *, quiet: bool = False) -> None:
    """Finish a list that was cut off after its confirmation, and show the reports nobody has seen."""
    from bot.commands.lists.reporting import report_lines, result

    found = False
    for begun_at, report in taking.finish_earlier():
        found = True
        print(words.message(f"The list of {begun_at.isoformat(timespec='minutes')} is taken in whole:"))
        for line in (*report_lines(report, words), result(report, words)):
            print(line, flush=True)
    if not found and not quiet:
        print(words.message("No list was left half taken in. Nothing was done."))


def _book(store: "Store", file: Path, pack: "Pack", words: Words, today: date, copy: Path | None) -> "OfficeList":
    """Read a workbook, show how it was understood, its remarks and its faults, and refuse one with faults."""
    from bot.commands.lists.found import mapping_said
    from bot.commands.lists.marking import copy_with_faults
    from bot.commands.lists.reading import read_workbook
    from bot.commands.lists.reporting import found_lines
    from registry.imports.numbers import known_numbers, known_product_numbers

    known, products = store.read_now(known_numbers), store.read_now(known_product_numbers)
    book = read_workbook(file, pack, known=known, known_products=products, today=today)
    for sheet in book.mapped:
        print(mapping_said(sheet, words))
    for line in (*found_lines(book.remarks, words), *found_lines(book.faults, words)):
        print(line)
    if book.faults:
        copy_with_faults(file, copy, book.faults, book.mapped, lambda text: print(words.message(text)))
        raise CommandError(
            f"{len(book.faults)} fault(s) in {file.name}. Nothing was imported. Mend the cells named above."
        )
    return book
