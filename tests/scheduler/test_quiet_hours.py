"""When something unasked may be said: after every pause, by day, before the deadline, each person at their minute."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from registry.deadlines.pauses import PAUSED, PLACE_PAUSED, Pause
from registry.people.people import Person, person
from scheduler.quiet_hours import MORNING, SPREAD_MINUTES, allowed, hour_of, spread, unwanted
from tests.scheduler.virtual import START

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(hour, minute=0, day=1):
    return datetime(2021, 6, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def told(village) -> Person:
    return village.store.read_now(person, village.person())


def others(told):
    """People with every minute of the spread."""
    found = {spread(name): replace(told, id=name) for name in map(str, range(2_000))}
    assert found.keys() == {timedelta(minutes=n) for n in range(SPREAD_MINUTES)}
    return list(found.values())


def test_by_day_it_is_said_at_once(pack, told):
    assert allowed(pack, told, now=at(9)).at == at(9)


def test_the_spread_of_minutes_stays_out_of_the_night(pack, told):
    for one in others(replace(told, paused_until=at(20, 50))):
        moment = allowed(pack, one, now=at(9))
        assert at(20, 50) <= moment.at < at(21), one.id


def test_what_waited_for_the_morning_leaves_over_twenty_minutes(pack, told):
    moments = {allowed(pack, one, now=at(22)).at for one in others(told)}

    begin = min(moments)
    assert begin.astimezone(ZONE).time() >= time(7)
    assert moments == {begin + timedelta(minutes=n) for n in range(SPREAD_MINUTES)}


def test_the_spread_of_minutes_does_not_reach_the_deadline(pack, told):
    closes = at(12)
    for one in others(replace(told, paused_until=closes - timedelta(minutes=5))):
        moment = allowed(pack, one, now=at(9), closes_at=closes)
        assert moment.at is not None
        assert moment.at < closes, one.id


def test_a_deadline_within_the_pause_is_not_spoken_of_and_the_reason_is_the_pause(pack, told):
    paused = replace(told, paused_until=at(12))

    assert allowed(pack, paused, now=at(9), closes_at=at(12)).at is None
    assert allowed(pack, paused, now=at(9), closes_at=at(12)).reason == PAUSED
    assert allowed(pack, paused, now=at(9), closes_at=at(12, 30)).at is not None


@pytest.mark.parametrize(("own", "of_place", "last", "why"), [(3, 5, 5, PLACE_PAUSED), (5, 3, 5, PAUSED)])
def test_of_the_pause_of_a_person_and_that_of_their_place_the_later_counts(pack, told, own, of_place, last, why):
    paused = replace(told, paused_until=at(9, day=own))
    held = [Pause("1", "19213", "office", at(9, day=of_place))]

    moment = allowed(pack, paused, now=at(9), held=held, place="19213")

    assert at(9, day=last) <= moment.at < at(9, day=last + 1)
    assert moment.reason == why


@pytest.mark.parametrize(("chosen", "hour"), [(None, MORNING), (0, 0), (19, 19)])
def test_the_hour_is_the_one_chosen_or_the_morning(told, chosen, hour):
    assert hour_of(replace(told, remind_hour=chosen)) == hour
    assert hour_of(None) == MORNING


def test_why_somebody_is_not_told_anything_unasked(village, told):
    reasons = {
        "person erased": None,
        "reminders are off": replace(told, reminders=False),
        "stopped": replace(told, reminders=True, stopped_at=START),
        None: replace(told, reminders=True, stopped_at=None),
        "no open account": replace(told, id="nobody", reminders=True, stopped_at=None),
    }
    for why, one in reasons.items():
        assert village.store.read_now(unwanted, one) == why
    off = replace(told, reminders=False, stopped_at=None)
    assert village.store.read_now(lambda db: unwanted(db, off, reminders=False)) is None
