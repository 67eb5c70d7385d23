"""
Measure the cost of a form step, steps per fsync, events stored per second, and the start of the program.

    make bench                        about ten minutes on two cores
    python tools/bench.py --aiogram /path/to/python    with aiogram as a peer, from an interpreter that has it

Peers run in turns on the same machine, because a figure without a comparison says little.
Record notable results in docs/figures.md with their date.
"""

import argparse
import asyncio
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import structlog
from bench_crowds import ROUNDS, announcement, fan_out, say
from bench_slow import slow_platform
from bench_steps import AT_ONCE, commits, form_steps, intake_alone, stored_people

from content.finder.search import Answers
from content.programme.pack import load_pack
from platforms.telegram.server import TelegramServer
from tests.hard.machine import ROOT, Machine

PARTS = ["start", "answers", "reading", "fan-out", "commits", "intake", "forms", "stored", "slow", "announcement"]
QUESTIONS = ROOT / "tests" / "content" / "questions" / "heldout.tsv"
LONG = ("1 ", "năm", "1/", "a", "không ", "\u0301", "0", "1.", "hai trăm ", "o ", "tháng 5 ")


async def start_and_rest(folder: Path) -> None:
    """P13: from the start of the process to /readyz, and the memory of an idle one."""
    cpu: list[float] = []
    async with (
        TelegramServer(rate_per_second=None, per_chat=None) as platform,
        Machine(folder / "start", platform) as machine,
    ):
        for _ in range(1 + ROUNDS):
            await machine.start()
            cpu.append(machine.cpu())
            await asyncio.sleep(2.0)
            resident = machine.resident()
            await machine.stop()
    say("\nStart (P13)")
    later, work = statistics.median(machine.starts[1:]), statistics.median(cpu[1:])
    say(f"  first start, with an empty database  {machine.starts[0]:5.2f} s  {cpu[0]:5.2f} s of CPU")
    say(f"  later starts, median of {ROUNDS}           {later:5.2f} s  {work:5.2f} s of CPU")
    say(f"  idle, web chat and Telegram          {resident / 2**20:5.0f} MB")


def answers() -> None:
    """P14: a question answered from the pack, without channel and database."""
    pack = load_pack("quang-tri-2026", date(2026, 11, 23))
    worked = time.process_time()
    finder = Answers(pack.topics, pack.learned)
    built = time.process_time() - worked
    asked = [line.split("\t")[0] for line in QUESTIONS.read_text("utf-8").splitlines() if line.strip()]
    waits, cpu = [], []
    for question in asked * 3:
        began, worked = time.perf_counter(), time.thread_time()
        finder.ask(question)
        waits.append(time.perf_counter() - began)
        cpu.append(time.thread_time() - worked)
    say(f"\nA question answered, {len(asked)} questions three times (P14)")
    say(f"  built in {built:.2f} s of CPU")
    for name, of in (("of the clock", sorted(waits)), ("of CPU", sorted(cpu))):
        say(f"  p50 {of[len(of) // 2] * 1000:.2f} ms  p99 {of[int(len(of) * 0.99)] * 1000:.2f} ms {name}")


def reading() -> None:
    """The slowest reader on the longest text that arrives, and a place found among all ways of writing it."""
    from content.places.places import Places
    from tests.content.places.test_places import COMMUNES, FORMS, written
    from tests.handlers.reading.test_forgiving_inputs import READERS

    slowest = (0.0, "", "")
    for kind, read in READERS.items():
        for piece in LONG:
            began = time.process_time()
            read((piece * 4096)[:4096])
            slowest = max(slowest, (time.process_time() - began, kind, piece))
    say("\nReading")
    say(f"  slowest on 4,096 letters: {slowest[1]} with {slowest[2]!r}, {slowest[0] * 1000:.0f} ms of CPU")
    places = Places.load(ROOT / "content" / "packs" / "quang-tri-2026", date(2026, 9, 15))
    texts = [written(row, row["short_name"], form) for row in COMMUNES for form in FORMS]
    places.find(texts[0])
    began = time.process_time()
    for text in texts:
        places.find(text)
    each = (time.process_time() - began) / len(texts)
    say(f"  a place found, of {len(texts)} spellings: {each * 1000:.2f} ms of CPU each")


async def measure(folder: Path, parts: Sequence[str], forms: int, crowd: int, aiogram: str) -> None:
    """Return the requested figures, the quiet ones first."""
    if "start" in parts:
        await start_and_rest(folder)
    if "answers" in parts:
        answers()
    if "reading" in parts:
        reading()
    if "fan-out" in parts:
        fan_out(folder / "fan", crowd)
    if "commits" in parts:
        say("\nCommits (P6)")
        for at_once in (1, AT_ONCE, 64):
            await commits(folder, at_once)
    if "intake" in parts:
        await intake_alone(folder, 4_000, aiogram)
    if "forms" in parts:
        await form_steps(folder, forms, aiogram)
    if "stored" in parts:
        await stored_people(folder, forms, crowd)
    if "slow" in parts:
        await slow_platform(folder / "slow")
    if "announcement" in parts:
        await announcement(folder / "announcement", 1_000)


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
