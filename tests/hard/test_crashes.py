"""kill -9 at random moments, the program restarted each time: nothing lost, nothing double, few things said twice."""

import pytest

from tests.hard.crash import Report, run_crashes

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("crashes")]


def assert_nothing_was_lost(report: Report) -> None:
    assert not report.unanswered, report
    assert not report.out_of_order, report
    assert not report.surprises, report
    assert (report.kept, report.not_done, report.still_pending) == (report.updates, 0, 0)


def assert_nothing_is_double(report: Report) -> None:
    assert report.applications == report.registered_by_people > 0
    assert (report.double_applications, report.codes_told_twice) == (0, 0)
    assert report.too_many_repeats == (), report
    assert report.repeats_after_kill[0] == 0, "something was said twice before any kill"


async def test_500_updates_by_webhook_survive_ten_kills(tmp_path, record_property):
    report = await run_crashes(tmp_path, updates=500, kills=10, seed=20261123)
    record_property("crashes", str(report))

    assert (report.updates, report.kills) == (500, 10)
    assert_nothing_was_lost(report)
    assert_nothing_is_double(report)
    assert not report.faults
    assert not report.platform_faults


async def test_150_updates_by_polling_survive_three_kills(tmp_path, record_property):
    report = await run_crashes(tmp_path, updates=150, kills=3, seed=7, mode="polling")
    record_property("crashes", str(report))

    assert_nothing_was_lost(report)
    assert_nothing_is_double(report)
    assert not report.faults
    assert not report.platform_faults


async def test_150_updates_on_postgresql_survive_three_kills(tmp_path, postgres_server, record_property):
    with postgres_server.database(empty=True) as database:
        report = await run_crashes(tmp_path, updates=150, kills=3, seed=11, database=database)
    record_property("crashes", str(report))

    assert_nothing_was_lost(report)
    assert_nothing_is_double(report)
    assert not report.faults
    assert not report.platform_faults
