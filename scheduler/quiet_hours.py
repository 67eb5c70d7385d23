"""The moment of an unasked message: only to people who take them, at a decent hour, and outside a pause."""

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
"""The local hour of unasked messages, for people who chose none."""
SPREAD_MINUTES = 20
"""Minutes over which messages moved to the same hour are spread; each person has a fixed minute."""
NO_HOUR = "no decent hour before the deadline"
TO_DECENT_HOUR = "moved to a decent hour"


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment a message may leave: now, later, or (None) never, with the reason."""

    at: datetime | None
    reason: str = ""


def unwanted(db: Connection, told: Person | None, *, reminders: bool = True) -> str | None:
    """Return why a person gets no unasked messages; a pause only delays them."""
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
    Return the first decent moment: after the pauses of the person and the place, not at night or on a holiday.

    Moved messages are spread over some minutes.  With a deadline the moment is never after it.
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
    """Return the end of the person's pause and of those of these places, and which of them ends last."""
    begin, why = now, TO_DECENT_HOUR
    if told.paused_until is not None and told.paused_until > begin:
        begin, why = told.paused_until, PAUSED
    for place in places:
        calm = paused_until(held, pack.places, place)
        if calm is not None and calm > begin:
            begin, why = calm, PLACE_PAUSED
    return begin, why


def spread(person_id: str) -> timedelta:
    """Return the person's fixed minute after an hour at which many messages leave."""
    return timedelta(minutes=crc32(person_id.encode()) % SPREAD_MINUTES)
