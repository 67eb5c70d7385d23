"""When something may be said unasked: not at night, not on a holiday, not before the hour a person chose."""

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
    The first moment from this one on when a person may be spoken to unasked.

    A moment that is decent already stays as it is.  With a chosen hour the day
    begins then; one in the quiet hours counts as none.  `holidays` and `workdays`
    are what the pack adds to the calendar; `on_holidays` leaves holidays out of it.
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
    raise ValueError(f"There is no decent hour within {_FARTHEST} days of {moment.isoformat()}.")


def decent_before(
    moment: datetime, closes_at: datetime, programme: Programme, remind_hour: int | None = None
) -> datetime | None:
    """
    The next decent moment before a deadline closes; None when there is none any more.

    A deadline goes before the chosen hour and before a holiday, never before the night.
    """
    zone = ZoneInfo(programme.timezone)
    found = next_decent(moment, programme.quiet, zone, programme.holidays, remind_hour, workdays=programme.workdays)
    if found >= closes_at:
        found = next_decent(moment, programme.quiet, zone, on_holidays=True)
    return None if found >= closes_at else found


def out_of_the_night(moment: datetime, programme: Programme) -> datetime:
    """When a reminder that was held up may leave: it does not arrive at night."""
    return next_decent(moment, programme.quiet, ZoneInfo(programme.timezone), on_holidays=True)
