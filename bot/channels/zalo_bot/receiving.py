"""How updates of the Zalo Bot Platform reach this program: polling or a webhook."""

import asyncio
import logging
from collections.abc import Callable

from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_bot.polling import ZaloBotPolling
from bot.channels.zalo_bot.settings import ZaloBot
from bot.channels.zalo_bot.webhook import receive_zalo_bot_by_polling, receive_zalo_bot_by_webhook

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0


class Receiving:
    """
    Receives until cancelled.  `note` records what keeps the platform out of reach; "" when all is well.

    Without `polling` updates come by webhook, which is registered only for a public https address.
    """

    def __init__(
        self,
        channel: ZaloBotChannel,
        given: ZaloBot,
        public_url: str,
        polling: ZaloBotPolling | None,
        note: Callable[[str], None],
    ) -> None:
        self._channel = channel
        self._given = given
        self._public_url = public_url
        self._polling = polling
        self._note = note

    async def run(self) -> None:
        """Set up and receive.  A platform out of reach is retried."""
        while troubles := await self._set_up():
            self._note("; ".join(troubles))
            log.warning("zalo_bot is not ready", extra={"troubles": list(troubles)})
            await asyncio.sleep(RETRY_SECONDS)
        self._note("")
        if self._polling is not None:
            await self._polling.run()
        await asyncio.Event().wait()

    async def problems(self) -> str:
        """Return what polling reports; empty when all is well."""
        return self._polling.trouble if self._polling is not None else ""

    async def _set_up(self) -> tuple[str, ...]:
        if self._polling is not None:
            return await receive_zalo_bot_by_polling(self._channel)
        if not self._public_url.startswith("https://"):
            return ()
        return await receive_zalo_bot_by_webhook(
            self._channel, self._public_url, self._given.secret_token.get_secret_value()
        )
