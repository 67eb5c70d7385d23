"""The end of what is said to many: by default from the pack, else a moment its author chose or wrote."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from content.programme.pack import Pack


class EndedError(Exception):
    """Its end comes before it could leave, at `due`; nothing was changed."""

    def __init__(self, due: datetime) -> None:
        super().__init__(f"It would leave at {due.isoformat()}, after its end. Nothing was changed.")
        self.due = due


def usual_end(pack: Pack, *, leaves: datetime, urgent: bool) -> datetime:
    """Return the end of a text without a day or hour: the end of a day, or for an urgent one a full hour."""
    limits = pack.programme.announcements
    if urgent:
        ends = leaves + limits.urgent_lasts
        return ends.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    zone = ZoneInfo(pack.programme.timezone)
    return end_of_day(leaves.astimezone(zone) + limits.lasts, zone)


def end_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the last moment of a local day, which is the midnight after it."""
    return datetime.combine(moment.astimezone(zone).date() + timedelta(days=1), time.min, zone)
