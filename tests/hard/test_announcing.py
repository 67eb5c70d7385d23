"""An announcement to a thousand people at the platform's own limit, through kills, and stopped half-way."""

from pathlib import Path

import pytest

from tests.hard.announcing import ALLOWED, WINDOW, run_announcement


@pytest.mark.xdist_group("announcing")
async def test_a_thousand_are_told_at_the_rate_that_is_allowed_and_who_writes_is_answered(tmp_path: Path) -> None:
    report = await run_announcement(tmp_path, crowd=1_000, ask=True)

    assert report.untold == 0
    assert sum(report.repeats_after_kill) == 0
    assert report.refused == 0
    assert report.rate >= 0.95 * ALLOWED, str(report)
    assert report.p95 <= 1.5, str(report)
    assert report.faults == ()
    assert report.platform_faults == ()


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("crashes")
async def test_ten_kills_leave_nobody_out_and_repeat_no_more_than_the_window(tmp_path: Path) -> None:
    report = await run_announcement(tmp_path, crowd=400, kills=10, seed=20261124)

    assert report.kills == 10
    assert report.untold == 0
    assert max(report.repeats_after_kill) <= WINDOW, str(report)
    assert report.faults == ()
    assert report.platform_faults == ()


@pytest.mark.xdist_group("announcing")
async def test_after_a_cancel_no_more_than_the_window_goes_out(tmp_path: Path) -> None:
    report = await run_announcement(tmp_path, crowd=400, cancel_after=60)

    assert report.after_cancel <= WINDOW, str(report)
    assert report.untold > 400 - 60 - 60, str(report)
    assert report.faults == ()
