"""
Joining an entity the office entered first to its person: by a one-time code, or by a number and an official's tap.

Nothing else joins them: a name, a place and a product are known to every neighbour.  An entity that has somebody
already moves to nobody; its owner and the officials learn of the attempt.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, or_, select, update

from content.actions.claims import GrantClaim, RefuseClaim, ShowFiles
from content.language.saying import phone_said
from content.places.places import Places
from content.programme.pack import Pack
from registry.applications import claims
from registry.applications.applications import applications_of_entity
from registry.applications.assisted import entries
from registry.applications.claims import Claim, State, Trigger
from registry.applications.entities import (
    Entity,
    add_member,
    drop_member,
    entities,
    entity,
    entity_of,
    members_of,
    own_keeper,
)
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.identity.linking import merge
from registry.people.one_time_codes import code_print
from registry.people.people import current, merged_ids, person
from registry.people.roles import (
    OPERATOR,
    NotAllowedError,
    Role,
    invitations,
    may,
    new_invitation,
    officials_for,
    roles_of,
    take_invitation,
)
from registry.store.audit import audit, record
from registry.store.rows import accounts, applications, members, people
from registry.telling import Offer, Teller, local_day, place_name

ACT = "entity.hand_over"
MOST_MISSES = 5
"""Wrong codes of one person within `MISSES_COUNT`; after them even a right one is not read."""
MISSES_COUNT = timedelta(hours=1)
MOST_CODES = 30
"""Codes one official may make within a day."""


class TooManyError(Exception):
    """Too many wrong codes of one person, or too many codes by one official; nothing was read or made."""


class HasOwnerError(Exception):
    """The entity has somebody already; nothing was made and nothing moved."""

    def __init__(self, of: Entity) -> None:
        super().__init__(f"Entity {of.id} has somebody already. Nothing was changed. Its owner can invite a helper.")
        self.entity = of


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """An entity that nobody on any channel acts for, with its products and the number the office has for it."""

    entity: Entity
    products: tuple[str, ...]
    number: str | None  # the office's own


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
    return tuple(_with_products(db, row) for row in rows)


def count_unclaimed(db: Connection, *, roles: Collection[Role], places: Places, on: date) -> int:
    """The number of entities in the places of these roles that nobody has claimed."""
    found = _unclaimed(_places_seen(db, roles, places, on)).subquery()
    return int(db.execute(select(func.count()).select_from(found)).scalar_one())


def unclaimed_everywhere(db: Connection) -> tuple[Unclaimed, ...]:
    """Every entity that nobody has claimed, for the operator."""
    rows = db.execute(_unclaimed(_places(db)).order_by(entities.c.place, entities.c.created_at, entities.c.id)).all()
    return tuple(_with_products(db, row) for row in rows)


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
        .where(entities.c.place.in_(within), people.c.erased_at.is_(None), _entered_by_office(), ~_has_somebody())
    )


def _with_products(db: Connection, row: Row[Any]) -> Unclaimed:
    return Unclaimed(entity_of(db, row), _products(db, row.id), row.imported)


def _entered_by_office() -> ColumnElement[bool]:
    of_paper = select(applications.c.entity_id).join(entries, entries.c.application_id == applications.c.id)
    return or_(entities.c.imported.is_not(None), entities.c.id.in_(of_paper))


def _has_somebody() -> ColumnElement[bool]:
    return exists().where(members.c.entity_id == entities.c.id, accounts.c.person_id == members.c.person_id)


def _products(db: Connection, entity_id: str) -> tuple[str, ...]:
    return tuple(one.product for one in applications_of_entity(db, entity_id=entity_id))


def is_claimed(db: Connection, entity_id: str) -> bool:
    """True once somebody with an account acts for the entity."""
    has = exists().where(members.c.entity_id == entity_id, accounts.c.person_id == members.c.person_id)
    return bool(db.execute(select(has)).scalar_one())


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
    _end_codes(db, entity_id, now)
    actor = by.person_id if isinstance(by, Role) else OPERATOR
    code = new_invitation(db, kind="claim", by=actor, now=now, entity_id=entity_id)
    record(db, now=now, actor=actor, act="claim.code", noun="entity", noun_id=entity_id)
    if isinstance(by, Role):
        record(db, now=now, actor=actor, act="claim.code", noun="person", noun_id=by.person_id)
    return code, Unclaimed(found, _products(db, entity_id), None)


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
    return Unclaimed(found, _products(db, found.id), None)


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
    _join(db, pack, found.entity, person_id, way="code", tell=tell, now=now)
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


def _end_codes(db: Connection, entity_id: str, now: datetime) -> None:
    db.execute(
        update(invitations)
        .where(
            invitations.c.kind == "claim",
            invitations.c.entity_id == entity_id,
            invitations.c.redeemed_at.is_(None),
            invitations.c.expires_at > now,
        )
        .values(expires_at=now)
    )


def _acts(db: Connection, person_id: str, act: str, since: datetime) -> int:
    """How often a person did an act since a moment, by the audit."""
    who = merged_ids(db, person_id)
    found = select(func.count()).where(
        audit.c.noun == "person", audit.c.noun_id.in_(who), audit.c.act == act, audit.c.at > since
    )
    return int(db.execute(found).scalar_one())


# --- by a number and a tap --------------------------------------------------------------------------------------------


def listed_for(db: Connection, *, person_id: str) -> tuple[Unclaimed, ...]:
    """The unclaimed entities whose listed number is the one a platform vouches for of this person."""
    return tuple(one for one in _with_my_number(db, person_id) if not is_claimed(db, one.entity.id))


def taken_by_others(db: Connection, *, person_id: str) -> tuple[Entity, ...]:
    """The entities with this person's number on the list that somebody else acts for."""
    return tuple(
        one.entity
        for one in _with_my_number(db, person_id)
        if is_claimed(db, one.entity.id) and person_id not in {who for who, _ in members_of(db, one.entity.id)}
    )


