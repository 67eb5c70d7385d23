"""
Claiming by a number: the platform vouches for it, the office's list has it, and an official taps.

A producer who says that a recognised product is theirs moves nothing: the officials are asked to call.
"""

from datetime import date, datetime

from sqlalchemy import Connection, select

from content.actions.claims import GetClaimCode, GrantClaim, RefuseClaim, ShowFiles
from content.places.places import Places
from content.programme.pack import Pack
from registry.applications import claims
from registry.applications.claims import Claim, State, Trigger
from registry.applications.drafts import Draft
from registry.applications.entities import (
    Entity,
    entity,
    members_of,
)
from registry.applications.known_products import recognised_like
from registry.deliveries import keys
from registry.identity.joining import (
    ACT,
    HasOwnerError,
    Unclaimed,
    claimant,
    entered_by_office,
    is_claimed,
    join,
    tell_officials,
    tell_person,
    tell_second,
    values_of,
    with_products,
)
from registry.people.people import current
from registry.people.roles import (
    NotAllowedError,
    Role,
    may,
)
from registry.store.audit import record
from registry.store.rows import entities, people
from registry.telling import Teller, local_day


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
        .where(entities.c.keeper_id.in_(keepers), entered_by_office())
        .order_by(entities.c.created_at, entities.c.id)
    ).all()
    return tuple(one for one in (with_products(db, row) for row in rows) if one.entity.name is not None)


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
    told = tell_officials(
        db, pack, found.entity, "handover.asked", claimant(db, person_id), keys.claim_asked(asked.id, entity_id),
        tell, now, actions=((GrantClaim(asked.id), "handover.grant"), (RefuseClaim(asked.id), "handover.refuse")),
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
        join(db, pack, of, asked.person_id, way="number", tell=tell, now=now, decided_by=role.person_id)
    key, ways = ("claim.granted", ((ShowFiles(), "menu.files"),)) if grant else ("claim.refused", ())
    tell_person(db, asked.person_id, key, values_of(pack, of), keys.claim_decided(asked.id), tell, now, actions=ways)
    return asked


def say_theirs(
    db: Connection, *, pack: Pack, draft: Draft, product_id: str, person_id: str, now: datetime, tell: Teller
) -> int:
    """
    Tell the officials that a producer calls a recognised product theirs; nothing moves.

    Returns the number of officials who learn of it.  `LookupError` unless the draft names such a product.  An owner
    learns of it too.
    """
    name, place = str(draft.answers.get("product_name", "")), str(draft.answers.get("place", ""))
    found = next((one for one in recognised_like(db, name=name, place=place) if one.product_id == product_id), None)
    of = None if found is None else entity(db, found.entity_id)
    if found is None or of is None:
        raise LookupError
    if is_claimed(db, of.id):
        return tell_second(db, pack=pack, of=of, person_id=person_id, tell=tell, now=now)
    record(db, now=now, actor=person_id, act="claim.say", noun="entity", noun_id=of.id)
    return tell_officials(
        db, pack, of, "handover.says_theirs", claimant(db, person_id) | {"product": found.name},
        keys.claim_said(of.id, person_id), tell, now, actions=((GetClaimCode(of.id), "handover.get_code"),),
    )  # fmt: skip
