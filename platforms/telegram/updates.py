"""
Updates on their way to the bot: to its webhook, or waiting to be asked for.

Messages of one chat are one lane and button presses of one person another. Each lane is delivered in order, one
update at a time, lanes in parallel (tdlib/telegram-bot-api, `WebhookActor.cpp`).
"""

import asyncio
import contextlib
import copy
import itertools
import json
import random
import re
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from platforms.shared.bell import Bell

from .refusals import Refusal, bad, flood
from .schema import update_kinds

KEPT_SECONDS = 24 * 3600.0
CALLBACK_KEPT_SECONDS = 150.0
GONE_SECONDS = 23 * 3600.0
LONGEST_RETRY_AFTER = 3600.0
PORTS = (443, 80, 88, 8443)
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NO_METHODS_IN_ANSWERS = ("setwebhook", "deletewebhook", "close", "logout")

Lane = tuple[str, int]


@dataclass(slots=True, eq=False)
class Pending:
    update: dict[str, Any]
    lane: Lane
    expires_at: float
    failures: int = 0
    delay: float = 1.0


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    secret: str
    max_connections: int = 40


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt at the webhook; `status` is 0 when there was no answer."""

    update_id: int
    status: int


class Updates:
    """All updates of one bot, from what people do until the bot has them."""

    def __init__(self, clock: Callable[[], float], bell: Bell, *, first_id: int, retry_pace: float) -> None:
        self.history: list[dict[str, Any]] = []
        self.withheld: list[dict[str, Any]] = []
        self.deliveries: list[Delivery] = []
        self.dropped: list[int] = []
        self.waits: list[float] = []  # before each repeat, in the platform's seconds
        self.webhook: Webhook | None = None
        self.on_answer: Callable[[dict[str, Any]], Awaitable[None]] | None = None
        self._clock = clock
        self._bell = bell
        self._next_id = first_id
        self._retry_pace = retry_pace
        self._pending: dict[int, Pending] = {}
        self._queues: defaultdict[Lane, deque[Pending]] = defaultdict(deque)
        self._next_expiry = float("inf")
        self._allowed: frozenset[str] = update_kinds() - NOT_BY_DEFAULT
        self._asked: list[str] = []
        self._lanes: dict[Lane, asyncio.Task[None]] = {}
        self._poller: asyncio.Future[None] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._last_error: tuple[int, str] | None = None
        self._gone_since: float | None = None
        self._next_set = float("-inf")
        self._random = random.Random(7)
        self._connections = asyncio.Semaphore(40)

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        self._wake()

    async def stop(self) -> None:
        if self._poller is not None and self.polled():
            self._poller.set_result(None)
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    # The acts of people

    def add(self, kind: str, body: dict[str, Any], lane: Lane) -> dict[str, Any]:
        """Put an update on its way; kinds the bot did not ask for never leave."""
        update = {"update_id": self._next_id, kind: copy.deepcopy(body)}
        self._next_id += 1
        self.history.append(update)
        if kind in self._allowed or kind not in update_kinds():
            kept = CALLBACK_KEPT_SECONDS if kind == "callback_query" else KEPT_SECONDS
            self._queue(Pending(update, lane, self._clock() + kept))
        else:
            self.withheld.append(update)
        return update

    def add_raw(self, update: dict[str, Any], lane: Lane) -> dict[str, Any]:
        """Put an update on its way word for word, known or not; a missing `update_id` is given."""
        update = {"update_id": self._next_id, **update}
        self._next_id = max(self._next_id, update["update_id"]) + 1
        self.history.append(update)
        self._queue(Pending(update, lane, self._clock() + KEPT_SECONDS))
        return update

    def again(self, update_id: int) -> None:
        """Deliver an update to the webhook once more, as happens when an acknowledgement was lost."""
        update = next(u for u in self.history if u["update_id"] == update_id)
        self._queue(Pending(update, ("again", update_id), self._clock() + KEPT_SECONDS))

    def pending(self) -> list[dict[str, Any]]:
        """The updates the bot has not acknowledged yet."""
        self._forget_old()
        return [p.update for p in self._pending.values()]

    def settled(self) -> bool:
        """Whether the bot has everything."""
        self._forget_old()
        return not self._pending

    def _queue(self, pending: Pending) -> None:
        self._pending[id(pending)] = pending
        self._queues[pending.lane].append(pending)
        self._next_expiry = min(self._next_expiry, pending.expires_at)
        if self._poller is not None and self.polled():
            self._poller.set_result(None)
        self._wake(pending.lane)
        self._bell.ring()

    def _forget_old(self) -> None:
        now = self._clock()
        if now <= self._next_expiry:
            return
        for old in [p for p in self._pending.values() if p.expires_at < now]:
            self._drop(old)
        self._next_expiry = min((p.expires_at for p in self._pending.values()), default=float("inf"))

    def _drop(self, pending: Pending) -> None:
        self.dropped.append(pending.update["update_id"])
        self._remove(pending)

    def _remove(self, pending: Pending) -> None:
        if self._pending.pop(id(pending), None) is not None:
            self._queues[pending.lane].remove(pending)
            if not self._queues[pending.lane]:
                del self._queues[pending.lane]
        self._bell.ring()

    # By webhook

    def set_webhook(self, values: dict[str, Any], *, loopback: bool) -> str:
        """Check and keep a webhook; the empty address removes it.  Answers with the platform's words."""
        url = values.get("url", "")
        asked = values.get("allowed_updates")
        new = Webhook(url, values.get("secret_token", ""), max(1, min(100, values.get("max_connections", 40))))
        if url:
            check_webhook(url, new.secret, loopback=loopback)
        unchanged = (new == self.webhook if url else self.webhook is None) and asked in (None, self._asked)
        if values.get("drop_pending_updates"):
            self._pending.clear()
            self._queues.clear()
        self._allow(asked)
        if unchanged:
            return "Webhook is already set" if url else "Webhook is already deleted"
        now = self._clock()
        if now < self._next_set:
            raise flood(1)
        self._next_set = now + 1
        if url and self._poller is not None and self.polled():
            self._poller.set_exception(Refusal(409, "Conflict: terminated by setWebhook request"))
        self._use(new if url else None)
        return "Webhook was set" if url else "Webhook was deleted"

    def deliver_to(self, url: str, secret: str = "") -> None:
        """Deliver to an address that the bot has not registered itself, without any check."""
        self._use(Webhook(url, secret))

    def webhook_info(self) -> dict[str, Any]:
        hook = self.webhook
        info: dict[str, Any] = {
            "url": hook.url if hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending()),
        }
        if hook:
            info["max_connections"] = hook.max_connections
        if hook and self._last_error:
            info["last_error_date"], info["last_error_message"] = self._last_error
        if self._asked:
            info["allowed_updates"] = self._asked
        return info

    def _allow(self, asked: list[str] | None) -> None:
        """`None` keeps what was asked for last, an empty list means the usual kinds."""
        if asked is None:
            return
        self._asked = list(asked)
        self._allowed = frozenset(asked) & update_kinds() or update_kinds() - NOT_BY_DEFAULT

    def _use(self, webhook: Webhook | None) -> None:
        for lane in self._lanes.values():
            lane.cancel()
        self._lanes.clear()
        self.webhook = webhook
        self._last_error = self._gone_since = None
        self._connections = asyncio.Semaphore(webhook.max_connections if webhook else 1)
        for pending in self._pending.values():
            pending.failures, pending.delay = 0, 1.0
        self._wake()

    def _wake(self, only: Lane | None = None) -> None:
        if self.webhook is None or self._session is None:
            return
        for lane in [only] if only else list(self._queues):
            if lane in self._lanes:
                continue
            self._lanes[lane] = asyncio.create_task(self._run(lane, self.webhook, self._session))

    async def _run(self, lane: Lane, webhook: Webhook, session: aiohttp.ClientSession) -> None:
        while True:
            self._forget_old()
            queue = self._queues.get(lane)
            if not queue:
                self._lanes.pop(lane, None)
                return
            pending = queue[0]
            async with self._connections:
                error, retry_after = await self._post(pending.update, webhook, session)
            if not error:
                self._remove(pending)
                continue
            self._last_error = (int(self._clock()), error)
            if self.webhook is not webhook:  # HTTP 410 for too long
                self._lanes.pop(lane, None)
                return
            self.waits.append(self._next_wait(pending, retry_after))
            await asyncio.sleep(self.waits[-1] * self._retry_pace)

    def _next_wait(self, pending: Pending, retry_after: float) -> float:
        wait = min(retry_after, LONGEST_RETRY_AFTER)
        if not wait and pending.failures:  # the first repeat goes at once
            pending.delay = min(self._random.uniform(60, 120), pending.delay * 2)
            wait = pending.delay
        pending.failures += 1
        if self._clock() + wait > pending.expires_at:
            self._drop(pending)
            return 0.0
        return wait

    async def _post(
        self, update: dict[str, Any], webhook: Webhook, session: aiohttp.ClientSession
    ) -> tuple[str, float]:
        if urlsplit(webhook.url).hostname not in _LOOPBACK:  # nothing ever leaves this machine
            self.deliveries.append(Delivery(update["update_id"], 0))
            return "Failed to resolve host: Name or service not known", 0.0
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        try:
            async with session.post(webhook.url, data=json.dumps(update).encode(), headers=headers) as answer:
                status, reason, body = answer.status, answer.reason, await answer.read()
                after = answer.headers.get("Retry-After", "")
        except (aiohttp.ClientError, OSError) as trouble:
            self.deliveries.append(Delivery(update["update_id"], 0))
            self._bell.ring()
            refused = isinstance(trouble, aiohttp.ClientConnectorError)
            return "Connection refused" if refused else "Webhook connection closed", 0.0
        self.deliveries.append(Delivery(update["update_id"], status))
        self._bell.ring()
        self._note_gone(status)
        if 200 <= status <= 299:
            await self._answered(body)
            return "", 0.0
        return f"Wrong response from the webhook: {status} {reason}", float(after) if after.isdigit() else 0.0

    def _note_gone(self, status: int) -> None:
        if status != 410:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = self._clock()
        elif self._clock() > self._gone_since + GONE_SECONDS:
            self.webhook = None

    async def _answered(self, body: bytes) -> None:
        """A 2xx body may carry one call; its result is lost."""
        with contextlib.suppress(ValueError):
            call = json.loads(body)
            if not isinstance(call, dict) or not isinstance(call.get("method"), str) or self.on_answer is None:
                return
            method = call["method"].lower()
            if not method.startswith("get") and method not in _NO_METHODS_IN_ANSWERS:
                await self.on_answer(call)

    # By getUpdates

    def polled(self) -> bool:
        """Whether a long poll is open."""
        return self._poller is not None and not self._poller.done()

    async def poll(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer `getUpdates`; a second asker ends the first."""
        if self.webhook is not None:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if self._poller is not None and self.polled():
            self._poller.set_exception(
                Refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            )
        self._allow(values.get("allowed_updates"))
        self._confirm(values.get("offset", 0))
        limit = max(1, min(100, values.get("limit", 100)))
        wait = max(0, min(50, values.get("timeout", 0)))
        self._forget_old()
        if not self._pending and wait:
            poller = self._poller = asyncio.get_running_loop().create_future()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(poller, wait)
        self._forget_old()
        return [p.update for p in itertools.islice(self._pending.values(), limit)]

    def _confirm(self, offset: int) -> None:
        waiting = list(self._pending.values())
        confirmed = waiting[:offset] if offset < 0 else [p for p in waiting if p.update["update_id"] < offset]
        for pending in confirmed:
            self._remove(pending)


def check_webhook(url: str, secret: str, *, loopback: bool) -> None:
    """The rules of `setWebhook`: https, four ports, a secret of 1-256 plain characters."""
    if len(secret) > 256:
        raise bad("secret token is too long")
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]+", secret):
        raise bad("secret token contains unallowed characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise bad("bad webhook: invalid webhook URL specified") from None
    if loopback and parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return
    if parts.scheme != "https":
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if not parts.hostname:
        raise bad("bad webhook: invalid webhook URL specified")
    if port is not None and port not in PORTS:
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if parts.hostname in _LOOPBACK:
        raise bad(f"bad webhook: IP address {parts.hostname} is reserved")
