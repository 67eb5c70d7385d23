"""Trial mode: begun here, and left by one command."""

from collections.abc import Iterator

from bot.channels.finding import Finding
from bot.commands.setup.scene import Scene
from bot.commands.setup.walking import Asked, Step
from bot.settings.database import opened
from registry.people import trials


def _ask(scene: Scene) -> Asked:
    question = "trial.use"
    if question not in scene.progress.answered:
        wanted = scene.agree(question, usual=True)
        scene.write({"trial": wanted})
        scene.progress.answer(question)
    return Asked.CHECK


def _check(scene: Scene) -> Iterator[Finding]:
    """Say which mode the database is in: a trial that is on is ended by its command only."""
    settings = scene.settings
    with opened(settings) as store:
        mode = store.write_now(trials.follow, wanted=settings.trial, now=scene.now())
    match mode:
        case trials.Mode.ON if settings.trial:
            yield Finding("trial", "ok", scene.say("setup.trial.on"))
        case trials.Mode.ON:
            yield Finding("trial", "warning", scene.say("setup.trial.still_on"))
        case trials.Mode.ENDED:
            yield Finding("trial", "warning", scene.say("setup.trial.was_ended"))
        case _:
            yield Finding("trial", "ok", scene.say("setup.trial.off"))


TRIAL = Step("trial", _ask, _check)
