"""
The command line: `ocopbot [--config config.yaml] COMMAND`.

Every error says what happened, what was kept and what to do, and the exit code is not 0.
A command imports its modules when it runs.
"""

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import asked_back as cli_asked_back
from bot.commands import bench as cli_bench
from bot.commands import broadcast as cli_broadcast
from bot.commands import claim_code as cli_claim_code
from bot.commands import deliveries as cli_deliveries
from bot.commands import export as cli_export
from bot.commands import import_list as cli_import
from bot.commands import installation as cli_installation
from bot.commands import merged_places as cli_merged_places
from bot.commands import pack as cli_pack
from bot.commands import places as cli_places
from bot.commands import poster as cli_poster
from bot.commands import roles as cli_roles
from bot.commands import serving as cli_serving
from bot.commands import trial as cli_trial
from bot.commands import understanding as cli_understanding
from bot.commands import zalo as cli_zalo
from bot.commands.chosen import Chosen, language_asked
from bot.commands.setup import command as cli_setup


class Language(StrEnum):
    """The languages of the command line."""

    EN = "en"
    VI = "vi"


app = typer.Typer(
    name="ocopbot",
    help="Trợ lý OCOP: runs the bot and manages its installation.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
for commands in (
    cli_serving,
    cli_installation,
    cli_pack,
    cli_roles,
    cli_merged_places,
    cli_places,
    cli_understanding,
    cli_asked_back,
    cli_import,
    cli_claim_code,
    cli_zalo,
    cli_export,
    cli_poster,
    cli_broadcast,
    cli_bench,
    cli_deliveries,
    cli_trial,
    cli_setup,
):
    commands.add_to(app)


@app.callback()
def choose(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="The configuration file; by default ./config.yaml, if it exists."),
    ] = None,
    lang: Annotated[
        Language | None,
        typer.Option("--lang", help="The language of messages; by default the setting, or that of the terminal."),
    ] = None,
) -> None:
    """Keep the options common to all commands."""
    ctx.obj = Chosen(config, lang.value if lang else "")


def main(args: Sequence[str] | None = None) -> None:
    """
    Run one command and exit: 0 done, 1 an expected error, 2 a wrong call, 70 our own fault.

    An unexpected error shows its traceback, without secrets.
    """
    os.umask(0o077)  # files of the program are readable by its user only
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # Vietnamese on a machine of any language
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app(args=None if args is None else list(args))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone (`| head`)
        sys.exit(141)
    except Exception as trouble:  # noqa: BLE001  the edge: reported, never swallowed
        from bot.commands.faults import tell

        sys.exit(tell(trouble, language_asked(sys.argv[1:] if args is None else args)))


if __name__ == "__main__":
    main()
