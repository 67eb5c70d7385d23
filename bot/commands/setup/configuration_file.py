"""The configuration file of a call, for the commands that write a setting into it."""

from collections.abc import Mapping
from pathlib import Path

import typer

from bot.commands.chosen import Chosen
from bot.settings.settings import USUAL_FILE
from bot.settings.writing import NotWritableError, Value, write_settings


def file_of(ctx: typer.Context) -> Path:
    """Return the configuration file this call reads, whether it exists or not."""
    chosen: Chosen = ctx.find_root().obj
    return chosen.path or USUAL_FILE


def write_keys(ctx: typer.Context, values: Mapping[str, Value]) -> Path | None:
    """Write settings into the existing file of this call; None, and nothing is changed, where that cannot be."""
    file = file_of(ctx)
    if not file.exists():
        return None
    try:
        write_settings(file, values)
    except NotWritableError:
        return None
    return file