def _with_my_number(db: Connection, person_id: str) -> tuple[Unclaimed, ...]:
    vouched = (people.c.id == person_id, people.c.phone_verified_at.is_not(None))
    number = db.execute(select(people.c.phone_print).where(*vouched)).scalar_one_or_none()
    if number is None:
        return ()
    keepers = select(people.c.id).where(
        people.c.phone_print == number, people.c.erased_at.is_(None), people.c.id != person_id
    )
    rows = db.execute(
        select(entities)
        .where(entities.c.keeper_id.in_(keepers), _entered_by_office())
        .order_by(entities.c.created_at, entities.c.id)
    ).all()
    return tuple(one for one in (_with_products(db, row) for row in rows) if one.entity.name is not None)


def ask_for(
    db: Connection, *, pack: Pack, entity_id: str, person_id: str, now: datetime, tell: Teller
) -> tuple[Claim, int]:
    """
    Claim an entity whose listed number a platform vouches for; the officials in charge decide.

    Returns the claim and the number of officials who were asked.  `LookupError` without the number or once an
    official refused it.  Idempotent.
    """
    found = next((one for one in listed_for(db, person_id=person_id) if one.entity.id == entity_id), None)
    if found is None or claims.refused_before(db, entity_id=entity_id, person_id=person_id):
        raise LookupError
    asked = claims.ask(db, entity_id=entity_id, person_id=person_id, now=now)
    told = _tell_officials(
        db, pack, found.entity, "claim.asked", _claimant(db, person_id), keys.claim_asked(asked.id, entity_id),
        tell, now, actions=((GrantClaim(asked.id), "claim.grant"), (RefuseClaim(asked.id), "claim.refuse")),
    )  # fmt: skip
    return asked, told


def open_claim(db: Connection, *, claim_id: str, role: Role, places: Places, on: date) -> tuple[Claim, Entity] | None:
    """An open claim with its entity, for an official of its place; nothing else is revealed."""
    found = claims.claim(db, claim_id)
    of = None if found is None else entity(db, found.entity_id)
    if found is None or of is None or not may(role, ACT, of.place, places, on=on):
        return None
    return found, of


