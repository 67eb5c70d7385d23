"""
Processes that renew the tokens of a Zalo account on one database, and die at chosen steps.

Each is a real process with the real store, ended by SIGKILL.  The platform runs in the parent process
and counts the uses of each refresh token; single use is enforced there.
"""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from bot.channels.zalo.transport import Transport
from bot.channels.zalo_oa.client import ZaloClient, ZaloRefusalError
from bot.channels.zalo_oa.pair import Pair
from bot.channels.zalo_oa.tokens import Tokens, TokensLostError, TokensWaitError, consent_link, new_verifier
from bot.serving.configuration import Settings
from bot.settings.database import bring_up
from bot.zalo.consent import Answer as Answered
from bot.zalo.consent import begin, complete, read_answer
from bot.zalo.tokens import KeptTokens, alarm
from platforms.shared.script import Answer
from platforms.zalo_oa.server import APP_ID, APP_SECRET, ZaloOAServer
from registry.store.store import Store
from tests.hard.machine import PACK, vault_at

START = datetime(2026, 11, 2, 2, tzinfo=UTC).timestamp()
DUE = 21 * 3600.0
"""Seconds after which a token of 25 hours is renewed: less than five are left."""
OVER = 26 * 3600.0
UNDER_WAY = "while the platform works on it"
POINTS = (
    "before load",
    "after load",
    "before reserve",
    "inside reserve",
    "after reserve",
    "before exchange",
    UNDER_WAY,
    "after exchange",
    "before keep",
    "inside keep",
    "after keep",
    "before use",
    "after use",
)
"""Every place where a process may die, in order; inside a unit is before its commit."""
LOST = frozenset(POINTS[POINTS.index(UNDER_WAY) : POINTS.index("after keep")])
"""The platform has answered and nothing is committed: the pair is gone."""
UNSURE = frozenset({"after reserve", "before exchange"})
"""Nothing was sent; the next process cannot know that, and must not ask twice."""
WITHIN = 60.0

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.hard.rotation"])


@dataclass(frozen=True, slots=True)
class Life:
    """The work of one process: it begins at a moment and ticks every minute, unless it dies before."""

    folder: Path
    platform: str
    at: float
    minutes: int = 5
    die_at: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """The report of a process that lived to its end."""

    token: str
    accepted: bool
    alarm: str


class MortalStore(Store):
    """The real store, in a process that may die inside a transaction, before its commit."""

    die_at = ""
    step = ""

    async def write(self, unit, *args, **kwargs):
        def inside(db):
            done = unit(db, *args, **kwargs)
            self.die(f"inside {self.step}")
            return done

        return await super().write(inside)

    def die(self, here: str) -> None:
        if here == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalTokens:
    """The real room of the tokens, in a process that may die before and after each of its acts."""

    def __init__(self, store: MortalStore) -> None:
        self._store = store
        self._kept = KeptTokens(store)

    def __getattr__(self, name: str) -> Any:
        async def act(*given: Any) -> Any:
            self._store.die(f"before {name}")
            self._store.step = name
            done = await getattr(self._kept, name)(*given)
            self._store.die(f"after {name}")
            return done

        return act


def live(life: Life, report: Connection) -> None:
    """The whole of one process; tells its end, if it comes to one."""
    logging.disable()
    report.send(asyncio.run(_lived(life)))


async def _lived(life: Life) -> End:
    store = MortalStore(_url(life.folder), vault_at(life.folder))
    store.die_at = life.die_at
    minute = 0

    def now() -> datetime:
        return datetime.fromtimestamp(life.at + 60 * minute, UTC)

    client = client_of(life.platform, now)
    tokens = tokens_of(store, client, now)
    end = End("", accepted=False, alarm="")
    for minute in range(life.minutes):  # noqa: B007  the clock reads it
        await tokens.tick()
        end = await _used(tokens, client, store)
    await tokens.close()
    await client.transport.close()
    store.close()
    return end


@dataclass(frozen=True, slots=True)
class Consenting:
    """A process that turns the answer of a consent into a pair, and dies where it is told to."""

    folder: Path
    platform: str
    answer: Answered
    die_at: str


CONSENT_POINTS = ("inside 1", "after 1", "inside 2", "after 2", "inside 3", "after 3")
"""Around its three units: the state is taken, (the platform answers,) the pair is set aside, it serves."""


class CountingStore(MortalStore):
    """Counts its units, so that a process may die inside one or right after it."""

    units = 0

    async def write(self, unit, *args, **kwargs):
        self.units += 1
        self.step = str(self.units)
        done = await super().write(unit, *args, **kwargs)
        self.die(f"after {self.step}")
        return done


def consent_in(life: Consenting, report: Connection) -> None:
    """The whole of one process that consents; tells when it came to its end."""
    logging.disable()
    store = CountingStore(_url(life.folder), vault_at(life.folder))
    store.die_at = life.die_at
    asyncio.run(complete(settings_at(life.folder, life.platform), store, life.answer, at=datetime.now(UTC)))
    report.send(store.units)


