"""
The long runs, each by its name.

    crashes   10,000 updates with 200 kill -9
    fuzz      100,000 hostile updates
    forged    10,000 forged, replayed and altered calls of each kind at both Zalo doors
    tokens    500 renewals of the Zalo tokens by two processes that are killed at any moment
    year      a year of a Zalo account with 500 followers
    announce  an announcement to 5,000 at 30 a second, then to 5,000 through 200 kill -9
    database  the line to PostgreSQL cut for 8 s while twelve people register
    import    a list of 20,000 rows taken in while another process writes
    clock     reminders of 60 days: off for days, a clock that jumps, two processes on one database
    pressure  floods, locks, freezes, idle sockets, people out of reach, a full disk, a hundred thousand people

    make soak                                   all of them, two to three hours on two cores
    python tools/soak.py --only year            one of them; several with commas
    python tools/soak.py --only crashes,fuzz --updates 1000 --kills 20 --fuzz 5000
    make soak SOAK_ARGS="--only pressure"       one part of all
    python tools/soak.py --only pressure --parts locks,freezes

Prints the counts of the platform, and exits with 1 when a promise was broken.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

os.environ.setdefault("PTB_TIMEDELTA", "true")  # as in the tests; it is read when the library is imported

# Each part imports its own modules: the processes of `tokens` import this file again.

PARTS = ("crashes", "fuzz", "forged", "tokens", "year", "announce", "database", "import", "clock", "pressure")
FUZZ_PART = 10_000
"""Hostile updates per house; each part has its own people and seed."""
SLOWEST_START = 2.0
"""Seconds until /start is answered after them."""


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201  a tool prints its results


async def crashes(folder: Path, updates: int, kills: int, seed: int) -> bool:
    """By webhook and, a fifth as long each, by polling and on PostgreSQL."""
    from tests.hard import crash
    from tests.postgres import running_server

    whole = True

    def count(name: str, report: crash.Report) -> None:
        nonlocal whole
        kept = (
            not (report.unanswered or report.out_of_order or report.surprises or report.faults)
            and report.double_applications == report.codes_told_twice == report.not_done == 0
            and report.applications == report.registered_by_people
            and max(report.repeats_after_kill) <= crash.IN_FLIGHT
        )
        say(f"{'kept' if kept else 'BROKEN'}  {name}: {report}")
        for trouble in (*report.unanswered, *report.out_of_order, *report.surprises, *report.faults)[:20]:
            say(f"        {trouble}")
        whole = whole and kept

    count("webhook", await crash.run_crashes(folder / "webhook", updates=updates, kills=kills, seed=seed))
    updates, kills = updates // 5, kills // 5
    count(
        "polling", await crash.run_crashes(folder / "polling", updates=updates, kills=kills, seed=seed, mode="polling")
    )
    with running_server() as server, server.database(empty=True) as database:
        report = await crash.run_crashes(folder / "pg", updates=updates, kills=kills, seed=seed, database=database)
        count("postgresql", report)
    return whole


async def hostile(folder: Path, updates: int, seed: int) -> bool:
    """Run in parts, so that a fault is near its seed and memory is checked often."""
    from tests.hard import fuzz

    whole = True
    part = 0
    while updates > 0:
        count = min(FUZZ_PART, updates)
        updates -= count
        report = await fuzz.run_fuzz(folder / f"fuzz-{part}", updates=count, seed=seed + part)
        kept = not (report.unhandled or report.unanswered or report.not_done or report.platform_faults)
        kept = kept and report.slowest_start < SLOWEST_START
        say(f"{'kept' if kept else 'BROKEN'}  seed {seed + part}: {report}")
        for trouble in (*report.unhandled, *report.unanswered, *report.platform_faults)[:10]:
            say(f"        {trouble[:3000]}")
        whole = whole and kept
        part += 1
    return whole


async def forged(folder: Path, calls: int, seed: int) -> bool:
    """Each kind of attack on the doors of both Zalo channels."""
    from tests.hard import forging, fuzz

    with fuzz.logged() as log:
        async with forging.doors(folder / "forged") as house:
            report = await forging.run_forged(house, calls=calls, seed=seed, say=say)
    for attack in report.attacks:
        say(f"{'kept' if attack.held else 'BROKEN'}  {attack}")
    return nothing_unforeseen(log.getvalue()) and report.held


async def tokens(folder: Path, days: int, seed: int) -> bool:
    """Renewals under kill -9."""
    from tests.hard import rotation

    report = await rotation.run_rotations(folder / "tokens", days=days, seed=seed, say=say)
    say(f"{'kept' if report.kept else 'BROKEN'}  {report}")
    return report.kept


async def year(folder: Path, followers: int, seed: int) -> bool:
    """Run the whole year, with its costs."""
    from tests.hard import fuzz, zalo_year

    with fuzz.logged() as log:
        report = await zalo_year.run_year(folder / "year", followers=followers, seed=seed, say=say)
    broken = report.broken()
    say(f"{'BROKEN' if broken else 'kept'}  {report.lines()[0]}")
    for line in (*report.lines()[1:], *(f"BROKEN: {one}" for one in broken), *report.faults[:5]):
        say(f"        {line}")
    return nothing_unforeseen(log.getvalue()) and not broken


async def announce(folder: Path, crowd: int, kills: int, seed: int) -> bool:
    """Send at the rate limit with a question meanwhile, then through kills, then stopped half-way."""
    from tests.hard import announcing

    paced = await announcing.run_announcement(folder / "announce", crowd=crowd, ask=True)
    say(f"        {paced}")
    kept = paced.rate >= 0.95 * announcing.ALLOWED and paced.p95 <= 1.5 and not (paced.refused or paced.untold)
    killed = await announcing.run_announcement(folder / "announce-kills", crowd=crowd, kills=kills, seed=seed)
    say(f"        {killed}")
    kept &= not killed.untold and max(killed.repeats_after_kill) <= announcing.WINDOW
    stopped = await announcing.run_announcement(folder / "announce-cancel", crowd=crowd, cancel_after=crowd // 20)
    say(f"        {stopped}")
    kept &= stopped.after_cancel <= announcing.WINDOW
    kept &= not any(report.faults for report in (paced, killed, stopped))
    say("kept" if kept else "BROKEN")
    return kept


async def database(folder: Path, away: float) -> bool:
    """An outage of the database: nothing lost or said twice, told within 5 s, back within 10."""
    from tests.hard import database_away
    from tests.postgres import running_server

    with running_server() as server, server.database(empty=True) as url:
        report = await database_away.run_outage(folder / "database", url, away=away)
    troubles = database_away.broken(report)
    if report.told_after > database_away.TOLD_WITHIN or report.back_after > database_away.BACK_WITHIN:
        troubles.append("it took too long")
    say(f"{'BROKEN' if troubles else 'kept'}  {report}")
    for trouble in troubles:
        say(f"        {trouble}")
    return not troubles


async def long_import(folder: Path, rows: int) -> bool:
    """One list, and the waits of a process that writes meanwhile."""
    from tests.hard import importing

    report = await asyncio.to_thread(importing.run_import, folder, rows=rows, say=say)
    say(f"{'kept' if report.kept else 'BROKEN'}  {report}")
    return report.kept


async def clock(folder: Path, days: int, seed: int) -> bool:
    """The real process under a clock that is moved."""
    from tests.hard import clock_run

    report = await clock_run.run_clock(folder / "clock", days=days, seed=seed)
    say(f"{'kept' if report.kept else 'BROKEN'}  {report}")
    return report.kept


async def pressure(folder: Path, parts: str, seconds: float, many: int) -> bool:
    """Each kind of pressure: how long the others wait for it, or what an outage costs."""
    from tests.hard.pressure.parts import PARTS, Size
    from tests.hard.pressure.report import table

    names = [word.strip() for word in parts.split(",")] if parts else list(PARTS)
    if unknown := set(names) - set(PARTS):
        say(f"{', '.join(sorted(unknown))} is none of {', '.join(PARTS)}")
        return False
    lines = []
    for name in names:
        began = time.monotonic()
        for line in await PARTS[name](folder / "pressure" / name, Size(seconds=seconds, many=many)):
            say(str(line))
            lines.append(line)
        say(f"        {name}: {time.monotonic() - began:.0f} s")
    say(table(lines))
    return all(line.kept for line in lines)


def nothing_unforeseen(log: str) -> bool:
    """True when the log has no error; print the first ones."""
    from tests.hard.machine import is_fault

    faults = [line for line in log.splitlines() if is_fault(line)]
    for fault in faults[:10]:
        say(f"        {fault[:3000]}")
    return not faults


def chosen_parts(words: str) -> tuple[str, ...]:
    """The parts named with commas between, each once, in their usual order."""
    named = {word.strip() for word in words.split(",")}
    if unknown := named - set(PARTS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))} is none of {', '.join(PARTS)}")
    return tuple(part for part in PARTS if part in named)


def main() -> int:
    """Run the chosen parts; 0 when every promise was kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=chosen_parts, default=PARTS, metavar="PART[,PART]", help=" | ".join(PARTS))
    parser.add_argument("--updates", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--fuzz", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=10_000, help="forged: calls of each kind")
    parser.add_argument("--days", type=int, default=500, help="tokens: renewals")
    parser.add_argument("--followers", type=int, default=500, help="year: people")
    parser.add_argument("--crowd", type=int, default=5_000, help="announce: people")
    parser.add_argument("--away", type=float, default=8.0, help="database: seconds")
    parser.add_argument("--rows", type=int, default=20_000, help="import: rows of the list")
    parser.add_argument("--reminded", type=int, default=60, help="clock: days")
    parser.add_argument("--parts", default="", help="pressure: some of its parts, with commas; all of them without")
    parser.add_argument("--seconds", type=float, default=8.0, help="pressure: seconds of each of its times")
    parser.add_argument("--many", type=int, default=100_000, help="pressure: people beside")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    seed = chosen.seed
    say(f"seed {seed}")
    whole = True
    with tempfile.TemporaryDirectory(prefix="ocopbot-soak-") as name:
        folder = Path(name)
        runs: dict[str, Callable[[], Coroutine[Any, Any, bool]]] = {
            "crashes": lambda: crashes(folder, chosen.updates, chosen.kills, seed),
            "fuzz": lambda: hostile(folder, chosen.fuzz, seed),
            "forged": lambda: forged(folder, chosen.calls, seed),
            "tokens": lambda: tokens(folder, chosen.days, seed),
            "year": lambda: year(folder, chosen.followers, seed),
            "announce": lambda: announce(folder, chosen.crowd, chosen.kills, seed),
            "database": lambda: database(folder, chosen.away),
            "import": lambda: long_import(folder / "import", chosen.rows),
            "clock": lambda: clock(folder, chosen.reminded, seed),
            "pressure": lambda: pressure(folder, chosen.parts, chosen.seconds, chosen.many),
        }
        for part in chosen.only:
            began = time.monotonic()
            say(f"------  {part}")
            whole &= asyncio.run(runs[part]())
            say(f"        {part}: {time.monotonic() - began:.0f} s")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
