"""A pack whose law has ended starts with a loud warning."""

from datetime import UTC, date, datetime

import pytest
from structlog.testing import capture_logs

from bot.serving.house import warn_of_ended_law
from content.programme.pack import load_pack


@pytest.mark.parametrize(("year", "warned"), [(2021, False), (2024, True)])
def test_the_program_warns_of_a_pack_whose_law_has_ended(year: int, warned: bool) -> None:
    pack = load_pack("quang-binh-2021", date(2021, 6, 1))

    with capture_logs() as logged:
        warn_of_ended_law(pack, datetime(year, 6, 1, tzinfo=UTC))

    assert [one["standing"] for one in logged if one["log_level"] == "warning"] == (["ended"] if warned else [])
