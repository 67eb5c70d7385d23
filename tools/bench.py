"""
Measure: what a step of a form costs, how many share an fsync, what is stored a second, how soon the program is ready.

    make bench                        about five minutes on two cores
    python tools/bench.py --aiogram /path/to/python    with aiogram as a peer, from an interpreter that has it

Peers run in the same minutes on the same machine, in turns; a figure of ours
alone says little.  Results of note go into docs/figures.md with their date.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aiohttp
import structlog
from sqlalchemy import Connection, event, text

from content.message import Message
from content.pack import Pack, load_pack
from content.search import Answers
from platforms.telegram.server import TOKEN, TelegramServer
from registry import audiences, broadcasts, people, roles
from registry.claims import claim_ready
from registry.schema import upgrade
from registry.sealing import Vault
from registry.store import Store
from tests.announced import words_of
from tests.hard.crash import registration
from tests.hard.fuzz import FIRST_PERSON, serving
from tests.hard.hostile import Hostile
from tests.hard.machine import PACK, ROOT, SECRET, SECRET_HEADER, WEBHOOK, Machine, free_port

AT_ONCE = 16
ROUNDS = 3
PARTS = ["start", "answers", "fan-out", "commits", "intake", "forms"]
QUESTIONS = ROOT / "tests" / "content" / "questions" / "heldout.tsv"
DAY = date(2021, 6, 1)
NOW = datetime(2021, 6, 1, 1, tzinfo=UTC)


def say(words: str = "") -> None:
    print(words, flush=True)  # noqa: T201  a tool speaks to who runs it


# --- a step of a form -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cost:
    """What forms cost a program: seconds of its processor a step, forms a second of the clock."""

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
    """So many whole forms, sixteen people at once, everybody waiting for the answer before the next line."""
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
    await warm.writes("/start")
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
            async with TelegramServer(rate_per_second=None, per_chat=None) as platform:
                if name == "ours":
                    async with Machine(folder / f"form-{round_number}", platform, rate=5000) as machine:
                        await machine.start()
                        await asyncio.sleep(1.0)
                        cost = await _forms(platform, machine.address, machine.cpu, forms, 1000)
                else:
                    python = aiogram if name == "aiogram" else sys.executable
                    async with _peer(python, name, platform) as (address, cpu):
                        cost = await _forms(platform, address, cpu, forms, 1000)
                costs.setdefault(name, []).append(cost)
    say(f"\nA step of a form, {AT_ONCE} people at once, {forms} forms, medians of {ROUNDS} (P1, P2)")
    ours = statistics.median(cost.cpu for cost in costs["ours"])
    for name in names:
        cpu = statistics.median(cost.cpu for cost in costs[name])
        forms_a_second = statistics.median(cost.forms for cost in costs[name])
        wait = statistics.median(cost.wait for cost in costs[name])
        say(
            f"  {name:<9} {cpu * 1e6:7.0f} us CPU a step  {forms_a_second:6.1f} forms/s  wait {wait * 1000:5.1f} ms"
            f"  ours is {ours / cpu:4.2f} x"
        )


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


async def intake_alone(folder: Path, calls: int) -> None:
    """P5: POST, commit, 200, with no answer; the least of aiohttp beside it."""
    async with TelegramServer(rate_per_second=None, per_chat=None) as platform:
        async with Machine(folder / "intake", platform) as machine:
            machine.only = "web"
            await machine.start()
            ours = await _posts(machine.address, machine.cpu, calls)
        async with _peer(sys.executable, "aiohttp", platform) as (address, cpu):
            for number in range(AT_ONCE):
                platform.person(FIRST_PERSON + number, started=True)
            plain = await _posts(address, cpu, calls)
    say(f"\nIntake alone, {AT_ONCE} at once, {calls} calls (P5)")
    for name, (cost, half, most) in {"ours: POST, commit, 200": ours, "aiohttp: POST, send, 200": plain}.items():
        say(f"  {name:<26} {cost * 1e6:6.0f} us CPU  p50 {half * 1e3:5.1f} ms  p99 {most * 1e3:5.1f} ms")


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


# --- many people ------------------------------------------------------------------------------------------------------


def fan_out(folder: Path, crowd: int) -> None:
    """P10: an announcement to everybody of the province against the bare INSERT … SELECT of the same columns."""
    folder.mkdir(parents=True)
    vault = Vault(bytes(range(32)))
    url = f"sqlite:///{folder / 'fan.db'}"
    upgrade(url, vault)
    pack = load_pack(PACK, DAY)
    store = Store(url, vault)
    try:
        role = store.write_now(_populate, crowd, sorted(pack.places.subtree("44"))[5])
        bare, ours, claims = [], [], []
        for _ in range(ROUNDS):
            bare.append(_timed(lambda: store.write_now(_bare)))
            store.write_now(lambda db: db.execute(text("DROP TABLE bare")))
            approve = store.write_now(_waiting_for_approval, pack, role)
            ours.append(_timed(lambda: store.write_now(approve)))  # noqa: B023  run before the next is made
            store.write_now(_cancel_all)
        store.write_now(store.write_now(_waiting_for_approval, pack, role))
        claims = [_timed(lambda: store.write_now(_claim)) for _ in range(50)]
    finally:
        store.close()
    base, whole = statistics.median(bare), statistics.median(ours)
    say(f"\nAn announcement to {crowd:,} people, medians of {ROUNDS} (P10)")
    say(f"  bare INSERT ... SELECT, same columns and unique key {base * 1000:7.0f} ms")
    say(f"  ours, with audience, places, audit and indexes      {whole * 1000:7.0f} ms  {whole / base:.2f} x")
    say(f"  a claim of 8 among them, committed                  {statistics.median(claims) * 1000:7.1f} ms")


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _populate(db: Connection, crowd: int, place: str) -> roles.Role:
    official, _ = people.meet(db, channel="telegram", account="1", now=NOW)
    role = roles.grant(db, person_id=official.id, role="province_official", place="44", granted_by="operator", now=NOW)
    moment = db.execute(text("SELECT created_at FROM people LIMIT 1")).scalar_one()
    db.execute(
        text(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= :crowd) "
            "INSERT INTO people (id, data_key, language, place, reminders, sample, created_at) "
            "SELECT 'p' || i, x'00', 'vi', :place, 1, 0, :moment FROM n"
        ),
        {"crowd": crowd, "place": place, "moment": moment},
    )
    db.execute(
        text(
            "INSERT INTO accounts (id, person_id, channel, account, state, last_spoke_at) "
            "SELECT 'a' || id, id, 'telegram', substr(id, 2), 'open', created_at FROM people WHERE id LIKE 'p%' "
            "AND place IS NOT NULL"
        )
    )
    return role


def _cancel_all(db: Connection) -> None:
    db.execute(text("UPDATE deliveries SET state = 'cancelled' WHERE state = 'owed'"))


def _bare(db: Connection) -> None:
    db.execute(
        text(
            "CREATE TABLE bare (id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, person_id TEXT, channel TEXT, "
            "account TEXT, kind TEXT, priority INTEGER, message_sealed BLOB, broadcast_id TEXT, state TEXT, "
            "created_at TEXT, due_at TEXT, attempts INTEGER, doubtful INTEGER)"
        )
    )
    db.execute(
        text(
            "INSERT INTO bare SELECT lower(hex(randomblob(12))), 'broadcast:b:' || person_id, person_id, channel, "
            "account, 'broadcast', 3, NULL, 'b', 'owed', last_spoke_at, last_spoke_at, 0, 0 FROM accounts"
        )
    )


def _waiting_for_approval(db: Connection, pack: Pack, role: roles.Role) -> Callable[[Connection], int]:
    """Everything up to the second official's word, which freezes the audience and lets it go."""

    def words(number: str) -> Message:
        return Message(f"Thông báo {number}")

    wanted = audiences.Wanted("44")
    made = broadcasts.hand_in(
        db, pack=pack, role=role, wanted=wanted, draft=broadcasts.Draft("Thông báo", words), now=NOW, tell=words_of
    )
    second, _ = people.meet(db, channel="bench", account="second official", now=NOW)
    other = roles.grant(db, person_id=second.id, role="province_official", place="44", granted_by="operator", now=NOW)
    reached = audiences.count(db, pack=pack, role=role, wanted=wanted, now=NOW).count
    return lambda db: (
        broadcasts.approve(
            db, pack=pack, broadcast_id=made.id, version=1, people=reached, role=other, now=NOW, tell=words_of
        ).people
    )


