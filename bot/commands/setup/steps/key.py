"""The database with its key, and a copy of the key elsewhere."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from bot.channels.finding import Finding
from bot.commands.check import checks
from bot.commands.setup.scene import Scene
from bot.commands.setup.walking import Asked, Step
from bot.settings.database import bring_up
from content.fold import fold

COPIED = "da chep"
"""The words for a copy the operator made without us."""
LATER = "de sau"


def _ask(scene: Scene) -> Asked:
    bring_up(scene.settings)
    question = "key.copy"
    if question in scene.progress.answered:
        return Asked.CHECK
    while True:
        typed = scene.terminal.ask(f"setup.{question}", {"example": "/media/usb", "copied": COPIED, "later": LATER})
        if fold(typed) == LATER:
            return Asked.CHECK
        if fold(typed) == COPIED or _copied(scene, Path(typed)):
            scene.progress.answer(question)
            return Asked.CHECK


def _copied(scene: Scene, folder: Path) -> bool:
    """Copy the key into a folder of another disk, and compare; an older copy of another key stays."""
    key, copy = scene.settings.key_file, folder / f"ocopbot-{scene.settings.key_file.name}"
    if not folder.is_dir():
        scene.terminal.say("setup.key.no_folder", folder=folder)
        return False
    if folder.resolve().is_relative_to(scene.settings.data_dir.resolve()):
        scene.terminal.say("setup.key.same_folder", folder=folder)
        return False
    if copy.exists() and copy.read_bytes() != key.read_bytes():
        scene.terminal.say("setup.key.other_copy", file=copy)
        return False
    try:
        if not copy.exists():
            shutil.copyfile(key, copy)
        copy.chmod(0o600)
        same = copy.read_bytes() == key.read_bytes()
    except OSError as trouble:
        scene.terminal.say("setup.key.not_copied", file=copy, why=trouble.strerror)
        return False
    if same:
        scene.terminal.say("setup.key.kept", file=copy)
    return same


def _check(scene: Scene) -> Iterator[Finding]:
    yield from checks(scene.settings, "key", "database")
    if "key.copy" not in scene.progress.answered:
        yield Finding("key", "warning", scene.say("setup.key.uncopied"))


KEY = Step("key", _ask, _check, lambda scene: {"file": scene.settings.key_file.absolute()})
