"""The times for scheduled messages: not at night, not on a holiday, not before the hour a person chose."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from content.programme.programme import Programme, QuietHours
from content.working_days import is_public_holiday

_FARTHEST = 60
"""Days looked ahead; the longest Tết leave is two weeks."""


def next_decent(
    moment: datetime,
    quiet: QuietHours,
    zone: ZoneInfo,
    holidays: Collection[date] = (),
    remind_hour: int | None = None,
    *,
    workdays: Collection[date] = (),
    on_holidays: bool = False,
) -> datetime:
    """
    The first moment, from the given one on, at which a scheduled message may be sent.

    A suitable moment is returned unchanged.  With a chosen hour the day begins then; a chosen hour inside the
    quiet hours is ignored.  `holidays` and `workdays` are the pack's additions to the calendar.
    With `on_holidays`, holidays count as ordinary days.
    """
    opens = time()
    if quiet.covers(time()):
        opens = quiet.end
    if remind_hour is not None and not quiet.covers(time(remind_hour)):
        opens = max(opens, time(remind_hour))
    local = moment.astimezone(zone)
    for _ in range(_FARTHEST):
        if on_holidays or not is_public_holiday(local.date(), holidays, workdays):
            if local.time() < opens:
                local = datetime.combine(local.date(), opens, zone)
            if not quiet.covers(local.time()):
                return local.astimezone(moment.tzinfo)
            if local.time() < quiet.end:  # a rest at noon, or the end of a night
                return datetime.combine(local.date(), quiet.end, zone).astimezone(moment.tzinfo)
        local = datetime.combine(local.date() + timedelta(days=1), time(), zone)
    raise ValueError(f"No suitable hour was found within {_FARTHEST} days of {moment.isoformat()}.")


def decent_before(
    moment: datetime, closes_at: datetime, programme: Programme, remind_hour: int | None = None
) -> datetime | None:
    """
    The next suitable moment before a deadline closes; None when there is none left.

    A near deadline overrides the chosen hour and holidays, but never the quiet hours.
    """
    zone = ZoneInfo(programme.timezone)
    found = next_decent(moment, programme.quiet, zone, programme.holidays, remind_hour, workdays=programme.workdays)
    if found >= closes_at:
        found = next_decent(moment, programme.quiet, zone, on_holidays=True)
    return None if found >= closes_at else found


def out_of_the_night(moment: datetime, programme: Programme) -> datetime:
    """The moment a delayed reminder may be sent: never at night."""
    return next_decent(moment, programme.quiet, ZoneInfo(programme.timezone), on_holidays=True)
