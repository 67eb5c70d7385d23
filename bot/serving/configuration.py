"""The configuration of the whole program, for everything above `bot.settings`."""

from bot.settings.settings import Settings, known_keys, load_settings

__all__ = ["Settings", "known_keys", "load_settings"]
