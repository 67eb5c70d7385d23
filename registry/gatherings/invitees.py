"""The invitees of a training or fair: counted, frozen when it is confirmed, invited a batch at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, delete, func, insert, literal, or_, select, text, true, update

from content.decent_hours import next_decent, out_of_the_night
from content.programme.pack import Pack
from registry.broadcasts.audiences import Wanted, reached
from registry.deadlines.pauses import paused_places, pauses_now
from registry.deliveries.deliveries import cancel, cancel_invitations, enqueue
from registry.deliveries.keys import WHILE_IT_STANDS, Purpose, Subject, gathering_notice
from registry.deliveries.states import Reason
from registry.gatherings.gatherings import KINDS, Gathering, answers_to, lock, take_turns, values_of
from registry.people.people import person
from registry.people.roles import OFFICIALS, NotAllowedError, Role, may
from registry.store.installation import COUNTED
from registry.store.rows import gatherings, invitees, people
from registry.store.slices import Place, Room, Slice, each
from registry.telling import Teller, local_day

_IS_OPEN = text("gatherings.state = 'open'")
"""Written out: SQLite uses a partial index only for a condition without parameters."""


def count_invited(db: Connection, *, pack: Pack, role: Role, kind: str, place: str, now: datetime) -> int:
    """Count the people an invitation would reach; a place beyond the official's own is refused."""
    found = invitable(pack, role=role, kind=kind, place=place, now=now).subquery()
    return db.execute(select(func.count()).select_from(found)).scalar_one()


def freeze(db: Connection, *, pack: Pack, role: Role, known: Gathering, now: datetime) -> int:
    """Record the invitees of a new gathering; return their number."""
    chosen = invitable(pack, role=role, kind=known.kind, place=known.place, now=now).subquery()
    invited = db.execute(
        insert(invitees).from_select(
            ["gathering_id", "person_id", "state"], select(literal(known.id), chosen.c.person_id, literal("none"))
        ),
        execution_options=COUNTED,
    ).rowcount
    db.execute(update(gatherings).where(gatherings.c.id == known.id).values(invited=invited))
    return invited


def invitable(pack: Pack, *, role: Role, kind: str, place: str, now: datetime) -> Select[Any]:
    """Select the people an invitation reaches: those of a broadcast, for a council the officials; never oneself."""
    if kind not in KINDS or not may(role, "event.invite", place, pack.places, on=local_day(pack, now)):
        raise NotAllowedError("event.invite")
    found = reached(pack, role=role, wanted=wanted(kind, place), now=now).subquery()
    return select(found.c.person_id).where(found.c.person_id != role.person_id)


def wanted(kind: str, place: str) -> Wanted:
    """The audience of an invitation in the words of announcements."""
    return Wanted(place, roles=tuple(sorted(OFFICIALS)) if kind == "councils" else ())


def send_invitations(
    db: Connection, *, pack: Pack, tell: Teller, now: datetime, gathering_id: str | None = None,
    room: Room | None = None,
) -> Slice:  # fmt: skip
    """
    Queue invitations that are not queued yet, with the urgency of a broadcast and at a decent hour.

    People who paused, or are in a paused place, are invited after the pause if that ends in time. Idempotent; those
    beyond the room wait for the next slice.
    """
    calm = paused_places(pauses_now(db, now=now), pack.places)
    leaving = select(gatherings.c.id).where(
        _IS_OPEN,
        gatherings.c.starts_at > now,
        or_(gatherings.c.due_at.is_(None), gatherings.c.due_at <= now),
        gatherings.c.taken_up_by.is_(None),
        gatherings.c.place.not_in(calm),
        true() if gathering_id is None else gatherings.c.id == gathering_id,
    )
    query = (
        select(invitees.c.gathering_id, invitees.c.person_id)
        .join(people, people.c.id == invitees.c.person_id)
        .where(
            invitees.c.told_at.is_(None),
            or_(people.c.place.is_(None), people.c.place.not_in(calm)),
            or_(people.c.paused_until.is_(None), people.c.paused_until <= now),
        )
        .order_by(invitees.c.person_id)
    )
    invitations: dict[str, _Invitation | None] = {}

    def find(_after: Place, most: int) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for known_id in db.execute(leaving.order_by(gatherings.c.created_at, gatherings.c.id)).scalars().all():
            rows = query.where(invitees.c.gathering_id == known_id).limit(most - len(found))
            found += [(row.gathering_id, row.person_id) for row in db.execute(rows)]
        return found

    def act(one: tuple[str, str]) -> Mapping[str, int]:
        known_id, person_id = one
        if known_id not in invitations:
            invitations[known_id] = _invitation(db, pack, known_id, now)
        said = invitations[known_id]
        told = None if said is None else person(db, person_id)
        set_invitee(db, known_id, person_id, told_at=now)
        if said is None or told is None or not told.wants_unasked(now):
            return {}
        pending = enqueue(
            db,
            key=gathering_notice(known_id, Purpose.INVITE, f"{said.known.version}", told.id),
            person_id=told.id,
            kind="broadcast",
            message=tell(told.id, said.phrase, said.values, answers_to(said.known)),
            now=now,
            due_at=said.due,
            not_after=said.known.starts_at,
        )
        return {"invited": pending is not None}

    return each(find, act, room=room or Room())


