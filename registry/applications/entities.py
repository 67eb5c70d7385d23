"""Entities (households, groups, cooperatives, companies) and the people who act for them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from registry.people.invitations import new_invitation, take_invitation
from registry.people.roles import NotAllowedError, may_own
from registry.store.audit import record
from registry.store.prepared import Prepared, inserting, inserting_or
from registry.store.rows import entities, members, new_id
from registry.store.sealing import seal_for, unseal_for

_ADD = inserting(entities, "id", "keeper_id", "kind", "place", "name_sealed", "tax_code", "imported", "created_at")
_ADD_MEMBER = inserting_or(
    lambda insert: (
        insert(members)
        .values({name: bindparam(name) for name in ("entity_id", "person_id", "part", "since")})
        .on_conflict_do_nothing(index_elements=["entity_id", "person_id"])
    )
)
_OF_MEMBER = Prepared(
    select(entities)
    .join(members, members.c.entity_id == entities.c.id)
    .where(members.c.person_id == bindparam("of_person"))
    .order_by(entities.c.created_at, entities.c.id)
)
_MEMBERS = Prepared(
    select(members.c.person_id, members.c.part)
    .where(members.c.entity_id == bindparam("of_entity"))
    .order_by(members.c.since, members.c.person_id)
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A chủ thể.  Its name is None once its keeper was erased."""

    id: str
    keeper_id: str
    kind: str
    place: str
    name: str | None
    tax_code: str | None


@dataclass(frozen=True, slots=True)
class NewEntity:
    """The facts a new entity is made from."""

    kind: str
    place: str
    name: str
    tax_code: str | None = None


def add_entity(db: Connection, *, keeper_id: str, new: NewEntity, now: datetime, imported: str | None = None) -> Entity:
    """
    Make an entity with its keeper as owner.

    Two entities of one name may stand side by side.  With an office's own number
    (`imported`) the second import changes the entity and does not add one.
    """
    known = None
    if imported is not None:
        known = db.execute(select(entities).where(entities.c.imported == imported)).one_or_none()
    if known is not None:
        return change_entity(db, entity=entity_of(db, known), name=new.name, kind=new.kind, tax_code=new.tax_code)
    entity_id = new_id()
    _ADD.count(
        db,
        id=entity_id,
        keeper_id=keeper_id,
        kind=new.kind,
        place=new.place,
        name_sealed=seal_for(db, keeper_id, f"entities:name:{entity_id}", new.name),
        tax_code=new.tax_code,
        imported=imported,
        created_at=now,
    )
    add_member(db, entity_id=entity_id, person_id=keeper_id, part="owner", now=now)
    record(db, now=now, actor=keeper_id, act="entity.add", noun="entity", noun_id=entity_id, kind=new.kind)
    return Entity(entity_id, keeper_id, new.kind, new.place, new.name, new.tax_code)


def change_entity(
    db: Connection,
    *,
    entity: Entity,
    name: str | None = None,
    kind: str | None = None,
    tax_code: str | None = None,
) -> Entity:
    """Correct facts of an entity; arguments that are None leave theirs as they are."""
    changed = Entity(
        entity.id,
        entity.keeper_id,
        kind or entity.kind,
        entity.place,
        name or entity.name,
        tax_code or entity.tax_code,
    )
    values: dict[str, Any] = {"kind": changed.kind, "tax_code": changed.tax_code}
    if name is not None:
        values["name_sealed"] = seal_for(db, entity.keeper_id, f"entities:name:{entity.id}", name)
    db.execute(update(entities).where(entities.c.id == entity.id).values(**values))
    return changed


def change_keeper(db: Connection, *, entity: Entity, keeper_id: str, now: datetime) -> Entity:
    """Let another person keep an entity and act for it in the keeper's place; its name is sealed under their key."""
    changed = replace(entity, keeper_id=keeper_id)
    sealed = seal_for(db, keeper_id, f"entities:name:{entity.id}", entity.name)
    db.execute(update(entities).where(entities.c.id == entity.id).values(keeper_id=keeper_id, name_sealed=sealed))
    drop_member(db, entity_id=entity.id, person_id=entity.keeper_id)
    add_member(db, entity_id=entity.id, person_id=keeper_id, part="owner", now=now)
    return changed


def correct_entity(
    db: Connection, *, entity_id: str, person_id: str, name: str, kind: str, place: str, tax_code: str | None
) -> bool:
    """
    Correct an entity after its owner corrected an idea of it; False for a helper and without a difference.

    An entity of an office's list keeps its place: the list corrects it.
    """
    row = db.execute(select(entities).where(entities.c.id == entity_id)).one_or_none()
    part = part_of(db, entity_id=entity_id, person_id=person_id)
    if row is None or not may_own(part, "entity.edit_own"):
        return False
    known = entity_of(db, row)
    wanted = (name, kind, known.place if row.imported is not None else place, tax_code or known.tax_code)
    if known.name is None or wanted == (known.name, known.kind, known.place, known.tax_code):
        return False
    change_entity(db, entity=known, name=name, kind=kind, tax_code=tax_code)
    db.execute(update(entities).where(entities.c.id == entity_id).values(place=wanted[2]))
    return True


