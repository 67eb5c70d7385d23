"""
Events on their way to the bot: to its webhook, or one by one to a caller that polls.

There is no offset: what was handed to a poll is gone, even when the answer got lost.
"""

import copy
import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from platforms.shared.bell import Bell
from platforms.shared.webhook import Delivery, Posting, Postman, on_this_machine

from .refusals import bad, refused

SHORTEST_SECRET, LONGEST_SECRET = 8, 256
LONGEST_POLL = 60.0


class Updates:
    """All events of one bot; `body` is flat (live) or wrapped (documented)."""

    def __init__(
        self,
        clock: Callable[[], float],
        bell: Bell,
        *,
        body: str,
        ladder: tuple[float, ...],
        retry_pace: float,
        repeats_any: bool,
    ) -> None:
        self.history: list[dict[str, Any]] = []
        self.withheld: list[dict[str, Any]] = []
        self.secret = ""
        self.body = body
        self._clock = clock
        self._bell = bell
        self._queue: deque[dict[str, Any]] = deque()
        self._updated_at = 0
        self._postman = Postman(bell, ladder=ladder, pace=retry_pace, repeats_any=repeats_any)

    @property
    def deliveries(self) -> list[Delivery]:
        return self._postman.deliveries

    @property
    def dropped(self) -> list[dict[str, Any]]:
        """Events that will not come: the webhook did not take them."""
        return self._postman.dropped

    @property
    def url(self) -> str:
        return self._postman.url

    async def start(self) -> None:
        await self._postman.start()

    async def stop(self) -> None:
        await self._postman.stop()

    def settled(self) -> bool:
        """Whether the bot has everything, or never will."""
        return self._postman.settled() and not self._queue

    def waiting(self) -> list[dict[str, Any]]:
        return [*self._postman.waiting(), *self._queue]

    def add(self, event: Mapping[str, Any], lane: str) -> dict[str, Any]:
        """Put an event on its way."""
        sent = copy.deepcopy(dict(event))
        self.history.append(sent)
        self._send(sent, lane)
        self._bell.ring()
        return sent

    def again(self, event: Mapping[str, Any]) -> None:
        """Deliver an event once more."""
        self._send(dict(event), "again")

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Send any bytes with any headers to the webhook once and answer with the status."""
        return await self._postman.post(body, dict(headers))

    def set_webhook(self, url: object, secret: object, *, loopback: bool) -> dict[str, Any]:
        """Check and keep an address; waiting events go there."""
        if not isinstance(url, str) or not url:
            raise bad("url is empty")
        local = loopback and on_this_machine(url)
        if urlsplit(url).scheme not in (("https", "http") if local else ("https",)):
            raise bad("url must be https")
        if not isinstance(secret, str) or not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
            raise bad("secret_token must have 8 to 256 characters")
        self.deliver_to(url, secret)
        return self.info()

    def deliver_to(self, url: str, secret: str) -> None:
        """Deliver to an address without any check."""
        self._postman.url, self.secret = url, secret
        self._updated_at = int(self._clock() * 1000)
        while self._queue and url:
            self._send(self._queue.popleft(), "waited")

    def delete_webhook(self) -> dict[str, Any]:
        self.deliver_to("", "")
        return {"url": "", "updated_at": self._updated_at}

    def info(self) -> dict[str, Any]:
        if not self.url:
            raise refused(404)
        return {"url": self.url, "updated_at": self._updated_at}

    async def poll(self, timeout: object) -> dict[str, Any]:
        """Answer `getUpdates` with one event; 408 when none came."""
        if self.url:
            raise bad("webhook is active")
        if not isinstance(timeout, str) or not timeout.isdecimal():  # the pages call it a string of seconds
            raise bad("timeout is invalid")
        seconds = min(float(timeout), LONGEST_POLL)
        # Two who ask at once share the events between them: nothing tells one from the other.
        await self._bell.until(lambda: bool(self._queue) or bool(self.url), seconds)
        if not self._queue:
            raise refused(408)
        return self._queue.popleft()

    def _send(self, event: dict[str, Any], lane: str) -> None:
        if not self.url:
            self._queue.append(event)
            return
        body = event if self.body == "flat" else {"ok": True, "result": event}
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        self._postman.send(Posting(event, raw, {"X-Bot-Api-Secret-Token": self.secret}, lane))
