"""
Change the code by hand and see whether a test notices: registry, scheduler and the form engine.

    make mutants                                   all of them, about ten minutes on two quiet cores
    python tools/mutants.py --only pace            those whose file or text has the word; `--list` shows them

`tools/mutants.txt` has them: a line of a file, its replacement and the tests that are to fail.  Each is made in a
temporary copy of the files git knows; the working tree stays as it is.  Ends with 1 below 90 % killed, and when a line
is gone: replace a mutation that no longer applies by one of the new line.
"""

import argparse
import importlib
import multiprocessing
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tools" / "mutants.txt"
LEAST_KILLED = 0.9
LIBRARIES = (
    "pytest", "pytest_asyncio.plugin", "hypothesis", "sqlalchemy.dialects.sqlite", "alembic.command", "aiohttp.web",
    "telegram.ext", "pydantic_settings", "typer", "yaml", "rapidfuzz", "phonenumbers", "jinja2", "msgspec", "structlog",
    "holidays", "prometheus_client", "babel.messages", "cryptography.hazmat.primitives.ciphers.aead",
    "apscheduler.schedulers.asyncio",
)  # fmt: skip
_FORK = multiprocessing.get_context("fork")
PATIENCE = 900
"""Seconds for the tests of one mutation; an endless loop is noticed by it."""

T = TypeVar("T")
R = TypeVar("R")
Verdict = Literal["killed", "SURVIVED", "GONE", "BROKEN"]


_VERDICTS: dict[int | None, Verdict] = {0: "SURVIVED", 1: "killed"}


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change: `old` is in `file` exactly once."""

    file: str
    old: str
    new: str
    tests: str

    def __str__(self) -> str:
        return f"{self.file}: {self.old.strip()}  ->  {self.new.strip()}"


def read(text: str) -> list[Mutation]:
    """Read the list: `file: tests`, lines with `- ` as they are, lines with `+ ` to try; `NAME = tests` names tests."""
    names: dict[str, str] = {}
    found: list[Mutation] = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        for line in lines:
            if named := re.fullmatch(r"([A-Z]+) = (.+)", line):
                names[named[1]] = named[2]
        if lines and (head := re.fullmatch(r"([\w/]+\.py): (.+)", lines[0])):
            old, new = ("\n".join(line[2:] for line in lines[1:] if line[0] == sign) for sign in "-+")
            tests = " ".join(names.get(word, word) for word in head[2].split())
            found.append(Mutation(head[1], old, new, tests))
    return found


def tracked() -> list[str]:
    """The files of the working tree that git knows."""
    command = [shutil.which("git") or "git", "ls-files", "-z"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout  # noqa: S603
    return [name for name in found.split("\0") if name and (ROOT / name).is_file()]


def copied(to: Path) -> Path:
    for name in tracked():
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    return to


def run_tests(copy: Path, tests: str) -> None:
    """Run tests in a separate process, which has imported the libraries but not the program."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.chdir(copy)
    sys.path.insert(0, str(copy))
    os.environ["PYTHONPATH"] = str(copy)
    sys.dont_write_bytecode = True
    import pytest

    options = [
        "-n",
        "0",
        "-x",
        "-q",
        "-m",
        "not postgres and not browser",
        "-p",
        "no:cacheprovider",
        "--tb",
        "no",
        "--assert",
        "plain",
    ]
    os._exit(int(pytest.main([*options, *tests.split()])))


def exit_code(copy: Path, tests: str) -> int | None:
    """How pytest ended in a copy; 1, as for a failed test, when it did not end in time."""
    process = _FORK.Process(target=run_tests, args=(copy, tests))
    process.start()
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()
        return 1
    return process.exitcode


def unchanged(tests: str, copy: Path) -> int | None:
    return exit_code(copy, tests)


def tried(one: Mutation, copy: Path) -> Verdict:
    """Make the change in a copy, run its tests there, and take the change back."""
    file = copy / one.file
    before = file.read_text("utf-8") if file.is_file() else ""
    if before.count(one.old) != 1:
        return "GONE"
    file.write_text(before.replace(one.old, one.new), "utf-8")
    try:
        return _VERDICTS.get(exit_code(copy, one.tests), "BROKEN")
    finally:
        file.write_text(before, "utf-8")


def in_copies(work: Callable[[T, Path], R], given: Sequence[T], jobs: int, folder: Path) -> Iterator[R]:
    """Work on each in a copy of the files that nothing else uses meanwhile; the results in order."""
    copies: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for number in range(jobs):
        copies.put(copied(folder / str(number)))

    def take(one: T) -> R:
        copy = copies.get()
        try:
            return work(one, copy)
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(take, given)


def import_libraries() -> None:
    """Import once what every run of the tests needs: a fork is then ready at once."""
    for name in LIBRARIES:
        importlib.import_module(name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="WORD", help="those with this word in their file or text")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="how many at once (2)")
    parser.add_argument("--list", action="store_true", help="show them and run nothing")
    asked = parser.parse_args()
    chosen = [one for one in read(LIST.read_text("utf-8")) if asked.only in str(one)]
    if asked.list:
        print(*chosen, sep="\n")  # noqa: T201  a tool speaks to its user
        return 0
    counts: dict[Verdict, int] = {"killed": 0, "SURVIVED": 0, "GONE": 0, "BROKEN": 0}
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # as in the tests; it is read when the library is imported
    import_libraries()
    with tempfile.TemporaryDirectory(prefix="ocopbot-mutants-") as folder:
        failing: set[str] = set()
        groups = sorted({one.tests for one in chosen})
        for tests, code in zip(groups, in_copies(unchanged, groups, asked.jobs, Path(folder)), strict=True):
            if code != 0:
                print(f"These tests fail without any change: {tests}")  # noqa: T201
                failing.add(tests)
        chosen = [one for one in chosen if one.tests not in failing]
        counts["BROKEN"] = len(failing)
        for one, verdict in zip(chosen, in_copies(tried, chosen, asked.jobs, Path(folder)), strict=True):
            counts[verdict] += 1
            print(f"{verdict:8}  {one}", flush=True)  # noqa: T201
    ran = counts["killed"] + counts["SURVIVED"]
    print(f"{counts['killed']} of {ran} killed; {counts['GONE']} no longer apply, {counts['BROKEN']} did not run")  # noqa: T201
    whole = ran > 0 and counts["killed"] >= LEAST_KILLED * ran and not counts["GONE"] and not counts["BROKEN"]
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
