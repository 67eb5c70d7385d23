"""
Fetching updates, for an office without a public address.

https://core.telegram.org/bots/api#getupdates
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channels.channel import Accept
from bot.channels.polling import STORE_PAUSE, TOKEN_PAUSE, WAIT_SECONDS, Pause, Polling
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.reading import WANTED

log = logging.getLogger(__name__)

MOST_UPDATES = 100
CONFLICT_PAUSE = 30.0


class TelegramPolling(Polling):
    """
    One loop over `getUpdates`.

    It starts without an offset, since update ids may fall after a quiet week; the inbox knows
    duplicates.  An update is confirmed, by the next offset, only after its commit.  So the platform
    keeps an update that the store refuses, and all after it, for a day.
    """

    def __init__(
        self,
        channel: TelegramChannel,
        accept: Accept,
        *,
        wait_seconds: int = WAIT_SECONDS,
        pause: Pause = asyncio.sleep,
    ) -> None:
        super().__init__(channel.name, accept, wait_seconds=wait_seconds, pause=pause)
        self._channel = channel
        self._offset: int | None = None

    async def step(self) -> float:
        """Fetch and commit one batch; answers how long to pause before the next."""
        try:
            updates = await self._fetch()
        except RetryAfter as limit:
            return self._failed("flood limit", _seconds(limit))
        except Conflict as conflict:
            # An operator has to act: this bot has a webhook, or a second copy of the program runs.
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
        self._answered()
        return await self._keep(updates)

    async def _keep(self, updates: Sequence[Any]) -> float:
        for update in updates:
            if not await self._commit(json.dumps(update).encode()):
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
        # The library's own get_updates reads a whole batch at once, so one update of a new shape would hide the
        # others. This gives them as they came.
        url = f"{self._channel.bot.base_url}/getUpdates?{urlencode(asked)}"
        answer = await self._channel.transports[-1].post(url, read_timeout=self._wait + 10.0)
        return answer if isinstance(answer, list) else []


def _seconds(limit: RetryAfter) -> float:
    asked = limit.retry_after
    return float(asked) if isinstance(asked, int) else asked.total_seconds()
