"""The texts of broadcasts: whether a message is ours, who understood it, and near duplicates."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from content.fold import ALIKE, fold, likeness
from content.message import Message
from content.places.places import Places
from registry.broadcasts.broadcasts import UNSENT, Broadcast, one, words_of, written
from registry.deliveries.of_broadcasts import mark_understood
from registry.deliveries.states import PERHAPS_SENT, State
from registry.people.people import merged_ids
from registry.store.rows import broadcasts, deliveries

ALIKE_WITHIN = timedelta(hours=2)
MOST_COMPARED = 200
"""The newest broadcasts whose text is compared with words that have no number."""


@dataclass(frozen=True, slots=True)
class Ours:
    """A broadcast sent under a number: its message, its author's text, and whether this person got it."""

    broadcast: Broadcast
    message: Message
    text: str
    theirs: bool
    corrected_by: str = ""  # the number of the newest correction that went out


def ours(db: Connection, *, number: str, person_id: str, now: datetime) -> Ours | None:
    """
    Return the broadcast sent under a number; None for an unknown or unsent one, and for one stopped before anybody
    got it.
    """
    row = db.execute(select(broadcasts.c.id).where(broadcasts.c.number == number, *_has_begun(now))).one_or_none()
    known = None if row is None else one(db, row.id)
    message = None if row is None else words_of(db, row.id)
    if known is None or message is None:
        return None
    text, _ = written(db, known.id)
    corrected = db.execute(
        select(broadcasts.c.number)
        .where(broadcasts.c.corrects == known.id, *_has_begun(now))
        .order_by(broadcasts.c.confirmed_at.desc())
        .limit(1)
    ).scalar_one_or_none()
    theirs = sent_to(db, number=number, person_id=person_id, now=now)
    return Ours(known, message, text, theirs, corrected or "")


def by_body(db: Connection, *, words: str, person_id: str, now: datetime) -> Ours | None:
    """
    Return the newest broadcast whose author's text is exactly these words, without its number and office.

    Only the last `MOST_COMPARED` count.
    """
    newest = select(broadcasts.c.id, broadcasts.c.number).where(*_has_begun(now))
    rows = db.execute(newest.order_by(broadcasts.c.confirmed_at.desc()).limit(MOST_COMPARED)).all()
    said = fold(words)
    for row in rows:
        if said and fold(written(db, row.id)[0]) == said:
            return ours(db, number=row.number, person_id=person_id, now=now)
    return None


def _has_begun(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """`broadcasts.has_begun`, asked of the rows; one that was stopped has, when somebody got it."""
    each = deliveries.alias()
    left = exists(select(each.c.id).where(each.c.broadcast_id == broadcasts.c.id, each.c.state.in_(PERHAPS_SENT)))
    return (
        broadcasts.c.state.not_in(UNSENT),
        or_(broadcasts.c.rounds > 1, and_(broadcasts.c.rounds == 1, broadcasts.c.due_at <= now)),
        or_(broadcasts.c.state != "cancelled", left),
    )


def sent_to(db: Connection, *, number: str, person_id: str, now: datetime) -> bool:
    """True when a broadcast of this number is ours and was meant for this person (/kiemtra)."""
    return (
        db.execute(
            select(deliveries.c.id)
            .join(broadcasts, broadcasts.c.id == deliveries.c.broadcast_id)
            .where(
                broadcasts.c.number == number,
                *_has_begun(now),
                deliveries.c.person_id.in_(merged_ids(db, person_id)),
                deliveries.c.state.not_in((State.CANCELLED, State.PAUSED)),
            )
        ).first()
        is not None
    )


def understood(db: Connection, *, number: str, person_id: str, now: datetime) -> bool:
    """Note "đã hiểu" of somebody it went to; the first tap counts.  False for anybody else."""
    if not sent_to(db, number=number, person_id=person_id, now=now):
        return False
    of_this = select(broadcasts.c.id).where(broadcasts.c.number == number)
    mark_understood(db, broadcast_ids=of_this, people=merged_ids(db, person_id), now=now)
    return True


def alike(
    db: Connection, *, places: Places, place: str, text: str, now: datetime, excluding: str = ""
) -> Broadcast | None:
    """Return a broadcast of the last two hours, or still to come, with nearly the same text and a shared place."""
    since = now - ALIKE_WITHIN
    rows = db.execute(
        select(broadcasts.c.id, broadcasts.c.place)
        .where(
            or_(broadcasts.c.confirmed_at > since, broadcasts.c.due_at > since),
            broadcasts.c.state.not_in(("cancelled", "refused")),
            broadcasts.c.id != excluding,
        )
        .order_by(broadcasts.c.confirmed_at.desc())
        .limit(50)
    ).all()
    for row in rows:
        shared = places.within(row.place, place) or places.within(place, row.place)
        if shared and likeness(text, written(db, row.id)[0]) >= ALIKE:
            return one(db, row.id)
    return None
