"""The first administrator and the first officials, by one-time codes; and testers, during a trial."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.channels.finding import Finding
from bot.commands.roles import place_named
from bot.commands.setup.scene import Scene
from bot.commands.setup.walking import Asked, Step
from bot.settings.clock import VIETNAM
from bot.settings.command_error import CommandError
from bot.settings.database import opened
from bot.settings.settings import day_of
from content.actions.producers import StartAsOfficial, StartAsTester
from registry.people import trials
from registry.people.inviting import invite
from registry.people.people import admins
from registry.people.roles import OFFICIALS, OPERATOR
from registry.store.installation import serve_pack

if TYPE_CHECKING:
    from content.programme.pack import Pack

MOST_TESTERS = 50


def _ask(scene: Scene) -> Asked:
    from content.programme.pack import load_pack

    pack = load_pack(scene.settings.pack, day_of(scene.settings, scene.now()))
    _administrator(scene, pack)
    while typed := scene.one_more("people.official"):
        _official(scene, pack, typed)
    if scene.settings.trial:
        _testers(scene)
    return Asked.CHECK


def _administrator(scene: Scene, pack: "Pack") -> None:
    question = "people.admin"
    if question in scene.progress.answered:
        return
    if scene.agree(question, usual=True):
        _code(scene, pack, "admin", pack.places.root.code)
    scene.progress.answer(question)


def _official(scene: Scene, pack: "Pack", typed: str) -> None:
    """Give a code for the place that was typed, for the role of its level."""
    try:
        place = place_named(pack, typed)
    except CommandError as trouble:
        scene.terminal.show(scene.terminal.words.message(str(trouble)))
        return
    found = pack.places.get(place)
    level = found.level if found is not None else ""
    role = next((one for one, of in pack.programme.roles.items() if of == level and one in OFFICIALS), None)
    if role is None:
        scene.terminal.say("setup.people.no_role", place=pack.places.full_name(place))
        return
    _code(scene, pack, role, place)


def _code(scene: Scene, pack: "Pack", role: str, place: str) -> None:
    with opened(scene.settings) as store:
        store.write_now(serve_pack, pack.id)
        code = store.write_now(
            invite, pack=pack, role=role, place=place, by=OPERATOR, on=pack.places.on, now=scene.now()
        )
    scene.terminal.say(
        "setup.people.code",
        line=StartAsOfficial(code).command,
        role=scene.say(f"role.{role}"),
        place=pack.places.full_name(place),
    )


def _testers(scene: Scene) -> None:
    question = "people.testers"
    while typed := scene.one_more(question):
        if not typed.isdecimal() or not 1 <= int(typed) <= MOST_TESTERS:
            scene.terminal.say("setup.not_a_number", most=MOST_TESTERS)
            continue
        with opened(scene.settings) as store:
            for _ in range(int(typed)):
                code = store.write_now(trials.invite_tester, by=OPERATOR, now=scene.now())
                scene.terminal.show(StartAsTester(code).command)
        scene.progress.answer(question)
        scene.terminal.say("cli.trial.invited")


def _check(scene: Scene) -> Iterator[Finding]:
    with opened(scene.settings) as store:
        there = len(store.read_now(admins, on=scene.now().astimezone(VIETNAM).date()))
    yield Finding("people", "ok", scene.say("setup.people.admins", count=there))


PEOPLE = Step("people", _ask, _check)
