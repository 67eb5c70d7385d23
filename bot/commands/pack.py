"""`pack check`: all faults of a pack at once.  `pack new`: a copy of a pack to start from."""

import re
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.chosen import settings_of, words_of
from bot.settings.command_error import CommandError

if TYPE_CHECKING:
    from content.faults import Fault

PACK_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_OWN_ID = re.compile(r"^id:.*$", re.MULTILINE)
_APPROVED = re.compile(r"^(approved_(?:by|on):)", re.MULTILINE)
SOURCES = ("bot", "console", "handlers", "registry", "scheduler")


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    group = typer.Typer(help="Check and create packs.", no_args_is_help=True, rich_markup_mode=None)
    group.command("check")(check)
    group.command("new")(new)
    app.add_typer(group, name="pack")


def check(
    ctx: typer.Context,
    pack: Annotated[str, typer.Argument(help="Id or folder of a pack; without it the configured one.")] = "",
    on: Annotated[str, typer.Option("--on", help="The day to check it for, such as 2026-11-30; its demo day.")] = "",
) -> None:
    """Show all faults of a pack and of the catalogs, each with file, line and remedy."""
    folder = folder_of(pack or settings_of(ctx).pack)
    faults = faults_of(folder, _day(on))
    words = words_of(ctx)
    for fault in faults:
        print(words.message(str(fault)))
    if faults:
        raise CommandError(
            f"{len(faults)} fault(s) in pack {folder.resolve().name}. Nothing was changed. Correct them."
        )
    print(words.message(f"Pack {folder.resolve().name} is in order."))


def new(
    ctx: typer.Context,
    pack: Annotated[str, typer.Argument(help="Its id: province and year, such as ha-tinh-2027.")],
    like: Annotated[str, typer.Option("--like", help="The pack to copy; without it the configured one.")] = "",
    into: Annotated[Path | None, typer.Option("--into", help="Another folder than the one of the packs.")] = None,
) -> None:
    """Create a pack as a copy of another one: the same texts under a new id, not yet approved."""
    from content.programme.pack import PACKS

    if not PACK_ID.fullmatch(pack):
        raise CommandError(f"{pack!r} is not an id: use small letters, digits and hyphens. Nothing was created.")
    model, folder = folder_of(like or settings_of(ctx).pack), (into or PACKS) / pack
    if folder.exists():
        raise CommandError(f"{folder} exists and was not changed. Choose another id.")
    if not folder.parent.is_dir():
        raise CommandError(f"There is no folder {folder.parent}. Nothing was created. Create it, or name another.")
    shutil.copytree(model, folder)
    programme = folder / "programme.yaml"
    words = _OWN_ID.sub(f"id: {pack}", programme.read_text("utf-8"), count=1)
    programme.write_text(_APPROVED.sub(r"# \1", words), "utf-8")
    print(
        f"{folder} is a copy of {model.resolve().name}, approved by nobody.\n"
        "Change in this order: programme.yaml (names, documents, days, deciders), places.csv, forms, topics, lessons.\n"
        f"Then: ocopbot pack check {pack if into is None else folder}"
    )


def folder_of(pack: str) -> Path:
    """Return the folder of a pack, given by id or as a folder."""
    from content.programme.pack import PACKS

    for folder in (PACKS / pack, Path(pack)):
        if (folder / "programme.yaml").is_file():
            return folder
    known = ", ".join(sorted(one.name for one in PACKS.iterdir() if (one / "programme.yaml").is_file()))
    raise CommandError(
        f"There is no pack {pack!r}, nor a folder of that name with a programme.yaml. Nothing was read. Known: {known}."
    )


def _day(written: str) -> date | None:
    """Read the day of `--on`."""
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise CommandError(f"{written!r} is not a day; write it as 2026-11-30. Nothing was checked.") from None


def faults_of(folder: Path, on: date | None = None) -> list["Fault"]:
    """Return the faults of the pack and the catalogs, with unknown and unused keys."""
    from content.faults import Fault, PackFaultsError
    from content.phrases import Phrases
    from content.programme.checks.packs import check_pack, keys_of_pack
    from content.programme.checks.phrases import check_phrases, unused_and_unknown_keys
    from content.programme.pack import PACKS, read_pack
    from handlers.rooms import COMMAND_NAMES

    try:
        phrases = Phrases.load()
    except PackFaultsError:
        return check_phrases(commands=COMMAND_NAMES)
    faults = [
        *check_pack(folder, commands=COMMAND_NAMES, phrases=phrases, on=on),
        *check_phrases(commands=COMMAND_NAMES),
    ]
    folders = {folder, *(one for one in PACKS.iterdir() if (one / "programme.yaml").is_file())}
    packs = [read for one in folders if (read := read_pack(one)[0]) is not None]
    root = PACKS.parent.parent
    unused, unknown = unused_and_unknown_keys(
        [root / name for name in SOURCES], phrases, frozenset().union(*map(keys_of_pack, packs))
    )
    faults += unknown
    said = "".join(path.read_text("utf-8") for name in SOURCES for path in sorted((root / name).rglob("*.py")))
    for key in unused:
        # a reader names "reading.money" once and adds ".taken" or ".which" to it
        if f'"{key.rpartition(".")[0]}"' not in said:
            faults.append(Fault("locales/vi", 0, f"Nothing says {key!r}.", "Remove it, or correct the key."))
    return sorted(set(faults))