def _claim(db: Connection) -> None:
    later, lease = NOW + timedelta(hours=1), timedelta(minutes=5)
    if not claim_ready(db, channel="telegram", now=later, limit=8, bulk=7, lease=lease):
        raise AssertionError("Nothing was there to be claimed; the figure would mean nothing.")


# --- start, answers ---------------------------------------------------------------------------------------------------


async def start_and_rest(folder: Path) -> None:
    """P13: from the start of the process to /readyz, and the memory of an idle one."""
    async with (
        TelegramServer(rate_per_second=None, per_chat=None) as platform,
        Machine(folder / "start", platform) as machine,
    ):
        for _ in range(1 + ROUNDS):
            await machine.start()
            await asyncio.sleep(2.0)
            resident = machine.resident()
            await machine.stop()
    say("\nStart (P13)")
    say(f"  first start, with an empty database  {machine.starts[0]:5.2f} s")
    say(f"  later starts, median of {ROUNDS}           {statistics.median(machine.starts[1:]):5.2f} s")
    say(f"  idle, web chat and Telegram          {resident / 2**20:5.0f} MB")


def answers() -> None:
    """P14: a question answered from the pack, without channel and database."""
    pack = load_pack("quang-tri-2026", date(2026, 11, 23))
    finder = Answers(pack.topics, pack.learned)
    asked = [line.split("\t")[0] for line in QUESTIONS.read_text("utf-8").splitlines() if line.strip()]
    waits = sorted(_timed(lambda question=question: finder.ask(question)) for _ in range(3) for question in asked)  # type: ignore[misc]
    say(f"\nA question answered, {len(asked)} questions three times (P14)")
    say(f"  p50 {waits[len(waits) // 2] * 1000:.2f} ms  p99 {waits[int(len(waits) * 0.99)] * 1000:.2f} ms")


async def measure(folder: Path, parts: Sequence[str], forms: int, crowd: int, aiogram: str) -> None:
    """What was asked for, the quiet figures first."""
    if "start" in parts:
        await start_and_rest(folder)
    if "answers" in parts:
        answers()
    if "fan-out" in parts:
        fan_out(folder / "fan", crowd)
    if "commits" in parts:
        say("\nCommits (P6)")
        for at_once in (1, AT_ONCE, 64):
            await commits(folder, at_once)
    if "intake" in parts:
        await intake_alone(folder, 4_000)
    if "forms" in parts:
        await form_steps(folder, forms, aiogram)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[], help=f"some of: {', '.join(PARTS)}")
    parser.add_argument("--forms", type=int, default=160)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--aiogram", default="", help="an interpreter that has aiogram")
    chosen = parser.parse_args()
    load = " ".join(f"{part:.2f}" for part in os.getloadavg())
    say(f"{date.today()}  {os.cpu_count()} cores  load before {load}  Python {sys.version.split()[0]}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="ocopbot-bench-") as folder:
        asyncio.run(measure(Path(folder), chosen.parts or PARTS, chosen.forms, chosen.people, chosen.aiogram))


if __name__ == "__main__":
    main()
