"""How updates of the Zalo Bot Platform reach this program: polling or a webhook."""

import asyncio
import logging

from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_bot.polling import ZaloBotPolling
from bot.channels.zalo_bot.settings import ZaloBot
from bot.channels.zalo_bot.webhook import receive_zalo_bot_by_polling, receive_zalo_bot_by_webhook

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0


async def receive(channel: ZaloBotChannel, given: ZaloBot, public_url: str, polling: ZaloBotPolling | None) -> None:
    """Receive as configured, until cancelled.  A platform out of reach is tried again."""
    while troubles := await _set_up(channel, given, public_url, polling):
        log.warning("zalo_bot is not ready", extra={"troubles": list(troubles)})
        await asyncio.sleep(RETRY_SECONDS)
    if polling is not None:
        await polling.run()
    await asyncio.Event().wait()


async def _set_up(
    channel: ZaloBotChannel, given: ZaloBot, public_url: str, polling: ZaloBotPolling | None
) -> tuple[str, ...]:
    if polling is not None:
        return await receive_zalo_bot_by_polling(channel)
    if not public_url.startswith("https://"):
        return ()
    return await receive_zalo_bot_by_webhook(channel, public_url, given.secret_token.get_secret_value())
