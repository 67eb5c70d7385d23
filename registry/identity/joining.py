"""
Joining an entity the office entered first to its person, and who learns of it.

`claiming.py` and `by_number.py` decide whether; nothing else calls `join`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, or_, select, update

from content.language.saying import phone_said
from content.programme.pack import Pack
from registry.applications import claims
from registry.applications.applications import applications_of_entity
from registry.applications.assisted import entries
from registry.applications.claims import Trigger
from registry.applications.entities import (
    Entity,
    add_member,
    drop_member,
    entity_of,
    members_of,
    own_keeper,
)
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.identity.linking import merge
from registry.people.invitations import invitations
from registry.people.people import current, person
from registry.people.roles import officials_for
from registry.store.audit import record
from registry.store.rows import accounts, applications, entities, members
from registry.store.tombstones import Kind, note
from registry.telling import Offer, Teller, local_day, place_name

ACT = "entity.hand_over"


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


def with_products(db: Connection, row: Row[Any]) -> Unclaimed:
    return Unclaimed(entity_of(db, row), product_names(db, row.id), row.imported)


def entered_by_office() -> ColumnElement[bool]:
    of_paper = select(applications.c.entity_id).join(entries, entries.c.application_id == applications.c.id)
    return or_(entities.c.imported.is_not(None), entities.c.id.in_(of_paper))


def product_names(db: Connection, entity_id: str) -> tuple[str, ...]:
    return tuple(one.product for one in applications_of_entity(db, entity_id=entity_id))


def is_claimed(db: Connection, entity_id: str) -> bool:
    """True once somebody with an account acts for the entity."""
    has = exists().where(members.c.entity_id == entity_id, accounts.c.person_id == members.c.person_id)
    return bool(db.execute(select(has)).scalar_one())


def end_codes(db: Connection, entity_id: str, now: datetime) -> None:
    ended = db.execute(
        update(invitations)
        .where(
            invitations.c.kind == "claim",
            invitations.c.entity_id == entity_id,
            invitations.c.redeemed_at.is_(None),
            invitations.c.expires_at > now,
        )
        .values(expires_at=now)
        .returning(invitations.c.code_print)
    ).scalars()
    for one in ended.all():
        note(db, Kind.CODE, one, now=now)


def join(
    db: Connection, pack: Pack, of: Entity, person_id: str, *, way: str, tell: Teller, now: datetime,
    decided_by: str = "",
) -> None:  # fmt: skip
    """
    Make the person the owner; the person the list named is merged into them, with the key of the texts.

    A list of an older program may name one person for several entities: then only the membership moves.
    """
    end_codes(db, of.id, now)
    keeper = current(db, of.keeper_id)
    if keeper != person_id:
        if own_keeper(db, of):
            merge(db, keep=person_id, gone=keeper, now=now)
        else:
            drop_member(db, entity_id=of.id, person_id=keeper)
    add_member(db, entity_id=of.id, person_id=person_id, part="owner", now=now)
    for other in claims.open_claims(db, entity_id=of.id):
        claims.change(db, claims.claims.c.id == other.id, Trigger.LAPSE, now=now)
        if other.person_id != person_id:
            key = keys.claim_decided(other.id)
            tell_person(db, other.person_id, "claim.gone_to_another", values_of(pack, of), key, tell, now)
    record(db, now=now, actor=person_id, act="claim.join", noun="entity", noun_id=of.id, way=way)
    tell_officials(
        db, pack, of, f"handover.joined_by_{way}", claimant(db, person_id), keys.claim_joined(of.id, person_id), tell,
        now, excluding=decided_by,
    )  # fmt: skip


def tell_second(db: Connection, *, pack: Pack, of: Entity, person_id: str, tell: Teller, now: datetime) -> int:
    """
    Report an attempt to claim what has somebody: to its members and the officials, once per person.

    Returns the number of officials; 0 for an attempt of a member.
    """
    if person_id in {who for who, _ in members_of(db, of.id)}:
        return 0
    record(db, now=now, actor=person_id, act="claim.second", noun="entity", noun_id=of.id)
    key = keys.claim_second(of.id, person_id)
    ways: tuple[Offer, ...] = (("/lienhe", "button.ask_official"),)
    for member, _part in members_of(db, of.id):
        tell_person(db, member, "claim.second", values_of(pack, of), key, tell, now, actions=ways)
    found = person(db, person_id)
    known = found is not None and (found.name or found.phone)
    phrase = "handover.second_official" if known else "handover.second_unknown"
    return tell_officials(db, pack, of, phrase, claimant(db, person_id), key, tell, now)


def tell_officials(
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
        tell_person(db, person_id, phrase, values_of(pack, of) | values, key, tell, now, actions=actions)
    return len(whom)


def tell_person(
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


def values_of(pack: Pack, of: Entity) -> dict[str, object]:
    return {"entity": of.name or "", "place": place_name(pack, of.place)}


def claimant(db: Connection, person_id: str) -> dict[str, object]:
    """Name and number of a claimant for the officials; they agreed to be called about their product."""
    found = person(db, person_id)
    return {
        "who": (found.name if found else None) or "—",
        "phone": phone_said(found.phone) if found is not None and found.phone else "—",
    }
