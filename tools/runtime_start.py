"""
Start the program once from an environment with the run-time lock alone, on SQLite and on PostgreSQL.

The tests run in an environment with the development packages, so a package missing from `requirements.lock` is not
noticed there.  The PostgreSQL server comes from the environment of this tool; the program does not.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TOOLS = {"ocopbot", "pip", "setuptools", "wheel"}
"""Packages of an environment that no lock names: the program itself, and the installer's."""
READY_WITHIN = 120
STOPS_WITHIN = 60


def main() -> None:
    environment = Path(sys.argv[1]).absolute()
    faults = foreign(environment)
    if faults:
        sys.exit(
            f"{environment} has packages that no run-time lock names: {', '.join(sorted(faults))}. Run: make clean"
        )
    with tempfile.TemporaryDirectory(prefix="ocopbot-runtime-") as folder:
        tried(environment, Path(folder) / "sqlite", "")
        with postgres() as url:
            tried(environment, Path(folder) / "postgresql", url)


def foreign(environment: Path) -> set[str]:
    """Return the installed packages that are in no run-time lock."""
    listed = subprocess.run(  # noqa: S603  our own environment
        [environment / "bin/python", "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    locks = (ROOT / name for name in ("requirements.lock", "requirements-build.lock"))
    named = {
        name
        for lock in locks
        for name in re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock.read_text("utf-8"), re.MULTILINE)
    }
    installed = {re.sub(r"[-_.]+", "-", one["name"]).lower() for one in json.loads(listed.stdout)}
    return installed - {re.sub(r"[-_.]+", "-", name) for name in named} - TOOLS


def tried(environment: Path, data: Path, url: str) -> None:
    """Start the program, wait until it is ready, try the commands an operator needs first, and stop it."""
    port = free_port()
    given = {
        name: value for name, value in os.environ.items() if not name.startswith(("OCOPBOT_", "PYTHON", "VIRTUAL"))
    }
    given |= {"OCOPBOT_DATA_DIR": str(data), "OCOPBOT_SERVER__PORT": str(port)}
    if url:
        given["OCOPBOT_DATABASE__URL"] = url
    program = str(environment / "bin/ocopbot")
    data.parent.mkdir(parents=True, exist_ok=True)
    log = data.with_suffix(".log")
    with log.open("wb") as output:
        running = subprocess.Popen([program, "run"], cwd=data.parent, env=given, stdout=output, stderr=output)  # noqa: S603
    try:
        wait_until_ready(running, port, log)
        for command in (["check"], ["invite", "--role", "admin"], *([] if url else [["backup"], ["backup", "drill"]])):
            done = subprocess.run(  # noqa: S603  our own program
                [program, *command], check=False, cwd=data.parent, env=given, capture_output=True, text=True
            )
            if done.returncode:
                sys.exit(f"ocopbot {' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        running.send_signal(signal.SIGTERM)
        code = running.wait(STOPS_WITHIN)
    finally:
        if running.poll() is None:
            running.kill()
            running.wait()
    if code:
        sys.exit(f"The program ended with {code}:\n{log.read_text('utf-8')[-3000:]}")
    print(f"started and stopped on {'PostgreSQL' if url else 'SQLite'}, from {environment.name} alone")  # noqa: T201


def wait_until_ready(running: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until and running.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"The program was not ready within {READY_WITHIN} s:\n{log.read_text('utf-8')[-3000:]}")


@contextmanager
def postgres() -> Iterator[str]:
    """An empty database on the server the tests use."""
    from tests.postgres import running_server

    with running_server() as server, server.database(empty=True) as url:
        yield url


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    main()
