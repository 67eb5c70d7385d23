"""`pack check`: everything that is wrong with a pack, at once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_settings import CommandError, settings_of

if TYPE_CHECKING:
    from content.faults import Fault

SOURCES = ("bot", "console", "handlers", "registry", "scheduler")


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    group = typer.Typer(help="Look after packs.", no_args_is_help=True, rich_markup_mode=None)
    group.command("check")(check)
    app.add_typer(group, name="pack")


def check(
    ctx: typer.Context,
    pack: Annotated[str, typer.Argument(help="Id or folder of a pack; without it the configured one.")] = "",
) -> None:
    """Tell all faults of a pack and of the catalogs, each with file, line and remedy."""
    folder = folder_of(pack or settings_of(ctx).pack)
    faults = faults_of(folder)
    for fault in faults:
        print(fault)
    if faults:
        raise CommandError(f"{len(faults)} fault(s) in pack {folder.resolve().name}. Nothing was changed. Mend all.")
    print(f"Pack {folder.resolve().name} is in order.")


def folder_of(pack: str) -> Path:
    """The folder of a pack by its id, or itself."""
    from content.pack import PACKS

    for folder in (PACKS / pack, Path(pack)):
        if (folder / "programme.yaml").is_file():
            return folder
    known = ", ".join(sorted(one.name for one in PACKS.iterdir() if (one / "programme.yaml").is_file()))
    raise CommandError(
        f"There is no pack {pack!r}, nor a folder of that name with a programme.yaml. Nothing was read. Known: {known}."
    )


def faults_of(folder: Path) -> list["Fault"]:
    """Faults of the pack, of the catalogs, and of keys said but missing or there and never said."""
    from content import check as checker
    from content.faults import Fault, PackFaultsError
    from content.pack import PACKS, read_pack
    from content.phrases import Phrases
    from handlers.rooms import COMMAND_NAMES

    try:
        phrases = Phrases.load()
    except PackFaultsError:
        return checker.check_phrases(commands=COMMAND_NAMES)
    faults = [
        *checker.check_pack(folder, commands=COMMAND_NAMES, phrases=phrases),
        *checker.check_phrases(commands=COMMAND_NAMES),
    ]
    folders = {folder, *(one for one in PACKS.iterdir() if (one / "programme.yaml").is_file())}
    packs = [read for one in folders if (read := read_pack(one)[0]) is not None]
    root = PACKS.parent.parent
    unused, unknown = checker.unused_and_unknown_keys(
        [root / name for name in SOURCES], phrases, frozenset().union(*map(checker.keys_of_pack, packs))
    )
    faults += unknown
    said = "".join(path.read_text("utf-8") for name in SOURCES for path in sorted((root / name).rglob("*.py")))
    for key in unused:
        # a reader names "reading.money" once and adds ".taken" or ".which" to it
        if f'"{key.rpartition(".")[0]}"' not in said:
            faults.append(Fault("locales/vi", 0, f"Nothing says {key!r}.", "Take it out, or mend the key."))
    return sorted(set(faults))
