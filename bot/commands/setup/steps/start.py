"""The whole check once more, and how the bot is started."""

import asyncio
from collections.abc import Iterator

from bot.channels.finding import Finding
from bot.commands.check import findings
from bot.commands.setup.scene import Scene
from bot.commands.setup.walking import Asked, Step


def _ask(scene: Scene) -> Asked:
    later = sorted(scene.progress.later)
    if later:
        titles = ", ".join(scene.say(f"setup.{name}.title") for name in later)
        scene.terminal.say("setup.start.left_over", titles=titles)
    return Asked.CHECK


def _check(scene: Scene) -> Iterator[Finding]:
    yield from findings(scene.settings)


def serve(scene: Scene) -> None:
    """Ask whether the bot is to run now, in this window; otherwise say how it is started."""
    scene.terminal.say("setup.start.how", file=scene.file.absolute())
    if scene.agree("start.now", usual=False):
        scene.terminal.say("setup.start.running")
        asyncio.run(_served(scene))


async def _served(scene: Scene) -> None:
    from bot.serving.assembly import Assembly

    async with Assembly.open(scene.settings) as assembly:
        await assembly.run()


START = Step("start", _ask, _check, fresh=True)
