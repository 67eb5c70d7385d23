"""The bot on the Zalo Bot Platform: checked by asking the platform who it is and where updates go."""

import re
from collections.abc import Iterator

from bot.channels.finding import Finding
from bot.commands.check import checks
from bot.commands.setup.scene import Scene, UnfitError
from bot.commands.setup.steps.address import has_https
from bot.commands.setup.walking import Asked, Step

_TOKEN = re.compile(r"[0-9]{3,}:[!-~]{10,}")
"""The shape of a token: https://bot.zaloplatforms.com/docs/"""


def _ask(scene: Scene) -> Asked:
    def read(typed: str) -> str:
        found = _TOKEN.search(typed)
        if found is None:
            raise UnfitError(scene.say("setup.zalo_bot.no_token"))
        return found[0]

    if not scene.wants("zalo_bot"):
        return Asked.UNWANTED
    scene.ask_secret("zalo_bot.token", "zalo_bot.token", read=read)
    if has_https(scene.settings):
        scene.make_secret("zalo_bot.secret_token")
        scene.write({"zalo_bot.mode": "webhook"})
    else:
        scene.write({"zalo_bot.mode": "polling"})
    scene.write({"zalo_bot.enabled": True})
    return Asked.CHECK


def _check(scene: Scene) -> Iterator[Finding]:
    yield from checks(scene.settings, "zalo_bot")


ZALO_BOT = Step("zalo_bot", _ask, _check)
