"""The webhook to which Telegram posts updates when the bot has a public address."""

import hmac
import logging

from aiohttp import web

from bot.channels.channel import Accept, Count, UnreadableError
from bot.channels.telegram.channel import TelegramChannel
from registry.store.store import StoreRefusesError

log = logging.getLogger(__name__)

PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the header's name
MOST_BODY = 1024 * 1024


def telegram_routes(
    channel: TelegramChannel, accept: Accept, secret: str, *, count: Count = lambda _reason: None
) -> list[web.RouteDef]:
    """
    Serve the webhook.

    A wrong secret is refused before the body is read; without a configured secret every request is
    refused.  200 is answered only after the commit, so that the platform repeats an update that was not kept.
    """
    expected = secret.encode()

    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not expected or not hmac.compare_digest(given, expected):
            count("telegram_forged")
            return web.Response(status=403)
        raw = await _body(request)
        if raw is None:
            count("telegram_too_large")
            return web.Response(status=413)
        try:
            await accept(channel.name, raw)
        except UnreadableError as fault:
            count("telegram_unreadable")
            log.warning("an event that is no update was turned away", extra={"reason": str(fault)})
            return web.Response(status=400)
        except StoreRefusesError:
            count("telegram_not_stored")
            return web.Response(status=503, headers={"Retry-After": "5"})
        return web.Response()

    return [web.post(PATH, receive)]


async def _body(request: web.Request) -> bytes | None:
    """The body, or None when it is larger than any update.  Stops reading at the limit."""
    if (request.content_length or 0) > MOST_BODY:
        return None
    parts: list[bytes] = []
    size = 0
    async for part in request.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > MOST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)
