"""Goes through the steps: an answered question is not asked again, and a step with faults is corrected or put off."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from bot.channels.finding import Finding
from bot.commands.setup.scene import Scene


class Asked(Enum):
    """The end of a step's questions."""

    CHECK = "check"
    UNWANTED = "unwanted"
    """The operator wants none of it: nothing is checked."""
    NOT_YET = "not_yet"
    """Something else has to be there first: the step comes again in the next run."""


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step.  `ask` puts its questions, `check` looks at the result without changing anything.

    `screen` are the values of its text.  A step that is `fresh` is done in every run.
    """

    name: str
    ask: Callable[[Scene], Asked]
    check: Callable[[Scene], Iterable[Finding]]
    screen: Callable[[Scene], dict[str, object]] = lambda _: {}
    fresh: bool = False


def walk(scene: Scene, steps: Sequence[Step], *, only: str = "") -> None:
    """Go through the steps that are not finished; with `only`, do that one again."""
    for number, step in enumerate(steps, 1):
        if only not in {"", step.name}:
            continue
        title = scene.say(f"setup.{step.name}.title")
        if step.name in scene.progress.done and not only and not step.fresh:
            scene.terminal.say("setup.step_done", number=number, of=len(steps), title=title)
            continue
        scene.terminal.say("setup.step", number=number, of=len(steps), title=title)
        _do(scene, step)


def _do(scene: Scene, step: Step) -> None:
    scene.terminal.say(f"setup.{step.name}.screen", **step.screen(scene))
    while True:
        asked = step.ask(scene)
        if asked is Asked.NOT_YET:
            scene.progress.postpone(step.name)
            return
        if asked is Asked.UNWANTED or scene.show(step.check(scene)):
            scene.progress.finish(step.name)
            return
        scene.terminal.say("setup.has_faults")
        ways = [scene.say(f"setup.way.{way}") for way in ("again", "check", "later")]
        match scene.terminal.choose("setup.which_way", ways):
            case 0:
                scene.progress.reopen(step.name)
            case 1:
                continue
            case _:
                scene.progress.postpone(step.name)
                return
