"""
People who write while the power fails again and again, and what they got for it.

Truth is counted where people read: every update has its own person and place in
the talk, and its answer is known by its words.  The program's own counters are
not asked.
"""

import asyncio
import contextlib
import random
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, func, select

from platforms.telegram.messages import SentMessage
from platforms.telegram.server import TelegramServer
from registry.store.inbox import inbox
from registry.store.rows import applications, deliveries
from tests.hard.kills import InFlight, killed, too_many
from tests.hard.machine import SECRET, Machine

LATENCY = 0.03
"""Seconds the platform takes for an answer, so that a kill meets messages under way."""
RETRY_PACE = 0.02
STALLED = 45.0
"""Seconds without a further answer until the rest counts as lost."""
BESIDES = ("Em nhắn trước khi đến hạn", "chưa cần gửi lại")
"""
Words that answer no line: a question that follows an answer, and the notice of a machine too busy to save in time.

Telegram brings the event of such a notice again, so its answer is counted like the others.
"""
_CODE = re.compile(r"YT-\d{4}-\d{6}-\w")

Line = tuple[str, str]
"""A line a person writes, and the words that identify its answer."""


def registration(number: int) -> list[Line]:
    """A whole registration of one product; every line has an answer unlike the others."""
    product = f"Mật ong rừng M{number:06d}"
    return [
        ("/start", "Trợ lý OCOP"),
        ("đăng ký", "đồng ý không"),
        ("đồng ý", "Câu 1/7"),
        (product, f"Tên sản phẩm: {product}\n\nCâu 2/7"),
        ("moi", "Câu 3/7"),
        ("thực phẩm", "Câu 4/7"),
        ("ho gia dinh", "Câu 5/7"),
        (f"Nguyễn Thị Mẫu {_in_letters(number)}", "Câu 6/7"),
        (f"09{12_000_000 + number:08d}", "Câu 7/7"),
        ("hai ninh", "1. Tên sản phẩm: " + product),
        ("gửi", "Mã: YT-"),
    ]


def questions(number: int) -> list[Line]:
    """A person who only asks; an unknown question is repeated in the answer, with its mark."""
    return [
        (f"/m{number:06d}a", f"/m{number:06d}a"),
        ("ocop là gì?", "One Commune"),
        (f"/m{number:06d}b", f"/m{number:06d}b"),
    ]


def _in_letters(number: int) -> str:
    """A name has no digits."""
    letters = ""
    while True:
        letters = chr(ord("a") + number % 26) + letters
        number //= 26
        if not number:
            return letters.capitalize()


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run."""

    updates: int
    kills: int
    unanswered: tuple[str, ...]
    out_of_order: tuple[str, ...]
    surprises: tuple[str, ...]
    repeats_after_kill: tuple[int, ...]
    """How many messages said a second time came after each start; the first is the start before any kill."""
    in_flight: tuple[InFlight, ...]
    """The messages in flight at each kill."""
    registered_by_people: int
    codes_told_twice: int
    applications: int
    double_applications: int
    kept: int
    not_done: int
    still_pending: int
    faults: tuple[str, ...]
    platform_faults: tuple[str, ...]
    starts: tuple[float, ...]
    seconds: float

    @property
    def repeats(self) -> int:
        return sum(self.repeats_after_kill)

    @property
    def too_many_repeats(self) -> tuple[str, ...]:
        """The kills after which more was repeated than was in flight."""
        return too_many(self.repeats_after_kill, self.in_flight)

    def __str__(self) -> str:
        return (
            f"{self.updates} updates, {self.kills} x kill -9, {self.seconds:.0f} s: "
            f"{len(self.unanswered)} unanswered, {len(self.out_of_order)} out of order, "
            f"{self.double_applications} double ideas, {len(self.surprises)} surprises, "
            f"{self.repeats} replies repeated (most after one kill: {max(self.repeats_after_kill, default=0)}; "
            f"most in flight at one: {max((one.claimed for one in self.in_flight), default=0)}), "
            f"{len(self.faults)} faults logged"
        )


async def run_crashes(
    folder: Path,
    *,
    updates: int,
    kills: int,
    seed: int,
    mode: Literal["webhook", "polling"] = "webhook",
    database: str = "",
) -> Report:
    """Let people write a number of updates while the program is killed and started again; then count."""
    chance = random.Random(seed)
    scripts = _scripts(updates)
    began = time.monotonic()
    async with (
        TelegramServer(rate_per_second=None, per_chat=None, latency=LATENCY, retry_pace=RETRY_PACE) as platform,
        Machine(folder, platform, mode=mode, database=database) as machine,
    ):
        if mode == "webhook":
            platform.deliver_to(machine.webhook, SECRET)
        for number in scripts:
            platform.person(number, f"Người {number}", started=True)
        await machine.start()
        starts_at, in_flight = [0], []
        for chunk in _chunks(_mixed(scripts, chance), kills + 1):
            feeding = asyncio.create_task(_feed(platform, chunk, chance))
            if len(starts_at) <= kills:
                if chance.random() < 0.85:
                    await machine.ready()
                    await asyncio.sleep(chance.uniform(0.0, 0.9))
                else:  # in the middle of starting up
                    await asyncio.sleep(chance.uniform(0.2, 3.0))
                in_flight.append(await killed(platform, machine))
                starts_at.append(len(platform.sent))
                await machine.start(ready=False)
            await feeding
        restarted = time.monotonic()
        await machine.ready()
        machine.starts.append(time.monotonic() - restarted)
        await _all_heard(platform, scripts)
        with contextlib.suppress(AssertionError):
            await platform.settled(10)
        await asyncio.sleep(0.5)  # a repeat would come now
        await machine.stop()
        return _count(platform, machine, scripts, starts_at, in_flight, time.monotonic() - began)


def _scripts(updates: int) -> dict[int, list[Line]]:
    """Two thirds of all updates are lines of registrations, each person's own."""
    scripts: dict[int, list[Line]] = {}
    number = 0
    left = updates
    while left > 0:
        number += 1
        lines = registration(number) if number % 3 == 0 and left >= 11 else questions(number)
        scripts[number] = lines[:left]
        left -= len(scripts[number])
    return scripts


