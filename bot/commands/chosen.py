"""The configuration of one call, read once when it is first needed."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.settings.settings import Settings


@dataclass
class Chosen:
    """The options before the command: the configuration file."""

    path: Path | None
    _read: list["Settings"] = field(default_factory=list)

    def settings(self) -> "Settings":
        if not self._read:
            from bot.serving.configuration import load_settings

            self._read.append(load_settings(self.path))
        return self._read[0]


def settings_of(ctx: typer.Context) -> "Settings":
    """Return the settings of this call; raises `SettingsFaultsError`."""
    chosen: Chosen = ctx.find_root().obj
    return chosen.settings()


def quiet_logs(ctx: typer.Context) -> "Settings":
    """Log only warnings, without secrets, for a command that does one thing; return the settings."""
    from bot.settings.logs import start_logging

    settings = settings_of(ctx)
    start_logging(secrets=settings.secrets(), level="WARNING", shape="text")
    return settings
