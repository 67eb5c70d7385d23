"""A window has a place for replies, one for each account, and as many as the rate needs at the measured round trip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from content.message import Message
from registry.deliveries.deliveries import Pending
from scheduler.pump.window import FOR_REPLIES, LEAST, MOST, Window
from tests.scheduler.platform import CHANNEL
from tests.scheduler.virtual import START


def pending(account: str, kind: str = "broadcast") -> Pending:
    return Pending(account, account, CHANNEL, account, account, kind, Message("tin"), 1, START, None)


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


@pytest.mark.parametrize(
    ("round_trip", "places"), [(0.0, 8), (0.15, 8), (0.285, 8), (0.3, 9), (0.5, 14), (1.0, 28), (2.0, 32), (35.0, 32)]
)
def test_the_places_follow_the_rate_and_the_round_trip(round_trip: float, places: int):
    window = Window()
    window.measured(round_trip, 28.0)

    assert window.places == places
    assert window.room(probing=False) == (places, places - places // 8)


def test_a_platform_that_is_fast_again_has_fewer_messages_in_flight():
    window = Window()
    seen = []
    for seconds in [2.0] * 5 + [0.15] * 20:
        window.measured(seconds, 28.0)
        seen.append(window.places)

    assert (seen[4], seen[-1]) == (MOST, LEAST)
    assert seen[4:] == sorted(seen[4:], reverse=True)


def test_one_slow_answer_moves_the_places_by_its_share():
    window = Window()
    for _ in range(20):
        window.measured(0.15, 28.0)
    window.measured(2.0, 28.0)

    assert LEAST < window.places < MOST


def test_a_window_that_shrinks_takes_in_nothing_until_enough_is_recorded():
    window = Window()
    window.measured(2.0, 28.0)
    taken = [pending(str(number)) for number in range(20)]
    for one in taken:
        window.take_in(one)
    for _ in range(30):
        window.measured(0.1, 28.0)

    assert window.room(probing=False) == (0, 0)
    for one in taken[:13]:
        window.recorded(one)
    assert window.room(probing=False) == (1, 0)


@given(st.lists(st.floats(0, 60), min_size=1), st.floats(0.01, 5000))
def test_no_round_trip_and_no_rate_leaves_the_bounds(seconds: list[float], rate: float):
    window = Window()
    for one in seconds:
        window.measured(one, rate)
        assert LEAST <= window.places <= MOST


class WindowModel(RuleBasedStateMachine):
    """Claims, outcomes and measures in any order: never more in flight than the places were when they were claimed."""

    def __init__(self) -> None:
        super().__init__()
        self.window = Window()
        self.claimed: list[Pending] = []
        self.next = 0
        self.allowed = LEAST

    @rule(seconds=st.sampled_from([0.05, 0.15, 0.6, 2.0, 35.0]))
    def measure(self, seconds: float) -> None:
        self.window.measured(seconds, 28.0)

    @precondition(lambda self: self.window.room(probing=False)[0] > 0)
    @rule(reply=st.booleans())
    def claim(self, reply: bool) -> None:
        _room, bulk = self.window.room(probing=False)
        if not reply and not bulk:
            return
        one = pending(str(self.next), "reply" if reply else "broadcast")
        self.next += 1
        assert self.window.take_in(one)
        self.claimed.append(one)
        self.allowed = max(self.window.places, self.allowed)
        assert len(self.claimed) <= self.window.places

    @precondition(lambda self: self.claimed)
    @rule(which=st.integers(0, 40))
    def record(self, which: int) -> None:
        self.window.recorded(self.claimed.pop(which % len(self.claimed)))

    @invariant()
    def a_reply_has_a_place_broadcasts_cannot_take(self) -> None:
        if not any(one.kind == "reply" for one in self.claimed) and self.window.places >= len(self.claimed) + 1:
            assert self.window.room(probing=False)[0] >= 1

    @invariant()
    def no_more_than_the_most_are_in_flight(self) -> None:
        assert len(self.claimed) <= MOST


TestWindowModel = WindowModel.TestCase
