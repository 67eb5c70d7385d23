"""The office that runs the bot, and the pack it serves."""

from collections.abc import Iterator

from bot.channels.finding import Finding
from bot.commands.check import checks
from bot.commands.setup.scene import Scene
from bot.commands.setup.walking import Asked, Step
from content.fold import fold


def _ask(scene: Scene) -> Asked:
    scene.ask("office.pack", "pack", {"packs": ", ".join(_packs())})
    scene.ask("office.name", "office")
    none = scene.say("setup.none")
    scene.ask("office.contact", "contact", usual=none, read=lambda typed: "" if fold(typed) == fold(none) else typed)
    return Asked.CHECK


def _check(scene: Scene) -> Iterator[Finding]:
    yield from checks(scene.settings, "disk", "pack")


def _packs() -> list[str]:
    from content.programme.pack import PACKS

    return sorted(one.name for one in PACKS.iterdir() if (one / "programme.yaml").is_file())


OFFICE = Step("office", _ask, _check)