def settings_at(folder: Path, platform: str) -> Settings:
    given = {"enabled": True, "app_id": APP_ID, "app_secret": APP_SECRET, "oa_secret_key": "k" * 20}
    urls = {"base_url": platform, "business_url": platform, "oauth_url": platform}
    return Settings.model_validate(
        {"data_dir": folder, "server": {"public_url": "https://ocop.example"}, "zalo_oa": given | urls}
    )


async def _used(tokens: Tokens, client: ZaloClient, store: MortalStore) -> End:
    """Use the token as a sender does."""
    try:
        token = await tokens.current()
    except (TokensLostError, TokensWaitError) as trouble:
        return End("", accepted=False, alarm=tokens.alarm or type(trouble).__name__)
    await tokens.close()  # one that is renewed in the background is renewed now
    store.die("before use")
    try:
        await client.get("/v2.0/oa/getoa", token)
    except ZaloRefusalError:
        return End(token, accepted=False, alarm=tokens.alarm)
    store.die("after use")
    return End(token, accepted=True, alarm=tokens.alarm)


def client_of(platform: str, now: Callable[[], datetime]) -> ZaloClient:
    transport = Transport(read_seconds=10.0, hosts=(platform,))
    return ZaloClient(transport, now=now, api=platform, business=platform, oauth=platform)


def tokens_of(store: Store, client: ZaloClient, now: Callable[[], datetime]) -> Tokens:
    die = store.die if isinstance(store, MortalStore) else lambda _here: None
    room = MortalTokens(store) if isinstance(store, MortalStore) else KeptTokens(store)

    async def exchange(form: Mapping[str, str]) -> dict[str, Any]:
        die("before exchange")
        answer = await client.exchange(APP_SECRET, form)
        die("after exchange")
        return answer

    return Tokens(room, exchange, app_id=APP_ID, now=now)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'ocopbot.db'}"


def template(folder: Path) -> Path:
    """An empty database to copy from."""
    bring_up(Settings(pack=PACK, data_dir=folder))
    vault_at(folder)
    return folder


