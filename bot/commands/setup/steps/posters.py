"""Posters with a QR code for communes, on the channels that have an address."""

from collections.abc import Iterator
from pathlib import Path

from bot.channels.finding import Finding
from bot.commands.poster import PLACES, link_to, make_one
from bot.commands.roles import place_named
from bot.commands.setup.scene import Scene
from bot.commands.setup.walking import Asked, Step
from bot.settings.command_error import CommandError
from bot.settings.settings import day_of


def folder_of(scene: Scene) -> Path:
    """Return the folder the posters are written to."""
    return scene.settings.data_dir.absolute() / "posters"


def _ask(scene: Scene) -> Asked:
    from content.programme.pack import load_pack

    links = _links(scene)
    if not links:
        scene.terminal.say("setup.posters.no_address")
        return Asked.NOT_YET
    pack = load_pack(scene.settings.pack, day_of(scene.settings, scene.now()))
    while typed := scene.one_more("posters.place"):
        try:
            place = place_named(pack, typed)
            for on, link in links.items():
                file = folder_of(scene) / f"{place}-{on}.pdf"
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                made = not file.exists()
                if made:
                    make_one(scene.settings, pack, on=on, link=link, place=place, file=file)
                scene.terminal.say("setup.posters.made" if made else "setup.posters.there", file=file)
        except CommandError as trouble:
            scene.terminal.show(scene.terminal.words.message(str(trouble)))
    return Asked.CHECK


def _links(scene: Scene) -> dict[str, str]:
    """Return the address of each channel that has one now."""
    found = {}
    for on in PLACES:
        try:
            found[on] = link_to(scene.settings, on)
        except CommandError:
            continue
    return found


def _check(scene: Scene) -> Iterator[Finding]:
    folder = folder_of(scene)
    count = len(list(folder.glob("*.pdf"))) if folder.is_dir() else 0
    yield Finding("posters", "ok", scene.say("setup.posters.count", count=count, folder=folder))


POSTERS = Step("posters", _ask, _check)
