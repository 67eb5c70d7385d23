"""
Fetching updates of the Zalo Bot Platform, for an office without a public address.

The platform hands out one update at a time and forgets it: there is no cursor to go back to.  What was
fetched is therefore held until it is committed, and nothing else is fetched before.
https://bot.zaloplatforms.com/docs/apis/getUpdates/
"""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable

from bot.channels.channel import UnreadableError
from bot.channels.zalo_bot import BotRefusalError, ZaloBotChannel
from bot.channels.zalo_transport import CutOffError, NotReachedError
from registry.store import StoreRefusesError

log = logging.getLogger(__name__)

WAIT_SECONDS = 25
LONGEST_PAUSE = 60.0
TOKEN_PAUSE = 600.0
STORE_PAUSE = 2.0

Accept = Callable[[str, bytes], Awaitable[None]]
Pause = Callable[[float], Awaitable[None]]


class ZaloBotPolling:
    """
    One loop over `getUpdates`.

    An update that was fetched and not committed when the program is killed is lost: the platform has
    no word for "I kept it".  Where that matters, use the webhook.
    """

    def __init__(
        self,
        channel: ZaloBotChannel,
        accept: Accept,
        *,
        wait_seconds: int = WAIT_SECONDS,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._channel = channel
        self._accept = accept
        self._wait = wait_seconds
        self._pause = pause
        self._held: bytes | None = None
        self._failures = 0
        self.trouble = "not started"
        """What keeps updates from coming, in one line for the operator; empty when all is well."""
        self.unreadable = 0

    async def run(self) -> None:
        """Fetch until cancelled; no answer of the platform ends the loop."""
        while True:
            seconds = await self.step()
            if seconds:
                await self._pause(seconds)

    async def step(self) -> float:
        """Fetch and commit one update; answers how long to pause before the next."""
        if self._held is None:
            try:
                await self._fetch()
            except BotRefusalError as refusal:
                return self._refused(refusal)
            except (NotReachedError, CutOffError) as trouble:
                return self._failed(trouble.reason, None)
            self._failures = 0
            self.trouble = ""
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
        try:
            await self._accept(self._channel.name, self._held)
        except UnreadableError as fault:
            self.unreadable += 1
            log.warning("an update that cannot be read was passed over", extra={"reason": str(fault)})
        except StoreRefusesError:
            self.trouble = "the store takes nothing"
            return STORE_PAUSE
        self._held = None
        self.trouble = ""
        return 0.0

    def _refused(self, refusal: BotRefusalError) -> float:
        if refusal.code in {401, 404}:
            log.critical("the zalo bot platform does not accept the bot's token; set a valid one and restart")
            return self._failed("token not accepted", TOKEN_PAUSE)
        return self._failed(f"{refusal.code} {refusal.description}", None)

    def _failed(self, reason: str, seconds: float | None) -> float:
        """Remember the trouble and say how long to wait: as told, else longer each time."""
        self._failures += 1
        self.trouble = reason
        if seconds is None:
            seconds = min(LONGEST_PAUSE, 2.0 ** min(self._failures - 1, 6)) * random.uniform(0.8, 1.2)
        log.warning(
            "no updates from the zalo bot platform",
            extra={"reason": reason, "failures": self._failures, "seconds": round(seconds, 1)},
        )
        return seconds
