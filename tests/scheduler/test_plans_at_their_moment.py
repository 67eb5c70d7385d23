"""A plan at the very moment of a reminder and of the last day."""

from datetime import UTC, datetime, timedelta

from scheduler.reminders import CLOSED, LATER_ONE, Rule, plan

CLOSES = datetime(2021, 6, 11, 17, 0, tzinfo=UTC)
RULES = (Rule("1", timedelta(days=1)), Rule("3", timedelta(days=3)), Rule("7", timedelta(days=7)))


def planned(now: datetime) -> list[tuple[str, str | None]]:
    return [(one.rule, one.skipped) for one in plan(CLOSES, RULES, now)]


def test_a_reminder_whose_moment_is_now_replaces_the_earlier_ones() -> None:
    assert planned(CLOSES - timedelta(days=3)) == [("7", LATER_ONE), ("3", None), ("1", None)]
    assert planned(CLOSES - timedelta(days=1)) == [("7", LATER_ONE), ("3", LATER_ONE), ("1", None)]


def test_a_moment_before_it_the_earlier_one_is_still_sent() -> None:
    assert planned(CLOSES - timedelta(days=3, seconds=1)) == [("7", None), ("3", None), ("1", None)]


def test_nothing_is_sent_at_the_moment_it_closes() -> None:
    assert planned(CLOSES) == [("7", CLOSED), ("3", CLOSED), ("1", CLOSED)]
    assert planned(CLOSES - timedelta(seconds=1)) == [("7", LATER_ONE), ("3", LATER_ONE), ("1", None)]
