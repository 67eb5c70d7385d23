"""While a platform fails one message at a time is sent, a reply keeps its place, and a long pause is shown."""

from datetime import timedelta

import pytest

from content.message import Message
from registry.deliveries.deliveries import Pending
from registry.deliveries.outcomes import Doubtful, TryAgain
from scheduler.trouble import IN_TROUBLE, PROBE, SHOWN_FROM, Trouble
from scheduler.window import FOR_REPLIES, Window
from tests.scheduler.platform import CHANNEL
from tests.scheduler.virtual import START


def pending(account: str, kind: str = "broadcast") -> Pending:
    return Pending(account, account, CHANNEL, account, account, kind, Message("tin"), 1, START, None)


def again(seconds: float) -> TryAgain:
    return TryAgain(timedelta(seconds=seconds), "flood")


def test_one_place_of_the_window_is_for_replies():
    window = Window(3)
    assert window.room(probing=False) == (3, 3 - FOR_REPLIES)
    window.take_in(pending("1"))
    assert window.room(probing=False) == (2, 1)
    window.take_in(pending("2"))
    assert window.room(probing=False) == (1, 0)
    window.take_in(pending("3", "reply"))
    assert window.room(probing=False) == (0, 0)


def test_a_reply_takes_no_place_of_broadcasts_while_there_are_others():
    window = Window(3)
    window.take_in(pending("1", "reply"))

    assert window.room(probing=False) == (2, 2)


def test_while_a_platform_is_probed_a_second_message_waits_for_the_first():
    window = Window(3)
    assert window.room(probing=True) == (1, 1)
    first = pending("1")
    window.take_in(first)
    assert window.room(probing=True) == (0, 0)
    assert window.room(probing=True, without={"1"}) == (1, 1), "its outcome is known"
    with window.asking(1):
        assert window.room(probing=True, without={"1"}) == (0, 0)
    window.recorded(first)
    assert window.room(probing=True) == (1, 1)


def test_a_second_message_of_an_account_has_no_place():
    window = Window(3)

    assert [window.take_in(pending("1")), window.take_in(pending("1")), window.keep("1")] == [True, False, False]


@pytest.mark.parametrize(("seconds", "shown"), [(SHOWN_FROM - 1, False), (SHOWN_FROM, True), (SHOWN_FROM + 1, True)])
def test_a_pause_is_shown_from_a_minute_on(seconds: float, shown: bool):
    trouble = Trouble(CHANNEL)

    assert trouble.failed(again(seconds), START) == seconds
    assert trouble.pause == (("flood", START + timedelta(seconds=seconds)) if shown else None)


@pytest.mark.parametrize(("asks", "waits"), [(1, PROBE), (PROBE, PROBE), (30, 30)])
def test_from_the_third_failure_on_it_waits_at_least_the_seconds_of_a_probe(asks: float, waits: float):
    trouble = Trouble(CHANNEL)
    assert [trouble.failed(again(asks), START) for _ in range(IN_TROUBLE - 1)] == [asks] * (IN_TROUBLE - 1)
    assert not trouble.probing

    assert trouble.failed(again(asks), START) == waits
    assert trouble.probing
    assert trouble.pause == ("flood", START + timedelta(seconds=SHOWN_FROM))


def test_silence_asks_for_no_seconds_until_it_is_the_third():
    trouble = Trouble(CHANNEL)

    assert [trouble.failed(Doubtful("no answer"), START) for _ in range(3)] == [0.0, 0.0, PROBE]
    trouble.over()
    assert (trouble.any, trouble.pause) == (False, None)
    assert trouble.failed(Doubtful("no answer"), START) == 0.0, "counted from the start again"
