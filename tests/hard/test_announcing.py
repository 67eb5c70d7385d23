"""
An announcement to many: nobody left out, through kills, and stopped half-way.

The rate and the waits are measured by `make bench` and `make soak`; the pace is tested in tests/scheduler.
"""

from pathlib import Path

import pytest

from scheduler.pump.window import MOST
from tests.hard.announcing import run_announcement
from tests.hard.kills import too_many


@pytest.mark.xdist_group("announcing")
async def test_everyone_is_told_once_and_questions_are_answered_meanwhile(tmp_path: Path) -> None:
    report = await run_announcement(tmp_path, crowd=400, ask=True)

    assert report.untold == 0
    assert sum(report.repeats_after_kill) == 0
    assert report.answered > 1, str(report)
    assert report.faults == ()
    assert report.platform_faults == ()


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("crashes")
async def test_ten_kills_leave_nobody_out_and_repeat_no_more_than_was_in_flight(tmp_path: Path) -> None:
    report = await run_announcement(tmp_path, crowd=400, kills=10, seed=20261124)

    assert report.kills == 10
    assert report.untold == 0
    assert too_many(report.repeats_after_kill, report.in_flight) == (), str(report)
    assert report.faults == ()
    assert report.platform_faults == ()


@pytest.mark.xdist_group("announcing")
async def test_after_a_cancel_no_more_than_the_window_goes_out(tmp_path: Path) -> None:
    report = await run_announcement(tmp_path, crowd=400, cancel_after=60)

    assert report.after_cancel <= MOST, str(report)
    assert report.untold > 0, str(report)
    assert report.faults == ()
