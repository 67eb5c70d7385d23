"""
A database that is gone or silent for a while: people are informed, nothing is lost or sent twice, work resumes by itself.
"""

import pytest

from tests.hard.database_away import broken, run_outage

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("database_gone")]


@pytest.mark.parametrize("frozen", [False, True], ids=["gone", "silent"])
async def test_who_writes_while_the_database_is_away_is_told_and_nothing_is_lost_or_doubled(
    tmp_path, postgres_server, frozen
):
    with postgres_server.database(empty=True) as database:
        report = await run_outage(tmp_path, database, frozen=frozen)

    assert broken(report) == []
    assert any("chưa lưu được" in text for texts in report.told.values() for text in texts)