class Account:
    """One account with its platform and database, and the processes that share them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at = START
        self.server = ZaloOAServer(clock=lambda: self.at)

    @classmethod
    @asynccontextmanager
    async def open(cls, empty: Path, folder: Path) -> AsyncIterator["Account"]:
        """A platform and a copy of the empty database, with the first pair kept."""
        shutil.copytree(empty, folder)
        account = cls(folder)
        async with account.server as server:
            ends_at = datetime.fromtimestamp(START + 25 * 3600, UTC)
            async with account.store() as store:
                await KeptTokens(store).keep(Pair(server.tokens.access_token, server.tokens.refresh_token, ends_at))
            yield account

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        store = Store(_url(self.folder), vault_at(self.folder))
        try:
            yield store
        finally:
            store.close()

    def life(self, **more) -> Life:
        return Life(self.folder, self.server.base_url, self.at, **more)

    async def one(self, life: Life) -> End | None:
        """Let a process live; None when it was killed."""
        return (await self.together(life))[0]

    async def together(self, *lives: Life) -> list[End | None]:
        """Let several processes live at once; one that is to die under way asks before the others come."""
        first, *others = lives
        if first.die_at != UNDER_WAY:
            return [await self.ended(*one) for one in [self.begin(life) for life in lives]]
        asked, made = len(self.server.requests), len(self.server.tokens.history)
        self.server.script("access_token", Answer(seconds=0.2))
        running = [self.begin(replace(first, die_at=""))]
        async with asyncio.timeout(WITHIN):
            while len(self.server.requests) == asked:
                await asyncio.sleep(0.005)
            running += [self.begin(life) for life in others]
            await asyncio.sleep(0.05)  # the whole question has left
            stopped = running[0][0].pid
            assert stopped is not None
            os.kill(stopped, signal.SIGSTOP)
            while len(self.server.tokens.history) == made:
                await asyncio.sleep(0.005)
        os.kill(stopped, signal.SIGKILL)
        return [await self.ended(*one) for one in running]

    async def agrees(self) -> Answered:
        """An administrator agrees at the newest link of `ocopbot zalo authorise`."""
        async with self.store() as store:
            settings = settings_at(self.folder, self.server.base_url)
            link = store.write_now(begin, settings=settings, now=datetime.now(UTC)).link
        async with aiohttp.ClientSession() as browser, browser.get(link, allow_redirects=False) as answer:
            return read_answer(answer.headers["Location"])

    async def consents(self, die_at: str) -> object:
        """Run the end of `ocopbot zalo authorise`, or the callback, in a separate process; None when killed."""
        told, telling = _processes.Pipe(duplex=False)
        given = Consenting(self.folder, self.server.base_url, await self.agrees(), die_at)
        process = _processes.Process(target=consent_in, args=(given, telling), daemon=True)
        process.start()
        telling.close()
        return await self.ended(process, told)

    def begin(self, life: Life) -> tuple[BaseProcess, Connection]:
        told, telling = _processes.Pipe(duplex=False)
        process = _processes.Process(target=live, args=(life, telling), daemon=True)
        process.start()
        telling.close()
        return process, told

    async def ended(self, process: BaseProcess, told: Connection) -> Any:
        """How it ended: by its own word, or killed.  Anything else is a fault of the test."""
        await asyncio.to_thread(process.join, WITHIN)
        with told:
            end = None
            with contextlib.suppress(EOFError):
                end = told.recv() if told.poll() else None
        assert end is not None or process.exitcode == -signal.SIGKILL, f"it ended with {process.exitcode}"
        return end

    def refreshes(self) -> list[str]:
        """The refresh tokens the platform was shown, in order."""
        return [
            request.given["refresh_token"]
            for request in self.server.calls("/v4/oa/access_token")
            if request.given.get("grant_type") == "refresh_token"
        ]

    async def kept(self) -> tuple[Pair, str]:
        """The pair and the alarm in the database."""
        async with self.store() as store:
            pair = await KeptTokens(store).load()
            assert pair is not None
            return pair, await store.read(alarm)

    async def lost(self) -> bool:
        """True when the platform no longer accepts the stored pair."""
        return (await self.kept())[0].refresh_token != self.server.tokens.refresh_token

    async def consent(self) -> End:
        """Let an administrator consent in the browser, by the link and the code that comes back."""
        async with self.store() as store:
            now = lambda: datetime.fromtimestamp(self.at, UTC)  # noqa: E731
            client = client_of(self.server.base_url, now)
            tokens, verifier = tokens_of(store, client, now), new_verifier()
            link = consent_link(
                self.server.base_url, app_id=APP_ID, callback=self.server.callback_url, verifier=verifier, state="s"
            )
            async with aiohttp.ClientSession() as browser, browser.get(link, allow_redirects=False) as answer:
                code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
            await tokens.consented(code, verifier)
            token = await tokens.current()
            await client.get("/v2.0/oa/getoa", token)
            await client.transport.close()
            return End(token, accepted=True, alarm=tokens.alarm)


@dataclass(slots=True)
class Report:
    """The result of a long run."""

    days: int = 0
    kills: int = 0
    renewed: int = 0
    lost: int = 0
    false_alarms: int = 0
    silent: int = 0
    twice: int = 0
    useless: int = 0
    seconds: float = 0.0

    @property
    def kept(self) -> bool:
        return self.silent == self.twice == self.useless == 0

    def __str__(self) -> str:
        return (
            f"{self.days} renewals by two processes, {self.kills} x kill -9, {self.seconds:.0f} s: "
            f"{self.renewed} renewed, {self.lost} pairs lost with an alarm, {self.silent} in silence, "
            f"{self.false_alarms} alarms though nothing was lost, {self.twice} tokens used twice, "
            f"{self.useless} times no token after all was mended"
        )


async def run_rotations(
    folder: Path, *, days: int, seed: int, say: Callable[[str], None] = lambda _words: None
) -> Report:
    """Renew day after day by two processes that are killed at any moment; an alarm is answered by a consent."""
    chance, report, began = random.Random(seed), Report(), time.monotonic()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it reports every caller that died
    async with Account.open(template(folder / "empty"), folder / "account") as account:
        for _ in range(days):
            report.days += 1
            account.at += DUE
            made = len(account.server.tokens.history)
            report.kills += await _struck(account, chance)
            account.at += 600.0
            end = await account.one(account.life())
            assert end is not None
            lost, told = await account.lost(), (await account.kept())[1]
            report.seconds = time.monotonic() - began
            report.renewed += len(account.server.tokens.history) > made and not lost
            report.lost += lost and bool(told)
            report.silent += lost and not told
            report.false_alarms += bool(told) and not lost
            if told:
                account.at += OVER
                dead = await account.one(account.life(minutes=1))
                report.useless += dead is None or bool(dead.token) or not dead.alarm
                end = await account.consent()
            report.useless += not end.accepted or bool((await account.kept())[1])
            if report.days % 25 == 0:
                say(f"        tokens: {report}")
    report.twice = sum(count - 1 for count in Counter(account.refreshes()).values())
    report.seconds = time.monotonic() - began
    return report


async def _struck(account: Account, chance: random.Random) -> int:
    """Two processes at once, most of them killed: at a step, or whenever it hits them."""
    steps = [step for step in POINTS if step != UNDER_WAY]
    running, kills = [], 0
    account.server.script("access_token", Answer(seconds=chance.choice((0.0, 0.02, 0.1))))
    for _ in range(2):
        way = chance.random()
        # less than the grace of two minutes: here a minute is a moment, and the other may not be done yet
        life = account.life(minutes=2, die_at=chance.choice(steps) if way < 0.4 else "")
        running.append(account.begin(life))
        if way >= 0.8:
            continue
        if way >= 0.4:
            await asyncio.sleep(chance.uniform(0.0, 0.4))
            running[-1][0].kill()
    for one in running:
        kills += await account.ended(*one) is None
    account.server.scripted("/v4/oa/access_token")  # one that nobody came for
    return kills
