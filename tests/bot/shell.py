"""The command line as an operator has it: a separate folder, no variables but those given."""

import atexit
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from bot.cli import main
from bot.serving.configuration import Settings, load_settings
from bot.settings import database
from bot.settings.faults import PREFIX
from bot.settings.logs import RedactingFormatter
from registry.store.store import Store


@cache
def new_installation() -> Path:
    """A data folder with an empty database and its key, made once and copied by each test."""
    folder = Path(mkdtemp(prefix="ocopbot-new-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database.bring_up(Settings(data_dir=folder / "var"))
    return folder / "var"


def install(folder: Path) -> None:
    """Put an empty database and its key into a folder, as `ocopbot migrate` does, without running the migrations."""
    shutil.copytree(new_installation(), folder, dirs_exist_ok=True)


def opened(settings: Settings) -> AbstractContextManager[Store]:
    """The store of an installation; where there is none yet, of a copy of an empty one."""
    if not settings.data_dir.exists():
        install(settings.data_dir)
    return database.opened(settings)


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class Shell:
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *args: str) -> Ran:
        self.capsys.readouterr()
        try:
            main(args)
            code = 0
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0 if left.code is None else 1
        seen = self.capsys.readouterr()
        return Ran(code, seen.out, seen.err)

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self.monkeypatch.setenv(PREFIX + name, value)

    def config(self, text: str, mode: int = 0o600) -> Path:
        path = self.folder / "config.yaml"
        path.write_text(text, "utf-8")
        path.chmod(mode)
        return path

    @property
    def settings(self) -> Settings:
        return load_settings()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    mask = os.umask(0o022)
    yield Shell(tmp_path, monkeypatch, capsys)
    os.umask(mask)
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler.formatter, RedactingFormatter):
            root.removeHandler(handler)
    root.setLevel(logging.WARNING)


@pytest.fixture
def installed(shell: Shell) -> None:
    """The shell's data folder has an empty database and its key, as after `ocopbot migrate`."""
    install(shell.settings.data_dir)
