"""
The webhook of a Zalo Official Account.

The signature is a plain SHA-256 over the app id, the raw body, its timestamp and the account's secret.
https://developers.zalo.me/docs/official-account/webhook/
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.channels.channel import Accept, Count
from bot.channels.zalo.door import Door
from bot.channels.zalo_oa.channel import ZaloOAChannel
from bot.channels.zalo_oa.reading import AHEAD, moment_of

PATH = "/zalo/oa/webhook"
SIGNATURE_HEADER = "X-ZEvent-Signature"
OLDEST = timedelta(hours=24)
"""The platform repeats an event with its first body for less than two hours; a day forgives a slow clock."""


@dataclass(frozen=True, slots=True)
class Seal:
    """
    The proof that an event is genuine.

    `oa_id` also accepts signatures that begin with the account's id, as some describe them. Leave it empty unless
    events are refused as forged although the secret is right.
    """

    app_id: str
    secret: str = field(repr=False)
    oa_id: str = ""

    def matches(self, raw: bytes, event: dict[str, Any], given: str) -> str:
        """The variant that proves it: "app", "oa", or empty."""
        stamp, app = event.get("timestamp"), str(event.get("app_id"))
        if not self.secret or not self.app_id or not isinstance(stamp, str | int) or app != self.app_id:
            return ""
        if not str(stamp).isascii():  # milliseconds; a lone surrogate cannot even be hashed
            return ""
        named = given.strip().removeprefix("mac=").encode("utf-8", "surrogateescape")
        for variant, first in (("app", self.app_id), ("oa", self.oa_id)):
            expected = hashlib.sha256(first.encode() + raw + str(stamp).encode() + self.secret.encode()).hexdigest()
            if first and hmac.compare_digest(named, expected.encode()):
                return variant
        return ""


def zalo_oa_routes(
    channel: ZaloOAChannel,
    accept: Accept,
    seal: Seal,
    *,
    clocks: Sequence[Callable[[], datetime]],
    count: Count = lambda _reason: None,
) -> list[web.RouteDef]:
    """
    Serve the webhook.

    An empty object without a signature is how the platform tries the address: it is answered and has
    no effect.  An event has to be fresh by one of the `clocks`: the real one, or that of the house.
    """
    door = Door(channel.name, accept, count)

    async def receive(request: web.Request) -> web.Response:
        raw = await door.body(request)
        if raw is None:
            return web.Response(status=413)
        event = _object(raw)
        if event == {}:
            return web.Response()
        variant = "" if event is None else seal.matches(raw, event, request.headers.get(SIGNATURE_HEADER, ""))
        if event is None or not variant:
            count("zalo_oa_forged")
            return web.Response(status=403)
        if variant != "app":
            count("zalo_oa_signed_with_account_id")
        if not any(_is_fresh(event, clock()) for clock in clocks):
            count("zalo_oa_stale")
            return web.Response(status=403)
        return await door.keep(raw)

    return [web.post(PATH, receive)]


def _is_fresh(event: dict[str, Any], now: datetime) -> bool:
    at = moment_of(event)
    return at is not None and now - OLDEST <= at <= now + AHEAD


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
