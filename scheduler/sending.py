"""The sender of one channel: claims a little, sends at its pace, writes down what became of it."""

import asyncio
import contextlib
import heapq
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar, runtime_checkable

import structlog
from prometheus_client import Counter as Metric
from prometheus_client import Histogram
from sqlalchemy import Connection

from content.message import Message
from registry.deliveries.channel_pauses import end_pause, note_pause
from registry.deliveries.claims import bring_forward, claim_ready
from registry.deliveries.deliveries import PRIORITY, Owed, next_due, release_claims
from registry.deliveries.numbering import leave_unnumbered, number_notice
from registry.deliveries.outcomes import Doubtful, Outcome, Refused, TryAgain
from registry.deliveries.routing import Go, Router, Way
from registry.store.store import Store, StoreRefusesError
from scheduler.pace import ChatPace, Pace
from scheduler.results import Back, Result, Routed, What, outcome_of, went_well, write_down

log = structlog.get_logger()
T = TypeVar("T")

DELIVERIES = Metric(
    "ocopbot_deliveries", "What became of messages handed to a platform.", ["channel", "kind", "outcome"]
)
WAITED = Histogram(
    "ocopbot_delivery_seconds",
    "From the moment a message was due until a platform took it.",
    ["channel", "kind"],
    buckets=(0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 15, 60, 300, 3600),
)

LEASE = timedelta(minutes=5)
SEND_WITHIN = 35.0
"""Seconds until silence counts as an answer that never came."""
FOR_REPLIES = 1
"""Places of the window that nothing but a reply takes: a platform that hangs on announcements answers people still."""
HELD = 2
"""Messages claimed ahead, so that the next slot does not wait for the database."""
LONGEST_NAP = 1.0
"""Seconds between two looks: another process may owe something without a word to this one."""
IN_TROUBLE = 3
"""Failures in a row, with nothing taken between, after which the platform is tried with one message at a time."""
PROBE = 5.0
PATIENCE = (0.2, 1.0, 3.0)
"""Seconds to wait while the database refuses; the outcome stays in memory until it is written."""
SHOWN_FROM = 60.0
"""Seconds of a pause that operators are shown; a shorter one is everyday flow control."""
LAST_WORDS = 5.0
"""Seconds a stopping sender waits for what has left already."""


class Sender(Protocol):
    """What the pump needs of a channel: exactly one outcome, and no exception for what a platform may do."""

    async def send(self, account: str, message: Message, files: Mapping[str, bytes]) -> Outcome: ...


@runtime_checkable
class TemplateSender(Protocol):
    """A channel that can say a notice by an approved template."""

    async def send_as_template(self, account: str, kind: str, message: Message) -> Outcome: ...


FREE = Go("the platform charges nothing")


