"""The cost of a form step next to programs without storage, and the steps per fsync."""

import asyncio
import contextlib
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from bench_crowds import PLACE, ROUNDS, populate, say
from sqlalchemy import event

from platforms.telegram.server import TOKEN, TelegramServer
from tests.hard.crash import registration
from tests.hard.fuzz import FIRST_PERSON, serving
from tests.hard.hostile import Hostile
from tests.hard.machine import ROOT, SECRET, SECRET_HEADER, WEBHOOK, Machine, free_port

AT_ONCE = 16
FIRST = 1_000_000
"""The number of the first person who fills in a form; the stored ones have smaller ones."""
OURS = "ours: POST, commit, 200"


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of forms: CPU seconds per step, and forms per second."""

    cpu: float
    forms: float
    wait: float


@asynccontextmanager
async def _peer(python: str, name: str, platform: TelegramServer) -> AsyncIterator[tuple[str, Callable[[], float]]]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        python, str(ROOT / "tools" / "bench_peers.py"), name, str(port), platform.base_url, TOKEN, cwd=ROOT
    )
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(30):
            while True:
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    async with session.get(f"http://127.0.0.1:{port}/readyz"):
                        break
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}", lambda: _cpu(process.pid)
    finally:
        process.kill()
        await process.wait()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _forms(platform: TelegramServer, address: str, cpu: Callable[[], float], forms: int, first: int) -> Cost:
    """Fill in N whole forms, sixteen people at once; each waits for the answer before the next line."""
    platform.deliver_to(address + WEBHOOK, SECRET)
    waits: list[float] = []
    numbers = iter(range(first, first + forms))

    async def one() -> None:
        for number in numbers:
            person = platform.person(number, started=True)
            for words, _ in registration(number):
                began = time.perf_counter()
                await person.writes(words)
                await person.hears(1, 30)
                waits.append(time.perf_counter() - began)

    warm = platform.person(first - 1, started=True)
    for words, _ in registration(first - 1):  # modules loaded with the first form do not count as the cost of a step
        await warm.writes(words)
        await warm.hears(1, 30)
    before, began = cpu(), time.perf_counter()
    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    seconds = time.perf_counter() - began
    return Cost((cpu() - before) / len(waits), forms / seconds, statistics.median(waits))


async def form_steps(folder: Path, forms: int, aiogram: str) -> None:
    """P1, P2: our durable form against programs that keep nothing, A B A B."""
    costs: dict[str, list[Cost]] = {}
    names = ["ours", "aiohttp", "telegram", *(["aiogram"] if aiogram else [])]
    for round_number in range(ROUNDS):
        for name in names:
            if name == "ours":
                cost = await _ours(folder / f"form-{round_number}", forms)
            else:
                cost = await _theirs(aiogram if name == "aiogram" else sys.executable, name, forms)
            costs.setdefault(name, []).append(cost)
    say(f"\nA step of a form, {AT_ONCE} people at once, {forms} forms, medians of {ROUNDS} (P1, P2)")
    ours = middle(costs["ours"])
    for name in names:
        one = middle(costs[name])
        say(
            f"  {name:<9} {one.cpu * 1e6:7.0f} us CPU a step  {one.forms:6.1f} forms/s  wait {one.wait * 1000:5.1f} ms"
            f"  ours costs {ours.cpu / one.cpu:5.2f} x, forms {ours.forms / one.forms:4.2f} x"
        )


async def stored_people(folder: Path, forms: int, crowd: int) -> None:
    """P3: a step with a number of stored people against one in an empty database, A B A B."""
    costs: dict[bool, list[Cost]] = {False: [], True: []}
    for round_number in range(ROUNDS):
        for full, measured in costs.items():
            measured.append(await _ours(folder / f"stored-{round_number}-{full}", forms, crowd if full else 0))
    empty, beside = middle(costs[False]).cpu, middle(costs[True]).cpu
    say(f"\nA step beside {crowd:,} stored people, {forms} forms, medians of {ROUNDS} (P3)")
    say(f"  {empty * 1e6:.0f} us CPU without them, {beside * 1e6:.0f} us beside them: {beside / empty:4.2f} x")


def middle(costs: Sequence[Cost]) -> Cost:
    """The medians."""
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in ("cpu", "forms", "wait")))


async def _ours(folder: Path, forms: int, crowd: int = 0) -> Cost:
    async with (
        TelegramServer(rate_per_second=None, per_chat=None) as platform,
        Machine(folder, platform, rate=5000) as machine,
    ):
        if crowd:
            await machine.start()
            await machine.stop()
            store = machine.store()
            store.write_now(populate, crowd, PLACE)
            store.close()
        await machine.start()
        await asyncio.sleep(1.0)
        return await _forms(platform, machine.address, machine.cpu, forms, FIRST)


async def _theirs(python: str, name: str, forms: int) -> Cost:
    async with (
        TelegramServer(rate_per_second=None, per_chat=None) as platform,
        _peer(python, name, platform) as (address, cpu),
    ):
        return await _forms(platform, address, cpu, forms, FIRST)


async def commits(folder: Path, at_once: int) -> None:
    """P6: how many commits (one fsync each, WAL and FULL) a step takes when many write."""
    count = {"commits": 0}
    make = Hostile(1, [FIRST_PERSON], ["start"])
    async with (
        TelegramServer(rate_per_second=None, per_chat=None) as platform,
        serving(folder / f"commits-{at_once}", platform) as house,
    ):
        crowd = [FIRST_PERSON + number for number in range(at_once)]
        for person in crowd:
            platform.person(person, started=True)

        async def one(person: int) -> None:
            for number, (words, _) in enumerate(registration(person - FIRST_PERSON)):
                await house.intake.accept("telegram", make.text(person, words))
                await platform.until(lambda: len(platform.messages_in(person)) > number, 30)  # noqa: B023

        event.listen(house.store._engine, "commit", lambda _: count.update(commits=count["commits"] + 1))  # noqa: SLF001
        await asyncio.gather(*(one(person) for person in crowd))
    steps = at_once * len(registration(1))
    say(f"  {at_once:>3} at once: {count['commits'] / steps:.2f} commits a step (message kept, turn, claim, outcome)")


async def intake_alone(folder: Path, calls: int, aiogram: str) -> None:
    """P5: POST, commit, 200, without an answer; compared with plain aiohttp, and a silent aiogram with state."""
    peers = {"aiohttp: POST, send, 200": (sys.executable, "aiohttp")}
    if aiogram:
        peers["aiogram: POST, state, 200"] = (aiogram, "aiogram-silent")
    costs: dict[str, list[tuple[float, float, float]]] = {}
    for round_number in range(ROUNDS):
        async with TelegramServer(rate_per_second=None, per_chat=None) as platform:
            for number in range(AT_ONCE):
                platform.person(FIRST_PERSON + number, started=True)
            async with Machine(folder / f"intake-{round_number}", platform) as machine:
                machine.only = "web"
                await machine.start()
                costs.setdefault(OURS, []).append(await _posts(machine.address, machine.cpu, calls))
            for name, (python, peer) in peers.items():
                async with _peer(python, peer, platform) as (address, cpu):
                    costs.setdefault(name, []).append(await _posts(address, cpu, calls))
    say(f"\nIntake alone, {AT_ONCE} at once, {calls} calls, medians of {ROUNDS} (P5)")
    ours = statistics.median(cost for cost, *_ in costs[OURS])
    for name, measured in costs.items():
        cost, half, most = (statistics.median(one) for one in zip(*measured, strict=True))
        say(
            f"  {name:<26} {cost * 1e6:6.0f} us CPU  p50 {half * 1e3:5.1f} ms  p99 {most * 1e3:5.1f} ms"
            f"  ours costs {ours / cost:4.2f} x"
        )


async def _posts(address: str, cpu: Callable[[], float], calls: int) -> tuple[float, float, float]:
    make = Hostile(1, [FIRST_PERSON], ["start"])
    bodies = iter([make.text(FIRST_PERSON + number % AT_ONCE, f"tin {number}") for number in range(calls)])
    waits: list[float] = []
    async with aiohttp.ClientSession() as session:

        async def one() -> None:
            for body in bodies:
                began = time.perf_counter()
                headers = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
                async with session.post(address + WEBHOOK, data=body, headers=headers) as answer:
                    if answer.status != 200:
                        raise AssertionError(f"The call was answered with {answer.status}.")
                waits.append(time.perf_counter() - began)

        before = cpu()
        await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    waits.sort()
    return (cpu() - before) / calls, waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
