"""
A long list of an office, taken in by the command while another process writes.

The other process stands for the running program: it asks for the writer's lock every `EVERY` seconds, as a turn does.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter
from sqlalchemy import func, select

from bot.commands.lists.sheets import sheets
from bot.settings import database
from bot.settings.settings import Settings
from registry.store.installation import set_fact
from registry.store.rows import applications, entities

EVERY = 0.05
PER_MAKER = 4
"""Products of one entity."""
WAITS = 5.0
"""Seconds after which the bot tells a person that nothing was saved."""
MOST_MEMORY = 300
"""Megabytes of the command, at its peak."""
_COMMAND = (
    "import resource, sys; from bot.cli import main\n"
    "try: main(sys.argv[1:])\n"
    "finally: print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
)


@dataclass
class Report:
    """The result: rows in the database, and the waits of the other process in seconds."""

    rows: int
    taken: int
    seconds: float
    memory: int
    waits: list[float] = field(default_factory=list, repr=False)

    def share(self, part: float) -> float:
        return sorted(self.waits)[int(len(self.waits) * part)]

    @property
    def kept(self) -> bool:
        return self.rows == self.taken and max(self.waits) < WAITS and self.memory <= MOST_MEMORY

    def __str__(self) -> str:
        return (
            f"{self.taken} of {self.rows} rows in {self.seconds:.0f} s, {self.memory} MB; {len(self.waits)} writes of "
            f"another process meanwhile: p50 {self.share(0.5) * 1000:.0f} ms, p95 {self.share(0.95) * 1000:.0f} ms, "
            f"longest {max(self.waits) * 1000:.0f} ms"
        )


def write_list(path: Path, rows: int) -> Path:
    """Write a workbook whose entities and products are `rows` together."""
    makers = rows // (PER_MAKER + 1)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        pages = {key: book.add_worksheet(sheet.name) for key, sheet in sheets().items()}
        for key, sheet in sheets().items():
            pages[key].write_row(0, 0, [column.name for column in sheet.columns.values()])
        for at in range(1, makers + 1):
            maker = f"CT-{at}"
            pages["entities"].write_row(at, 0, [maker, f"HTX Mẫu {at}", "Hợp tác xã", "19225", "", f"Người Mẫu {at}"])
        for at in range(1, rows - makers + 1):
            number = f"SP-{at}"
            pages["products"].write_row(at, 0, [number, f"CT-{at % makers + 1}", f"Khoai deo {at}", "Thực phẩm"])
            pages["certificates"].write_row(at, 0, [number, f"{at}/QĐ-UBND", "3", "15/12/2025"])
    return path


def run_import(folder: Path, *, rows: int, say: Callable[[str], None]) -> Report:
    """Import a list of `rows` into a new SQLite installation, and write to it meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(data_dir=folder / "var")
    database.bring_up(settings)
    file = write_list(folder / "list.xlsx", rows)
    began = time.monotonic()
    command = subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "import", str(file), "--apply"],
        env=_variables(settings.data_dir), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    report = Report(rows, 0, 0.0, 0)
    with database.opened(settings) as store:
        while command.poll() is None:
            asked = time.monotonic()
            store.write_now(set_fact, key="soak", value="written")
            report.waits.append(time.monotonic() - asked)
            time.sleep(EVERY)
        report.seconds = time.monotonic() - began
        said = command.stdout.read() if command.stdout else ""
        say("\n".join(f"        {line}" for line in said.splitlines()[-12:]))
        report.memory = int(found[1]) if (found := re.search(r"^peak (\d+)$", said, re.MULTILINE)) else 0
        report.taken = store.read_now(
            lambda db: sum(
                db.execute(select(func.count()).select_from(table)).scalar_one() for table in (entities, applications)
            )
        )
    return report


def _variables(folder: Path) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OCOPBOT_")}
    ours = {"DATA_DIR": str(folder), "PACK": "quang-tri-2026", "CLOCK__START": "2026-12-01"}
    return kept | {f"OCOPBOT_{name}": value for name, value in ours.items()} | {"PYTHONPATH": str(_HOUSE)}


_HOUSE = Path(__file__).resolve().parents[2]
