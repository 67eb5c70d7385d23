"""Gatherings: send invitations in slices, offer free seats to the waiting list, remind the evening before."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from content.actions.officials import ChangeGathering, RestoreGathering, StopInvitation
from content.actions.producers import AnswerInvitation
from content.decent_hours import out_of_the_night
from content.programme.pack import Pack
from registry.deadlines import pauses
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.gatherings import delays as gathering_delays
from registry.gatherings import gatherings as events
from registry.gatherings import invitees, seats
from registry.gatherings.gatherings import Gathering
from registry.people.people import person
from registry.telling import Offer, Teller, local_day
from scheduler.quiet_hours import after_pauses


def sweep(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]:
    """
    Enqueue the due messages.  Idempotent, also between two processes.

    `left` counts people still to be invited; sweep again.
    """
    counts = gathering_delays.open_due(db, pack=pack, tell=tell, now=now)
    counts |= invitees.send_invitations(db, pack=pack, tell=tell, now=now) | {"reminded": 0, "seated": 0}
    for gathering_id in seats.with_a_line(db, now=now):
        counts["seated"] += seats.fill_seats(db, pack=pack, gathering_id=gathering_id, tell=tell, now=now)
    counts["recalled"] = sum(_recall(db, one, pack, tell, now) for one in gathering_delays.left_changes(db, now=now))
    for known in events.open_ahead(db, now=now, before=now + timedelta(days=2)):
        if now >= events.evening_before(known, pack):
            counts["reminded"] += _remind(db, pack, known, tell, now)
    return counts


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


def _remind(db: Connection, pack: Pack, known: Gathering, tell: Teller, now: datetime) -> int:
    """
    Say it once for this day; held up until the morning, it says today, and after the beginning nothing.

    A pause, one's own or that of a place, holds it up as well.
    """
    if not seats.take_evening(db, known=known, now=now):
        return 0
    held = pauses.pauses_now(db, now=now)
    values = events.values_of(db, pack, known)
    actions: tuple[Offer, ...] = ((AnswerInvitation(known.id, "khong"), "event.no"),)
    said = 0
    for person_id in seats.coming_to(db, known.id):
        told = person(db, person_id)
        if told is None or told.stopped_at is not None:
            continue
        calm, _ = after_pauses(pack, told, now=now, held=held, places=(told.place, known.place))
        due = out_of_the_night(calm, pack.programme)
        if due >= known.starts_at:
            continue
        key = "event.today" if values["day"] == local_day(pack, due) else "event.tomorrow"
        pending = enqueue(
            db,
            key=keys.gathering_notice(known.id, keys.Purpose.EVE, f"{known.starts_at:%Y%m%d%H%M}", person_id),
            person_id=person_id,
            kind="reminder",
            message=tell(person_id, key, values, actions),
            now=now,
            due_at=due,
            not_after=known.starts_at,
        )
        said += pending is not None
    return said
