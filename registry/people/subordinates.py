"""The roles below an official's own, in their place: seen, extended and ended by them; the one guarded reading."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Connection, func, select, update

from content.places.places import Places
from registry.people.invitations import invitations
from registry.people.roles import LONGEST, NotAllowedError, Role, may, may_grant, role_by_id, role_of
from registry.store.audit import record
from registry.store.rows import people, roles
from registry.store.tombstones import Kind, note

MOST_INVITATIONS = 20
"""Unused codes of one official at a time: a stolen account must not hand out a whole office."""


class TooManyInvitationsError(Exception):
    """The official has as many unused codes as one may have; nothing was made."""


def roles_below(db: Connection, *, held: Iterable[Role], places: Places, on: date) -> tuple[Role, ...]:
    """Return the present roles that one of these roles may give or take, by place; each once, without erased people."""
    mine = tuple(held)
    rows = db.execute(
        select(roles)
        .join(people, people.c.id == roles.c.person_id)
        .where(roles.c.revoked_at.is_(None), roles.c.until >= on, people.c.erased_at.is_(None))
        .order_by(roles.c.place, roles.c.granted_at, roles.c.id)
    )
    found = map(role_of, rows)
    return tuple(one for one in found if giver_of(one, held=mine, places=places, on=on) is not None)


def role_below(
    db: Connection, *, role_id: str, held: Iterable[Role], places: Places, on: date
) -> tuple[Role, Role] | None:
    """Return one role with the role that may give and take it; None for any other, also one that has ended."""
    found = role_by_id(db, role_id)
    if found is None or not found.holds(on):
        return None
    giver = giver_of(found, held=held, places=places, on=on)
    return None if giver is None else (found, giver)


def giver_of(role: Role, *, held: Iterable[Role], places: Places, on: date) -> Role | None:
    """The first of these roles that may give and take a role of somebody else; nobody changes their own."""
    return next(
        (
            one
            for one in held
            if one.person_id != role.person_id
            and may(one, "role.see", role.place, places, on=on)
            and may_grant(one, role.role, role.place, places, on=on)
        ),
        None,
    )


def extend(
    db: Connection, *, role_id: str, by: Role, until: date, places: Places, on: date, now: datetime
) -> Role | None:
    """
    Set a later last day of a role below one's own, at most twelve months from today.

    None when it ended meanwhile or does not end before that day.  Idempotent.
    """
    found = role_by_id(db, role_id)
    if found is None or giver_of(found, held=(by,), places=places, on=on) is None:
        raise NotAllowedError("role.invite")
    until = min(until, on + LONGEST)
    if not found.holds(on) or until <= found.until:
        return None
    db.execute(update(roles).where(roles.c.id == role_id).values(until=until))
    note(db, Kind.TERM, role_id, now=now, until=until.isoformat())
    record(
        db, now=now, actor=by.person_id, act="role.extend", noun="role", noun_id=role_id, person=found.person_id,
        role=found.role, place=found.place, until=until.isoformat(),
    )  # fmt: skip
    return role_by_id(db, role_id)


def granted_by(db: Connection, role_id: str) -> str:
    """The person who gave a role, or the operator."""
    return str(db.execute(select(roles.c.granted_by).where(roles.c.id == role_id)).scalar_one())


def check_invitations(db: Connection, *, by: str, now: datetime) -> None:
    """Refuse a further code to somebody with too many unused ones."""
    unused = db.execute(
        select(func.count())
        .select_from(invitations)
        .where(
            invitations.c.by == by,
            invitations.c.kind == "role",
            invitations.c.redeemed_at.is_(None),
            invitations.c.expires_at > now,
        )
    ).scalar_one()
    if unused >= MOST_INVITATIONS:
        raise TooManyInvitationsError
