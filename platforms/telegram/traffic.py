"""
How fast a bot may send: overall, in one chat, in one group.

The platform publishes guidance, not numbers, and asks to obey `retry_after`:
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import math
from collections.abc import Callable

from .refusals import flood


class Bucket:
    """A token bucket on a clock that may be moved."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float]) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._tokens = burst
        self._at = clock()

    def wait_for(self, count: int) -> float:
        """Seconds until that number may be sent; zero if now."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._per_second)
        self._at = now
        lacking = min(count, self._burst) - self._tokens
        return max(0.0, lacking / self._per_second) if lacking > 1e-9 else 0.0

    def take(self, count: int) -> None:
        self._tokens -= count


class Traffic:
    """The buckets of one bot; a rate of `None` means unlimited."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        per_second: float | None,
        burst: int,
        per_chat: float | None,
        chat_burst: int,
        group_per_minute: float | None,
    ) -> None:
        self._clock = clock
        self._overall = None if per_second is None else Bucket(per_second, burst, clock)
        self._per_chat = per_chat
        self._chat_burst = chat_burst
        self._group_per_minute = group_per_minute
        self._chats: dict[int, Bucket] = {}
        self._until: dict[int | None, float] = {}

    def limit(self, chat_id: int | None, seconds: float) -> None:
        """Refuse everything to a chat, or with None to all of them, for a while; the bot is not told which."""
        self._until[chat_id] = self._clock() + seconds

    def pass_or_refuse(self, chat_id: int, count: int = 1) -> None:
        """Let a number of messages through, or refuse all of them with the whole seconds to wait."""
        buckets = [bucket for bucket in (self._overall, self._of(chat_id)) if bucket is not None]
        ordered = [self._until.get(of, 0.0) - self._clock() for of in (chat_id, None)]
        wait = max(0.0, *ordered, *(bucket.wait_for(count) for bucket in buckets))
        if wait > 0:
            raise flood(max(1, math.ceil(wait)))
        for bucket in buckets:
            bucket.take(count)

    def _of(self, chat_id: int) -> Bucket | None:
        if chat_id not in self._chats:
            if chat_id < 0:
                if self._group_per_minute is None:
                    return None
                self._chats[chat_id] = Bucket(self._group_per_minute / 60, self._group_per_minute, self._clock)
            else:
                if self._per_chat is None:
                    return None
                self._chats[chat_id] = Bucket(self._per_chat, self._chat_burst, self._clock)
        return self._chats[chat_id]
