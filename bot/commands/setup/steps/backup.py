"""The folder of the backups, best on another disk: beside the database they would be lost with it."""

import os
from collections.abc import Iterator
from pathlib import Path

from bot.channels.finding import Finding
from bot.commands.check import checks
from bot.commands.setup.scene import Scene
from bot.commands.setup.walking import Asked, Step
from bot.settings.key import sqlite_file
from content.fold import fold

LATER = "de sau"
"""The words for the usual folder."""


def _ask(scene: Scene) -> Asked:
    if sqlite_file(scene.settings) is None:
        scene.terminal.say("setup.backup.by_server")
        return Asked.UNWANTED
    question = "backup.folder"
    while question not in scene.progress.answered:
        typed = scene.terminal.ask(f"setup.{question}", {"example": "/mnt/backup", "later": LATER})
        if fold(typed) != LATER:
            folder = Path(typed)
            if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
                scene.terminal.say("setup.backup.no_folder", folder=folder)
                continue
            if folder.resolve().is_relative_to(scene.settings.data_dir.resolve()):
                scene.terminal.say("setup.backup.same_folder", folder=folder)
                continue
            scene.write({"backup.to": str(folder.resolve())})
        scene.progress.answer(question)
    return Asked.CHECK


def _check(scene: Scene) -> Iterator[Finding]:
    yield from checks(scene.settings, "backup")
    if scene.settings.backup.to is None:
        yield Finding("backup", "warning", scene.say("setup.backup.beside", folder=scene.settings.backup_folder))


BACKUP = Step("backup", _ask, _check)
