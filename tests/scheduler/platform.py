"""A platform that answers from a script and remembers what it was asked, and the ledger beside it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from content.message import Message
from registry.deliveries.deliveries import enqueue
from registry.deliveries.outcomes import Outcome, Sent
from registry.people.people import meet
from registry.store.rows import deliveries
from registry.store.store import Store
from scheduler.pump.delivery import Pump
from tests.scheduler.virtual import START, clock

CHANNEL = "telegram"
Answer = Callable[[str, str, int], Outcome | None]
"""(account, text, how often this text came) → outcome; None takes it."""


@dataclass
class Platform:
    """Takes everything after a round trip, unless the script says otherwise."""

    answer: Answer = lambda account, text, times: None
    round_trip: float = 0.15
    seen: list[tuple[float, str, str]] = field(default_factory=list)
    files: list[Mapping[str, bytes]] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    doubled_up: int = 0  # messages to an account that had one under way

    def __post_init__(self) -> None:
        self._times: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()

    async def send(self, account: str, message: Message, files: Mapping[str, bytes]) -> Outcome:
        self.seen.append((asyncio.get_running_loop().time(), account, message.text))
        self.files.append(files)
        self._times[message.text] += 1
        self.doubled_up += self._accounts[account] > 0
        self._accounts[account] += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(self.round_trip)
        finally:
            self.under_way -= 1
            self._accounts[account] -= 1
        outcome = self.answer(account, message.text, self._times[message.text])
        return Sent(str(len(self.seen))) if outcome is None else outcome

    @property
    def texts(self) -> list[str]:
        return [text for _at, _account, text in self.seen]

    @property
    def times(self) -> list[float]:
        return [at for at, _account, _text in self.seen]

    def by_account(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for _at, account, text in self.seen:
            found[account].append(text)
        return found


class Ledger:
    """Enqueues messages and reads their outcomes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._pending = 0

    def enqueue(
        self,
        account: str,
        text: str,
        kind: str = "broadcast",
        *,
        at: datetime = START,
        message: Message | None = None,
        due_at: datetime | None = None,
        not_after: datetime | None = None,
    ) -> None:
        self.store.write_now(self._owe, [(account, text, kind)], at, message, due_at, not_after)

    def enqueue_many(self, what: list[tuple[str, str, str]], at: datetime = START) -> None:
        self.store.write_now(self._owe, what, at, None, None, None)

    def _owe(
        self,
        db: Connection,
        what: list[tuple[str, str, str]],
        at: datetime,
        message: Message | None,
        due_at: datetime | None,
        not_after: datetime | None,
    ) -> None:
        for account, text, kind in what:
            self._pending += 1
            told, known = meet(db, channel=CHANNEL, account=account, now=at)
            made = enqueue(
                db,
                key=f"{kind}:{self._pending:06d}",
                person_id=told.id,
                kind=kind,
                message=message or Message(text),
                now=at + timedelta(microseconds=self._pending),
                due_at=due_at or at,
                not_after=not_after,
                account=known,
            )
            assert made is not None

    def states(self) -> Counter[str]:
        return Counter(self.rows("state"))

    def rows(self, column: str) -> list[Any]:
        return self.store.write_now(
            lambda db: list(db.execute(select(deliveries.c[column]).order_by(deliveries.c.key)).scalars())
        )


def pump(store: Store, platform: Platform, *, rate: float = 28.0, **more: Any) -> Pump:
    more.setdefault("files", no_files)
    return Pump(store, {CHANNEL: platform}, now=clock, rate_per_second={CHANNEL: rate}, **more)


async def no_files(key: str) -> bytes:
    raise LookupError(key)
