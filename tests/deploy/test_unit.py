"""The unit of systemd: known to systemd, hardened, and with room for the connections the program accepts."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bot.web.door import KEPT_BACK, MOST_TOGETHER

UNIT = Path(__file__).parents[2] / "deploy" / "ocopbot.service"
MOST_EXPOSED = 20
"""Of systemd's hundred; an unhardened service has 96."""


def values(key: str) -> list[str]:
    return [line.partition("=")[2] for line in UNIT.read_text("utf-8").splitlines() if line.startswith(f"{key}=")]


def test_the_unit_has_open_files_for_every_connection() -> None:
    (limit,) = values("LimitNOFILE")
    assert int(limit) >= MOST_TOGETHER + KEPT_BACK


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_the_unit_hardened() -> None:
    asked = ["systemd-analyze", "security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}", str(UNIT)]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]
