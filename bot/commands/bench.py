"""`bench`: the measurements of the program, for a whole checkout."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.settings.command_error import CommandError

TOOL = Path(__file__).resolve().parents[2] / "tools" / "bench.py"


def add_to(app: typer.Typer) -> None:
    """Put this command on the command line."""
    app.command("bench")(bench)


def bench(parts: Annotated[list[str] | None, typer.Argument(help="Some of them; without any, all.")] = None) -> None:
    """Measure the cost of a form step, the start of the program and more, like `make bench`."""
    if not TOOL.is_file():
        raise CommandError(f"{TOOL} is not there: this installation came without its tools. Run it from a checkout.")
    ran = subprocess.run([sys.executable, str(TOOL), *(parts or [])], check=False)  # noqa: S603  our own tool
    if ran.returncode:
        raise CommandError(
            "The measurement stopped early; the figures printed above are valid. "
            "It needs the development packages, which `make test` installs."
        )
