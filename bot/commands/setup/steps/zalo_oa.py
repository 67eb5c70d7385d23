"""The Zalo Official Account: its keys, the consent of an administrator, and the webhook to save in the console."""

import asyncio
from collections.abc import Iterator

from sqlalchemy import Connection

from bot.channels.finding import Finding
from bot.channels.zalo_oa.account import CALLBACK_PATH
from bot.channels.zalo_oa.webhook import PATH
from bot.commands.check import checks
from bot.commands.setup.scene import Scene, UnfitError
from bot.commands.setup.steps.address import has_https
from bot.commands.setup.walking import Asked, Step
from bot.settings.database import opened
from bot.zalo.consent import ConsentError, begin, complete, finish, read_answer
from bot.zalo.tokens import alarm, kept
from content.fold import fold

DONE = "xong"
"""The word for a consent the running bot took by itself."""


def _ask(scene: Scene) -> Asked:
    def read_id(typed: str) -> str:
        if not typed.isdecimal():
            raise UnfitError(scene.say("setup.zalo_oa.no_id", given=typed))
        return typed

    if not has_https(scene.settings):
        scene.terminal.say("setup.zalo_oa.needs_https")
        return Asked.NOT_YET
    if not scene.wants("zalo_oa"):
        return Asked.UNWANTED
    url = scene.settings.server.public_url
    scene.terminal.say("setup.zalo_oa.app", callback=f"{url}{CALLBACK_PATH}", domain=url.removeprefix("https://"))
    scene.ask("zalo_oa.app_id", "zalo_oa.app_id", read=read_id)
    scene.ask_secret("zalo_oa.app_secret", "zalo_oa.app_secret")
    scene.ask_secret("zalo_oa.oa_secret_key", "zalo_oa.oa_secret_key")
    scene.write({"zalo_oa.enabled": True})
    _consent(scene)
    scene.terminal.say("setup.zalo_oa.webhook", webhook=f"{url}{PATH}")
    return Asked.CHECK


def _consent(scene: Scene) -> None:
    """Show the link until an administrator has agreed; the code in the address works once."""
    settings = scene.settings
    with opened(settings) as store:
        while not store.read_now(_consented):
            try:
                account = asyncio.run(finish(settings, store, at=scene.now()))  # a pair kept aside by an earlier run
                if account is None:
                    asked = store.write_now(begin, settings=settings, now=scene.now())
                    scene.terminal.say(
                        "setup.zalo_oa.consent", callback=asked.callback, challenge=asked.challenge, link=asked.link
                    )
                    typed = scene.terminal.ask("setup.zalo_oa.answer", {"done": DONE})
                    if fold(typed) == DONE:
                        if not store.read_now(_consented):
                            scene.terminal.say("setup.zalo_oa.not_yet")
                        continue
                    account = asyncio.run(complete(settings, store, read_answer(typed), at=scene.now()))
            except ConsentError as trouble:
                scene.terminal.show(scene.terminal.words.message(str(trouble)))
                continue
            scene.write({"zalo_oa.oa_id": account.id})
            scene.terminal.say("setup.zalo_oa.consented", name=account.name, id=account.id)
            return


def _consented(db: Connection) -> bool:
    """True while there are tokens that nothing is known against."""
    return kept(db) is not None and not alarm(db)


def _check(scene: Scene) -> Iterator[Finding]:
    yield from checks(scene.settings, "zalo_oa")


ZALO_OA = Step("zalo_oa", _ask, _check)
