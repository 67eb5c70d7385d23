"""The port on this machine, and the https address that people and platforms see."""

import socket
from collections.abc import Iterator

from bot.channels.finding import Finding
from bot.channels.zalo.checking import webhook
from bot.commands.setup.scene import Scene, UnfitError
from bot.commands.setup.walking import Asked, Step
from bot.settings.settings import Settings
from content.fold import fold

NONE = "khong"
"""The word for no address."""


def has_https(settings: Settings) -> bool:
    """True where platforms can bring messages to this program."""
    return webhook("address", settings.server.public_url, "").state == "ok"


def _ask(scene: Scene) -> Asked:
    def read_url(typed: str) -> str:
        if fold(typed) in {NONE, "ko", "k", "no", "none"}:
            return ""
        url = typed if "://" in typed else f"https://{typed}"
        if webhook("address", url.rstrip("/"), "").state != "ok":
            raise UnfitError(scene.say("setup.address.not_https", given=typed))
        return url

    def read_port(typed: str) -> int:
        if not typed.isdecimal() or not 1 <= int(typed) <= 65535:
            raise UnfitError(scene.say("setup.address.no_port", given=typed))
        return int(typed)

    scene.ask("address.url", "server.public_url", {"none": NONE}, usual=NONE, read=read_url)
    scene.ask("address.port", "server.port", read=read_port)
    return Asked.CHECK


def _check(scene: Scene) -> Iterator[Finding]:
    """Look whether the port is free; the address itself can be tried only once the bot runs behind it."""
    server = scene.settings.server
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((server.host, server.port))
        except OSError as trouble:
            yield Finding("address", "fault", scene.say("setup.address.taken", port=server.port, why=trouble.strerror))
            return
    yield Finding("address", "ok", scene.say("setup.address.free", port=server.port, host=server.host))
    if server.public_url:
        yield Finding("address", "ok", scene.say("setup.address.try_later", url=f"{server.public_url}/healthz"))
    else:
        yield Finding("address", "warning", scene.say("setup.address.without"))


ADDRESS = Step("address", _ask, _check, lambda _: {"example": "https://ocop.xamau.gov.vn"})
