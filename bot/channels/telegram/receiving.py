"""How updates reach this program: introduce the bot, then polling or a webhook."""

import asyncio
import logging
from collections.abc import Callable

from bot.channels.manifest import Introduction
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.polling import TelegramPolling
from bot.channels.telegram.settings import Telegram
from bot.channels.telegram.setup import introduce, receive_by_polling, receive_by_webhook

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0


class Receiving:
    """
    Receives until cancelled.  `note` records what keeps the platform out of reach; "" when all is well.

    Without `polling` updates come by webhook, which is registered only for a public https address.
    """

    def __init__(
        self,
        channel: TelegramChannel,
        given: Telegram,
        public_url: str,
        introduction: Introduction,
        polling: TelegramPolling | None,
        note: Callable[[str], None],
    ) -> None:
        self._channel = channel
        self._given = given
        self._public_url = public_url
        self._introduction = introduction
        self._polling = polling
        self._note = note

    async def run(self) -> None:
        """Set up and receive.  A webhook is retried until the platform takes it; polling retries by itself."""
        while troubles := await self._set_up():
            self._note("; ".join(troubles))
            log.warning("telegram is not ready", extra={"troubles": list(troubles)})
            if self._polling is not None:
                break
            await asyncio.sleep(RETRY_SECONDS)
        else:
            self._note("")
        if self._polling is not None:
            await self._polling.run()
        await asyncio.Event().wait()

    async def _set_up(self) -> tuple[str, ...]:
        troubles = await introduce(self._channel, self._introduction)
        if self._polling is not None:
            return troubles + await receive_by_polling(self._channel)
        if not self._public_url.startswith("https://"):
            return troubles
        secret = self._given.secret_token.get_secret_value()
        return troubles + await receive_by_webhook(self._channel, self._public_url, secret)

    async def problems(self) -> str:
        """The reason why polling gets no updates; empty when they arrive, or arrive by webhook."""
        return "" if self._polling is None else self._polling.trouble
