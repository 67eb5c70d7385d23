"""The configuration as commands use it: read when it is first needed, once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.settings.settings import Settings


@dataclass
class Chosen:
    """What was chosen before the command: which file."""

    path: Path | None
    _read: list["Settings"] = field(default_factory=list)

    def settings(self) -> "Settings":
        if not self._read:
            from bot.serving.configuration import load_settings

            self._read.append(load_settings(self.path))
        return self._read[0]


def settings_of(ctx: typer.Context) -> "Settings":
    """The settings of this call; raises `SettingsFaultsError`."""
    chosen: Chosen = ctx.find_root().obj
    return chosen.settings()


def quiet_logs(ctx: typer.Context) -> "Settings":
    """For commands that do one thing and end: only warnings, without secrets.  Answers the settings."""
    from bot.settings.logs import start_logging

    settings = settings_of(ctx)
    start_logging(secrets=settings.secrets(), level="WARNING", shape="text")
    return settings
