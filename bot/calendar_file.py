"""Deadlines as a calendar file (RFC 5545) with an alarm three days and one day before."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from content.pack import Pack
from registry.deadlines import Deadline, last_day

ALARMS = (timedelta(days=-3, hours=8), timedelta(days=-1, hours=8))
"""Counted from the start of the last day: in the morning, three days and one day before."""


def calendar_of(pack: Pack, deadlines: Iterable[Deadline], *, now: datetime) -> bytes:
    """One whole-day event a deadline; the same deadline again is the same event, so calendars update it."""
    calendar = Calendar()
    calendar.add("prodid", "-//Tro ly OCOP//ocopbot//VI")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", pack.programme.short_name)
    for deadline in deadlines:
        spec = pack.programme.deadline(deadline.spec)
        event = Event()
        event.add("uid", f"{deadline.id}@ocopbot")
        event.add("dtstamp", now)
        event.add("dtstart", last_day(pack, deadline))
        event.add("summary", spec.title)
        for before in ALARMS:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", spec.title)
            alarm.add("trigger", before)
            event.add_component(alarm)
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
