"""
`ocopbot check` for the Zalo Bot Platform: nothing is sent to anybody, nothing is changed.

The platform is only asked who the bot is and where updates go.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.channel import Words
from bot.channels.finding import Finding
from bot.channels.manifest import Looking
from bot.channels.where_updates_go import where_updates_go
from bot.channels.zalo.checking import unreached, webhook
from bot.channels.zalo.transport import CutOffError, NotReachedError, Transport
from bot.channels.zalo_bot.channel import WARN_AT, BotRefusalError, open_zalo_bot
from bot.channels.zalo_bot.settings import ZaloBot
from bot.channels.zalo_bot.webhook import PATH
from bot.settings.faults import variable

OF = "zalo_bot"


@dataclass(frozen=True, slots=True)
class Used:
    """The use of the plan in the database: messages sent this month, people who ever wrote."""

    sent: int = 0
    people: int = 0


def check(looking: Looking[Used], given: ZaloBot) -> Iterator[Finding]:
    """Check the bot, the way of updates, and the rest of the plan."""
    if not given.enabled:
        yield Finding(OF, "ok", "not enabled")
        return
    if given.mode == "webhook":
        yield webhook(OF, looking.public_url, PATH)
    elif not looking.public_url.startswith("https://"):
        yield Finding(
            OF,
            "warning",
            f"server.public_url is {looking.public_url or 'empty'}: Zalo fetches pictures and papers from an "
            "https address, so people get none here and are told to ask an official. "
            f"Set {variable('server.public_url')}.",
        )
    yield from asyncio.run(_bot(given, looking.public_url))
    used = looking.kept() or Used()
    for count, most, what in (
        (used.sent, given.monthly_messages, "messages this month"),
        (used.people, given.most_people, "people"),
    ):
        if most is not None and count >= most * WARN_AT:
            yield Finding(OF, "warning", f"{count} of {most} {what} of the plan are used. Take a larger plan in time.")
    if used.sent or used.people:
        yield Finding(OF, "ok", f"{used.sent} messages left this month, {used.people} people have written")


async def _bot(given: ZaloBot, public_url: str) -> list[Finding]:
    """Ask the Bot Platform for the bot and its webhook (https://bot.zaloplatforms.com/docs/)."""
    bot = open_zalo_bot(
        given.token.get_secret_value(),
        now=lambda: datetime.now(UTC),
        words=Words("", ""),  # no text is shown
        base_url=given.base_url,
        transport=Transport(connections=1, read_seconds=10.0),
    )
    try:
        me = await bot.call("getMe", {})
        url = await _webhook_of(bot.call)
    except BotRefusalError as refusal:
        if refusal.code in {401, 404}:
            words = "The Zalo Bot Platform does not know this token. Get it again where the bot was made."
        else:
            words = f"The Zalo Bot Platform refuses ({refusal}). Try again later."
        return [Finding(OF, "fault", words)]
    except (NotReachedError, CutOffError) as trouble:
        return [unreached(OF, given.base_url, trouble.reason)]
    finally:
        await bot.close()
    if not isinstance(me, dict) or "id" not in me:
        return [Finding(OF, "fault", f"The server at {given.base_url} is not the Zalo Bot Platform.")]
    name = " ".join(str(me.get("display_name") or me.get("account_name") or me["id"]).split())[:100]
    return [
        Finding(OF, "ok", f"the bot is {name}"),
        *where_updates_go(OF, given.mode, ours=public_url and f"{public_url}{PATH}", url=url),
    ]


async def _webhook_of(call: Any) -> str:
    """Return the webhook; empty without one, where the platform answers 404."""
    try:
        info = await call("getWebhookInfo", {})
    except BotRefusalError as refusal:
        if refusal.code == 404:
            return ""
        raise
    return str(info.get("url", "")) if isinstance(info, dict) else ""