def _mixed(scripts: Mapping[int, Sequence[Line]], chance: random.Random) -> list[tuple[int, str]]:
    """All lines in one stream: everybody's own in order, those of several people among each other."""
    waiting = [(person, iter(lines)) for person, lines in scripts.items()]
    busy = waiting[:40]
    rest = iter(waiting[40:])
    stream: list[tuple[int, str]] = []
    while busy:
        place = chance.randrange(len(busy))
        person, lines = busy[place]
        line = next(lines, None)
        if line is not None:
            stream.append((person, line[0]))
            continue
        following = next(rest, None)
        if following is None:
            busy.pop(place)
        else:
            busy[place] = following
    return stream


def _chunks(stream: Sequence[tuple[int, str]], count: int) -> list[Sequence[tuple[int, str]]]:
    size = -(-len(stream) // count)
    return [stream[k * size : (k + 1) * size] for k in range(count)]


async def _feed(platform: TelegramServer, lines: Sequence[tuple[int, str]], chance: random.Random) -> None:
    for person, words in lines:
        await platform.person(person).writes(words)
        if chance.random() < 0.3:
            await asyncio.sleep(chance.uniform(0.0, 0.05))


async def _all_heard(platform: TelegramServer, scripts: Mapping[int, Sequence[Line]]) -> None:
    """Wait while answers still come in."""
    heard, since = -1, time.monotonic()
    while time.monotonic() - since < STALLED:
        count = len(platform.sent)
        if count != heard:
            heard, since = count, time.monotonic()
        if platform.updates.settled() and not any(_unanswered(platform, p, lines) for p, lines in scripts.items()):
            return
        await asyncio.sleep(0.25)


def _unanswered(platform: TelegramServer, person: int, lines: Sequence[Line]) -> list[str]:
    seen = [message.text for message in platform.messages_in(person)]
    return [f"{person}: {words}" for words, answer in lines if not any(answer in text for text in seen)]


def _out_of_order(platform: TelegramServer, person: int, lines: Sequence[Line]) -> list[str]:
    """Answers whose first copy came before that of an earlier line."""
    seen = [message.text for message in platform.messages_in(person)]
    places = [next((n for n, text in enumerate(seen) if answer in text), len(seen)) for _, answer in lines]
    return [f"{person}: {lines[n][0]}" for n in range(1, len(places)) if places[n] < places[n - 1]]


def _count(
    platform: TelegramServer,
    machine: Machine,
    scripts: Mapping[int, Sequence[Line]],
    starts_at: Sequence[int],
    in_flight: Sequence[InFlight],
    seconds: float,
) -> Report:
    repeats = [0] * len(starts_at)
    met: set[tuple[int, str]] = set()
    for place, message in enumerate(platform.sent):
        words = (message.chat_id, message.text)
        if words in met:
            repeats[sum(start <= place for start in starts_at) - 1] += 1
        met.add(words)
    told = {person: _codes(platform.messages_in(person)) for person in scripts}
    registering = [person for person, lines in scripts.items() if lines[-1][0] == "gửi"]
    surprises = [
        f"{person}: {text[:120]}"
        for person, text in sorted(met)
        if not any(words in text for words in (*BESIDES, *(answer for _, answer in scripts[person])))
    ]
    store = machine.store()
    try:
        rows = store.read_now(_rows)
    finally:
        store.close()
    return Report(
        updates=sum(len(lines) for lines in scripts.values()),
        kills=len(in_flight),
        unanswered=tuple(line for p, lines in scripts.items() for line in _unanswered(platform, p, lines)),
        out_of_order=tuple(line for p, lines in scripts.items() for line in _out_of_order(platform, p, lines)),
        surprises=tuple(surprises),
        repeats_after_kill=tuple(repeats),
        in_flight=tuple(in_flight),
        registered_by_people=len(registering),
        codes_told_twice=sum(len(codes) > 1 for codes in told.values()),
        **rows,
        faults=tuple(machine.faults()),
        platform_faults=tuple(platform.faults),
        starts=tuple(machine.starts),
        seconds=seconds,
    )


def _codes(messages: Sequence[SentMessage]) -> set[str]:
    return {code for message in messages for code in _CODE.findall(message.text)}


def _rows(db: Connection) -> dict[str, int]:
    by_person = Counter(db.execute(select(applications.c.person_id)).scalars())
    return {
        "applications": by_person.total(),
        "double_applications": sum(count - 1 for count in by_person.values()),
        "kept": db.execute(select(func.count()).select_from(inbox)).scalar_one(),
        "not_done": db.execute(select(func.count()).select_from(inbox).where(inbox.c.state != "done")).scalar_one(),
        "still_pending": db.execute(
            select(func.count()).select_from(deliveries).where(deliveries.c.state.in_(("owed", "claimed")))
        ).scalar_one(),
    }
