"""A failure is one account's until it is proved to be the platform's; then one message at a time, for a bounded time."""

from datetime import timedelta

import pytest

from registry.deliveries.outcomes import Cause, Doubtful, TryAgain, Whom
from scheduler.pump.trouble import IN_TROUBLE, LONGEST, PROBE, SAME, SHOWN_FROM, Pause, Trouble
from tests.scheduler.platform import CHANNEL
from tests.scheduler.virtual import START

SILENT = Doubtful("no answer")


def gone(seconds: float) -> TryAgain:
    """Out of reach for everybody."""
    return TryAgain(timedelta(seconds=seconds), "flood")


def limited(seconds: float) -> TryAgain:
    """A 429, which does not say whom it means."""
    return TryAgain(timedelta(seconds=seconds), "flood", whom=Whom.UNSAID, cause=Cause.LIMIT)


def failed(trouble: Trouble, outcome: TryAgain | Doubtful, account: str = "1", *, time: float = 0.0, **more) -> float:
    return trouble.failed(account, outcome, now=START + timedelta(seconds=time), time=time, **more)


@pytest.mark.parametrize(("seconds", "shown"), [(SHOWN_FROM - 1, False), (SHOWN_FROM, True), (SHOWN_FROM + 1, True)])
def test_a_pause_is_shown_from_a_minute_on(seconds: float, shown: bool):
    trouble = Trouble(CHANNEL)

    assert failed(trouble, gone(seconds)) == seconds
    assert trouble.pause == (Pause("flood", START + timedelta(seconds=seconds), Cause.AWAY) if shown else None)


@pytest.mark.parametrize(("asks", "waits"), [(1, PROBE), (PROBE, PROBE), (30, 30)])
def test_from_the_third_failure_on_it_waits_at_least_the_seconds_of_a_probe(asks: float, waits: float):
    trouble = Trouble(CHANNEL)
    assert [failed(trouble, gone(asks)) for _ in range(IN_TROUBLE - 1)] == [asks] * (IN_TROUBLE - 1)
    assert not trouble.probing

    assert failed(trouble, gone(asks)) == waits
    assert trouble.probing
    assert trouble.pause == Pause("flood", START + timedelta(seconds=SHOWN_FROM), Cause.AWAY)


def test_the_silence_of_three_accounts_is_the_platforms():
    trouble = Trouble(CHANNEL)

    assert [failed(trouble, SILENT, account) for account in "123"] == [0.0, 0.0, PROBE]
    assert trouble.pause == Pause("no answer", START + timedelta(seconds=SHOWN_FROM), Cause.SILENCE)
    trouble.took(began=1.0)
    assert (trouble.any, trouble.suspected, trouble.pause) == (False, False, None)
    assert failed(trouble, SILENT, "4") == 0.0, "counted from the start again"


@pytest.mark.parametrize("outcome", [SILENT, limited(12)])
def test_one_account_that_fails_again_and_again_keeps_nobody_waiting(outcome):
    trouble = Trouble(CHANNEL)

    assert [failed(trouble, outcome, "1", time=float(time)) for time in range(0, 100, 5)] == [0.0] * 20
    assert (trouble.any, trouble.probing, trouble.pause) == (False, False, None)


def test_an_account_that_was_limited_rests_as_long_as_the_platform_asked():
    trouble = Trouble(CHANNEL)
    failed(trouble, limited(12), "1", time=100.0)

    assert trouble.resting(START + timedelta(seconds=111.9)) == {"1"}
    assert trouble.resting(START + timedelta(seconds=112)) == frozenset()


def test_a_second_account_within_the_same_minute_makes_it_the_limit_of_all():
    trouble = Trouble(CHANNEL)

    assert failed(trouble, limited(12), "1", time=0.0) == 0.0
    assert failed(trouble, limited(9), "2", time=1.0) == 9.0
    assert trouble.any


@pytest.mark.parametrize(("after", "pauses"), [(SAME - 1, 9.0), (SAME + 1, 0.0)])
def test_a_second_account_after_the_minute_is_one_account_again(after: float, pauses: float):
    trouble = Trouble(CHANNEL)
    failed(trouble, limited(12), "1")

    assert failed(trouble, limited(9), "2", time=after) == pauses


@pytest.mark.parametrize(("began", "pauses"), [(-1.0, 9.0), (0.5, 0.0)])
def test_what_left_after_the_refusal_and_was_taken_proves_that_it_concerned_one_account(began: float, pauses: float):
    trouble = Trouble(CHANNEL)
    failed(trouble, limited(12), "1", time=0.0)
    trouble.took(began)

    assert failed(trouble, limited(9), "2", time=1.0) == pauses


def test_two_people_who_flood_do_not_pause_the_channel():
    trouble = Trouble(CHANNEL)

    waits = [failed(trouble, limited(30), account, explained=True) for account in "1212"]

    assert waits == [0.0] * 4
    assert trouble.resting(START + timedelta(seconds=29)) == {"1", "2"}


def test_a_failure_of_one_concerns_one_however_often():
    trouble = Trouble(CHANNEL)
    one = TryAgain(timedelta(hours=1), "quota", whom=Whom.ONE)

    assert [failed(trouble, one, str(number)) for number in range(9)] == [0.0] * 9
    assert not trouble.suspected


def test_no_pause_is_longer_than_the_longest_and_then_one_message_is_tried():
    trouble = Trouble(CHANNEL)

    assert failed(trouble, gone(LONGEST + 1)) == LONGEST
    assert trouble.probing
    assert trouble.pause == Pause("flood", START + timedelta(seconds=LONGEST), Cause.AWAY)
    trouble.took(began=LONGEST + 1)
    assert not trouble.probing


def test_what_had_left_before_the_failure_does_not_end_the_pause():
    trouble = Trouble(CHANNEL)
    for _ in range(IN_TROUBLE):
        failed(trouble, gone(5), time=10.0)

    trouble.took(began=9.9)
    assert trouble.probing
    trouble.took(began=10.1)
    assert not trouble.any
