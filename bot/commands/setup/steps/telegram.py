"""The Telegram bot: made with @BotFather, checked by asking Telegram who it is."""

import re
from collections.abc import Iterator

from bot.channels.finding import Finding
from bot.commands.check import checks
from bot.commands.setup.scene import Scene, UnfitError
from bot.commands.setup.steps.address import has_https
from bot.commands.setup.walking import Asked, Step

_TOKEN = re.compile(r"[0-9]{3,}:[A-Za-z0-9_-]{20,}")
"""The shape of a bot's token: https://core.telegram.org/bots/api#authorizing-your-bot"""


def _ask(scene: Scene) -> Asked:
    def read(typed: str) -> str:
        found = _TOKEN.search(typed)  # the whole message of BotFather may be pasted
        if found is None:
            raise UnfitError(scene.say("setup.telegram.no_token"))
        return found[0]

    if not scene.wants("telegram"):
        return Asked.UNWANTED
    scene.ask_secret("telegram.token", "telegram.token", read=read)
    if has_https(scene.settings):
        scene.make_secret("telegram.secret_token")
        scene.write({"telegram.mode": "webhook"})
    else:
        scene.write({"telegram.mode": "polling"})
    scene.write({"telegram.enabled": True})
    return Asked.CHECK


def _check(scene: Scene) -> Iterator[Finding]:
    yield from checks(scene.settings, "telegram")


TELEGRAM = Step("telegram", _ask, _check, lambda _: {"newbot": "/newbot", "mybots": "/mybots"})
