"""
Calls to the two Zalo doors that Zalo did not make: forged, replayed, altered; and their effects.

The whole program runs in this process behind a real socket.  No row of any table may change.
The count of refused calls must change.
"""

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from prometheus_client import REGISTRY
from sqlalchemy import Connection, select

from bot.channels.zalo_bot.webhook import PATH as BOT_PATH
from bot.channels.zalo_bot.webhook import SECRET_HEADER
from bot.channels.zalo_oa.webhook import PATH as OA_PATH
from bot.channels.zalo_oa.webhook import SIGNATURE_HEADER
from bot.serving.assembly import Assembly
from bot.serving.configuration import Settings
from platforms.zalo_bot.server import TOKEN as BOT_TOKEN
from platforms.zalo_bot.server import ZaloBotServer
from platforms.zalo_oa.server import APP_ID, APP_SECRET, OA_ID, OA_SECRET_KEY, ZaloOAServer
from registry.store.schema import every_table

START = "2026-09-15T02:00:00+00:00"
SECRET = "A-secret_of-the-bot's-webhook-7"
PACK = "quang-tri-2026"
AT_ONCE = 50
"""Calls on their way through one connection."""
LINES = ("xin chào", "ocop là gì?", "đăng ký", "hạn nộp khi nào", "#/trangthai", "0", "🍯 mật ong " * 20, "12/3 <b>")

Call = tuple[bytes, Mapping[str, str]]
"""A body and its headers."""


