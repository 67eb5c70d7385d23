"""
Joining an entity the office entered first to its person: by a one-time code, or by a number and an official's tap.

Nothing else joins them: a name, a place and a product are known to every neighbour.  An entity that has somebody
already moves to nobody; its owner and the officials learn of the attempt.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, or_, select

from content.places.places import Places
from content.programme.pack import Pack
from registry.applications.entities import (
    Entity,
    entity,
    entity_of,
)
from registry.identity.joining import (
    ACT,
    HasOwnerError,
    Unclaimed,
    end_codes,
    entered_by_office,
    is_claimed,
    join,
    product_names,
    tell_second,
    with_products,
)
from registry.people.invitations import invitations, new_invitation, take_invitation
from registry.people.one_time_codes import code_print
from registry.people.people import current, merged_ids
from registry.people.roles import OPERATOR, NotAllowedError, Role, may, roles_of
from registry.store.audit import audit, record
from registry.store.rows import accounts, applications, entities, members, people
from registry.telling import Teller, local_day

MOST_MISSES = 5
"""Wrong codes of one person within `MISSES_COUNT`; after them even a right one is not read."""
MISSES_COUNT = timedelta(hours=1)
MOST_CODES = 30
"""Codes one official may make within a day."""


class TooManyError(Exception):
    """Too many wrong codes of one person, or too many codes by one official; nothing was read or made."""


# --- what has nobody --------------------------------------------------------------------------------------------------


def unclaimed_seen_by(
    db: Connection, *, role: Role, places: Places, on: date, limit: int | None = None
) -> tuple[Unclaimed, ...]:
    """The entities of an official's place that nobody has claimed, by place; none without the right."""
    rows = db.execute(
        _unclaimed(_places_seen(db, (role,), places, on))
        .order_by(entities.c.place, entities.c.created_at, entities.c.id)
        .limit(limit)
    ).all()
    return tuple(with_products(db, row) for row in rows)


def count_unclaimed(db: Connection, *, roles: Collection[Role], places: Places, on: date) -> int:
    """The number of entities in the places of these roles that nobody has claimed."""
    found = _unclaimed(_places_seen(db, roles, places, on)).subquery()
    return int(db.execute(select(func.count()).select_from(found)).scalar_one())


def unclaimed_everywhere(db: Connection, *, limit: int | None = None) -> tuple[Unclaimed, ...]:
    """Every entity that nobody has claimed, for the operator; with `limit` the first ones."""
    found = _unclaimed(_places(db)).order_by(entities.c.place, entities.c.created_at, entities.c.id).limit(limit)
    return tuple(with_products(db, row) for row in db.execute(found).all())


def count_unclaimed_everywhere(db: Connection) -> int:
    """The number of entities that nobody has claimed, for the operator."""
    return int(db.execute(select(func.count()).select_from(_unclaimed(_places(db)).subquery())).scalar_one())


def entity_named(db: Connection, name: str) -> Entity | None:
    """Return the entity with this id, this number of the office, or an application with this code."""
    by_code = select(applications.c.entity_id).where(applications.c.code == name)
    row = db.execute(
        select(entities).where(or_(entities.c.id == name, entities.c.imported == name, entities.c.id.in_(by_code)))
    ).first()
    return None if row is None else entity_of(db, row)


def _places(db: Connection) -> list[str]:
    return sorted(db.execute(select(entities.c.place).distinct()).scalars())


def _places_seen(db: Connection, held: Collection[Role], places: Places, on: date) -> list[str]:
    may_see = [role for role in held if may(role, ACT, role.place, places, on=on)]
    return [one for one in _places(db) if any(places.within(one, role.place) for role in may_see)]


def _unclaimed(within: Collection[str]) -> Select[Any]:
    return (
        select(entities)
        .join(people, people.c.id == entities.c.keeper_id)
        .where(entities.c.place.in_(within), people.c.erased_at.is_(None), entered_by_office(), ~_has_somebody())
    )


def _has_somebody() -> ColumnElement[bool]:
    return exists().where(members.c.entity_id == entities.c.id, accounts.c.person_id == members.c.person_id)


# --- by a code --------------------------------------------------------------------------------------------------------


