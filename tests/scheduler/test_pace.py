import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.pump.pace import CHATS_REMEMBERED, LATEST, SHARE, ChatPace, Pace


@given(late=st.lists(st.floats(0, 0.03), min_size=200, max_size=200))
def test_small_delays_do_not_add_up(late):
    pace = Pace(28)
    now, first = 0.0, None
    for delay in late:
        now = max(now, pace.next_at) + delay
        first = now if first is None else first
        pace.take(now)

    assert now - first <= 199 / (28 * 0.99) + 0.04


@given(pauses=st.lists(st.floats(0, 3), min_size=50, max_size=50))
def test_no_second_holds_more_than_the_platform_allows(pauses):
    pace = Pace(28)
    now, left = 0.0, []
    for pause in pauses:
        now = max(now, pace.next_at) + pause
        pace.take(now)
        left.append(now)

    assert max(sum(at <= other < at + 1 for other in left) for at in left) <= 30


def test_a_pause_saves_up_nothing():
    pace = Pace(28)
    pace.take(0.0)
    pace.take(100.0)

    assert pace.next_at == pytest.approx(100 + 1 / (28 * 0.99))


def test_a_refusal_slows_down_and_many_messages_taken_make_up_for_it():
    pace = Pace(28)
    pace.refused()
    slower = pace.factor
    for _ in range(200):
        pace.accepted()

    assert (slower, pace.factor) == (0.95, 1.0)


def test_refusals_never_stop_a_channel():
    pace = Pace(28)
    for _ in range(100):
        pace.refused()

    assert pace.factor == 0.5


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(ValueError, match="never sends"):
        Pace(0)


def test_a_chat_rests_after_three_in_a_row_for_a_second():
    chats = ChatPace()
    resting = []
    for _ in range(3):
        resting.append("7" in chats.resting(0.0))
        chats.take("7", 0.0)

    assert resting == [False, False, False]
    assert chats.resting(0.0) == {"7": pytest.approx(1.0)}
    assert chats.resting(1.0) == {}


def test_a_chat_that_is_rested_is_forgotten():
    chats = ChatPace()
    chats.take("7", 0.0)
    chats.take("8", 60.0)

    assert list(chats._full_at) == ["8"]


def test_a_quick_exchange_runs_up_no_debt():
    chats = ChatPace()
    for _ in range(20):
        chats.take("7", 0.0)

    assert chats.resting(0.0) == {"7": pytest.approx(1.0)}
    assert chats.resting(1.0) == {}


def test_only_as_many_chats_are_remembered_and_the_oldest_goes_first():
    chats = ChatPace()
    for number in range(CHATS_REMEMBERED + 2):
        chats.take(str(number), 0.0)

    assert (len(chats._full_at), next(iter(chats._full_at))) == (CHATS_REMEMBERED, "2")


def test_a_slot_a_little_late_is_made_up_for_and_one_later_is_not():
    for late, expected in ((LATEST, 1 / (28 * SHARE)), (LATEST + 0.001, LATEST + 0.001 + 1 / (28 * SHARE))):
        pace = Pace(28)
        pace.take(0.0)
        due = pace.next_at
        pace.take(due + late)
        assert pace.next_at - due == pytest.approx(expected)


def test_a_refusal_counts_the_hundred_from_the_beginning():
    pace = Pace(28)
    for _ in range(99):
        pace.accepted()
    pace.refused()
    pace.accepted()
    assert pace.factor == 0.95
    for _ in range(99):
        pace.accepted()
    assert pace.factor == pytest.approx(0.95 * 1.05)
