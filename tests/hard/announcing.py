"""
An announcement to many at the platform's own limit: how fast it goes, who is answered meanwhile, what a kill costs.

Truth is counted at the platform: what it took, what it refused, and when.
"""

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from bot.serving.configuration import Settings
from bot.settings.database import bring_up, opened
from content.message import Message
from content.programme.pack import Pack, load_pack
from platforms.telegram.clients import TelegramPerson
from platforms.telegram.server import TelegramServer
from registry.broadcasts import handing_in
from registry.broadcasts import running as broadcast_runs
from registry.broadcasts.audiences import Wanted, count
from registry.broadcasts.broadcasts import Draft
from registry.people import people, roles
from registry.store.store import Store
from tests.announced import words_of
from tests.hard.kills import InFlight, killed
from tests.hard.machine import PACK, SECRET, START, Machine

ALLOWED = 30.0
"""Messages a second the platform takes from one bot."""
PACE = 29.7
"""The configured rate: a breach costs the whole pause, so it keeps a margin of a hundredth."""
LATENCY = 0.15
FIRST = 5_300_000_000
ASKER = 5_390_000_000
COMMUNE, DISTRICT = "19213", "456"
MARK = "Bản tin thử số"
NOW = datetime.fromisoformat(f"{START}T01:00:00+00:00").astimezone(UTC)
STALLED = 30.0


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one broadcast."""

    people: int
    kills: int
    rate: float
    """Messages a second, replies among them, from the first told to the last; with kills it says nothing."""
    refused: int
    untold: int
    repeats_after_kill: tuple[int, ...]
    in_flight: tuple[InFlight, ...]
    answered: int
    """Questions asked during it that were answered."""
    p95: float
    """Seconds until somebody who wrote during it was answered; 0 when nobody asked."""
    after_cancel: int
    faults: tuple[str, ...]
    platform_faults: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.people} people, {self.kills} x kill -9, {self.seconds:.0f} s: {self.rate:.2f} messages/s "
            f"({self.rate / ALLOWED:.1%} of what is allowed), {self.refused} refused by the platform, "
            f"{self.untold} not told, repeats after a kill at most {max(self.repeats_after_kill, default=0)}, "
            f"p95 of replies {self.p95 * 1000:.0f} ms, {self.after_cancel} after a cancel, {len(self.faults)} faults"
        )


async def run_announcement(
    folder: Path, *, crowd: int, kills: int = 0, cancel_after: int = 0, ask: bool = False, seed: int = 1
) -> Report:
    """Announce to a crowd; with `kills` the program dies meanwhile, with `cancel_after` it is stopped half-way."""
    chance = random.Random(seed)
    pack = load_pack(PACK, NOW.date())
    began = time.monotonic()
    async with (
        TelegramServer(rate_per_second=ALLOWED, latency=LATENCY, retry_pace=0.02) as platform,
        Machine(folder, platform, rate=PACE) as machine,
    ):
        for number in range(crowd):
            platform.person(FIRST + number, started=True)
        asker = platform.person(ASKER, "Người hỏi", started=True)
        settings = Settings(pack=PACK, data_dir=folder / "data")
        bring_up(settings)
        with opened(settings) as store:
            author = store.write_now(_settle, crowd=crowd)
            made = _announce(store, pack, author)
        platform.deliver_to(machine.webhook, SECRET)
        await machine.start()
        waits: list[float] = []
        asking = asyncio.create_task(_ask(platform, asker, waits)) if ask else None
        times: list[float] = []
        watching = asyncio.create_task(_watch(platform, times))
        starts_at, in_flight = [0], []
        for _ in range(kills):
            await machine.ready()
            await asyncio.sleep(chance.uniform(0.3, 1.2))
            in_flight.append(await killed(platform, machine))
            starts_at.append(len(platform.sent))
            await machine.start(ready=False)
        left = 0
        if cancel_after:
            with opened(settings) as store:
                await _until(platform, lambda: len(_told(platform)) >= cancel_after)
                store.write_now(broadcast_runs.cancel_broadcast, broadcast_id=made, role=author, pack=pack, now=NOW)
            at = len(_told(platform))
            await asyncio.sleep(2.0)
            left = len(_told(platform)) - at
        else:
            await _until(platform, lambda: len(set(_told(platform))) >= crowd)
            await asyncio.sleep(0.5)  # a repeat would come now
        for task in (watching, asking):
            if task is not None:
                task.cancel()
        await asyncio.gather(watching, *([asking] if asking else []), return_exceptions=True)
        refused = sum(request.status == 429 for request in platform.requests)
        await machine.stop()
        told = _told(platform)
        return Report(
            people=crowd,
            kills=kills,
            rate=(len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0,
            refused=refused,
            untold=crowd - len(set(told)),
            repeats_after_kill=_repeats(platform, starts_at),
            in_flight=tuple(in_flight),
            answered=len(waits),
            p95=statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else 0.0,
            after_cancel=left,
            faults=tuple(machine.faults()),
            platform_faults=tuple(platform.faults),
            seconds=time.monotonic() - began,
        )


def _settle(db: Connection, *, crowd: int) -> roles.Role:
    """A crowd in one commune, an official who writes to it and a second one who lets it go."""
    for number in range(crowd):
        person, _ = people.meet(db, channel="telegram", account=str(FIRST + number), now=NOW - timedelta(days=1))
        people.set_preference(db, person_id=person.id, place=COMMUNE)
    return _official(db, "author")


def _official(db: Connection, account: str) -> roles.Role:
    person, _ = people.meet(db, channel="webchat", account=account, now=NOW)
    return roles.grant(
        db, person_id=person.id, role="district_official", place=DISTRICT, granted_by="operator", now=NOW
    )


def _announce(store: Store, pack: Pack, author: roles.Role) -> str:
    """Handed in by one official and, above the limit, approved by another."""
    draft = Draft(MARK, lambda number: Message(f"{MARK} {number}"), None)
    wanted = Wanted(COMMUNE)
    before = NOW - pack.programme.announcements.delay  # it leaves right now
    made = store.write_now(
        handing_in.hand_in, pack=pack, role=author, wanted=wanted, draft=draft, now=before, tell=words_of
    )
    if made.state == "waiting":
        second = store.write_now(_official, "second")
        reached = store.read_now(count, pack=pack, role=author, wanted=wanted, now=NOW)
        store.write_now(
            handing_in.approve, pack=pack, broadcast_id=made.id, version=made.version, people=reached.count,
            role=second, now=NOW, tell=words_of,
        )  # fmt: skip
    return made.id


def _told(platform: TelegramServer) -> list[int]:
    return [message.chat_id for message in platform.sent if MARK in message.text and message.chat_id < ASKER]


async def _watch(platform: TelegramServer, times: list[float]) -> None:
    """When the platform took each message, replies too, from the first of the announcement to its last."""
    seen = 0
    pending = 0
    while True:
        for message in platform.sent[seen:]:
            seen += 1
            pending += bool(times) or MARK in message.text
            if MARK in message.text:
                times += [time.monotonic()] * pending
                pending = 0
        await asyncio.sleep(0.01)


async def _ask(platform: TelegramServer, asker: TelegramPerson, waits: list[float]) -> None:
    """Somebody writes again and again; how long each answer took."""
    number = 0
    while True:
        mark = f"/q{number:04d}"
        asked = time.monotonic()
        await asker.writes(mark)
        while not any(mark in one.text for one in platform.messages_in(ASKER)):
            await asyncio.sleep(0.01)
        waits.append(time.monotonic() - asked)
        number += 1
        await asyncio.sleep(1.2)  # a chat takes one message a second


async def _until(platform: TelegramServer, true: Callable[[], bool]) -> None:
    """Wait while messages still arrive; after a silence the count shows the missing ones."""
    heard, since = -1, time.monotonic()
    while time.monotonic() - since < STALLED and not true():
        if heard != len(platform.sent):
            heard, since = len(platform.sent), time.monotonic()
        await asyncio.sleep(0.02)


def _repeats(platform: TelegramServer, starts_at: Sequence[int]) -> tuple[int, ...]:
    """How many were told a second time after each start."""
    repeats = [0] * len(starts_at)
    met: Counter[int] = Counter()
    for place, message in enumerate(platform.sent):
        if MARK not in message.text:
            continue
        if met[message.chat_id]:
            repeats[sum(start <= place for start in starts_at) - 1] += 1
        met[message.chat_id] += 1
    return tuple(repeats)
