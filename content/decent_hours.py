"""When a person may be spoken to unasked: never in quiet hours, not on a day off."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from content.programme import QuietHours

FURTHEST = 40
"""Days looked ahead: the longest holiday is shorter."""


def next_decent(
    moment: datetime,
    *,
    quiet: QuietHours,
    zone: ZoneInfo,
    day_off: Callable[[date], bool] | None = None,
    hour: int | None = None,
) -> datetime:
    """
    The first moment from `moment` on that is neither in quiet hours nor on a day off.

    A wish for an hour moves what falls earlier on that day to it; the wish never brings it into the night.
    """
    local = moment.astimezone(zone)
    if hour is not None and local.time() < time(hour):
        local = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    for _ in range(FURTHEST):
        if day_off is not None and day_off(local.date()):
            local = datetime.combine(local.date() + timedelta(days=1), quiet.end, zone)
        elif quiet.covers(local.time()):
            day = local.date() + timedelta(days=1) if local.time() >= quiet.end else local.date()
            local = datetime.combine(day, quiet.end, zone)
        else:
            break
    return max(local, moment.astimezone(zone))
