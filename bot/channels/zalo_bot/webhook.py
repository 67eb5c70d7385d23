"""The webhook of the Zalo Bot Platform, and its registration with the platform."""

import hmac
import re
from urllib.parse import urlsplit

from aiohttp import web

from bot.channels.channel import Accept, Count
from bot.channels.zalo.door import Door
from bot.channels.zalo.transport import CutOffError, NotReachedError
from bot.channels.zalo_bot.channel import BotRefusalError, ZaloBotChannel

PATH = "/zalo/bot/webhook"
SECRET_HEADER = "X-Bot-Api-Secret-Token"  # noqa: S105  the header's name

_SECRET = re.compile(r"[\x21-\x7e]{8,256}")


def zalo_bot_routes(
    channel: ZaloBotChannel, accept: Accept, secret: str, *, count: Count = lambda _reason: None
) -> list[web.RouteDef]:
    """
    Serve the webhook.

    A wrong secret is refused before the body is read; without a configured secret every request is
    refused.
    """
    expected = secret.encode()
    door = Door(channel.name, accept, count)

    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not expected or not hmac.compare_digest(given, expected):
            count("zalo_bot_forged")
            return web.Response(status=403)
        raw = await door.body(request)
        return web.Response(status=413) if raw is None else await door.keep(raw)

    return [web.post(PATH, receive)]


async def receive_zalo_bot_by_webhook(channel: ZaloBotChannel, public_url: str, secret: str) -> tuple[str, ...]:
    """Register the webhook.  Returns the troubles; empty when all is well."""
    parts = urlsplit(public_url)
    if parts.scheme != "https" or not parts.hostname or parts.port not in {None, 443}:
        return ("zalo_bot: a webhook needs a public address that begins with https:// and names no port",)
    if not _SECRET.fullmatch(secret):
        return ("zalo_bot: a webhook needs a secret of 8 to 256 letters",)
    return await _told(channel, "setWebhook", {"url": public_url.rstrip("/") + PATH, "secret_token": secret})


async def receive_zalo_bot_by_polling(channel: ZaloBotChannel) -> tuple[str, ...]:
    """Remove a webhook, since the platform delivers updates one way only."""
    return await _told(channel, "deleteWebhook", {})


async def _told(channel: ZaloBotChannel, method: str, values: dict[str, str]) -> tuple[str, ...]:
    try:
        await channel.call(method, values)
    except BotRefusalError as refusal:
        if method == "deleteWebhook" and refusal.code == 404:
            return ()  # there was none
        return (f"zalo_bot: {method}: {refusal.code} {refusal.description}",)
    except (NotReachedError, CutOffError) as trouble:
        return (f"zalo_bot: {method}: {trouble.reason}",)
    return ()