def claim_code(
    db: Connection, *, pack: Pack, entity_id: str, by: Role | Literal["operator"], now: datetime
) -> tuple[str, Unclaimed]:
    """
    Make a one-time code for an unclaimed entity, good for 24 hours; earlier ones of the entity end.

    `NotAllowedError` outside the official's place.  `HasOwnerError` for a claimed entity.  `TooManyError` above the
    daily limit.
    """
    found = entity(db, entity_id)
    on = local_day(pack, now)
    if found is None or found.name is None:
        raise NotAllowedError(ACT)
    if isinstance(by, Role):
        if not may(by, ACT, found.place, pack.places, on=on):
            raise NotAllowedError(ACT)
        if _acts(db, by.person_id, "claim.code", now - timedelta(days=1)) >= MOST_CODES:
            raise TooManyError
    elif by != OPERATOR:
        raise NotAllowedError(ACT)
    if is_claimed(db, entity_id):
        raise HasOwnerError(found)
    end_codes(db, entity_id, now)
    actor = by.person_id if isinstance(by, Role) else OPERATOR
    code = new_invitation(db, kind="claim", by=actor, now=now, entity_id=entity_id)
    record(db, now=now, actor=actor, act="claim.code", noun="entity", noun_id=entity_id)
    if isinstance(by, Role):
        record(db, now=now, actor=actor, act="claim.code", noun="person", noun_id=by.person_id)
    return code, Unclaimed(found, product_names(db, entity_id), None)


def entity_of_code(db: Connection, *, pack: Pack, code: str, person_id: str, now: datetime, tell: Teller) -> Unclaimed:
    """
    The entity a code is for, while this person can use it; looking does not use it up.

    `TooManyError` after too many wrong codes, `LookupError` for a wrong or ended code.  An attempt on an entity that
    has somebody by now is reported to its owner and the officials.
    """
    if _acts(db, person_id, "claim.miss", now - MISSES_COUNT) >= MOST_MISSES:
        raise TooManyError
    row = db.execute(
        select(invitations).where(invitations.c.kind == "claim", invitations.c.code_print == code_print(db, code))
    ).one_or_none()
    found = None if row is None else entity(db, row.entity_id)
    if row is None or found is None or found.name is None or not _may_use(db, pack, row, person_id, found, now):
        record(db, now=now, actor=person_id, act="claim.miss", noun="person", noun_id=person_id)
        if found is not None and is_claimed(db, found.id):
            tell_second(db, pack=pack, of=found, person_id=person_id, tell=tell, now=now)
        raise LookupError
    return Unclaimed(found, product_names(db, found.id), None)


def is_claim_code(db: Connection, code: str) -> bool:
    """True for a code that was made for an entity, in any state; it tells nothing about the entity."""
    known = select(invitations.c.kind).where(
        invitations.c.kind == "claim", invitations.c.code_print == code_print(db, code)
    )
    return db.execute(known).first() is not None


def claim_by_code(db: Connection, *, pack: Pack, code: str, person_id: str, now: datetime, tell: Teller) -> Unclaimed:
    """
    Join the entity of a code to the person who sends it; the same errors as `entity_of_code`.

    Of two at once only one gets it: the code is used up by one UPDATE.
    """
    found = entity_of_code(db, pack=pack, code=code, person_id=person_id, now=now, tell=tell)
    if take_invitation(db, kind="claim", code=code, person_id=person_id, now=now) is None:
        raise LookupError
    join(db, pack, found.entity, person_id, way="code", tell=tell, now=now)
    return found


def _may_use(db: Connection, pack: Pack, row: Row[Any], person_id: str, of: Entity, now: datetime) -> bool:
    """True for an open code of an unclaimed entity whose maker still has the right and is not the claimant."""
    if row.redeemed_at is not None or row.expires_at <= now or is_claimed(db, of.id):
        return False
    if row.by == OPERATOR:
        return True
    maker = current(db, row.by)
    on = local_day(pack, now)
    held = roles_of(db, person_id=maker, on=on)
    return maker != current(db, person_id) and any(may(one, ACT, of.place, pack.places, on=on) for one in held)


def _acts(db: Connection, person_id: str, act: str, since: datetime) -> int:
    """How often a person did an act since a moment, by the audit."""
    who = merged_ids(db, person_id)
    found = select(func.count()).where(
        audit.c.noun == "person", audit.c.noun_id.in_(who), audit.c.act == act, audit.c.at > since
    )
    return int(db.execute(found).scalar_one())
