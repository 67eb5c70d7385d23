"""A year of a Zalo account on a moved clock: never over a window, a quota or a budget, and the reserve is kept."""

from datetime import date

import pytest

from tests.hard.zalo_bill import RESERVE, TEMPLATE, YEARLY
from tests.hard.zalo_year import FIRST, run_year

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("zalo_year")]

PARTS = ((FIRST, date(2026, 1, 27)), (date(2026, 9, 17), date(2026, 9, 26)), (date(2026, 10, 12), date(2026, 10, 22)))
"""The weeks in which announcements use up what they may, and the deadlines of autumn; all of it is in `make soak`."""


async def test_a_year_of_followers_costs_what_it_may_and_refuses_nobody(tmp_path, record_property):
    report = await run_year(tmp_path, followers=60, seed=20261124, parts=PARTS)
    record_property("year", "; ".join(report.lines()))

    assert report.broken() == []
    assert report.followers == 60
    # not an idle year: every way was taken, and both budgets were reached
    assert {"free", "paid", "template", "telegram", "held"} <= report.ways["broadcast"].keys()
    assert report.ways["reminder"]["template"] > 0
    assert report.ways["reply"]["free"] > 50
    assert max(report.ordinary_dong.values()) > YEARLY - RESERVE - TEMPLATE
    assert max(report.dong_by_person.values()) > YEARLY - RESERVE
