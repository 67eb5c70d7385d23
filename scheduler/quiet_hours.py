"""When a person may be told something they did not ask for: wanted at all, at a decent hour, not in a paused place."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.decent_hours import decent_before, next_decent
from content.programme.pack import Pack
from registry.deadlines.pauses import PAUSED, PLACE_PAUSED, Pause, paused_until
from registry.people.people import Person, reach

MORNING = 8
"""The local hour of what is said unasked, for people who chose none."""
SPREAD_MINUTES = 20
"""What was moved to the same hour leaves over so many minutes, each person at a minute of their own."""
NO_HOUR = "no decent hour before the deadline"
TO_DECENT_HOUR = "moved to a decent hour"


@dataclass(frozen=True, slots=True)
class Moment:
    """When something may be said: at once, later, or (None) never, with the reason."""

    at: datetime | None
    reason: str = ""


def unwanted(db: Connection, told: Person | None, *, reminders: bool = True) -> str | None:
    """Why nothing is ever said to somebody unasked; a pause is no such reason, it ends."""
    if told is None:
        return "person erased"
    if reminders and not told.reminders:
        return "reminders are off"
    if told.stopped_at is not None:
        return "stopped"
    return "no open account" if reach(db, told.id) is None else None


def hour_of(told: Person | None) -> int:
    return MORNING if told is None or told.remind_hour is None else told.remind_hour


def allowed(
    pack: Pack,
    told: Person,
    *,
    now: datetime,
    held: Collection[Pause] = (),
    place: str | None = None,
    closes_at: datetime | None = None,
) -> Moment:
    """
    The first decent moment from now on: after the person's pause and that of their place, not at night or on a holiday.

    What is moved is spread over some minutes.  With a deadline it never comes after it.
    """
    begin, why = after_pauses(pack, told, now=now, held=held, places=(place,))
    if closes_at is not None and begin >= closes_at:
        return Moment(None, why if begin > now else NO_HOUR)
    programme = pack.programme
    if closes_at is not None:
        found = decent_before(begin, closes_at, programme, told.remind_hour)
        if found is None:
            return Moment(None, NO_HOUR if why == TO_DECENT_HOUR else why)
    else:
        zone = ZoneInfo(programme.timezone)
        found = next_decent(
            begin, programme.quiet, zone, programme.holidays, told.remind_hour, workdays=programme.workdays
        )
    if found <= now:
        return Moment(now)
    apart = found + spread(told.id)
    night = programme.quiet.covers(apart.astimezone(ZoneInfo(programme.timezone)).time())
    if not night and (closes_at is None or apart < closes_at):
        found = apart
    return Moment(found, why)


def after_pauses(
    pack: Pack, told: Person, *, now: datetime, held: Collection[Pause], places: Iterable[str | None]
) -> tuple[datetime, str]:
    """From when on neither the person's own pause holds nor that of one of these places; and which ends last."""
    begin, why = now, TO_DECENT_HOUR
    if told.paused_until is not None and told.paused_until > begin:
        begin, why = told.paused_until, PAUSED
    for place in places:
        calm = paused_until(held, pack.places, place)
        if calm is not None and calm > begin:
            begin, why = calm, PLACE_PAUSED
    return begin, why


def spread(person_id: str) -> timedelta:
    """A person's own minute after an hour at which many are told."""
    return timedelta(minutes=crc32(person_id.encode()) % SPREAD_MINUTES)
