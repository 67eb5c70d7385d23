"""
Events of the account on their way to the webhook: what they look like and how they are signed.

https://developers.zalo.me/docs/official-account/webhook/tong-quan
"""

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from platforms.shared.bell import Bell
from platforms.shared.webhook import Delivery, Posting, Postman, on_this_machine

LADDER = (30.0, 300.0, 900.0, 1800.0, 3600.0)
TEMPLATE_EVENTS = frozenset({"change_template_status", "change_oa_daily_quota"})


class Events:
    """
    All events of one account.

    `first_term` begins the signature: `app_id` or (as some report) `oa_id`. `prefix` writes `mac=` before it;
    `timestamp_header` adds X-ZEvent-Timestamp. `contact_shape` is nested (2026) or flat (2025). `repeats_any` repeats
    answers other than 200, not only missing ones.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        bell: Bell,
        *,
        app_id: str,
        oa_id: str,
        oa_secret_key: str,
        retry_pace: float,
        repeats_any: bool = False,
        first_term: str = "app_id",
        prefix: bool = True,
        timestamp_header: bool = False,
        answer_within: float = 2.0,
    ) -> None:
        self.history: list[dict[str, Any]] = []
        self.withheld: list[dict[str, Any]] = []
        self.ticked: frozenset[str] | None = None  # the event boxes of the console; None is all
        self.syntax_filter = False
        self.subscribed = True
        self.oa_secret_key = oa_secret_key
        self._clock = clock
        self._app_id = app_id
        self._oa_id = oa_id
        self._first_term = first_term
        self._prefix = prefix
        self._timestamp_header = timestamp_header
        self._last_ms = 0
        self._message_numbers = itertools.count(1)
        self._postman = Postman(
            bell,
            ladder=LADDER,
            pace=retry_pace,
            repeats_any=repeats_any,
            answer_within=answer_within,
            repeat_header="num_retry",
        )
        self._postman.on_given_up = self._unsubscribe

    @property
    def deliveries(self) -> list[Delivery]:
        return self._postman.deliveries

    @property
    def dropped(self) -> list[dict[str, Any]]:
        """Events that will never come: no address, given up, or answered with a refusal."""
        return self._postman.dropped

    @property
    def waits(self) -> list[float]:
        """Seconds before each repeat, in the platform's time."""
        return self._postman.waits

    @property
    def url(self) -> str:
        return self._postman.url

    async def start(self) -> None:
        await self._postman.start()

    async def stop(self) -> None:
        await self._postman.stop()

    def settled(self) -> bool:
        return self._postman.settled()

    def waiting(self) -> list[dict[str, Any]]:
        return self._postman.waiting()

    async def save(self, url: str, *, loopback: bool) -> int:
        """
        Save the address in the console; it must answer an unsigned `POST {}` with 200.

        Answers with the status.  An address that the console would not take raises ValueError.
        """
        parts = urlsplit(url)
        if not (loopback and on_this_machine(url)):
            named = parts.hostname and not parts.hostname.replace(".", "").isdigit() and "." in parts.hostname
            if parts.scheme != "https" or not named or parts.port is not None:
                raise ValueError(f"The console takes https addresses on a domain without a port, not {url}.")
        before, self._postman.url = self._postman.url, url
        status = await self._postman.post(b"{}", {"User-Agent": "ZaloWebhook"})
        if status != 200:
            self._postman.url = before
        else:
            self.subscribed = True
        return status

    def deliver_to(self, url: str) -> None:
        """Deliver to an address without any check or trial."""
        self._postman.url = url
        self.subscribed = True

    def signature(self, body: bytes, timestamp: str) -> str:
        """The value of X-ZEvent-Signature."""
        first = self._oa_id if self._first_term == "oa_id" else self._app_id
        mac = hashlib.sha256(first.encode() + body + timestamp.encode() + self.oa_secret_key.encode()).hexdigest()
        return f"mac={mac}" if self._prefix else mac

    def add(self, event: Mapping[str, Any], person: str) -> dict[str, Any]:
        """Stamp an event and send it; kinds that are not ticked in the console are never sent."""
        stamped = {"app_id": self._app_id, **event, "timestamp": self._now()}
        self.history.append(stamped)
        name = stamped["event_name"]
        text = stamped.get("message", {}).get("text", "")
        filtered = self.syntax_filter and name == "user_send_text" and not text.startswith("#")
        if not self.subscribed or filtered or (self.ticked is not None and name not in self.ticked):
            self.withheld.append(stamped)
            return stamped
        self._postman.send(self._posting(stamped, person))
        return stamped

    def raw(self, event: Mapping[str, Any], signature: str | None = None) -> dict[str, Any]:
        """Send any event word for word; without a `signature` it is signed as ever."""
        given = dict(event)
        self.history.append(given)
        self._postman.send(self._posting(given, "raw", signature))
        return given

    def again(self, event: Mapping[str, Any]) -> None:
        """Deliver an event once more, with the very same body."""
        self._postman.send(self._posting(dict(event), "again"))

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Send any bytes with any headers once and answer with the status."""
        return await self._postman.post(body, dict(headers))

    def headers(self, body: bytes, event: Mapping[str, Any], signature: str | None = None) -> dict[str, str]:
        """The headers of an event."""
        timestamp = str(event.get("timestamp", ""))
        template = event.get("event_name") in TEMPLATE_EVENTS or "tracking_id" in event.get("message", {})
        headers = {
            "X-ZEvent-Signature": self.signature(body, timestamp) if signature is None else signature,
            "X-ZEvent-Server": "ZNS" if template else "OA OpenAPI",
            "User-Agent": "ZaloWebhook",
        }
        if self._timestamp_header:
            headers["X-ZEvent-Timestamp"] = timestamp
        return headers

    def new_message_id(self) -> str:
        return hashlib.sha256(f"zalo {self._oa_id} {next(self._message_numbers)}".encode()).hexdigest()[:20]

    def _posting(self, event: dict[str, Any], lane: str, signature: str | None = None) -> Posting:
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        return Posting(event, body, self.headers(body, event, signature), lane)

    def _now(self) -> str:
        # No two events bear the same moment, even on a clock that stands still: management events
        # have no id.
        self._last_ms = max(int(self._clock() * 1000), self._last_ms + 1)
        return str(self._last_ms)

    def _unsubscribe(self) -> None:
        self.subscribed = False
