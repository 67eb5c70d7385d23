"""Gatherings: send invitations in slices, offer free seats to the waiting list, remind the evening before."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from content.actions.officials import ChangeGathering, RestoreGathering, StopInvitation
from content.actions.producers import AnswerInvitation
from content.decent_hours import out_of_the_night
from content.programme.pack import Pack
from registry.deadlines import pauses
from registry.deadlines.pauses import Pause
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.gatherings import delays as gathering_delays
from registry.gatherings import gatherings as events
from registry.gatherings import invitees, seats
from registry.gatherings.gatherings import Gathering
from registry.people.people import person
from registry.store.slices import Place, Slice, each
from registry.telling import Offer, Teller, local_day
from scheduler.quiet_hours import after_pauses
from scheduler.slicing import Work, at_once, whole

COUNTED = ("opened", "dropped", "invited", "seated", "recalled", "reminded")


@dataclass(frozen=True, slots=True)
class _Evening:
    """The reminder of a gathering to one who comes; without a person, all were looked at."""

    known: Gathering
    person_id: str = ""


def _open_due(work: Work, after: Place) -> Slice:
    done = gathering_delays.open_due(work.db, pack=work.pack, tell=work.tell, now=work.now, room=work.room, after=after)
    return Slice(dict.fromkeys(COUNTED, 0) | dict(done.counts), done.after)


def _invite(work: Work, after: Place) -> Slice:  # noqa: ARG001  invited ones are not found again
    return invitees.send_invitations(work.db, pack=work.pack, tell=work.tell, now=work.now, room=work.room)


def _seat(work: Work, after: Place) -> Slice:
    return seats.fill_lines(work.db, pack=work.pack, tell=work.tell, now=work.now, room=work.room, after=after)


def _recall_left(work: Work) -> int:
    return sum(
        _recall(work.db, one, work.pack, work.tell, work.now)
        for one in gathering_delays.left_changes(work.db, now=work.now)
    )


def _remind_of_evening(work: Work, after: Place) -> Slice:
    """Remind the people with a seat on the evening before.  Idempotent; after a kill it begins again."""
    held = pauses.pauses_now(work.db, now=work.now)

    def find(behind: Place, most: int) -> list[_Evening]:
        ahead = events.open_ahead(work.db, now=work.now, before=work.now + timedelta(days=2))
        first, person_id = behind or ("", "")
        for known in sorted(ahead, key=lambda one: one.id):
            if known.id < first or work.now < events.evening_before(known, work.pack):
                continue
            start = person_id if known.id == first else ""
            found = seats.coming_to(work.db, known.id, behind=start, most=most)
            return [_Evening(known, one) for one in found] or [_Evening(known)]
        return []

    def act(one: _Evening) -> Mapping[str, int]:
        if not one.person_id:
            seats.take_evening(work.db, known=one.known, now=work.now)
            return {}
        return {"reminded": _remind(work, one, held)}

    return each(find, act, room=work.room, after=after, place_of=lambda one: (one.known.id, one.person_id))


def _recall(db: Connection, left: gathering_delays.Left, pack: Pack, tell: Teller, now: datetime) -> bool:
    """Remind the official who left a change unfinished, by day; nothing leaves meanwhile. Idempotent per moment."""
    known = left.gathering
    if known.taken_up_by is None or known.taken_up_at is None or person(db, known.taken_up_by) is None:
        return False
    buttons: tuple[Offer, ...] = (
        (ChangeGathering(known.id, known.version), "taphuan.change_on"),
        (RestoreGathering(known.id, known.version), "taphuan.keep_old"),
    )
    key = "taphuan.change_recalled_open"
    if known.state in gathering_delays.UNSENT:
        key = "taphuan.change_recalled"
        buttons = (*buttons, (StopInvitation(known.id, known.version), "taphuan.stop"))
    pending = enqueue(
        db,
        key=keys.gathering_left_change(known.id, known.taken_up_at, left.moment, known.taken_up_by),
        person_id=known.taken_up_by,
        kind="status",
        message=tell(known.taken_up_by, key, events.values_of(db, pack, known), buttons),
        now=now,
        due_at=out_of_the_night(now, pack.programme),
        not_after=known.starts_at,
    )
    return pending is not None


def _remind(work: Work, evening: _Evening, held: Collection[Pause]) -> bool:
    """
    Say it once for this day; held up until the morning, it says today, and after the beginning nothing.

    A pause, one's own or that of a place, holds it up as well.
    """
    known, told = evening.known, person(work.db, evening.person_id)
    if told is None or told.stopped_at is not None:
        return False
    calm, _ = after_pauses(work.pack, told, now=work.now, held=held, places=(told.place, known.place))
    due = out_of_the_night(calm, work.pack.programme)
    if due >= known.starts_at:
        return False
    values = events.values_of(work.db, work.pack, known)
    actions: tuple[Offer, ...] = ((AnswerInvitation(known.id, "khong"), "event.no"),)
    key = "event.today" if values["day"] == local_day(work.pack, due) else "event.tomorrow"
    pending = enqueue(
        work.db,
        key=keys.gathering_notice(known.id, keys.Purpose.EVE, f"{known.starts_at:%Y%m%d%H%M}", told.id),
        person_id=told.id,
        kind="reminder",
        message=work.tell(told.id, key, values, actions),
        now=work.now,
        due_at=due,
        not_after=known.starts_at,
    )
    return pending is not None


JOB = (_open_due, _invite, _seat, at_once("recalled", _recall_left), _remind_of_evening)
"""Enqueue the due messages.  Idempotent, also between two processes."""
sweep = whole(JOB)
