"""The sender of one channel: claims a few messages, sends them at its pace, and records their outcomes."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from registry.deliveries.claims import bring_forward, claim_ready
from registry.deliveries.deliveries import Pending, next_due, release_claims
from registry.deliveries.numbering import leave_unnumbered, number_notice
from registry.deliveries.outcomes import Cause, Doubtful, Outcome, Refused, Sent, TryAgain, Whom
from registry.deliveries.routing import Go, Router, Way
from registry.store.store import Store, StoreRefusesError
from scheduler.dated import Dated
from scheduler.pump.pace import ChatPace, Pace
from scheduler.pump.results import Back, Result, Routed, What, measure, outcome_of, went_well, write_down
from scheduler.pump.sender import Sender, TemplateSender
from scheduler.pump.trouble import PROBE, Trouble
from scheduler.pump.window import Window

log = structlog.get_logger()
T = TypeVar("T")

LEASE = timedelta(minutes=5)
SEND_WITHIN = 35.0
"""The timeout of one send, in seconds."""
HELD = 2
"""Messages claimed ahead of their slot, so that the slot does not wait for the database."""
LONGEST_NAP = 1.0
"""Seconds between two queries: another process may enqueue a message without waking this one."""
PATIENCE = (0.2, 1.0, 3.0)
"""Backoff in seconds while the database refuses; outcomes stay in memory until they are recorded."""
LAST_WORDS = 5.0
"""Seconds a stopping sender waits for the messages in flight."""


FREE = Go("the platform charges nothing")


class ChannelSender:
    """Sends on one channel; its process has the sender lock of the channel."""

    def __init__(
        self,
        store: Store,
        channel: str,
        sender: Sender,
        *,
        now: Callable[[], datetime],
        files: Callable[[str], Awaitable[bytes]],
        rate: float,
        window: tuple[int, int],
        decent: Callable[[datetime], datetime] | None,
        router: Router | None = None,
        lists: bool = False,
        dated: Dated | None = None,
    ) -> None:
        self._store = store
        self._channel = channel
        self._sender = sender
        self._now = now
        self._files = files
        self._window = Window(*window)
        self._decent = decent
        self._router = router
        self._lists = lists
        self._dated = dated
        self._pace = Pace(rate)
        self._chats = ChatPace()
        self._sending: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._paused_until = float("-inf")
        self._trouble = Trouble(channel)
        self._running = False
        self._awaited = 0
        self._more = False
        """True while more messages may be queued than the last claim returned."""
        self._replies_wait = True
        """True while an unclaimed reply may exist, such as one from before a crash: no other reply may overtake it."""
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
        Keep a place of the window for the reply to a person whose message is being answered.

        False when the reply would have to wait. Sending is paused, other replies wait, no place is free, the account
        rests, or another message of it is in flight.  `leave` frees the place.
        """
        if not self._running or self._replies_wait or self._trouble.any or self._paused_until > self._time():
            return False
        if account in self._trouble.resting(self._now()):
            return False
        if not self._room()[0] or not self._window.keep(account):
            return False
        self._idle.clear()
        return True

    def leave(self, account: str, pending: Pending | None) -> bool:
        """Send the reply a place was kept for, or free the place; False when this sender no longer runs."""
        self._window.give_back(account)
        if pending is None:
            self._look_again()
        elif self._running:
            self._hold((pending,))
        return self._running

    async def settled(self) -> None:
        """Wait until no message is due, in flight or without a recorded outcome."""
        self._awaited += 1
        try:
            self.wake()
            await self._idle.wait()
        finally:
            self._awaited -= 1

    async def recover(self) -> None:
        """
        Queue again what was in flight when the last sender of this channel ended.

        Outcomes still in memory are recorded first. The database may have been away together with the lock, and a
        delivered message must not be claimed again.
        """
        while self._results:
            await self._write_known()
        released = await self._patiently(lambda db: release_claims(db, channel=self._channel))
        if released:
            log.warning("deliveries in flight are queued again", channel=self._channel, count=released)

    async def run(self) -> None:
        """Send until cancelled; then release the messages that have not left, and record the outcomes of the others."""
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
            except Exception:  # the edge of a job: leases expire, and outcomes are recorded later
                log.exception("the pump failed", channel=self._channel)
                await asyncio.sleep(PROBE)

    async def _claim(self) -> None:
        """Claim the messages that may leave now, or sleep until one may."""
        self._look.clear()
        woken, self._woken = self._woken, False
        room = self._room()
        nap: float | None = None
        if room[0] and (woken or self._window.waiting < HELD):
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
        return self._window.room(probing=self._trouble.probing, without=without)

    async def _take(self, limit: int, bulk: int) -> bool:
        with self._window.asking(limit):
            taken = await self._store.write(self._claim_of(limit, bulk))
        self._hold(taken)
        self._learn_of_others(taken, limit)
        return bool(taken)

    def _claim_of(
        self, limit: int, bulk: int, *, without: Collection[str] = ()
    ) -> Callable[[Connection], tuple[Pending, ...]]:
        """
        Return a transaction that claims messages.

        Accounts with one in flight wait, except those in `without`, and those the platform asked to leave alone.
        """
        busy = self._window.busy(without=without) | self._trouble.resting(self._now())
        resting = tuple(self._chats.resting(self._time()))
        probing = self._trouble.probing
        now = self._now()

        def unit(db: Connection) -> tuple[Pending, ...]:
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

    def _hold(self, taken: Collection[Pending]) -> None:
        """Keep claimed messages until their slot; a second message of one account is released."""
        for pending in taken:
            if self._window.take_in(pending):
                self._something_held.set()
            else:
                self._know(pending, Back())

    def _learn_of_others(self, taken: Sequence[Pending], asked: int) -> None:
        """Conclude from a claim what is still queued: replies are claimed first, and a short claim took everything."""
        self._more = bool(taken)
        self._replies_wait = len(taken) == asked and taken[-1].kind == "reply"

    def _look_again(self) -> None:
        self._woken = True
        self._look.set()

    async def _nap(self) -> float:
        """Return the seconds until a message can leave, and announce that the channel is idle."""
        wait = await self._due_in()
        if wait > 0:
            self._say_idle()
            return min(wait, LONGEST_NAP)
        # due, but its chat or account rests, or an earlier message of its account waits for a retry
        resting = self._chats.resting(self._time())
        if not resting:
            self._say_idle()
        return min([LONGEST_NAP, *(max(at - self._time(), 0.01) for at in resting.values())])

    async def _due_in(self) -> float:
        """Return the seconds until the next known message is due."""
        due_at = await self._store.read(next_due, channel=self._channel)
        return LONGEST_NAP if due_at is None else (due_at - self._now()).total_seconds()

    def _say_idle(self) -> None:
        if not (self._window.in_use or self._woken):
            self._idle.set()

    async def _dispatch(self) -> None:
        """Send the most urgent claimed message when its slot comes."""
        if not self._window.waiting:
            self._something_held.clear()
            await self._something_held.wait()
            return
        early = max(self._pace.next_at, self._paused_until) - self._time()
        if early > 0:
            await asyncio.sleep(early)
            return  # another may have become the most urgent meanwhile
        pending = self._window.next()
        if self._more and self._window.waiting < HELD:
            self._look.set()
        now = self._now()
        if pending.not_after is not None and pending.not_after < now:
            self._know(pending, Back())
            return
        if _by_day(pending) and self._decent is not None and (later := self._decent(now)) > now:
            self._know(pending, Back(later))
            return
        self._pace.take(self._time())
        self._chats.take(pending.account, self._time())
        task = asyncio.create_task(self._send(pending))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, pending: Pending) -> None:
        """Hand one message to the platform; every case ends in one outcome."""
        way = await self._way(pending)
        if not isinstance(way, Go):
            self._know(pending, way)
            return
        try:
            files = {one.file: await self._files(one.file) for one in pending.message.attachments}
        except LookupError:
            self._know(pending, self._routed(way, Refused("an attachment is gone")))
            return
        except (OSError, StoreRefusesError) as trouble:
            reason = f"attachment: {type(trouble).__name__}"
            self._know(pending, self._routed(way, TryAgain(timedelta(seconds=PROBE), reason)))
            return
        began = self._time()
        try:
            async with asyncio.timeout(SEND_WITHIN):
                leaving = pending if self._dated is None else self._dated(pending, self._now())
                outcome = await self._hand_over(leaving, way, files)
        except TimeoutError:
            outcome = Doubtful("no answer in time")
        except Exception as trouble:  # a channel never raises for its platform, so this is our fault
            log.exception("a channel failed", channel=self._channel, delivery=pending.id)
            outcome = Doubtful(type(trouble).__name__, whom=Whom.ONE)
        self._learn(pending.account, outcome, began)
        self._know(pending, self._routed(way, outcome))

    def _routed(self, way: Go, outcome: Outcome) -> Outcome | Routed:
        """Add the way it took, on a channel with several ways."""
        return outcome if self._router is None else Routed(outcome, way)

    async def _way(self, pending: Pending) -> Way:
        """Return the way of a message; only a channel with a router has more than one."""
        router = self._router
        if router is None:
            return FREE
        return await self._patiently(lambda db: router(db, pending, self._now()))

    async def _hand_over(self, pending: Pending, way: Go, files: Mapping[str, bytes]) -> Outcome:
        if way.template and isinstance(self._sender, TemplateSender):
            if pending.message.choices:
                await self._patiently(lambda db: leave_unnumbered(db, pending=pending, now=self._now()))
            return await self._sender.send_as_template(pending.account, pending.kind, pending.message)
        message = pending.message
        if self._lists and pending.kind != "reply" and message.choices:
            message = await self._patiently(lambda db: number_notice(db, pending=pending, now=self._now()))
        return await self._sender.send(pending.account, message, files)

    def _learn(self, account: str, outcome: Outcome, began: float) -> None:
        """Adapt the pace, the window and the pauses to what an outcome says about the platform as a whole."""
        time = self._time()
        if not isinstance(outcome, TryAgain | Doubtful):
            if isinstance(outcome, Sent):
                self._window.measured(time - began, self._pace.per_second)
            self._pace.accepted()
            self._trouble.took(began)
            return
        limited = isinstance(outcome, TryAgain) and outcome.cause is Cause.LIMIT
        explained = limited and account in self._chats.resting(time)
        if isinstance(outcome, TryAgain) and not (outcome.whom is Whom.ONE or explained or self._trouble.suspected):
            self._pace.refused()
        if wait := self._trouble.failed(account, outcome, now=self._now(), time=time, explained=explained):
            self._pause(wait)

    def _pause(self, seconds: float) -> None:
        """Send nothing for these seconds; claimed messages are released, and may be cancelled meanwhile."""
        self._paused_until = max(self._paused_until, self._time() + seconds)
        for pending in self._window.empty_queue():
            self._know(pending, Back())

    def _know(self, pending: Pending, result: What) -> None:
        self._results.append((pending, result, self._now()))
        self._something_known.set()

    async def _write_results(self) -> None:
        """Record outcomes in batches; they stay in memory until the database takes them."""
        self._something_known.clear()
        if not self._results:
            await self._something_known.wait()
            return
        await self._write_known()

    async def _write_known(self) -> None:
        batch = list(self._results)
        done = {pending.account for pending, *_ in batch}
        calm = not self._trouble.any and self._paused_until <= self._time()
        places, bulk = self._room(without=done)
        places = min(places, len(done)) if calm and self._running else 0  # the rest is for replies that come
        claim = self._claim_of(places, bulk, without=done) if places else None
        standing, now = self._trouble.standing, self._now()

        def unit(db: Connection) -> tuple[Pending, ...]:
            self._trouble.record(db, standing, now)
            for pending, result, moment in batch:
                write_down(db, pending, result, moment)
            return () if claim is None else claim(db)

        with self._window.asking(places):
            taken = await self._patiently(unit)
        self._trouble.recorded(standing)
        self._results = self._results[len(batch) :]
        self._forget(batch)
        self._hold(taken)
        if places:
            self._learn_of_others(taken, places)
        ended = self._asleep and not taken  # a later message needs a new time to wake at
        if claim is None or ended or self._awaited or not all(went_well(result) for _, result, _ in batch):
            self._look_again()

    def _forget(self, batch: Sequence[Result]) -> None:
        for pending, result, moment in batch:
            self._window.recorded(pending)
            if isinstance(result, Back):
                continue
            self.counts[type(outcome_of(result)).__name__] += 1
            measure(self._channel, pending, result, moment)

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
        """End a run: release the claimed messages, and wait a moment for the answers to those in flight."""
        self._pause(0.0)
        if self._sending:
            await asyncio.wait(set(self._sending), timeout=LAST_WORDS)
        for task in set(self._sending):
            task.cancel()  # stays claimed; the next start queues it again
        await asyncio.gather(*self._sending, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                while self._results:
                    await self._write_known()
        self._window.clear()

    @staticmethod
    def _time() -> float:
        return asyncio.get_running_loop().time()


def _by_day(pending: Pending) -> bool:
    """True for an unasked message, which never leaves at night; a broadcast approved for the night may."""
    return pending.kind == "reminder" or (pending.kind == "broadcast" and not pending.by_night)
