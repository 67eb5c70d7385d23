"""How fast messages may leave: an absolute schedule for a channel, a small allowance for one chat."""

from collections import OrderedDict

SHARE = 0.99
"""Of what the platform allows: clocks differ, and a refusal costs more than a percent."""
LATEST = 0.04
"""Seconds a slot may be late and still be made up for; more at once would look like a burst to the platform."""
SLOWEST = 0.5
CHAT_BURST = 3
CHAT_PER_SECOND = 1.0
"""core.telegram.org/bots/faq: about one message a second in one chat, short bursts are taken."""
CHATS_REMEMBERED = 10_000


class Pace:
    """
    Message k leaves at t0 + k / rate, however long the ones before it took.

    A pause does not save up slots.  A refusal slows the channel down by a
    twentieth, not below half; every hundred messages taken make it faster again.
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
        """From when the next message may leave."""
        return self._next

    @property
    def factor(self) -> float:
        """The part of the rate that is used at present."""
        return self._factor

    def take(self, now: float) -> None:
        """Use the slot that has come."""
        base = self._next if self._next >= now - LATEST else now
        self._next = base + self._interval / self._factor

    def refused(self) -> None:
        """The platform found us too fast."""
        self._factor = max(SLOWEST, self._factor * 0.95)
        self._taken = 0

    def accepted(self) -> None:
        """The platform took one."""
        self._taken += 1
        if self._taken >= 100:
            self._taken = 0
            self._factor = min(1.0, self._factor * 1.05)


class ChatPace:
    """How many messages a chat may get in a row.  Replies count, and only what was not asked for waits."""

    def __init__(self, *, burst: int = CHAT_BURST, per_second: float = CHAT_PER_SECOND) -> None:
        self._burst = burst
        self._per_second = per_second
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, account: str, now: float) -> None:
        """Count a message to a chat."""
        full_at = max(self._full_at.pop(account, now), now) + 1 / self._per_second
        # a talk back and forth does not run up a debt
        self._full_at[account] = min(full_at, now + self._burst / self._per_second)
        while self._full_at and (len(self._full_at) > CHATS_REMEMBERED or next(iter(self._full_at.values())) <= now):
            self._full_at.popitem(last=False)

    def resting(self, now: float) -> dict[str, float]:
        """Chats that have had enough, and from when they may get the next one."""
        reserve = (self._burst - 1) / self._per_second
        return {
            account: full_at - reserve for account, full_at in self._full_at.items() if full_at - reserve > now + 1e-6
        }
