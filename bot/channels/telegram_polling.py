"""
Fetching updates, for an office without a public address.

https://core.telegram.org/bots/api#getupdates
"""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channels.channel import UnreadableError
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_reading import WANTED
from registry.store import StoreRefusesError

log = logging.getLogger(__name__)

WAIT_SECONDS = 25
"""How long the platform holds an empty answer back; below the idle limits of mobile networks and proxies."""
MOST_UPDATES = 100
LONGEST_PAUSE = 60.0
CONFLICT_PAUSE = 30.0
TOKEN_PAUSE = 600.0
STORE_PAUSE = 2.0

Accept = Callable[[str, bytes], Awaitable[None]]
Pause = Callable[[float], Awaitable[None]]


class TelegramPolling:
    """
    One loop over `getUpdates`.

    It starts without an offset, since update ids may fall after a quiet week; what comes twice is the
    inbox's to know.  An update is confirmed (by the next offset) only after it was committed; one that
    cannot be read is logged, counted and passed, and the next goes on.
    """

    def __init__(
        self,
        channel: TelegramChannel,
        accept: Accept,
        *,
        wait_seconds: int = WAIT_SECONDS,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._channel = channel
        self._accept = accept
        self._wait = wait_seconds
        self._pause = pause
        self._offset: int | None = None
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
        """Fetch and commit one batch; answers how long to pause before the next."""
        try:
            updates = await self._fetch()
        except RetryAfter as limit:
            return self._failed("flood limit", _seconds(limit))
        except Conflict as conflict:
            # Two cases that a person has to mend: a webhook of this bot, or a second copy of the program.
            log.error(  # noqa: TRY400  the words of the platform say all
                "telegram gives the updates to somebody else; stop the other copy of this bot, "
                "or remove its webhook by starting once in polling mode",
                extra={"reason": conflict.message},
            )
            return self._failed("another copy or a webhook takes the updates", CONFLICT_PAUSE)
        except InvalidToken:
            log.critical("telegram does not accept the bot's token; set a valid one and restart")
            return self._failed("token not accepted", TOKEN_PAUSE)
        except NetworkError as trouble:
            return self._failed(type(trouble).__name__, None)
        except TelegramError as trouble:
            return self._failed(type(trouble).__name__, None)
        self._failures = 0
        self.trouble = ""
        return await self._keep(updates)

    async def _keep(self, updates: Sequence[Any]) -> float:
        for update in updates:
            try:
                await self._accept(self._channel.name, json.dumps(update).encode())
            except UnreadableError as fault:
                self.unreadable += 1
                log.warning("an update that cannot be read was passed over", extra={"reason": str(fault)})
            except StoreRefusesError:
                # Not confirmed: the platform keeps it and all behind it for a day.
                self.trouble = "the store takes nothing"
                return STORE_PAUSE
            self._confirm(update)
        return 0.0

    def _confirm(self, update: Any) -> None:
        number = update.get("update_id") if isinstance(update, dict) else None
        if isinstance(number, int):
            self._offset = number + 1

    async def _fetch(self) -> Sequence[Any]:
        asked = {"timeout": self._wait, "limit": MOST_UPDATES, "allowed_updates": json.dumps(WANTED)}
        if self._offset is not None:
            asked["offset"] = self._offset
        # The library's own get_updates reads a whole batch at once, so that one update of a new
        # shape would hide the others; this gives them as they came.
        url = f"{self._channel.bot.base_url}/getUpdates?{urlencode(asked)}"
        answer = await self._channel.transports[-1].post(url, read_timeout=self._wait + 10.0)
        return answer if isinstance(answer, list) else []

    def _failed(self, reason: str, seconds: float | None) -> float:
        """Remember the trouble and say how long to wait: as told, else longer each time."""
        self._failures += 1
        self.trouble = reason
        if seconds is None:
            seconds = min(LONGEST_PAUSE, 2.0 ** min(self._failures - 1, 6)) * random.uniform(0.8, 1.2)
        log.warning(
            "no updates from telegram",
            extra={"reason": reason, "failures": self._failures, "seconds": round(seconds, 1)},
        )
        return seconds


def _seconds(limit: RetryAfter) -> float:
    asked = limit.retry_after
    return float(asked) if isinstance(asked, int) else asked.total_seconds()
