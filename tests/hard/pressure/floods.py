"""One account, one address, or thousands of idle sockets press; everybody else asks as before."""

import re
import resource
from collections import Counter
from pathlib import Path

from platforms.telegram.server import TelegramServer
from tests.hard.machine import ROOT, SECRET, Machine
from tests.hard.pressure.asking import compared, on_telegram, visitors
from tests.hard.pressure.pressing import FLOODER, pressing
from tests.hard.pressure.report import Line, of_the_log

LIMIT = 20
"""Messages a minute, as the program has it unless told otherwise."""
TELEGRAM, WEB = 24, 12
"""People who ask meanwhile."""
LATENCY = 0.05
USUAL_FILES = 1024
"""Open files that a service gets where its unit says nothing."""
KINDS = {
    "account": "one account floods",
    "web": "one address floods the web chat",
    "idle": "one address holds idle sockets",
}


async def run_floods(folder: Path, kinds: tuple[str, ...], *, rounds: int, seconds: float) -> list[Line]:
    """Press in each of these ways, one after another, on one running program."""
    async with (
        TelegramServer(rate_per_second=None, per_chat=None, latency=LATENCY, retry_pace=0.05) as platform,
        Machine(folder, platform, messages_per_minute=LIMIT, open_files=files_of_the_unit()) as machine,
    ):
        platform.person(FLOODER, "Lũ", started=True)
        platform.deliver_to(machine.webhook, SECRET)
        await machine.start()
        lines = []
        async with visitors(machine.address, WEB) as web:
            people = [*on_telegram(platform, TELEGRAM), *(visitor.ask for visitor in web)]
            for kind in kinds:
                got: Counter[str] = Counter()
                waits = await compared(
                    people, lambda kind=kind, got=got: pressing(kind, machine.address, got), rounds=rounds,
                    seconds=seconds,
                )  # fmt: skip
                met = ", ".join(f"{what} {count:,}" for what, count in sorted(got.items()))
                lines.append(Line(KINDS[kind], waits.kept, f"{waits}; the attacker: {met}"))
        lines += of_the_log("floods", machine.faults())
        return lines


def files_of_the_unit() -> int:
    """The open files that the unit in deploy/ gives the program, or as many as this machine allows."""
    unit = (ROOT / "deploy" / "ocopbot.service").read_text("utf-8")
    found = re.search(r"^LimitNOFILE=(\d+)", unit, re.MULTILINE)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(int(found[1]) if found else USUAL_FILES, most)
