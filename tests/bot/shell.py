"""The command line as an operator has it: a separate folder, no variables but those given."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main
from bot.serving.configuration import Settings, load_settings
from bot.settings.faults import PREFIX
from bot.settings.logs import RedactingFormatter


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
    monkeypatch.chdir(tmp_path)
    mask = os.umask(0o022)
    yield Shell(tmp_path, monkeypatch, capsys)
    os.umask(mask)
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler.formatter, RedactingFormatter):
            root.removeHandler(handler)
    root.setLevel(logging.WARNING)