class ChannelSender:
    """Sends on one channel; whoever runs it holds the channel's lock."""

    def __init__(
        self,
        store: Store,
        channel: str,
        sender: Sender,
        *,
        now: Callable[[], datetime],
        files: Callable[[str], Awaitable[bytes]],
        rate: float,
        window: int,
        decent: Callable[[datetime], datetime] | None,
        router: Router | None = None,
        lists: bool = False,
    ) -> None:
        if window <= FOR_REPLIES:
            raise ValueError(f"A window of {window} leaves no place for announcements; {FOR_REPLIES + 1} is the least.")
        self._store = store
        self._channel = channel
        self._sender = sender
        self._now = now
        self._files = files
        self._window = window
        self._decent = decent
        self._router = router
        self._lists = lists
        self._pace = Pace(rate)
        self._chats = ChatPace()
        self._claimed: dict[str, Owed] = {}  # by account, until its outcome is written
        self._held: list[tuple[int, int, Owed]] = []
        self._order = itertools.count()
        self._sending: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._paused_until = float("-inf")
        self._failures = 0
        self._pause_met: tuple[str, datetime] | None = None  # reason and end of a pause worth showing
        self._pause_noted: tuple[str, datetime] | None = ("of an earlier process", datetime.max.replace(tzinfo=UTC))
        self._kept: set[str] = set()  # accounts a place is kept for
        self._asked = 0  # places of claims under way
        self._running = False
        self._awaited = 0
        self._more = False
        """Whether something may be owed beyond what was claimed last."""
        self._replies_wait = True
        """Whether a reply may be owed that is not claimed; nobody's overtakes it, above all none of before a crash."""
        self._woken = False
        self._asleep = False
        """Whether the claimer sleeps without a time to wake at: no place was free."""
        self._look = asyncio.Event()
        self._something_held = asyncio.Event()
        self._something_known = asyncio.Event()
        self._idle = asyncio.Event()
        self.counts: Counter[str] = Counter()

    def wake(self) -> None:
        self._idle.clear()
        self._replies_wait = True
        self._look_again()

    def keep_place(self, account: str) -> bool:
        """
        Keep a place of the window for the reply to somebody whose turn it is now.

        False where a reply would have to wait: nothing is sent here or now, other replies
        wait, no place is free, or another message of that account is under way.  A place
        that was kept is given back by `leave`.
        """
        if not self._running or self._replies_wait or self._failures or self._paused_until > self._time():
            return False
        if account in self._claimed or account in self._kept or not self._room()[0]:
            return False
        self._kept.add(account)
        self._idle.clear()
        return True

    def leave(self, account: str, owed: Owed | None) -> bool:
        """Send the reply a place was kept for, or give the place back; False where nothing is sent here any more."""
        self._kept.discard(account)
        if owed is None:
            self._look_again()
        elif self._running:
            self._hold((owed,))
        return self._running

    async def settled(self) -> None:
        """Wait until nothing is due, under way or unwritten."""
        self._awaited += 1
        try:
            self.wake()
            await self._idle.wait()
        finally:
            self._awaited -= 1

    async def recover(self) -> None:
        """
        Queue again what was in flight when the last sender of this channel ended.

        Outcomes that this process knows and could not write are written first: with the right to send,
        the database may have been gone, and a message that was taken must not be claimed again.
        """
        while self._results:
            await self._write_known()
        released = await self._patiently(lambda db: release_claims(db, channel=self._channel))
        if released:
            log.warning("deliveries in flight are owed again", channel=self._channel, count=released)

    async def run(self) -> None:
        """Send until cancelled; then give back what had not left, and write down what had."""
        async with asyncio.TaskGroup() as tasks:
            recorder = tasks.create_task(self._for_ever(self._write_results))
            others = [tasks.create_task(self._for_ever(step)) for step in (self._claim, self._dispatch)]
            self._running = True
            try:
                await asyncio.Event().wait()
            finally:
                self._running = False
                for task in others:
                    task.cancel()
                recorder.cancel()
                await self._finish()

    async def _for_ever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except StoreRefusesError as trouble:
                log.warning("the pump waits for the database", channel=self._channel, reason=str(trouble))
                await asyncio.sleep(PATIENCE[1])
            except Exception:  # the edge of a job: nothing is lost, what was claimed runs out or is written later
                log.exception("the pump stumbled", channel=self._channel)
                await asyncio.sleep(PROBE)

    async def _claim(self) -> None:
        """Take what may leave now, or sleep until something may."""
        self._look.clear()
        woken, self._woken = self._woken, False
        room = self._room()
        nap: float | None = None
        if room[0] and (woken or len(self._held) < HELD):
            nap = self._paused_until - self._time()
            if nap <= 0:
                if await self._take(*room):
                    return
                nap = await self._nap()
            elif await self._due_in() > 0:
                self._say_idle()
        self._asleep = nap is None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._look.wait(), nap)

    def _room(self, *, without: Collection[str] = ()) -> tuple[int, int]:
        """How many more may be claimed, and how many of them may be no replies; `without` accounts that are done."""
        claimed = [owed for owed in self._claimed.values() if owed.account not in without]
        taken = len(claimed) + len(self._kept) + self._asked
        if self._failures >= IN_TROUBLE:
            alone = 0 if taken else 1
            return alone, alone
        bulk = sum(owed.kind != "reply" for owed in claimed)
        return max(0, self._window - taken), max(0, self._window - FOR_REPLIES - bulk)

    async def _take(self, limit: int, bulk: int) -> bool:
        self._asked += limit
        try:
            taken = await self._store.write(self._claim_of(limit, bulk))
        finally:
            self._asked -= limit
        self._hold(taken)
        self._learn_of_others(taken, limit)
        return bool(taken)

    def _claim_of(
        self, limit: int, bulk: int, *, without: Collection[str] = ()
    ) -> Callable[[Connection], tuple[Owed, ...]]:
        """A unit that claims so many; accounts with something under way wait, but for those that are done with it."""
        busy = {*self._claimed, *self._kept}.difference(without)
        resting = tuple(self._chats.resting(self._time()))
        probing = self._failures >= IN_TROUBLE
        now = self._now()

        def unit(db: Connection) -> tuple[Owed, ...]:
            if probing:
                bring_forward(db, channel=self._channel, now=now, limit=1)
            return claim_ready(
                db,
                channel=self._channel,
                now=now,
                limit=limit,
                bulk=min(bulk, limit),
                lease=LEASE,
                busy=busy,
                resting=resting,
            )

        return unit

    def _hold(self, taken: Collection[Owed]) -> None:
        """Keep what was claimed until its slot comes; what came beside another of its account waits behind that one."""
        for owed in taken:
            if owed.account in self._claimed or owed.account in self._kept:
                self._know(owed, Back())
                continue
            self._claimed[owed.account] = owed
            heapq.heappush(self._held, (PRIORITY[owed.kind], next(self._order), owed))
            self._something_held.set()

    def _learn_of_others(self, taken: Sequence[Owed], asked: int) -> None:
        """What a claim tells of what it left: replies come first, and less than was asked for is all there was."""
        self._more = bool(taken)
        self._replies_wait = len(taken) == asked and taken[-1].kind == "reply"

    def _look_again(self) -> None:
        self._woken = True
        self._look.set()

    async def _nap(self) -> float:
        """How long nothing can leave; says so when nothing more is due."""
        wait = await self._due_in()
        if wait > 0:
            self._say_idle()
            return min(wait, LONGEST_NAP)
        # due, but its chat rests, or an earlier message of its account waits for another try
        resting = self._chats.resting(self._time())
        if not resting:
            self._say_idle()
        return min([LONGEST_NAP, *(max(at - self._time(), 0.01) for at in resting.values())])

    async def _due_in(self) -> float:
        """Seconds until the next message is due, as far as anybody knows."""
        due_at = await self._store.read(next_due, channel=self._channel)
        return LONGEST_NAP if due_at is None else (due_at - self._now()).total_seconds()

    def _say_idle(self) -> None:
        if not (self._claimed or self._kept or self._woken):
            self._idle.set()

    async def _dispatch(self) -> None:
        """Let the most urgent message held leave when its slot comes."""
        if not self._held:
            self._something_held.clear()
            await self._something_held.wait()
            return
        early = max(self._pace.next_at, self._paused_until) - self._time()
        if early > 0:
            await asyncio.sleep(early)
            return  # another may have become the most urgent meanwhile
        _, _, owed = heapq.heappop(self._held)
        if self._more and len(self._held) < HELD:
            self._look.set()
        now = self._now()
        if owed.not_after is not None and owed.not_after < now:
            self._know(owed, Back())
            return
        if _by_day(owed) and self._decent is not None and (later := self._decent(now)) > now:
            self._know(owed, Back(later))
            return
        self._pace.take(self._time())
        self._chats.take(owed.account, self._time())
        task = asyncio.create_task(self._send(owed))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, owed: Owed) -> None:
        """Hand one message to the platform; whatever happens has one outcome."""
        way = await self._way(owed)
        if not isinstance(way, Go):
            self._know(owed, way)
            return
        try:
            files = {one.file: await self._files(one.file) for one in owed.message.attachments}
        except LookupError:
            self._know(owed, self._routed(way, Refused("an attachment is gone")))
            return
        except (OSError, StoreRefusesError) as trouble:
            reason = f"attachment: {type(trouble).__name__}"
            self._know(owed, self._routed(way, TryAgain(timedelta(seconds=PROBE), reason)))
            return
        try:
            async with asyncio.timeout(SEND_WITHIN):
                outcome = await self._hand_over(owed, way, files)
        except TimeoutError:
            outcome = Doubtful("no answer in time")
        except Exception as trouble:  # a channel never raises for its platform, so this is a fault of ours
            log.exception("a channel stumbled", channel=self._channel, delivery=owed.id)
            outcome = Doubtful(type(trouble).__name__)
        self._learn(outcome)
        self._know(owed, self._routed(way, outcome))

    def _routed(self, way: Go, outcome: Outcome) -> Outcome | Routed:
        """With the way it took, where the channel has a choice of them."""
        return outcome if self._router is None else Routed(outcome, way)

    async def _way(self, owed: Owed) -> Way:
        """Which way a message takes where that is a question; replies to somebody who just wrote never are one."""
        router = self._router
        if router is None:
            return FREE
        return await self._patiently(lambda db: router(db, owed, self._now()))

    async def _hand_over(self, owed: Owed, way: Go, files: Mapping[str, bytes]) -> Outcome:
        if way.template and isinstance(self._sender, TemplateSender):
            if owed.message.choices:
                await self._patiently(lambda db: leave_unnumbered(db, owed=owed, now=self._now()))
            return await self._sender.send_as_template(owed.account, owed.kind, owed.message)
        message = owed.message
        if self._lists and owed.kind != "reply" and message.choices:
            message = await self._patiently(lambda db: number_notice(db, owed=owed, now=self._now()))
        return await self._sender.send(owed.account, message, files)

    def _learn(self, outcome: Outcome) -> None:
        """What an outcome says about the platform as a whole."""
        if isinstance(outcome, TryAgain | Doubtful) and outcome.alone:
            return
        if isinstance(outcome, TryAgain | Doubtful):
            self._failures += 1
            wait = outcome.after.total_seconds() if isinstance(outcome, TryAgain) else 0.0
            if isinstance(outcome, TryAgain) and self._failures == 1:
                self._pace.refused()
            if self._failures >= IN_TROUBLE:
                wait = max(wait, PROBE)
            if wait:
                self._pause(wait)
            if wait >= SHOWN_FROM or self._failures >= IN_TROUBLE:
                self._pause_met = (outcome.reason, self._now() + timedelta(seconds=max(wait, SHOWN_FROM)))
            return
        self._pace.accepted()
        if self._failures >= IN_TROUBLE:
            log.info("the platform answers again", channel=self._channel)
        self._failures = 0
        self._pause_met = None

    def _pause(self, seconds: float) -> None:
        """Nothing leaves before the platform said so; what was held is owed again, and may be cancelled."""
        self._paused_until = max(self._paused_until, self._time() + seconds)
        held, self._held = self._held, []
        for _, _, owed in held:
            self._know(owed, Back())

    def _know(self, owed: Owed, result: What) -> None:
        self._results.append((owed, result, self._now()))
        self._something_known.set()

    async def _write_results(self) -> None:
        """Write down what became of messages, several at once; kept until the database takes it."""
        self._something_known.clear()
        if not self._results:
            await self._something_known.wait()
            return
        await self._write_known()

    async def _write_known(self) -> None:
        batch = list(self._results)
        done = {owed.account for owed, *_ in batch}
        calm = self._failures == 0 and self._paused_until <= self._time()
        places, bulk = self._room(without=done)
        places = min(places, len(done)) if calm and self._running else 0  # the rest is for replies that come
        claim = self._claim_of(places, bulk, without=done) if places else None
        self._asked += places
        met, now = self._pause_met, self._now()

        def unit(db: Connection) -> tuple[Owed, ...]:
            self._note_pause(db, met, now)
            for owed, result, moment in batch:
                write_down(db, owed, result, moment)
            return () if claim is None else claim(db)

        try:
            taken = await self._patiently(unit)
        finally:
            self._asked -= places
        self._pause_noted = met
        self._results = self._results[len(batch) :]
        self._forget(batch)
        self._hold(taken)
        if places:
            self._learn_of_others(taken, places)
        ended = self._asleep and not taken  # what is due later needs a new time to wake at
        if claim is None or ended or self._awaited or not all(went_well(result) for _, result, _ in batch):
            self._look_again()

    def _note_pause(self, db: Connection, met: tuple[str, datetime] | None, now: datetime) -> None:
        """Write down what changed about the channel's pause, for `/readyz` and the command line of any process."""
        if met == self._pause_noted:
            return
        if met is None:
            end_pause(db, channel=self._channel)
        else:
            note_pause(db, channel=self._channel, reason=met[0], until=met[1], now=now)

    def _forget(self, batch: Sequence[Result]) -> None:
        for owed, result, moment in batch:
            if self._claimed.get(owed.account) is owed:
                del self._claimed[owed.account]
            if isinstance(result, Back):
                continue
            name = type(outcome_of(result)).__name__
            self.counts[name] += 1
            DELIVERIES.labels(self._channel, owed.kind, name.lower()).inc()
            if name == "Sent":
                WAITED.labels(self._channel, owed.kind).observe(max(0.0, (moment - owed.due_at).total_seconds()))
            else:
                log.info(
                    "delivery not made", channel=self._channel, delivery=owed.id, kind=owed.kind, outcome=name.lower()
                )

    async def _patiently(self, unit: Callable[[Connection], T]) -> T:
        tried = 0
        while True:
            try:
                return await self._store.write(unit)
            except StoreRefusesError as trouble:
                log.warning("the pump waits for the database", channel=self._channel, reason=str(trouble))
                await asyncio.sleep(PATIENCE[min(tried, len(PATIENCE) - 1)])
                tried += 1

    async def _finish(self) -> None:
        """The end of a run: what is held goes back, what has left gets a moment to be answered."""
        self._pause(0.0)
        if self._sending:
            await asyncio.wait(set(self._sending), timeout=LAST_WORDS)
        for task in set(self._sending):
            task.cancel()  # stays claimed; the next start owes it again
        await asyncio.gather(*self._sending, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                while self._results:
                    await self._write_known()
        self._claimed.clear()

    @staticmethod
    def _time() -> float:
        return asyncio.get_running_loop().time()


def _by_day(owed: Owed) -> bool:
    """What was not asked for does not arrive at night, but for an announcement two officials let through."""
    return owed.kind == "reminder" or (owed.kind == "broadcast" and not owed.by_night)
