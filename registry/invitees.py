"""Whom a training or fair invites: counted, frozen when it is confirmed, told some at a time."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, exists, func, insert, literal, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from content.decent_hours import next_decent, out_of_the_night
from content.pack import Pack
from content.places import Places
from registry.deliveries import NOT_LEFT, owe
from registry.events import KINDS, Gathering, answers_to, gathering, values_of
from registry.installation import COUNTED
from registry.moves import Teller
from registry.people import person
from registry.roles import OFFICIALS, NotAllowedError, Role, may
from registry.rows import accounts, applications, deliveries, gatherings, invitees, members, people, roles

INVITED_AT_ONCE = 100
"""People told in one unit of work, so that nobody's reply waits behind a long list."""


def count_invited(db: Connection, *, role: Role, kind: str, place: str, places: Places, on: date, now: datetime) -> int:
    """How many people an invitation would reach; a place beyond the official's own is refused."""
    if kind not in KINDS or not may(role, "event.invite", place, places, on=on):
        raise NotAllowedError("event.invite")
    found = _invitable(kind, places, place, now=now, on=on, besides=role.person_id).subquery()
    return db.execute(select(func.count()).select_from(found)).scalar_one()


def freeze(db: Connection, *, known: Gathering, places: Places, on: date, now: datetime) -> int:
    """Write down whom a new gathering invites, for the function that checked its reach; how many they are."""
    chosen = _invitable(known.kind, places, known.place, now=now, on=on, besides=known.author).subquery()
    invited = db.execute(
        insert(invitees).from_select(
            ["gathering_id", "person_id", "state"], select(literal(known.id), chosen.c.id, literal("none"))
        ),
        execution_options=COUNTED,
    ).rowcount
    db.execute(update(gatherings).where(gatherings.c.id == known.id).values(invited=invited))
    return invited


def send_invitations(
    db: Connection, *, pack: Pack, tell: Teller, now: datetime, gathering_id: str | None = None
) -> dict[str, int]:
    """
    Owe invitations that are not yet, with the urgency of an announcement and at a decent hour.

    `left` counts those for whom there was no room in this unit; send again.
    """
    query = (
        select(invitees.c.gathering_id, invitees.c.person_id)
        .join(gatherings, gatherings.c.id == invitees.c.gathering_id)
        .where(gatherings.c.state == "open", gatherings.c.starts_at > now, invitees.c.told_at.is_(None))
        .order_by(gatherings.c.created_at, invitees.c.person_id)
        .limit(INVITED_AT_ONCE + 1)
    )
    if gathering_id is not None:
        query = query.where(invitees.c.gathering_id == gathering_id)
    rows = db.execute(query).all()
    counts = {"invited": 0, "left": len(rows[INVITED_AT_ONCE:])}
    for row in rows[:INVITED_AT_ONCE]:
        known = gathering(db, row.gathering_id)
        told = person(db, row.person_id)
        set_invitee(db, row.gathering_id, row.person_id, told_at=now)
        if known is None or told is None or not told.wants_unasked(now):
            continue
        due = next_decent(now, pack.programme.quiet, ZoneInfo(pack.programme.timezone), pack.programme.holidays)
        if due >= known.starts_at:
            due = out_of_the_night(now, pack.programme)
        key = "event.invited" if known.seats is None else "event.invited_seats"
        owed = owe(
            db,
            key=f"event:{known.id}:invite:{known.version}:{told.id}",
            person_id=told.id,
            kind="broadcast",
            message=tell(told.id, key, values_of(db, pack, known), answers_to(known)),
            now=now,
            due_at=due,
            not_after=known.starts_at,
        )
        counts["invited"] += owed is not None
    return counts


def invite_anew(db: Connection, gathering_id: str) -> None:
    """Invitations that have not left say the old day: they are written again by the next sweep."""
    unsent = (deliveries.c.key.startswith(f"event:{gathering_id}:invite:", autoescape=True)) & (
        deliveries.c.state.in_(NOT_LEFT)
    )
    waiting = db.execute(select(deliveries.c.person_id).where(unsent)).scalars().all()
    db.execute(update(deliveries).where(unsent).values(state="cancelled", reason="written anew"))
    for person_id in waiting:
        set_invitee(db, gathering_id, person_id, told_at=None)


def _invitable(kind: str, places: Places, place: str, *, now: datetime, on: date, besides: str) -> Select[Any]:
    """
    Whom an invitation reaches: people of a place who can be told; for a council its officials.

    People live there, or their entity makes something there; nobody who stopped or paused.
    """
    codes = sorted(places.subtree(place))
    if kind == "councils":
        there: ColumnElement[bool] = people.c.id.in_(
            select(roles.c.person_id).where(
                roles.c.place.in_(codes), roles.c.role.in_(OFFICIALS), roles.c.revoked_at.is_(None), roles.c.until >= on
            )
        )
    else:
        makes = people.c.id.in_(
            select(members.c.person_id)
            .join(applications, applications.c.entity_id == members.c.entity_id)
            .where(applications.c.place.in_(codes))
        )
        there = or_(people.c.place.in_(codes), makes)
    return select(people.c.id).where(
        people.c.id != besides,
        people.c.erased_at.is_(None),
        people.c.merged_into.is_(None),
        people.c.stopped_at.is_(None),
        or_(people.c.paused_until.is_(None), people.c.paused_until <= now),
        exists(select(accounts.c.id).where(accounts.c.person_id == people.c.id, accounts.c.state == "open")),
        there,
    )


def set_invitee(db: Connection, gathering_id: str, person_id: str, **values: Any) -> None:
    """Write what is known of one invited person."""
    db.execute(
        update(invitees)
        .where(invitees.c.gathering_id == gathering_id, invitees.c.person_id == person_id)
        .values(**values)
    )