def entity(db: Connection, entity_id: str) -> Entity | None:
    """One entity, for those whose right to it was checked."""
    row = db.execute(select(entities).where(entities.c.id == entity_id)).one_or_none()
    return None if row is None else entity_of(db, row)


def entity_for(db: Connection, *, entity_id: str, person_id: str) -> Entity | None:
    """Return one entity of this person; None for another person's."""
    return entity(db, entity_id) if part_of(db, entity_id=entity_id, person_id=person_id) else None


def entities_of(db: Connection, *, person_id: str) -> tuple[Entity, ...]:
    """The entities a person acts for, oldest first."""
    return tuple(entity_of(db, row) for row in _OF_MEMBER.rows(db, of_person=person_id))


def part_of(db: Connection, *, entity_id: str, person_id: str) -> str | None:
    """Return a person's part in an entity, owner or helper; None when neither."""
    return db.execute(
        select(members.c.part).where(members.c.entity_id == entity_id, members.c.person_id == person_id)
    ).scalar_one_or_none()


def members_of(db: Connection, entity_id: str) -> tuple[tuple[str, str], ...]:
    """Return the members of an entity as (person, part), the longest-standing first."""
    return tuple((row.person_id, row.part) for row in _MEMBERS.rows(db, of_entity=entity_id))


def add_member(db: Connection, *, entity_id: str, person_id: str, part: str, now: datetime) -> None:
    """Let a person act for an entity; one who does already keeps the part they have."""
    _ADD_MEMBER.count(db, entity_id=entity_id, person_id=person_id, part=part, since=now)


def invite_member(db: Connection, *, entity_id: str, person_id: str, now: datetime) -> str:
    """An owner makes a one-time code, good for 24 hours, by which somebody becomes a helper of the entity."""
    if not may_own(part_of(db, entity_id=entity_id, person_id=person_id), "entity.invite_own"):
        raise NotAllowedError("entity.invite_own")
    record(db, now=now, actor=person_id, act="entity.invite", noun="entity", noun_id=entity_id)
    return new_invitation(db, kind="entity", by=person_id, now=now, entity_id=entity_id)


def join_entity(db: Connection, *, code: str, person_id: str, now: datetime) -> Entity | None:
    """Become a helper by a code; None when it is used, expired, or its owner left."""
    row = take_invitation(db, kind="entity", code=code, person_id=person_id, now=now)
    if row is None or not may_own(part_of(db, entity_id=row.entity_id, person_id=row.by), "entity.invite_own"):
        return None
    add_member(db, entity_id=row.entity_id, person_id=person_id, part="helper", now=now)
    record(db, now=now, actor=person_id, act="entity.join", noun="entity", noun_id=row.entity_id)
    return entity(db, row.entity_id)


def drop_member(db: Connection, *, entity_id: str, person_id: str) -> None:
    """End one membership."""
    db.execute(delete(members).where(members.c.entity_id == entity_id, members.c.person_id == person_id))


def own_keeper(db: Connection, of: Entity) -> bool:
    """True while the person an office's list named keeps this entity and no other."""
    others = select(entities.c.id).where(entities.c.keeper_id == of.keeper_id, entities.c.id != of.id)
    return db.execute(others.limit(1)).first() is None


def entity_of(db: Connection, row: Row[Any]) -> Entity:
    """The entity a row holds, its name unsealed."""
    name = unseal_for(db, row.keeper_id, f"entities:name:{row.id}", row.name_sealed)
    return Entity(row.id, row.keeper_id, row.kind, row.place, name, row.tax_code)


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:
    """
    Let the kept person act for the other's entities, as owner where either was.

    The keeper stays: an entity's name is sealed under their key.
    """
    for row in db.execute(select(members).where(members.c.person_id == gone)).all():
        known = part_of(db, entity_id=row.entity_id, person_id=keep)
        if known is None:
            add_member(db, entity_id=row.entity_id, person_id=keep, part=row.part, now=now)
        elif row.part == "owner":
            db.execute(
                update(members)
                .where(members.c.entity_id == row.entity_id, members.c.person_id == keep)
                .values(part="owner")
            )
    db.execute(delete(members).where(members.c.person_id == gone))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """End every membership; the entity stays, without a name once its keeper's key is gone."""
    db.execute(delete(members).where(members.c.person_id == person_id))
