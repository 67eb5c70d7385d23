"""
The leave of an official, with a stand-in who gets what waits from the first day to the last.

The stand-in already reaches over the place: a colleague there, or an official of the nearest office above.  One from
above gets a role at the place that ends with the leave, and with it the queue and the messages.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from content.places.places import Places
from registry.people.roles import OFFICIALS, NotAllowedError, Role, grant, may, role_by_id, roles_at, roles_of
from registry.store.audit import record
from registry.store.rows import leaves, new_id, roles
from registry.store.tombstones import Kind, note

LONGEST_LEAVE = timedelta(days=60)


class UnfitLeaveError(ValueError):
    """The days are over, in the wrong order or too many, or the role ends before; nothing was planned."""


@dataclass(frozen=True, slots=True)
class Leave:
    """An official away from a first to a last day, both included; without `begun` it is still to come."""

    id: str
    person_id: str
    role_id: str
    place: str
    stand_in_id: str
    stand_in_role_id: str | None
    from_on: date
    until_on: date
    begun: bool
    ended: bool


def stand_ins(db: Connection, *, role: Role, places: Places, on: date) -> tuple[Role, ...]:
    """Return who may stand in for a role: colleagues at the place, then the nearest office above; each person once."""
    chain = (role.place, *(place.code for place in places.ancestors(role.place)))
    found: dict[str, Role] = {}
    for code in chain:
        there = [one for one in roles_at(db, place=code, on=on) if one.person_id != role.person_id]
        for one in there:
            if may(one, "review.see", role.place, places, on=on):
                found.setdefault(one.person_id, one)
        if there and code != role.place:
            break
    return tuple(found.values())


def plan_leave(
    db: Connection, *, role: Role, stand_in_id: str, first: date, last: date, places: Places, on: date, now: datetime
) -> Leave:
    """
    Plan the leave of a role; an earlier leave of this role that has not ended is replaced.

    Raises `UnfitLeaveError` for the days, and `NotAllowedError` for a stand-in who does not reach over the place.
    """
    if role.role not in OFFICIALS or not may(role, "leave.plan", role.place, places, on=on):
        raise NotAllowedError("leave.plan")
    if not on <= first <= last <= role.until or last - first > LONGEST_LEAVE:
        raise UnfitLeaveError
    if stand_in_id not in {one.person_id for one in stand_ins(db, role=role, places=places, on=on)}:
        raise NotAllowedError("leave.plan")
    earlier = leave_of(db, role_id=role.id, on=on)
    if earlier is not None:
        finish(db, leave=earlier, by=role.person_id, now=now)
    leave_id = new_id()
    db.execute(
        insert(leaves).values(
            id=leave_id, person_id=role.person_id, role_id=role.id, place=role.place, stand_in_id=stand_in_id,
            from_on=first, until_on=last, planned_at=now,
        )
    )  # fmt: skip
    record(
        db, now=now, actor=role.person_id, act="leave.plan", noun="leave", noun_id=leave_id, person=stand_in_id,
        place=role.place, first=first.isoformat(), last=last.isoformat(),
    )  # fmt: skip
    return _one(db, leave_id)


def leave_of(db: Connection, *, role_id: str, on: date) -> Leave | None:
    """The leave of a role that runs or is to come; None without one."""
    row = db.execute(
        select(leaves)
        .where(leaves.c.role_id == role_id, leaves.c.ended_at.is_(None), leaves.c.until_on >= on)
        .order_by(leaves.c.planned_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _leave(row)


def leave_for(db: Connection, *, leave_id: str, person_id: str) -> Leave | None:
    """One open leave for the official who is away or the stand-in; None for any other person."""
    row = db.execute(
        select(leaves).where(
            leaves.c.id == leave_id,
            leaves.c.ended_at.is_(None),
            or_(leaves.c.person_id == person_id, leaves.c.stand_in_id == person_id),
        )
    ).one_or_none()
    return None if row is None else _leave(row)


def begins(db: Connection, *, on: date) -> tuple[Leave, ...]:
    """The leaves that begin by this day."""
    return tuple(one for one in _open(db) if not one.begun and one.from_on <= on)


def over(db: Connection, *, places: Places, on: date) -> tuple[Leave, ...]:
    """
    The leaves that no longer hold.

    Their last day has passed, the role of one of the two has ended, or the stand-in does not reach over the place any
    more.  Repeat it after ending them: a role that came with one of them may be on leave itself.
    """
    return tuple(one for one in _open(db) if one.until_on < on or not _holds(db, one, places, on))


def begin(db: Connection, *, leave: Leave, places: Places, on: date, now: datetime) -> Leave | None:
    """
    Begin a leave: give a stand-in from above a role at the place until its last day.

    None when the stand-in does not reach over the place by then: the leave is ended, and the official stays in charge.
    Idempotent.
    """
    if leave.begun:
        return leave
    absent = role_by_id(db, leave.role_id)
    theirs = own_roles(db, person_id=leave.stand_in_id, on=on)
    if absent is None or not _reach(theirs, leave.place, places, on):
        finish(db, leave=leave, by="system", now=now)
        return None
    given: str | None = None
    if not any(one.place == leave.place and one.role in OFFICIALS for one in theirs):
        here = [one for one in roles_of(db, person_id=leave.stand_in_id, on=on) if one.place == leave.place]
        given = grant(
            db, person_id=leave.stand_in_id, role=absent.role, place=leave.place, granted_by=leave.person_id, now=now,
            until=max((leave.until_on, *(one.until for one in here if one.role == absent.role))),
            title=next((one.title for one in theirs if one.title), None),
        ).id  # fmt: skip
    db.execute(update(leaves).where(leaves.c.id == leave.id).values(begun_at=now, stand_in_role_id=given))
    record(db, now=now, actor="system", act="leave.begin", noun="leave", noun_id=leave.id, person=leave.stand_in_id)
    return _one(db, leave.id)


def finish(db: Connection, *, leave: Leave, by: str, now: datetime) -> bool:
    """
    End a leave and the role that came with it; False when it had ended.

    A role that somebody extended beyond the leave stays.
    """
    done = db.execute(update(leaves).where(leaves.c.id == leave.id, leaves.c.ended_at.is_(None)).values(ended_at=now))
    if done.rowcount != 1:
        return False
    note(db, Kind.LEAVE, leave.id, now=now)
    _take_role(db, leave, now)
    record(db, now=now, actor=by, act="leave.end", noun="leave", noun_id=leave.id)
    return True


def move(db: Connection, *, role_id: str, to: str, place: str) -> None:
    """Let the leaves of a role, and those it was given for, follow it to a place that came after its own."""
    db.execute(update(leaves).where(leaves.c.role_id == role_id).values(role_id=to, place=place))
    db.execute(update(leaves).where(leaves.c.stand_in_role_id == role_id).values(stand_in_role_id=to))


def own_roles(db: Connection, *, person_id: str, on: date) -> tuple[Role, ...]:
    """The roles a person has on a day without those that came with a leave of somebody else."""
    given = select(leaves.c.stand_in_role_id, leaves.c.until_on).where(leaves.c.stand_in_role_id.is_not(None))
    ends: dict[str, date] = {}
    for row in db.execute(given.where(leaves.c.ended_at.is_(None), leaves.c.stand_in_id == person_id)):
        ends[row.stand_in_role_id] = max(row.until_on, ends.get(row.stand_in_role_id, row.until_on))
    held = roles_of(db, person_id=person_id, on=on)
    return tuple(one for one in held if one.id not in ends or one.until > ends[one.id])


def _take_role(db: Connection, leave: Leave, now: datetime) -> None:
    """Take the role of a leave that has ended; one that another leave gave too lasts as long as that one."""
    given = None if leave.stand_in_role_id is None else role_by_id(db, leave.stand_in_role_id)
    if given is None or given.revoked:
        return
    others = [one.until_on for one in _open(db) if one.stand_in_role_id == given.id]
    if given.until > max((leave.until_on, *others)):
        return
    which = update(roles).where(roles.c.id == given.id)
    if others:
        db.execute(which.values(until=max(others)))
        note(db, Kind.TERM, given.id, now=now, until=max(others).isoformat())
        return
    db.execute(which.values(revoked_at=now))
    note(db, Kind.ROLE, given.id, now=now)


def _holds(db: Connection, leave: Leave, places: Places, on: date) -> bool:
    if not _in_force(db, leave.role_id, on):
        return False
    if leave.stand_in_role_id is not None and not _in_force(db, leave.stand_in_role_id, on):
        return False
    return not leave.begun or _reach(own_roles(db, person_id=leave.stand_in_id, on=on), leave.place, places, on)


def _reach(held: Iterable[Role], place: str, places: Places, on: date) -> bool:
    return any(may(one, "review.see", place, places, on=on) for one in held)


def _in_force(db: Connection, role_id: str, on: date) -> bool:
    found = role_by_id(db, role_id)
    return found is not None and found.holds(on)


def _open(db: Connection) -> tuple[Leave, ...]:
    return tuple(map(_leave, db.execute(select(leaves).where(leaves.c.ended_at.is_(None))).all()))


def _one(db: Connection, leave_id: str) -> Leave:
    return _leave(db.execute(select(leaves).where(leaves.c.id == leave_id)).one())


def _leave(row: Row[tuple[object, ...]]) -> Leave:
    return Leave(
        row.id, row.person_id, row.role_id, row.place, row.stand_in_id, row.stand_in_role_id, row.from_on,
        row.until_on, row.begun_at is not None, row.ended_at is not None,
    )  # fmt: skip


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:
    """Move leaves over; one in which both were the two sides ends."""
    for column in (leaves.c.person_id, leaves.c.stand_in_id):
        db.execute(update(leaves).where(column == gone).values({column: keep}))
    for one in _open(db):
        if one.person_id == one.stand_in_id:
            finish(db, leave=one, by="system", now=now)


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Delete the leaves of an erased person with the roles they gave, and those they stood in for."""
    theirs = or_(leaves.c.person_id == person_id, leaves.c.stand_in_id == person_id)
    for row in db.execute(select(leaves).where(theirs, leaves.c.ended_at.is_(None))).all():
        finish(db, leave=_leave(row), by="system", now=now)
    db.execute(delete(leaves).where(theirs))
