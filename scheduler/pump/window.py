"""
The window of one channel: the places for messages in flight, the order they leave in, and who keeps a place.

Its size follows rate × round trip: the messages in flight when each slot of the rate is used.  A crash repeats
at most what is in flight, so it is never larger than that needs.
"""

import contextlib
import heapq
import itertools
import math
from collections.abc import Collection, Iterator

from registry.deliveries.deliveries import PRIORITY, Pending

LEAST = 8
"""Places at the usual round trip: 30 messages a second of 250 ms each."""
MOST = 32
"""Places at most, however slow the platform: the most a crash can repeat."""
FOR_REPLIES = 1
"""Of eight places one that only a reply takes: while a platform hangs on broadcasts, people still get answers."""
NEWEST = 0.2
"""The weight of the newest round trip in the average."""


class Window:
    """Counts places.  An account has at most one: its messages arrive in order."""

    def __init__(self, least: int = LEAST, most: int = MOST) -> None:
        if least <= FOR_REPLIES:
            raise ValueError(f"A window of {least} leaves no place for broadcasts; {FOR_REPLIES + 1} is the least.")
        self._least = least
        self._most = max(least, most)
        self._round_trip: float | None = None
        self._places = least
        self._claimed: dict[str, Pending] = {}  # by account, until its outcome is recorded
        self._kept: set[str] = set()  # accounts a place is kept for
        self._asked = 0  # places of claims in flight
        self._waiting: list[tuple[int, int, Pending]] = []
        self._order = itertools.count()

    @property
    def places(self) -> int:
        """Return the number of messages that may be in flight now."""
        return self._places

    @property
    def _for_replies(self) -> int:
        return max(FOR_REPLIES, FOR_REPLIES * self._places // LEAST)

    def measured(self, seconds: float, per_second: float) -> None:
        """
        Count the round trip of a message the platform took, and adapt the places to it and the rate.

        A larger window leaves room at once; a smaller one takes in nothing until enough messages are recorded.
        """
        known = seconds if self._round_trip is None else self._round_trip
        self._round_trip = known + (seconds - known) * NEWEST
        needed = math.ceil(round(per_second * self._round_trip, 6))
        self._places = min(max(needed, self._least), self._most)

    def room(self, *, probing: bool, without: Collection[str] = ()) -> tuple[int, int]:
        """
        Return how many more messages may be claimed, and how many of them may be other than replies.

        `probing` allows one message at a time.  The messages of the accounts in `without` have an outcome.
        """
        claimed = [pending for pending in self._claimed.values() if pending.account not in without]
        taken = len(claimed) + len(self._kept) + self._asked
        if probing:
            alone = 0 if taken else 1
            return alone, alone
        bulk = sum(pending.kind != "reply" for pending in claimed)
        return max(0, self._places - taken), max(0, self._places - self._for_replies - bulk)

    def busy(self, *, without: Collection[str] = ()) -> frozenset[str]:
        """Return the accounts with a place."""
        return frozenset({*self._claimed, *self._kept}.difference(without))

    def keep(self, account: str) -> bool:
        """Keep a place for the reply to an account; False when it has one already."""
        if account in self._claimed or account in self._kept:
            return False
        self._kept.add(account)
        return True

    def give_back(self, account: str) -> None:
        """Stop keeping a place for an account."""
        self._kept.discard(account)

    @contextlib.contextmanager
    def asking(self, places: int) -> Iterator[None]:
        """Count places as taken while a claim is in flight."""
        self._asked += places
        try:
            yield
        finally:
            self._asked -= places

    def take_in(self, pending: Pending) -> bool:
        """Add a claimed message; False when its account has a place already."""
        if pending.account in self._claimed or pending.account in self._kept:
            return False
        self._claimed[pending.account] = pending
        heapq.heappush(self._waiting, (PRIORITY[pending.kind], next(self._order), pending))
        return True

    @property
    def waiting(self) -> int:
        """Return the number of claimed messages that have not left."""
        return len(self._waiting)

    @property
    def in_use(self) -> bool:
        return bool(self._claimed or self._kept)

    def next(self) -> Pending:
        """Remove the most urgent message from the queue; it keeps its place until it is recorded."""
        return heapq.heappop(self._waiting)[2]

    def empty_queue(self) -> list[Pending]:
        """Remove every message that has not left from the queue."""
        waiting, self._waiting = self._waiting, []
        return [pending for _, _, pending in waiting]

    def recorded(self, pending: Pending) -> None:
        """Free the place of a message whose outcome is recorded."""
        if self._claimed.get(pending.account) is pending:
            del self._claimed[pending.account]

    def clear(self) -> None:
        self._claimed.clear()
