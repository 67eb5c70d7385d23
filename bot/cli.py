"""
The command line: `ocopbot [--config config.yaml] COMMAND`.

Every fault says what happened, what was kept and what to do, and ends with a
code other than 0.  What a command needs is imported when it runs.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot import (
    cli_bench,
    cli_broadcast,
    cli_deliveries,
    cli_export,
    cli_import,
    cli_installation,
    cli_pack,
    cli_poster,
    cli_roles,
    cli_serving,
    cli_understanding,
    cli_zalo,
)
from bot.cli_settings import Chosen

app = typer.Typer(
    name="ocopbot",
    help="Trợ lý OCOP: serves the bot and looks after its installation.",
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
    cli_understanding,
    cli_import,
    cli_zalo,
    cli_export,
    cli_poster,
    cli_broadcast,
    cli_bench,
    cli_deliveries,
):
    commands.add_to(app)


@app.callback()
def choose(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="The configuration; without it ./config.yaml when there is one."),
    ] = None,
) -> None:
    """What all commands share."""
    ctx.obj = Chosen(config)


def main(args: Sequence[str] | None = None) -> None:
    """
    Run one command and leave with its code: 0 done, 1 a fault that is told, 2 a wrong call, 70 a fault of ours.

    A fault nobody foresaw shows its traceback, with the secrets taken out of it.
    """
    os.umask(0o077)  # what the program writes is for its own user alone
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # Vietnamese, whatever the machine's own language is
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app(args=None if args is None else list(args))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # who read us has gone (`| head`); nothing is left to say to them
        sys.exit(141)
    except Exception as trouble:  # noqa: BLE001  the edge: told, never swallowed
        from bot.cli_faults import tell

        sys.exit(tell(trouble))


if __name__ == "__main__":
    main()
