"""
The long runs: 10,000 updates with 200 kill -9, and 100,000 hostile updates.

    make soak                                   all of it, about an hour on two cores
    python tools/soak.py --updates 1000 --kills 20 --fuzz 5000

Prints what was counted at the platform, and ends with 1 when a promise was broken.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.hard import crash, fuzz

FUZZ_PART = 10_000
"""Hostile updates a house gets before a new one is opened: each part has its own people and seed."""


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201  a tool speaks to who runs it


async def crashes(folder: Path, updates: int, kills: int, seed: int) -> bool:
    """By webhook and, a fifth as long, by polling."""
    whole = True
    for mode, share in (("webhook", 1), ("polling", 5)):
        report = await crash.run_crashes(
            folder / mode,
            updates=updates // share,
            kills=kills // share,
            seed=seed,
            mode="webhook" if mode == "webhook" else "polling",
        )
        kept = (
            not (report.unanswered or report.out_of_order or report.surprises or report.faults)
            and report.double_applications == report.codes_told_twice == report.not_done == 0
            and report.applications == report.registered_by_people
            and max(report.repeats_after_kill) <= crash.IN_FLIGHT
        )
        say(f"{'kept' if kept else 'BROKEN'}  {mode}: {report}")
        for trouble in (*report.unanswered, *report.out_of_order, *report.surprises, *report.faults)[:20]:
            say(f"        {trouble}")
        whole = whole and kept
    return whole


async def hostile(folder: Path, updates: int, seed: int) -> bool:
    """In parts, so that a fault is found near its seed and memory is looked at again and again."""
    whole = True
    part = 0
    while updates > 0:
        count = min(FUZZ_PART, updates)
        updates -= count
        report = await fuzz.run_fuzz(folder / f"fuzz-{part}", updates=count, seed=seed + part)
        kept = not (report.unhandled or report.unanswered or report.not_done or report.platform_faults)
        say(f"{'kept' if kept else 'BROKEN'}  seed {seed + part}: {report}")
        for trouble in (*report.unhandled, *report.unanswered, *report.platform_faults)[:10]:
            say(f"        {trouble[:3000]}")
        whole = whole and kept
        part += 1
    return whole


def main() -> int:
    """Run what was asked for; 0 when every promise was kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--fuzz", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    say(f"seed {chosen.seed}")
    whole = True
    with tempfile.TemporaryDirectory(prefix="ocopbot-soak-") as folder:
        if chosen.updates and chosen.kills:
            whole &= asyncio.run(crashes(Path(folder), chosen.updates, chosen.kills, chosen.seed))
        if chosen.fuzz:
            whole &= asyncio.run(hostile(Path(folder), chosen.fuzz, chosen.seed))
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
