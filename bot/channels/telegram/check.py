"""`ocopbot check` for Telegram: the platform is only asked who the bot is."""

import asyncio
import json
from collections.abc import Iterator

import aiohttp

from bot.channels.finding import Finding
from bot.channels.telegram.settings import Telegram

OF = "telegram"
PATIENCE = 10.0
"""Seconds until a platform that does not answer counts as out of reach."""


def check(given: Telegram) -> Iterator[Finding]:
    """Look at the token, without writing to anybody."""
    if not given.enabled:
        yield Finding(OF, "ok", "not enabled")
        return
    yield asyncio.run(who_am_i(given))


async def who_am_i(given: Telegram) -> Finding:
    """Ask Telegram who the bot is (https://core.telegram.org/bots/api#getme)."""
    address = f"{given.base_url}/bot{given.token.get_secret_value()}/getMe"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE), trust_env=True) as session,
            session.get(address, allow_redirects=False) as answer,
        ):
            status, body = answer.status, await answer.text()
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
