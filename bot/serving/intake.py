"""
The way in: raw event → inbox → commit → acknowledge; then one lane per account.

Events run in order for one person and in parallel between people.  A bad event is
dead-lettered, and the next one runs.  A person above the rate limit waits only in
their own lane.
"""

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy import Connection

from bot.channels.channel import TOLD_AFTER, Channel, UnreadableError, is_storable
from bot.channels.manifest import Again, LineOf
from bot.serving.sharing import Shares
from bot.serving.unsaved import First, Letter, Unsaved
from content.message import Message
from handlers.conversation.desk import House
from handlers.conversation.incoming import Incoming
from handlers.conversation.telling import phrase
from handlers.front_desk.front_desk import FrontDesk
from handlers.taking import Taken, take_turn
from registry.deliveries import deliveries, keys
from registry.deliveries.claims import give_back
from registry.people import people, trials
from registry.store import inbox
from registry.store.store import Store, StoreRefusesError
from scheduler.pump.delivery import Pump
from scheduler.pump.sending import LEASE

log = structlog.get_logger()

RECEIVED = Counter("ocopbot_events_received", "Events kept in the inbox.", ["channel"])
REPEATED = Counter("ocopbot_events_repeated", "Events that came before.", ["channel"])
SET_ASIDE = Counter("ocopbot_events_set_aside", "Events that could not be read or handled.", ["channel"])
TURN_SECONDS = Histogram("ocopbot_turn_seconds", "From the start of a turn to its commit.")

LANE_HOLDS = 50
"""Events of one account in memory; the rest wait in the inbox, and the account is told once that they are kept."""
BURST = 10
SLOW_NOTICE_FROM = 5
PATIENCE = (0.1, 0.5, 2.0)
"""Pauses while the database refuses a turn; the event stays in the inbox."""
WAITS_TOLD_AFTER = 2.0
"""Seconds a turn is refused until the person is told that the answer waits."""
LANES_REMEMBERED = 10_000
LOOKED_AT = 10_000
"""Events of the inbox one look takes up, of all accounts together."""


@dataclass
class _Lane:
    events: deque[tuple[int, bytes | None]] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    tokens: float = BURST
    refilled: float = 0.0
    held: bool = False
    """The account has spent its turns and waits for the next."""
    slow_told: float = -1e9
    last: int = 0
    """The newest event that was taken up here."""
    left: bool = False
    """More of the account waits in the inbox: new events go behind it, and the lane reads on when it is empty."""
    left_meanwhile: bool = False
    kept_told: bool = False


