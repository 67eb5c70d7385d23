"""Deadlines as a calendar file (RFC 5545), each with alarms before it."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from content.programme.pack import Pack
from registry.deadlines import certificates
from registry.deadlines.deadlines import Deadline, advised_day, last_day, title_of

ALARMS = (timedelta(days=-7, hours=8), timedelta(days=-3, hours=8), timedelta(days=-1, hours=8))
"""Counted from the start of the day: in the morning, a week, three days and one day before."""


def calendar_of(
    pack: Pack, deadlines: Iterable[Deadline], *, now: datetime, title: Callable[[str, Deadline], str]
) -> bytes:
    """
    One whole-day event a deadline; the same deadline again is the same event, so calendars update it.

    Where the office checks before, the advised day is a separate event. For a certificate it is the last day on which
    the next evaluation can be requested.
    `title` says a deadline in words: as "certificate", as "advised", or as a "sample".
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Tro ly OCOP//ocopbot//VI")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", pack.programme.short_name)
    for deadline in deadlines:
        window = certificates.window(pack, deadline) if deadline.application_id else None
        if window is not None:
            calendar.add_component(_event(deadline.id, window.closes, title("certificate", deadline), now))
            continue
        summary = title("sample", deadline) if deadline.sample else title_of(pack, deadline)
        calendar.add_component(_event(deadline.id, last_day(pack, deadline), summary, now))
        advised = advised_day(pack, deadline)
        if advised is not None:
            calendar.add_component(_event(f"{deadline.id}-advised", advised, title("advised", deadline), now))
    written: bytes = calendar.to_ical()
    return written


def _event(uid: str, day: date, title: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uid}@ocopbot")
    event.add("dtstamp", now)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")  # a day to remember, not a day that is taken
    event.add("summary", title)
    for before in ALARMS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", before)
        event.add_component(alarm)
    return event
