"""A machine with the bot on it: the program as an operator starts it, in a separate process that can be killed."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

import aiohttp

from platforms.telegram.server import TOKEN, TelegramServer
from registry.store.sealing import Vault
from registry.store.store import Store

ROOT = Path(__file__).resolve().parents[2]
PACK = "quang-binh-2021"
START = "2021-06-01"
SECRET = "A-secret_of-the-local-webhook"
WEBHOOK = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
READY_WITHIN = 300.0


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Machine:
    """
    One installation: its folder stays, its process comes and goes.

    The port stays the same over all restarts, as a webhook's address does.
    """

    def __init__(
        self,
        folder: Path,
        platform: TelegramServer | None,
        *,
        mode: Literal["webhook", "polling"] = "webhook",
        rate: float = 1000.0,
        messages_per_minute: int = 60_000,
        disk_megabytes: int = 0,
        database: str = "",
        open_files: int = 0,
        more: Mapping[str, str] | None = None,
    ) -> None:
        """
        `disk_megabytes` puts the data on a separate disk of that size (Linux, see `small_disks`).

        `database` is the address of another database than the SQLite file in the folder.
        `open_files` is the most files and sockets of the process, and `more` are further settings, by variable.
        """
        self.folder = folder
        self.log = folder / "bot.log"
        self.port = free_port()
        self.mode = mode
        self.starts: list[float] = []
        self.disk_megabytes = disk_megabytes
        self.open_files = open_files
        self.database = database
        self.only = "all"
        self.process: asyncio.subprocess.Process | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("OCOPBOT_")} | {
            "OCOPBOT_PACK": PACK,
            "OCOPBOT_DATA_DIR": str(folder / "data"),
            "OCOPBOT_CLOCK__START": START,
            "OCOPBOT_SERVER__PORT": str(self.port),
            "OCOPBOT_LIMITS__MESSAGES_PER_MINUTE": str(messages_per_minute),
            "OCOPBOT_LOG__LEVEL": "INFO",
        }
        if database:
            self._environment["OCOPBOT_DATABASE__URL"] = database
        if platform is not None:
            self._environment |= {
                "OCOPBOT_TELEGRAM__ENABLED": "true",
                "OCOPBOT_TELEGRAM__TOKEN": TOKEN,
                "OCOPBOT_TELEGRAM__BASE_URL": platform.base_url,
                "OCOPBOT_TELEGRAM__MODE": mode,
                "OCOPBOT_TELEGRAM__SECRET_TOKEN": SECRET,
                "OCOPBOT_TELEGRAM__RATE_PER_SECOND": str(rate),
            }
        self._environment |= more or {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def webhook(self) -> str:
        return self.address + WEBHOOK

    async def start(self, *, ready: bool = True) -> None:
        """Start the program; with `ready` come back when it answers that it takes messages."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self._limit(), *self._disk(), sys.executable, "-m", "bot.cli", "run", "--only", self.only,
                cwd=ROOT, env=self._environment | {"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log,
            )  # fmt: skip
        if ready:
            await self.ready()
            self.starts.append(time.monotonic() - began)

    def _limit(self) -> tuple[str, ...]:
        return ("prlimit", f"--nofile={self.open_files}") if self.open_files else ()

    def _disk(self) -> tuple[str, ...]:
        if not self.disk_megabytes:
            return ()
        mount = f'mount -t tmpfs -o size={self.disk_megabytes}m,mode=700 tmpfs "$0" && exec "$@"'
        (self.folder / "data").mkdir(exist_ok=True)
        return ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, str(self.folder / "data"))

    @property
    def data(self) -> Path:
        """The data folder as the process sees it."""
        folder = self.folder / "data"
        if not self.disk_megabytes:
            return folder
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/root{folder}")

    async def ready(self) -> None:
        """Wait until /readyz says yes; a program that ended instead is told with the end of its log."""
        process = self.process
        assert process is not None
        async with aiohttp.ClientSession() as session, asyncio.timeout(READY_WITHIN):
            while process.returncode is None:
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    async with session.get(self.address + "/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.02)
        raise AssertionError(f"The program ended with {process.returncode}: {self.log.read_text()[-3000:]}")

    async def kill(self) -> None:
        """SIGKILL: no word of farewell, nothing is flushed."""
        process = self.process
        assert process is not None
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()

    async def stop(self) -> int:
        """SIGTERM, as a system does; answers how the program ended."""
        process, self.process = self.process, None
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(60):
                return await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            return -signal.SIGKILL

    def resident(self) -> int:
        """Bytes of memory the process holds (Linux)."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        raise AssertionError("The system does not tell the memory of a process.")

    def cpu(self) -> float:
        """Seconds of processor the process has used (Linux)."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def faults(self) -> list[str]:
        """Lines of the log about unexpected faults."""
        if not self.log.exists():
            return []
        return [line for line in self.log.read_text("utf-8", "replace").splitlines() if is_fault(line)]

    def store(self) -> Store:
        """
        The database after the program has ended; of a small disk, which ends with it, a copy of this moment.

        SQLite itself would follow the link into the wrong file system.
        """
        data = self.data
        if self.disk_megabytes:
            data = self.folder / "copy"
            shutil.rmtree(data, ignore_errors=True)
            data.mkdir(mode=0o700)
            for name in ("secret.key", "ocopbot.db-wal", "ocopbot.db"):
                shutil.copy(self.data / name, data / name)
        return Store(self.database or f"sqlite:///{data / 'ocopbot.db'}", vault_at(data), data)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def small_disks() -> bool:
    """True when this system lets an ordinary user make a small disk (Linux with user namespaces)."""
    try:
        tried = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"],
            capture_output=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def vault_at(data: Path) -> Vault:
    """The seals of an installation."""
    from bot.serving.configuration import Settings
    from bot.settings.key import vault_for

    return vault_for(Settings(pack=PACK, data_dir=data))


def is_fault(line: str) -> bool:
    """Whether a line of the log is an error, a traceback, or no log line at all."""
    if not line.strip():
        return False
    try:
        told = json.loads(line)
    except ValueError:
        return True
    return told.get("level") in {"error", "critical"} or "exception" in told
