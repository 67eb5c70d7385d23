"""
A database that is gone for a while: people are informed, no message is lost or sent twice, and work resumes by itself.
"""

import pytest

from tests.hard.database_away import broken, run_outage

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("database_gone")]


async def test_who_writes_while_the_database_is_away_is_told_and_nothing_is_lost_or_doubled(tmp_path, postgres_server):
    with postgres_server.database(empty=True) as database:
        report = await run_outage(tmp_path, database)

    assert broken(report) == []
    assert any("chưa lưu được" in text for texts in report.told.values() for text in texts)
