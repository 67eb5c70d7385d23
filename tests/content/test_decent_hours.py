from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.decent_hours import decent_before, next_decent
from content.programme.pack import load_pack
from content.programme.programme import QuietHours
from content.working_days import is_public_holiday

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def pack():
    return load_pack("quang-binh-2021", date(2021, 6, 1))


NIGHT = QuietHours(time(21), time(7))
NOON = QuietHours(time(12), time(13, 30))


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


MOMENTS = {
    "by day it stays": ("2021-06-08T09:30", None, "2021-06-08T09:30"),
    "late in the evening it waits for the morning": ("2021-06-08T22:15", None, "2021-06-09T07:00"),
    "before dawn it waits for the same morning": ("2021-06-09T03:00", None, "2021-06-09T07:00"),
    "the first quiet minute is quiet": ("2021-06-08T21:00", None, "2021-06-09T07:00"),
    "the last quiet minute is over": ("2021-06-08T07:00", None, "2021-06-08T07:00"),
    "a chosen hour is waited for": ("2021-06-08T09:30", 17, "2021-06-08T17:00"),
    "after a chosen hour it is said at once": ("2021-06-08T19:30", 17, "2021-06-08T19:30"),
    "from the night to the chosen hour": ("2021-06-08T22:00", 17, "2021-06-09T17:00"),
    "a chosen hour in the night counts as none": ("2021-06-08T09:30", 23, "2021-06-08T09:30"),
    "over the turn of the year and its holiday": ("2021-12-31T22:00", None, "2022-01-02T07:00"),
}


@pytest.mark.parametrize("row", MOMENTS)
def test_a_moment_moves_to_the_next_decent_one(row):
    moment, hour, expected = MOMENTS[row]

    assert next_decent(local(moment), NIGHT, ZONE, (), hour) == local(expected)


def test_a_day_off_of_the_pack_is_passed_over():
    found = next_decent(local("2021-06-08T09:30"), NIGHT, ZONE, (date(2021, 6, 8),))

    assert found == local("2021-06-09T07:00")


def test_a_rest_at_noon_ends_the_same_day():
    assert next_decent(local("2021-06-08T12:10"), NOON, ZONE) == local("2021-06-08T13:30")


@given(
    moment=st.datetimes(datetime(2021, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC)),
    hour=st.none() | st.integers(0, 23),
)
def test_what_comes_out_is_decent_later_and_soonest(moment, hour):
    found = next_decent(moment, NIGHT, ZONE, (), hour)
    there = found.astimezone(ZONE)

    assert found >= moment
    assert not NIGHT.covers(there.time())
    assert not is_public_holiday(there.date())
    assert next_decent(found, NIGHT, ZONE, (), hour) == found
    assert found - moment < timedelta(days=14)


def test_a_deadline_goes_before_a_holiday(pack):
    tet = local("2022-02-02T09:00")

    assert decent_before(tet, local("2022-02-04T00:00"), pack.programme) == tet
    assert decent_before(tet, local("2022-03-01T00:00"), pack.programme) == local("2022-02-05T07:00")


def test_no_deadline_goes_before_the_night(pack):
    assert decent_before(local("2021-06-11T22:00"), local("2021-06-12T00:00"), pack.programme) is None
