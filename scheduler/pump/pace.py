"""Rate limits: an absolute schedule for a channel, and a small allowance for each chat."""

from collections import OrderedDict

SHARE = 0.99
"""The part of the allowed rate that is used: clocks differ, and a refusal costs more than one percent."""
LATEST = 0.04
"""Seconds a late slot may catch up; more would be a burst to the platform."""
SLOWEST = 0.5
CHAT_BURST = 3
CHAT_PER_SECOND = 1.0
"""core.telegram.org/bots/faq: about one message per second in one chat; short bursts are accepted."""
CHATS_REMEMBERED = 10_000


class Pace:
    """
    Message k leaves at t0 + k / rate, however long the messages before it took.

    Unused slots are lost.  A refusal slows the channel by 5 percent, to half the rate at most; every hundred
    accepted messages raise it by 5 percent.
    """

    def __init__(self, per_second: float) -> None:
        if per_second <= 0:
            raise ValueError(f"A rate of {per_second} messages a second never sends anything.")
        self._interval = 1 / (per_second * SHARE)
        self._next = float("-inf")
        self._factor = 1.0
        self._taken = 0

    @property
    def next_at(self) -> float:
        """Return the moment from which the next message may leave."""
        return self._next

    @property
    def per_second(self) -> float:
        """Return the messages a second that may leave now."""
        return self._factor / self._interval

    @property
    def factor(self) -> float:
        """Return the part of the rate that is used now."""
        return self._factor

    def take(self, now: float) -> None:
        """Use the next slot."""
        base = self._next if self._next >= now - LATEST else now
        self._next = base + self._interval / self._factor

    def refused(self) -> None:
        """Slow down: the platform refused for the rate."""
        self._factor = max(SLOWEST, self._factor * 0.95)
        self._taken = 0

    def accepted(self) -> None:
        """Count an accepted message."""
        self._taken += 1
        if self._taken >= 100:
            self._taken = 0
            self._factor = min(1.0, self._factor * 1.05)


class ChatPace:
    """The burst limit of each chat.  Replies count, but only unasked messages wait."""

    def __init__(self, *, burst: int = CHAT_BURST, per_second: float = CHAT_PER_SECOND) -> None:
        self._burst = burst
        self._per_second = per_second
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, account: str, now: float) -> None:
        """Count a message to a chat."""
        full_at = max(self._full_at.pop(account, now), now) + 1 / self._per_second
        # a conversation does not use up later allowance
        self._full_at[account] = min(full_at, now + self._burst / self._per_second)
        while self._full_at and (len(self._full_at) > CHATS_REMEMBERED or next(iter(self._full_at.values())) <= now):
            self._full_at.popitem(last=False)

    def resting(self, now: float) -> dict[str, float]:
        """Return the chats at their limit, and the moment each may get the next message."""
        reserve = (self._burst - 1) / self._per_second
        return {
            account: full_at - reserve for account, full_at in self._full_at.items() if full_at - reserve > now + 1e-6
        }