def decide_claim(
    db: Connection, *, pack: Pack, claim_id: str, role: Role, grant: bool, now: datetime, tell: Teller
) -> Claim:
    """
    Take an official's decision on a claim; the first one counts.

    `NotAllowedError` outside the official's place and for their own claim.  `LookupError` once it is decided.
    `HasOwnerError` when the entity has somebody by now.
    """
    found = open_claim(db, claim_id=claim_id, role=role, places=pack.places, on=local_day(pack, now))
    if found is None or current(db, role.person_id) == current(db, found[0].person_id):
        raise NotAllowedError(ACT)
    asked, of = found
    if asked.state is not State.ASKED:
        raise LookupError
    still = {one.entity.id for one in listed_for(db, person_id=asked.person_id)}
    if grant and of.id not in still:
        claims.change(db, claims.claims.c.id == asked.id, Trigger.LAPSE, now=now)
        raise HasOwnerError(of)
    claims.change(db, claims.claims.c.id == asked.id, Trigger.GRANT if grant else Trigger.REFUSE, now=now)
    act = "claim.grant" if grant else "claim.refuse"
    record(db, now=now, actor=role.person_id, act=act, noun="entity", noun_id=of.id, claim=asked.id)
    if grant:
        _join(db, pack, of, asked.person_id, way="number", tell=tell, now=now, decided_by=role.person_id)
    key, ways = ("claim.granted", ((ShowFiles(), "menu.files"),)) if grant else ("claim.refused", ())
    _tell(db, asked.person_id, key, _values(pack, of), keys.claim_decided(asked.id), tell, now, actions=ways)
    return asked


# --- joining ----------------------------------------------------------------------------------------------------------


def _join(
    db: Connection, pack: Pack, of: Entity, person_id: str, *, way: str, tell: Teller, now: datetime,
    decided_by: str = "",
) -> None:  # fmt: skip
    """
    Make the person the owner; the person the list named is merged into them, with the key of the texts.

    A list of an older program may name one person for several entities: then only the membership moves.
    """
    _end_codes(db, of.id, now)
    keeper = current(db, of.keeper_id)
    if keeper != person_id:
        if own_keeper(db, of):
            merge(db, keep=person_id, gone=keeper, now=now)
        else:
            drop_member(db, entity_id=of.id, person_id=keeper)
    add_member(db, entity_id=of.id, person_id=person_id, part="owner", now=now)
    claims.change(db, claims.claims.c.entity_id == of.id, Trigger.LAPSE, now=now)
    record(db, now=now, actor=person_id, act="claim.join", noun="entity", noun_id=of.id, way=way)
    _tell_officials(
        db, pack, of, f"claim.joined_by_{way}", _claimant(db, person_id), keys.claim_joined(of.id, person_id), tell,
        now, excluding=decided_by,
    )  # fmt: skip


def tell_second(db: Connection, *, pack: Pack, of: Entity, person_id: str, tell: Teller, now: datetime) -> None:
    """Report an attempt to claim what has somebody: to its members and the officials, once per person."""
    if person_id in {who for who, _ in members_of(db, of.id)}:
        return
    record(db, now=now, actor=person_id, act="claim.second", noun="entity", noun_id=of.id)
    key = keys.claim_second(of.id, person_id)
    for member, _part in members_of(db, of.id):
        _tell(
            db, member, "claim.second", _values(pack, of), key, tell, now, actions=(("/lienhe", "button.ask_official"),)
        )
    _tell_officials(db, pack, of, "claim.second_official", _claimant(db, person_id), key, tell, now)


def _tell_officials(
    db: Connection,
    pack: Pack,
    of: Entity,
    phrase: str,
    values: dict[str, object],
    key: keys.ToEach,
    tell: Teller,
    now: datetime,
    *,
    actions: tuple[Offer, ...] = (),
    excluding: str = "",
) -> int:
    level = pack.programme.decision("idea").level
    held = officials_for(db, pack.places, place=of.place, level=level, on=local_day(pack, now)).roles
    whom = dict.fromkeys(one.person_id for one in held if one.person_id != excluding)
    for person_id in whom:
        _tell(db, person_id, phrase, _values(pack, of) | values, key, tell, now, actions=actions)
    return len(whom)


def _tell(
    db: Connection,
    person_id: str,
    phrase: str,
    values: dict[str, object],
    key: keys.ToEach,
    tell: Teller,
    now: datetime,
    *,
    actions: tuple[Offer, ...] = (),
) -> None:
    message = tell(person_id, phrase, values, actions)
    enqueue(db, key=key(person_id), person_id=person_id, kind="status", message=message, now=now)


def _values(pack: Pack, of: Entity) -> dict[str, object]:
    return {"entity": of.name or "", "place": place_name(pack, of.place)}


def _claimant(db: Connection, person_id: str) -> dict[str, object]:
    """Name and number of a claimant for the officials; they agreed to be called about their product."""
    found = person(db, person_id)
    return {
        "who": (found.name if found else None) or "—",
        "phone": phone_said(found.phone) if found is not None and found.phone else "—",
    }
