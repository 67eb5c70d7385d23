"""Everything a step may use: the terminal, the settings, the answered questions, and one way to write."""

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.channels.finding import Finding
from bot.commands.setup.progress import Progress
from bot.commands.setup.terminal import NO, NOTHING, Terminal
from bot.serving.configuration import known_keys, load_settings
from bot.settings.command_error import CommandError
from bot.settings.faults import SettingsFaultsError, variable
from bot.settings.settings import Settings
from bot.settings.writing import NotWritableError, Value, with_setting, write_privately, write_settings
from content.fold import fold

SAMPLE = Path(__file__).resolve().parents[3] / "config.yaml"
"""The configuration that comes along, with its comments; a new file begins as its copy."""
ENOUGH = ("xong", "het", "done", "none")
"""Words that end a list."""
_PROBE = ".setup-probe.yaml"


class UnfitError(Exception):
    """A typed value that cannot be used; `words` say why, in the operator's language."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


Reader = Callable[[str], Value]
"""Reads what was typed; raises `UnfitError`."""


@dataclass
class Scene:
    """One run of the setup."""

    terminal: Terminal
    file: Path
    progress: Progress
    _settings: list[Settings] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """The configuration as it is now, with all that was answered."""
        if not self._settings:
            self._settings.append(load_settings(self.file))
        return self._settings[0]

    def say(self, key: str, **values: object) -> str:
        """Fill a phrase of the setup."""
        return self.terminal.words.say(key, **values)

    def now(self) -> datetime:
        return datetime.now(UTC)

    # questions

    def ask(
        self, question: str, key: str, values: Mapping[str, object] = NOTHING, *, usual: str = "", read: Reader = str
    ) -> Value:
        """
        Ask for a setting and write it at once; a question that was answered is not asked again.

        A variable of the environment overrides the file, so such a setting is only shown.
        """
        if question in self.progress.answered or self._is_given(key):
            return self._present(key)
        present = str(self._present(key) or "")
        while True:
            typed = self.terminal.ask(f"setup.{question}", values, usual=present or usual)
            try:
                value = read(typed)
                self.write({key: value})
            except UnfitError as unfit:
                self.terminal.show(unfit.words)
                continue
            self.progress.answer(question)
            return value

    def ask_secret(self, question: str, key: str, *, read: Reader = str) -> None:
        """Ask for a secret, and put it into a file that only its owner may read; it is never shown."""
        if question in self.progress.answered or self._is_given(key) or self._is_given(f"{key}_file"):
            return
        kept = self._holds(key)
        while True:
            typed = self.terminal.ask(f"setup.{question}", secret=True)
            if not typed and kept:
                self.terminal.say("setup.secret_stays")
                break
            try:
                if not typed:
                    raise UnfitError(self.say("setup.empty"))
                self.keep_secret(key, str(read(typed)))
            except UnfitError as unfit:
                self.terminal.show(unfit.words)
                continue
            self.terminal.say("setup.secret_kept", file=self.secret_file(key))
            break
        self.progress.answer(question)

    def wants(self, channel: str) -> bool:
        """Ask once whether a channel is to be used; a channel that is not wanted is switched off."""
        yes, no = f"{channel}.use.yes", f"{channel}.use.no"
        if yes in self.progress.answered:
            return True
        if no not in self.progress.answered:
            wanted = self.terminal.agree(f"setup.{channel}.use", usual=True)
            if not wanted:
                self.write({f"{channel}.enabled": False})
            self.progress.answer(yes if wanted else no)
            return wanted
        return False

    def one_more(self, question: str) -> str:
        """Ask for one more of a list; empty once the operator has said that there are no more."""
        if question in self.progress.answered:
            return ""
        none = self.say("setup.none")
        typed = self.terminal.ask(f"setup.{question}", usual=none)
        if fold(typed) not in {fold(none), *NO, *ENOUGH}:
            return typed
        self.progress.answer(question)
        return ""

    def agree(self, question: str, *, usual: bool) -> bool:
        """Ask for yes or no, without a setting; asked again in every run that comes by."""
        return self.terminal.agree(f"setup.{question}", usual=usual)

    # writing

    def write(self, values: Mapping[str, Value]) -> None:
        """Write settings together; raises `UnfitError`, and nothing is changed, where they do not fit."""
        self._try(values)
        try:
            if not self.file.exists() and SAMPLE.is_file():
                write_privately(self.file, SAMPLE.read_text("utf-8"))
            write_settings(self.file, values)
        except (NotWritableError, OSError) as trouble:
            raise CommandError(self.say("setup.not_writable", file=self.file, why=trouble)) from trouble
        self._settings.clear()

    def keep_secret(self, key: str, secret: str) -> None:
        """Put a secret into its own file and name the file in the configuration."""
        file = self.secret_file(key)
        try:
            write_privately(file, secret + "\n")
        except OSError as trouble:
            raise CommandError(self.say("setup.not_writable", file=file, why=trouble.strerror)) from trouble
        self.write({f"{key}_file": str(file)})

    def make_secret(self, key: str) -> None:
        """Make a random secret where none is kept: nobody has to type or see it."""
        if not self._holds(key):
            self.keep_secret(key, secrets.token_urlsafe(32))

    def secret_file(self, key: str) -> Path:
        return self.settings.data_dir.absolute() / "secrets" / key.replace(".", "_")

    # checks

    def show(self, findings: Iterable[Finding]) -> bool:
        """Show findings in the operator's language, as they come; True when none is a fault."""
        sound = True
        for finding in findings:
            sound = sound and finding.state != "fault"
            mark = self.say(f"setup.mark.{finding.state}")
            self.terminal.show(f"  {mark} {self.terminal.words.message(finding.words)}")
        return sound

    # inside

    def _present(self, key: str) -> Value:
        section, _, name = key.rpartition(".")
        found: Value = getattr(getattr(self.settings, section) if section else self.settings, name)
        return found

    def _holds(self, key: str) -> bool:
        section, _, name = key.rpartition(".")
        return bool(getattr(getattr(self.settings, section), name).get_secret_value())

    def _is_given(self, key: str) -> bool:
        """True, and it is said, for a setting the environment overrides."""
        name = variable(key)
        if not os.environ.get(name):
            return False
        self.terminal.say("setup.given", variable=name)
        return True

    def _try(self, values: Mapping[str, Value]) -> None:
        """Read the configuration as it would be, in a file beside it."""
        source = self.file if self.file.exists() else SAMPLE
        words = source.read_text("utf-8") if source.is_file() else ""
        for key, value in values.items():
            if key.removesuffix("_file") not in known_keys() and key not in known_keys():
                raise KeyError(key)
            words = with_setting(words, key, value)
        probe = self.settings.data_dir / _PROBE
        try:
            write_privately(probe, words)
            load_settings(probe)
        except SettingsFaultsError as trouble:
            shown = "\n".join(self.terminal.words.message(fault) for fault in trouble.faults)
            raise UnfitError(self.say("setup.unfit", faults=shown)) from trouble
        except OSError as trouble:
            raise CommandError(self.say("setup.not_writable", file=probe, why=trouble.strerror)) from trouble
        finally:
            probe.unlink(missing_ok=True)
