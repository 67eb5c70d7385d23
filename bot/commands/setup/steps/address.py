"""The port on this machine, and the https address that people and platforms see."""

import asyncio
import socket
from collections.abc import Iterator

import aiohttp

from bot.channels.finding import Finding
from bot.channels.zalo.checking import webhook
from bot.commands.setup.scene import Scene, UnfitError
from bot.commands.setup.walking import Asked, Step
from bot.settings.settings import Settings
from content.fold import fold

NONE = "khong"
"""The word for no address."""
HEALTH = "/healthz"
PATIENCE = 10.0
"""Seconds until an address that does not answer counts as out of reach."""


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
    """Look at the port; the address can be tried only while the bot runs behind it."""
    server = scene.settings.server
    refusal = _taken(server.host, server.port)
    runs = refusal and not _reached(f"http://{server.host}:{server.port}")
    if refusal and not runs:
        yield Finding("address", "fault", scene.say("setup.address.taken", port=server.port, why=refusal))
        return
    key = "setup.address.runs" if runs else "setup.address.free"
    yield Finding("address", "ok", scene.say(key, port=server.port, host=server.host))
    if not server.public_url:
        yield Finding("address", "warning", scene.say("setup.address.without"))
        return
    health = f"{server.public_url}{HEALTH}"
    if not runs:
        yield Finding("address", "ok", scene.say("setup.address.try_later", url=health))
    elif why := _reached(server.public_url):
        yield Finding("address", "fault", scene.say("setup.address.not_reached", url=health, why=why))
    else:
        yield Finding("address", "ok", scene.say("setup.address.reached", url=health))


def _taken(host: str, port: int) -> str:
    """Return why the port cannot be listened on; empty when it can."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as trouble:
            return trouble.strerror or type(trouble).__name__
    return ""


def _reached(root: str) -> str:
    """Ask whether this program answers at an address; empty when it does, otherwise the reason."""
    return asyncio.run(_asked(f"{root}{HEALTH}"))


async def _asked(url: str) -> str:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE), trust_env=True) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            alive = answer.status == 200 and (await answer.text()).startswith('{"alive"')
            return "" if alive else f"HTTP {answer.status}"
    except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
        return str(trouble) or type(trouble).__name__


ADDRESS = Step("address", _ask, _check, lambda _: {"example": "https://ocop.xamau.gov.vn"})
