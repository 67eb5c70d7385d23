"""The configuration of the whole program: `bot.settings` and a section for every registered channel."""

from pathlib import Path

from bot.serving.registered import CHANNELS
from bot.settings.settings import Settings as WithoutChannels
from bot.settings.settings import known_keys as known_keys_of
from bot.settings.settings import load, settings_with

Settings = settings_with({one.name: one.section for one in CHANNELS})


def load_settings(path: Path | None = None) -> WithoutChannels:
    """Read the configuration.  Raises `SettingsFaultsError` with all of its faults."""
    return load(Settings, path)


def known_keys() -> frozenset[str]:
    """Every key there is, with its section, such as "pack" or "server.port"."""
    return known_keys_of(Settings)
