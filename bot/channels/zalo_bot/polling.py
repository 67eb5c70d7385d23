"""
Fetching updates of the Zalo Bot Platform, for an office without a public address.

The platform hands out one update at a time and forgets it: there is no cursor to go back to.  So an
update is kept in memory until it is committed, and nothing else is fetched before.
https://bot.zaloplatforms.com/docs/apis/getUpdates/
"""

import asyncio
import json
import logging

from bot.channels.channel import Accept
from bot.channels.polling import STORE_PAUSE, TOKEN_PAUSE, WAIT_SECONDS, Pause, Polling
from bot.channels.zalo.transport import CutOffError, NotReachedError
from bot.channels.zalo_bot.channel import BotRefusalError, ZaloBotChannel

log = logging.getLogger(__name__)


class ZaloBotPolling(Polling):
    """
    One loop over `getUpdates`.

    An update that was fetched and not committed when the program is killed is lost: the platform has
    no acknowledgement.  Where that matters, use the webhook.
    """

    def __init__(
        self,
        channel: ZaloBotChannel,
        accept: Accept,
        *,
        wait_seconds: int = WAIT_SECONDS,
        pause: Pause = asyncio.sleep,
    ) -> None:
        super().__init__(channel.name, accept, wait_seconds=wait_seconds, pause=pause)
        self._channel = channel
        self._held: bytes | None = None

    async def step(self) -> float:
        """Fetch and commit one update; answers how long to pause before the next."""
        if self._held is None:
            try:
                await self._fetch()
            except BotRefusalError as refusal:
                return self._refused(refusal)
            except (NotReachedError, CutOffError) as trouble:
                return self._failed(trouble.reason, None)
            self._answered()
        return await self._keep()

    async def _fetch(self) -> None:
        try:
            update = await self._channel.call("getUpdates", {"timeout": str(self._wait)}, seconds=self._wait + 10.0)
        except BotRefusalError as refusal:
            if refusal.code != 408:  # nobody wrote
                raise
            return
        if update:
            self._held = json.dumps(update).encode()

    async def _keep(self) -> float:
        if self._held is None:
            return 0.0
        if not await self._commit(self._held):
            return STORE_PAUSE
        self._held = None
        self.trouble = ""
        return 0.0

    def _refused(self, refusal: BotRefusalError) -> float:
        if refusal.code in {401, 404}:
            log.critical("the zalo bot platform does not accept the bot's token; set a valid one and restart")
            return self._failed("token not accepted", TOKEN_PAUSE)
        return self._failed(f"{refusal.code} {refusal.description}", None)
