"""`ocopbot check` for Telegram: the platform is only asked who the bot is and where updates go."""

import asyncio
import json
from collections.abc import Iterator

import aiohttp

from bot.channels.finding import Finding
from bot.channels.telegram.settings import Telegram
from bot.channels.telegram.webhook import PATH
from bot.channels.where_updates_go import where_updates_go

OF = "telegram"
PATIENCE = 10.0
"""Seconds until a platform that does not answer counts as out of reach."""


def check(given: Telegram, public_url: str = "") -> Iterator[Finding]:
    """Look at the token and at where updates go, without writing to anybody."""
    if not given.enabled:
        yield Finding(OF, "ok", "not enabled")
        return
    found = asyncio.run(who_am_i(given))
    yield found
    if found.state == "ok":
        ours = f"{public_url}{PATH}" if public_url.startswith("https://") else ""
        yield from where_updates_go(OF, given.mode, ours=ours, url=asyncio.run(_webhook_of(given)))


async def who_am_i(given: Telegram) -> Finding:
    """Ask Telegram who the bot is (https://core.telegram.org/bots/api#getme)."""
    try:
        status, body = await _asked(given, "getMe")
    except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
        why = "no answer in time" if isinstance(trouble, TimeoutError) else str(trouble)
        return Finding(
            OF,
            "fault",
            f"{given.base_url} cannot be reached ({why}). Nobody was written to. "
            "Look at the network, or at telegram.base_url; access from Viet Nam may be blocked.",
        )
    if status in {401, 404}:
        return Finding(
            OF, "fault", "Telegram does not know this token. Get it again from @BotFather: /mybots, API Token."
        )
    try:
        name = json.loads(body)["result"]["username"]
    except (ValueError, KeyError, TypeError):
        return Finding(OF, "fault", f"What answers at {given.base_url} is not Telegram (HTTP {status}).")
    return Finding(OF, "ok", f"the bot is @{name}")


async def _webhook_of(given: Telegram) -> str:
    """Return the webhook Telegram knows (https://core.telegram.org/bots/api#getwebhookinfo); empty without one."""
    try:
        _, body = await _asked(given, "getWebhookInfo")
        return str(json.loads(body)["result"]["url"])
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError):
        return ""  # it has just said who the bot is; a hiccup is not worth a fault


async def _asked(given: Telegram, method: str) -> tuple[int, str]:
    address = f"{given.base_url}/bot{given.token.get_secret_value()}/{method}"
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE), trust_env=True) as session,
        session.get(address, allow_redirects=False) as answer,
    ):
        return answer.status, await answer.text()
