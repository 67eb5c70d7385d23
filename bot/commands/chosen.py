"""The configuration and the language of one call, read once when they are first needed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.settings.settings import Settings
    from content.phrases import Phrases


@dataclass
class Chosen:
    """The options before the command: the configuration file and the language."""

    path: Path | None
    lang: str = ""
    _read: list["Settings"] = field(default_factory=list)

    def settings(self) -> "Settings":
        if not self._read:
            from bot.serving.configuration import load_settings

            self._read.append(load_settings(self.path))
        return self._read[0]

    def language(self, usual: str = "") -> str:
        """Return the language of the messages: the option, the setting, the usual one, or that of the terminal."""
        from bot.settings.faults import SettingsFaultsError

        if self.lang:
            return self.lang
        try:
            given = self.settings().language
        except SettingsFaultsError:  # reported by the command itself
            given = ""
        return given or usual or language_of_terminal()


def language_of_terminal() -> str:
    """Return vi for a Vietnamese terminal, and en for every other one."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "vi" if named.lower().startswith("vi") else "en"


class Words:
    """The words of the command line in one language, plain: a terminal shows no markup."""

    def __init__(self, language: str) -> None:
        self.language = language

    @cached_property
    def _phrases(self) -> "Phrases":
        from content.phrases import Phrases

        return Phrases.load()

    def say(self, key: str, **values: object) -> str:
        """Fill one phrase."""
        return self._phrases.say(key, self.language, **values)

    def has(self, key: str) -> bool:
        return self._phrases.has(key)

    def message(self, text: str) -> str:
        """Return a message of the program, which is written in English, in this language."""
        if self.language == "en":
            return text
        from content.translating import translator

        return translator(self.language)(text)

    def filled(self, template: str, values: Sequence[str]) -> str:
        """Fill an English template of a message, {1} with the first value, in this language."""
        from content.translating import translator

        return translator(self.language).filled(template, values)


def language_asked(args: Sequence[str]) -> str:
    """Return the language of an error that ended a call, from its arguments: the call itself is over."""
    given = {word.partition("=")[0]: word.partition("=")[2] for word in args if "=" in word}
    given |= {word: following for word, following in pairwise(args) if "=" not in word}
    path = given.get("--config") or given.get("-c")
    lang = given.get("--lang", "")
    return Chosen(Path(path) if path else None, lang if lang in {"en", "vi"} else "").language(
        "vi" if "setup" in args else ""
    )


def settings_of(ctx: typer.Context) -> "Settings":
    """Return the settings of this call; raises `SettingsFaultsError`."""
    chosen: Chosen = ctx.find_root().obj
    return chosen.settings()


def words_of(ctx: typer.Context, *, usual: str = "") -> Words:
    """Return the messages of this call in its language; a command may have a usual one."""
    chosen: Chosen = ctx.find_root().obj
    return Words(chosen.language(usual))


def quiet_logs(ctx: typer.Context) -> "Settings":
    """Log only warnings, without secrets, for a command that does one thing; return the settings."""
    from bot.settings.logs import start_logging

    settings = settings_of(ctx)
    start_logging(secrets=settings.secrets(), level="WARNING", shape="text")
    return settings