@dataclass(frozen=True, slots=True)
class _Invitation:
    """The words of one gathering's invitations, and when they leave."""

    known: Gathering
    phrase: str
    values: Mapping[str, object]
    due: datetime


def _invitation(db: Connection, pack: Pack, gathering_id: str, now: datetime) -> _Invitation | None:
    """Lock a gathering and return its invitation: it is not moved or called off while they are written."""
    known = lock(db, gathering_id)
    if known is None or known.state != "open":
        return None
    due = next_decent(now, pack.programme.quiet, ZoneInfo(pack.programme.timezone), pack.programme.holidays)
    if due >= known.starts_at:
        due = out_of_the_night(now, pack.programme)
    return _Invitation(
        known, "event.invited" if known.seats is None else "event.invited_seats", values_of(db, pack, known), due
    )


def invited_people(db: Connection, gathering_id: str) -> tuple[str, ...]:
    """The people a gathering invites."""
    found = select(invitees.c.person_id).where(invitees.c.gathering_id == gathering_id)
    return tuple(db.execute(found.order_by(invitees.c.person_id)).scalars())


def invite_again(db: Connection, gathering_id: str) -> None:
    """Invitations that have not left say the old day: they are written again by the next sweep."""
    for person_id in cancel_invitations(db, gathering_id=gathering_id, reason=Reason.WRITTEN_AGAIN):
        set_invitee(db, gathering_id, person_id, told_at=None)


def set_invitee(db: Connection, gathering_id: str, person_id: str, **values: Any) -> None:
    """Update the row of one invited person."""
    db.execute(
        update(invitees)
        .where(invitees.c.gathering_id == gathering_id, invitees.c.person_id == person_id)
        .values(**values)
    )


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """
    Move the invitations over; two invitations to one gathering become one, with the answer of `_answer_of_both`.

    A seat given up this way is free for the next in line; the next sweep gives it.
    """
    db.execute(update(invitees).where(invitees.c.marked_by == gone).values(marked_by=keep))
    invited = select(invitees.c.gathering_id).where(invitees.c.person_id == gone).order_by(invitees.c.gathering_id)
    for gathering_id in db.execute(invited).scalars().all():
        take_turns(db, gathering_id)  # no seat is given meanwhile
        _take_over_one(db, gathering_id, keep, gone)


def _take_over_one(db: Connection, gathering_id: str, keep: str, gone: str) -> None:
    theirs = (invitees.c.gathering_id == gathering_id) & (invitees.c.person_id == gone)
    mine = (invitees.c.gathering_id == gathering_id) & (invitees.c.person_id == keep)
    row = db.execute(select(invitees).where(theirs)).one()
    known = db.execute(select(invitees).where(mine)).one_or_none()
    if known is None:
        db.execute(update(invitees).where(theirs).values(person_id=keep))
        return
    said = _answer_of_both(known, row)
    values = {"state": said.state, "answered_at": said.answered_at, "told_at": known.told_at or row.told_at}
    if known.came is None or row.came:
        values |= {"came": row.came, "marked_by": row.marked_by}
    db.execute(update(invitees).where(mine).values(**values))
    db.execute(delete(invitees).where(theirs))
    if said.state == "no":
        for person_id in (keep, gone):
            cancel(
                db, subject=Subject.GATHERING, subject_id=gathering_id, purposes=WHILE_IT_STANDS,
                person_id=person_id, reason=Reason.DOES_NOT_COME,
            )  # fmt: skip


def _answer_of_both(mine: Row[Any], theirs: Row[Any]) -> Row[Any]:
    """
    Choose the answer that counts: the seat of either, else the earlier place in the line; of yes and no the newer.

    To wait is a yes to a full house, so it loses to a seat, and to a no only if the no is newer.
    """
    both = (mine, theirs)
    said = [one for one in both if one.state in {"yes", "waiting", "no"}]
    if len(said) < 2:
        return next(iter(said), mine if mine.state == "later" else theirs)
    if "no" in {one.state for one in said}:
        return max(said, key=lambda one: one.answered_at)
    return min(said, key=lambda one: (one.state != "yes", one.answered_at))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Delete every invitation of a person."""
    db.execute(delete(invitees).where(invitees.c.person_id == person_id))