class Caller:
    """One connection to the door, many calls through it one behind the other."""

    def __init__(self, address: str) -> None:
        self._host, _, self._port = address.removeprefix("http://").partition(":")

    async def post(self, path: str, calls: Sequence[Call]) -> Counter[int]:
        """How the calls were answered, by status."""
        statuses: Counter[int] = Counter()
        reader, writer = await asyncio.open_connection(self._host, int(self._port))
        try:
            for begin in range(0, len(calls), AT_ONCE):
                some = calls[begin : begin + AT_ONCE]
                writer.write(b"".join(self._written(path, body, headers) for body, headers in some))
                for _ in some:
                    statuses[await _status(reader)] += 1
        finally:
            writer.close()
        return statuses

    def _written(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        given = {"Host": self._host, "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length:")[2].split("\r\n")[0].strip()
    await reader.readexactly(int(length or 0))
    return int(head.split(" ", 2)[1])


@dataclass
class Doors:
    """The program, both platforms, and the clock they share."""

    assembly: Assembly
    oa: ZaloOAServer
    bot: ZaloBotServer
    caller: Caller
    clock: "Moved"

    async def rows(self) -> dict[str, str]:
        """Every table as one word that changes with any of its rows."""
        return await self.assembly.store.read(_rows)

    def shown(self) -> int:
        """Messages people have got."""
        return len(self.oa.sent) + len(self.bot.sent)

    async def settled(self) -> None:
        """Let every turn end and every answer leave."""
        await self.assembly.intake.settled()
        await self.assembly.pump.drain()


@dataclass
class Moved:
    """A clock that stands still until it is moved."""

    at: float = datetime.fromisoformat(START).timestamp()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def seconds(self) -> float:
        return self.at


def _rows(db: Connection) -> dict[str, str]:
    return {
        table.name: hashlib.sha256("\n".join(sorted(map(repr, db.execute(select(table))))).encode()).hexdigest()
        for table in every_table().sorted_tables
    }


@asynccontextmanager
async def doors(folder: Path) -> AsyncIterator[Doors]:
    """Open the house with both channels by webhook.  No job ticks in it: what changes was changed by a call."""
    clock = Moved()
    async with (
        ZaloOAServer(clock=clock.seconds, free_replies=None) as oa,
        ZaloBotServer(clock=clock.seconds, per_month=None, most_people=None) as bot,
    ):
        settings = Settings(
            pack=PACK,
            data_dir=folder,
            limits={"messages_per_minute": 600_000},
            zalo_oa={
                "enabled": True,
                "app_id": APP_ID,
                "app_secret": APP_SECRET,
                "oa_secret_key": OA_SECRET_KEY,
                "access_token": oa.tokens.access_token,
                "refresh_token": oa.tokens.refresh_token,
                "base_url": oa.base_url,
                "business_url": oa.base_url,
                "oauth_url": oa.base_url,
                "free_replies": None,
            },
            zalo_bot={
                "enabled": True,
                "token": BOT_TOKEN,
                "base_url": bot.base_url,
                "mode": "webhook",
                "secret_token": SECRET,
            },
        )
        async with Assembly.open(settings, real=clock.now) as assembly:
            runner = web.AppRunner(assembly.web_application(), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            try:
                yield Doors(assembly, oa, bot, Caller(f"127.0.0.1:{runner.addresses[0][1]}"), clock)
            finally:
                await runner.cleanup()


# The platforms' genuine calls


async def oa_events(server: ZaloOAServer, chance: random.Random, count: int, *, first: int = 1) -> list[dict[str, Any]]:
    """Genuine events of an account's people; nothing is delivered by itself."""
    events = []
    for number in range(count):
        person = server.person(str(10**17 + (first + number) % 40), f"Người {number}")
        match chance.randrange(5):
            case 0:
                events.append(await person.follows())
            case 1:
                events.append(await person.shares_location())
            case _:
                events.append(await person.writes(chance.choice(LINES)))
    return events


def oa_call(server: ZaloOAServer, event: Mapping[str, Any]) -> Call:
    """An event as the platform delivers it."""
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return body, server.events.headers(body, event)


async def bot_calls(server: ZaloBotServer, chance: random.Random, count: int) -> list[Call]:
    """Genuine updates of a bot's people, in both shapes."""
    calls = []
    for number in range(count):
        person = server.person(f"{0x5E000 + number % 40:020x}", f"Người {number}")
        event = await person.writes(chance.choice(LINES))
        shape = {"ok": True, "result": event} if chance.random() < 0.3 else event
        calls.append((json.dumps(shape, ensure_ascii=False).encode(), {SECRET_HEADER: SECRET}))
    return calls


# The attacker's versions


def forged_signature(body: bytes, event: Mapping[str, Any], other: str, chance: random.Random) -> dict[str, str]:
    """A signature by somebody who does not know the secret; `other` is a genuine one of another event."""
    stamp = str(event["timestamp"])
    plain = f"{APP_ID}{body.decode()}{stamp}"
    hashed = lambda words: hashlib.sha256(words.encode()).hexdigest()  # noqa: E731
    right = hashed(plain + OA_SECRET_KEY)
    made = {
        "none": None,
        "empty": "",
        "prefix only": "mac=",
        "random": f"mac={chance.getrandbits(256):064x}",
        "without the secret": f"mac={hashed(plain)}",
        "another secret": f"mac={hashed(plain + 'oa-secret-key')}",
        "the app secret": f"mac={hashed(plain + APP_SECRET)}",
        "the account first": f"mac={hashed(f'{OA_ID}{body.decode()}{stamp}{OA_SECRET_KEY}')}",
        "no timestamp": f"mac={hashed(f'{APP_ID}{body.decode()}{OA_SECRET_KEY}')}",
        "keyed": f"mac={hmac.new(OA_SECRET_KEY.encode(), plain.encode(), 'sha256').hexdigest()}",
        "of another event": other,
        "cut": f"mac={right[: chance.randrange(1, 64)]}",
        "longer": f"mac={right}0",
        "prefixed twice": f"mac=mac={right}",
        "capitals": f"mac={right.upper()}",
        "parted": f"mac={right[:32]} {right[32:]}",
        "very long": right * 90,
        "letters": "mac=mật-khẩu-của-bà-con",
    }
    given = made[chance.choice(sorted(made))]
    return {} if given is None else {SIGNATURE_HEADER: given}


def altered(body: bytes, chance: random.Random) -> bytes:
    """The body with one thing changed on its way; never the same bytes."""
    place = chance.randrange(len(body))
    while True:
        match chance.randrange(7):
            case 0:
                new = body[:place] + bytes((body[place] ^ 1 << chance.randrange(8),)) + body[place + 1 :]
            case 1:
                new = body[:place] + body[place + 1 :]
            case 2:
                new = body[:place] + b" " + body[place:]
            case 3:
                new = json.dumps(json.loads(body), ensure_ascii=True).encode()
            case 4:
                new = json.dumps(json.loads(body), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            case 5:
                event = json.loads(body)
                event["timestamp"] = str(int(event["timestamp"]) + chance.choice((-1, 1, 1000)))
                new = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
            case _:
                new = body + chance.choice((b" ", b"\n", b"{}", b"\0"))
        if new != body:
            return new
        place = chance.randrange(len(body))


def forged_secret(chance: random.Random) -> dict[str, str]:
    """A secret that is not ours."""
    made = {
        "none": None,
        "empty": "",
        "random": "".join(chance.choices(SECRET, k=len(SECRET))) + "x",
        "short": SECRET[: chance.randrange(len(SECRET))],
        "long": SECRET + chance.choice(SECRET),
        "very long": SECRET * 150,
        "other case": SECRET.swapcase(),
        "look-alike": SECRET.replace("A", "А"),
        "twice": f"{SECRET}, {SECRET}",
        "token": BOT_TOKEN,
        "quoted": f'"{SECRET}"',
        "letters": "mật-khẩu-của-bà-con",
    }
    given = made[chance.choice(sorted(made))]
    return {} if given is None else {SECRET_HEADER: given}


def altered_secret(chance: random.Random) -> dict[str, str]:
    """The secret with one letter changed, lost or added."""
    place = chance.randrange(len(SECRET))
    letter = chance.choice([one for one in "abcXYZ0189-_." if one != SECRET[place]])
    kept = place + chance.randrange(2)
    new = SECRET[:place] + (letter if chance.random() < 0.8 else "") + SECRET[kept:]
    return {SECRET_HEADER: new if new != SECRET else f"{SECRET}."}


# The results


def counted(reason: str) -> float:
    """Calls turned away for a reason, since the start."""
    return REGISTRY.get_sample_value("ocopbot_requests_turned_away_total", {"reason": reason}) or 0.0


def repeated(channel: str) -> float:
    """Events that were known already, since the start."""
    return REGISTRY.get_sample_value("ocopbot_events_repeated_total", {"channel": channel}) or 0.0


@dataclass(frozen=True, slots=True)
class Attack:
    """One kind of attack, and how it was met."""

    name: str
    calls: int
    statuses: Counter[int]
    counted: int
    changed: tuple[str, ...]
    shown: int
    refused: int = 403

    @property
    def held(self) -> bool:
        """Everything answered as it should be, counted, and nothing changed or said."""
        return (
            self.statuses == {self.refused: self.calls}
            and self.counted == self.calls
            and not self.changed
            and not self.shown
        )

    def __str__(self) -> str:
        answered = ", ".join(f"{count:,} x {status}" for status, count in sorted(self.statuses.items()))
        return f"{self.name}: {answered}; {self.counted:,} counted, {len(self.changed)} tables changed"


@dataclass(slots=True)
class Report:
    attacks: list[Attack] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        return all(attack.held for attack in self.attacks)


async def run_forged(house: Doors, *, calls: int, seed: int, say: Callable[[str], None] = lambda _: None) -> Report:
    """So many forged, replayed and altered calls at each door; moves the clock by a day."""
    chance, report, began = random.Random(seed), Report(), time.monotonic()

    async def attack(name: str, path: str, made: Sequence[Call], count: Callable[[], float], status: int) -> None:
        before, shown, so_far = await house.rows(), house.shown(), count()
        statuses = await house.caller.post(path, made)
        await house.settled()
        after = await house.rows()
        changed = tuple(table for table in before if before[table] != after[table])
        known = int(count() - so_far)
        report.attacks.append(Attack(name, len(made), statuses, known, changed, house.shown() - shown, refused=status))
        say(f"        forged: {report.attacks[-1]}")

    events = await oa_events(house.oa, chance, 40)
    kept = [oa_call(house.oa, event) for event in events]
    assert await house.caller.post(OA_PATH, kept) == {200: len(kept)}
    updates = await bot_calls(house.bot, chance, 20)
    assert await house.caller.post(BOT_PATH, updates) == {200: len(updates)}
    await house.settled()

    fresh = await oa_events(house.oa, chance, 200, first=7)
    on_their_way = [oa_call(house.oa, event) for event in fresh]
    signatures = [headers[SIGNATURE_HEADER] for _, headers in kept]

    def forged() -> Call:
        place = chance.randrange(len(fresh))
        body = on_their_way[place][0]
        return body, forged_signature(body, fresh[place], chance.choice(signatures), chance)

    def changed() -> Call:
        body, headers = chance.choice(on_their_way)
        return altered(body, chance), headers

    oa_forged, oa_stale = lambda: counted("zalo_oa_forged"), lambda: counted("zalo_oa_stale")
    await attack("OA, forged", OA_PATH, [forged() for _ in range(calls)], oa_forged, 403)
    await attack("OA, altered", OA_PATH, [changed() for _ in range(calls)], oa_forged, 403)
    again = [chance.choice(kept) for _ in range(calls)]
    retried = [(body, headers | {"num_retry": str(chance.randrange(1, 6))}) for body, headers in again]
    await attack("OA, replayed", OA_PATH, retried, lambda: repeated("zalo_oa"), 200)
    bot_forged = lambda: counted("zalo_bot_forged")  # noqa: E731
    made = [(chance.choice(updates)[0], forged_secret(chance)) for _ in range(calls)]
    await attack("bot, forged", BOT_PATH, made, bot_forged, 403)
    made = [(chance.choice(updates)[0], altered_secret(chance)) for _ in range(calls)]
    await attack("bot, altered secret", BOT_PATH, made, bot_forged, 403)
    again = [chance.choice(updates) for _ in range(calls)]
    await attack("bot, replayed", BOT_PATH, again, lambda: repeated("zalo_bot"), 200)
    house.clock.at += 25 * 3600
    again = [chance.choice(kept + on_their_way) for _ in range(calls)]
    await attack("OA, replayed a day later", OA_PATH, again, oa_stale, 403)
    report.seconds = time.monotonic() - began
    return report