class Intake:
    """Takes events in and lets every account have its turns."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        *,
        house: House,
        front: FrontDesk,
        now: Callable[[], datetime],
        pump: Pump,
        per_minute: int = 20,
        turns: bool = True,
        again: Mapping[str, Again] | None = None,
        line_of: Mapping[str, LineOf] | None = None,
    ) -> None:
        self._store = store
        self._channels = channels
        self._house = house
        self._front = front
        self._now = now
        self._pump = pump
        self._per_second = per_minute / 60
        self._turns = turns
        self._shares = Shares(line_of or {})
        self._lanes: OrderedDict[tuple[str, str], _Lane] = OrderedDict()
        self._asides: set[asyncio.Task[None]] = set()
        self._unsaved = Unsaved(house.phrases, again or {}, now=now, time=lambda: asyncio.get_running_loop().time())
        self._under_way: set[int] = set()
        self._looked_to = ("", "")

    async def accept(self, channel_name: str, raw: bytes) -> None:
        """
        Keep a raw event and return once it is committed; only then may the platform be told so.

        Raises `UnreadableError` for bytes that are not an event, and `StoreRefusesError` when nothing could be saved.
        The person is then told so, at most once a minute, also when the database has not answered for some seconds.
        """
        channel = self._channels[channel_name]
        event, account = channel.address(raw)
        if not is_storable(event) or not is_storable(account):
            raise UnreadableError("Its id holds half of a letter")
        letter = Letter(channel, event, account, asyncio.get_running_loop().time(), raw)
        if self._unsaved.holds(letter.lane) and self._unsaved.hold(letter):
            await self._unsaved.bring(letter.lane, self._commit)  # in order, behind those that are held
        else:
            await self._commit(letter)

    async def bring_held(self) -> None:
        """Commit the events that were refused and that no platform brings again."""
        with contextlib.suppress(StoreRefusesError):
            await self._unsaved.bring_all(self._commit)

    async def _commit(self, letter: Letter) -> None:
        clock = asyncio.get_running_loop().call_later(TOLD_AFTER, self._tell_not_saved, letter)
        try:
            async with self._unsaved.turn_of(letter) as repeats:
                letter.ended.clear()
                event_id = await self._store.write(self._receive, letter=letter, first=repeats, now=self._now())
                self._unsaved.kept(letter, event_id)
        except StoreRefusesError:
            self._unsaved.hold(letter)
            self._tell_not_saved(letter)
            raise
        finally:
            letter.ended.set()
            clock.cancel()
        if event_id is None:
            REPEATED.labels(letter.channel.name).inc()
            if repeats is not None:
                self._pump.wake(letter.channel.name)
            return
        RECEIVED.labels(letter.channel.name).inc()
        if self._turns:
            self._enqueue(letter.channel.name, letter.account, event_id, letter.raw)

    def _receive(self, db: Connection, *, letter: Letter, first: First | None, now: datetime) -> int | None:
        """Keep an event; None when it came before, also as the same words of an event that was told as not saved."""
        channel, account = letter.lane
        if first is None or not (first.surely or inbox.is_waiting(db, first.row)):
            return inbox.receive(db, channel=channel, event=letter.event, account=account, raw=letter.raw, now=now)
        if inbox.pass_over(db, channel=channel, event=letter.event, account=account, now=now):
            self._notice(db, what="intake.same", once=str(first.row), channel=channel, account=account, now=now)
        return None

    def _tell_not_saved(self, letter: Letter) -> None:
        self._aside(self._unsaved.tell(letter))

    async def recover(self) -> int:
        """Take up what an earlier process kept and did not finish (and, run again, what another process kept)."""
        waiting = await self._store.read(
            inbox.waiting, per_account=LANE_HOLDS + 1, limit=LOOKED_AT, after=self._looked_to
        )
        full = len(waiting) == LOOKED_AT
        self._looked_to = max(event.lane for event in waiting) if full else ("", "")
        found = 0
        for event in waiting:
            if event.id not in self._under_way and event.channel in self._channels:
                found += self._enqueue(event.channel, event.account, event.id, None)
        return found

    async def settled(self) -> None:
        """Wait until every lane is empty."""
        while tasks := [lane.task for lane in self._lanes.values() if lane.task is not None and not lane.task.done()]:
            await asyncio.gather(*tasks, return_exceptions=True)
        while self._asides:
            await asyncio.gather(*self._asides, return_exceptions=True)

    async def stop(self) -> None:
        """Stop between two turns; waiting events stay in the inbox."""
        self._turns = False
        for lane in self._lanes.values():
            lane.events.clear()
            lane.left = False
        self._under_way.clear()
        await self.settled()
        if lost := self._unsaved.forget_held():
            log.error("events the database did not take are lost; their people were told", count=lost)

    @property
    def waiting(self) -> int:
        return sum(len(lane.events) for lane in self._lanes.values())

    def _enqueue(self, channel: str, account: str, event_id: int, raw: bytes | None) -> bool:
        """Give an event to its lane; False where the account has enough there, and it waits in the inbox."""
        lane = self._lanes.setdefault((channel, account), _Lane())
        self._lanes.move_to_end((channel, account))
        if len(self._lanes) > LANES_REMEMBERED:
            self._forget_idle_lanes()
        if lane.left or len(lane.events) >= LANE_HOLDS:
            lane.left = lane.left_meanwhile = True
            self._tell_kept(channel, account, lane)
            return False
        self._hold(lane, event_id, raw)
        if lane.task is None or lane.task.done():
            lane.task = asyncio.create_task(self._run_lane(channel, account, lane))
        if lane.held:
            self._tell_slow(channel, account, lane)
        return True

    def _hold(self, lane: _Lane, event_id: int, raw: bytes | None) -> None:
        self._under_way.add(event_id)
        lane.events.append((event_id, raw))
        lane.last = max(lane.last, event_id)

    async def _read_on(self, channel: str, account: str, lane: _Lane) -> bool:
        """Fill an empty lane from the inbox; whether it has something to do."""
        while lane.left and self._turns and not lane.events:
            lane.left_meanwhile = False
            try:
                more = await self._store.read(
                    inbox.waiting_of, channel=channel, account=account, behind=lane.last, limit=LANE_HOLDS + 1
                )
            except StoreRefusesError:
                await asyncio.sleep(PATIENCE[-1])
                continue
            for event_id in more[:LANE_HOLDS]:
                self._hold(lane, event_id, None)
            lane.left = self._turns and (lane.left_meanwhile or len(more) > LANE_HOLDS)
        if not lane.events:
            lane.kept_told = False
        return bool(lane.events)

    def _forget_idle_lanes(self) -> None:
        for key in list(self._lanes)[: LANES_REMEMBERED // 10]:
            lane = self._lanes[key]
            if not lane.events and (lane.task is None or lane.task.done()):
                del self._lanes[key]

    async def _run_lane(self, channel_name: str, account: str, lane: _Lane) -> None:
        channel = self._channels[channel_name]
        while await self._read_on(channel_name, account, lane):
            await self._keep_pace(channel_name, account, lane)
            if not lane.events:
                continue
            event_id, raw = lane.events.popleft()
            try:
                async with self._shares.turn(channel_name, account):
                    if self._turns:  # else it waits in the inbox
                        await self._take(channel, account, event_id, raw)
            except Exception:  # our fault: the event stays in the inbox, and the lane continues with the next
                log.exception("lane stumbled", channel=channel_name, event_id=event_id)
            finally:
                self._under_way.discard(event_id)

    async def _keep_pace(self, channel: str, account: str, lane: _Lane) -> None:
        """A token bucket for one account: a flooder waits, others do not notice."""
        loop = asyncio.get_running_loop()
        if not lane.refilled:
            lane.refilled = loop.time()
        while True:
            now = loop.time()
            lane.tokens = min(BURST, lane.tokens + (now - lane.refilled) * self._per_second)
            lane.refilled = now
            lane.held = lane.tokens < 1
            if not lane.held:
                lane.tokens -= 1
                return
            self._tell_slow(channel, account, lane)
            await asyncio.sleep((1 - lane.tokens) / self._per_second)

    def _tell_slow(self, channel: str, account: str, lane: _Lane) -> None:
        """Notify a person that their waiting messages are kept; at most once a minute."""
        now = asyncio.get_running_loop().time()
        if not lane.kept_told and len(lane.events) >= SLOW_NOTICE_FROM and now - lane.slow_told >= 60:
            lane.slow_told = now
            self._aside(self._enqueue_notice("intake.slow_down", f"{self._now():%Y%m%d%H%M}", channel, account))

    def _tell_kept(self, channel: str, account: str, lane: _Lane) -> None:
        """Tell an account that has more waiting than a lane holds, once a day, that nothing of it is lost."""
        if not lane.kept_told:
            lane.kept_told = True
            self._aside(self._enqueue_notice("intake.kept", f"{self._now():%Y%m%d}", channel, account))

    async def _enqueue_notice(self, what: str, once: str, channel: str, account: str) -> None:
        with contextlib.suppress(StoreRefusesError):
            await self._store.write(
                self._notice, what=what, once=once, channel=channel, account=account, now=self._now()
            )
            self._pump.wake(channel)

    async def _take(self, channel: Channel, account: str, event_id: int, raw: bytes | None) -> None:
        """Run one turn.  Wait for a database that refuses; retry a failed turn, then dead-letter its event."""
        tried = 0
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            try:
                if await self._try(channel, event_id, raw):
                    return
            except StoreRefusesError as trouble:
                log.warning(
                    "turn refused by the database", channel=channel.name, event_id=event_id, reason=str(trouble)
                )
                if not self._turns:
                    return  # stopping: it waits in the inbox
                if loop.time() - began >= WAITS_TOLD_AFTER:
                    self._aside(self._unsaved.tell_waits(channel, account))
                await asyncio.sleep(PATIENCE[min(tried, len(PATIENCE) - 1)])
                tried += 1

    async def _try(self, channel: Channel, event_id: int, raw: bytes | None) -> bool:
        """Try a turn once; whether the event is dealt with."""
        try:
            if raw is None:
                kept = await self._store.read(inbox.take, event_id)
                if kept is None:
                    return True
                raw = kept.raw
            said = channel.read(raw, now=self._now())
            if said is None:
                await self._store.write(inbox.done, event_id=event_id, now=self._now())
                return True
            with TURN_SECONDS.time():
                toast = await self._turn(said, event_id)
            self._aside(channel.noticed(said, toast))
            return True
        except UnreadableError as trouble:
            await self._store.write(inbox.set_aside, event_id=event_id, trouble=str(trouble), now=self._now())
            SET_ASIDE.labels(channel.name).inc()
            log.warning("event set aside", channel=channel.name, event_id=event_id, reason=str(trouble))
            return True
        except StoreRefusesError:
            raise
        except Exception:  # the edge of a turn: recorded, the person is notified, and the lane continues
            log.exception("turn failed", channel=channel.name, event_id=event_id)
            if not await self._store.write(self._stumble, event_id=event_id, channel=channel, raw=raw, now=self._now()):
                return False
            SET_ASIDE.labels(channel.name).inc()
            self._pump.wake(channel.name)
            return True

    async def _turn(self, said: Incoming, event_id: int) -> str:
        """
        One turn, committed; its first reply leaves by the place the sender keeps for it, if it has one.

        Returns the notice that answers a press itself, mostly empty.
        """
        keeps = self._pump.keep_place(said.channel, said.account)
        taken = Taken()
        try:
            taken = await self._store.write(
                take_turn,
                house=self._house,
                front=self._front,
                event_id=event_id,
                said=said,
                now=self._now(),
                lease=LEASE if keeps else None,
            )
        finally:
            left = not keeps or self._pump.leave(said.channel, said.account, taken.leaving)
        if taken.leaving is not None and not left:
            await self._store.write(give_back, ids=(taken.leaving.id,))
        if taken.pending:
            self._pump.wake(said.channel)
        return taken.toast

    def _stumble(self, db: Connection, *, event_id: int, channel: Channel, raw: bytes | None, now: datetime) -> bool:
        aside = inbox.stumbled(db, event_id=event_id, trouble="turn failed", now=now)
        if aside and raw is not None:
            _, account_name = channel.address(raw)
            person, account = people.meet(db, channel=channel.name, account=account_name, now=now)
            if self._is_shut_out(db, person, now):
                return aside
            deliveries.enqueue(
                db,
                key=keys.trouble_reply(event_id),
                person_id=person.id,
                kind="reply",
                message=Message(self._words("intake.trouble", person)),
                now=now,
                account=account,
            )
        return aside

    def _notice(self, db: Connection, *, what: str, once: str, channel: str, account: str, now: datetime) -> None:
        person, known = people.meet(db, channel=channel, account=account, now=now)
        if self._is_shut_out(db, person, now):
            return
        deliveries.enqueue(
            db,
            key=keys.intake_reply(what, known.id, once),
            person_id=person.id,
            kind="reply",
            message=Message(self._words(what, person)),
            now=now,
            account=known,
        )

    def _is_shut_out(self, db: Connection, person: people.Person, now: datetime) -> bool:
        """True for a stranger in a trial: its one sentence says everything."""
        return trials.shuts_out(db, person_id=person.id, on=now.astimezone(self._house.zone).date())

    def _words(self, key: str, person: people.Person) -> str:
        return phrase(self._house, person, key)

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        async def run() -> None:
            try:
                await work
            except Exception:  # nothing depends on it: a spinner keeps turning for a while
                log.exception("acknowledgement failed")

        task = asyncio.create_task(run())
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)
