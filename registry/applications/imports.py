"""
The import of an office's list: entities, and products that already have stars.

Records are found by the office's numbers, so the same list twice changes nothing, and a corrected one corrects. An
import sends no message.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from content.programme.pack import Pack
from registry.applications.applications import Application, read_application
from registry.applications.changes import Change, move, write_event
from registry.applications.entities import Entity, NewEntity, add_entity, change_entity, entities, entity
from registry.people.people import accounts_of, current, new_person, person, set_name, set_phone, set_preference
from registry.people.roles import OPERATOR, at_level
from registry.products import recognitions
from registry.products.products import add_product
from registry.products.recognitions import Certificate
from registry.store.audit import record
from registry.store.codes import next_code
from registry.store.rows import applications, new_id
from registry.store.sealing import seal_for
from registry.telling import local_day

RECOGNISED = "recognised"
PROMOTED = "promoted"
EXPIRED = "expired"
_WITH_STARS = frozenset({RECOGNISED, PROMOTED, EXPIRED})


@dataclass(frozen=True, slots=True)
class ListedEntity:
    """One entity as the office knows it; `number` is the office's own."""

    number: str
    name: str
    kind: str
    place: str
    tax_code: str | None = None
    person: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """One recognised product with its latest certificate; `entity` is the office's number of its maker."""

    number: str
    entity: str
    name: str
    group: str
    certificate: str
    stars: int
    certified_on: date
    expires_on: date
    end_printed: bool = True


@dataclass(slots=True)
class Taken:
    """The result of an import, or of its preview: counts by kind, and the numbers it left as they were."""

    counts: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)


def take_in(
    db: Connection,
    *,
    pack: Pack,
    listed: Iterable[ListedEntity],
    products: Iterable[ListedProduct],
    now: datetime,
) -> Taken:
    """
    Take a checked list in, all in the caller's transaction.

    Records erased by their person, or decided otherwise since, stay as they are and are named in `left`.
    """
    taken = Taken()
    makers = {one.number: _take_entity(db, one, now, taken) for one in listed}
    for product in products:
        maker = makers.get(product.entity) or _by_number(db, product.entity)
        if maker is None or maker.name is None:
            taken.left.append(product.number)
            taken.counts["products left"] += 1
        else:
            _take_product(db, pack, product, maker, now, taken)
    facts = {name.replace(" ", "_"): count for name, count in sorted(taken.counts.items())}
    record(db, now=now, actor=OPERATOR, act="import.run", noun="installation", noun_id="office_list", **facts)
    return taken


def known_numbers(db: Connection) -> frozenset[str]:
    """The office's numbers of the entities that are here already."""
    return frozenset(db.execute(select(entities.c.imported).where(entities.c.imported.is_not(None))).scalars().all())


def _by_number(db: Connection, number: str) -> Entity | None:
    found = db.execute(select(entities.c.id).where(entities.c.imported == number)).scalar_one_or_none()
    return None if found is None else entity(db, found)


def _take_entity(db: Connection, one: ListedEntity, now: datetime, taken: Taken) -> Entity:
    known = _by_number(db, one.number)
    if known is None:
        keeper = _keeper(db, one, now)
        new = NewEntity(one.kind, one.place, one.name, one.tax_code)
        taken.counts["entities added"] += 1
        return add_entity(db, keeper_id=keeper, new=new, now=now, imported=one.number)
    if known.name is None:
        taken.left.append(one.number)
        taken.counts["entities left"] += 1
        return known
    changed = _correct_keeper(db, known.keeper_id, one)
    wanted = (one.name, one.kind, one.place, one.tax_code or known.tax_code)
    if wanted != (known.name, known.kind, known.place, known.tax_code):
        known = change_entity(db, entity=known, name=one.name, kind=one.kind, tax_code=one.tax_code)
        if known.place != one.place:
            db.execute(update(entities).where(entities.c.id == known.id).values(place=one.place))
        changed = True
    taken.counts["entities changed" if changed else "entities unchanged"] += 1
    return Entity(known.id, known.keeper_id, known.kind, one.place, known.name, known.tax_code)


def _keeper(db: Connection, one: ListedEntity, now: datetime) -> str:
    """
    Return a new person whose key seals the texts of this entity alone.

    Two people may share a phone, and each entity is handed to its own person later.  A person who speaks with the
    bot never becomes owner by a number in a list: anybody may have typed it.
    """
    keeper = new_person(db, now=now)
    set_preference(db, person_id=keeper, place=one.place)
    _correct_keeper(db, keeper, one)
    return keeper


def _correct_keeper(db: Connection, keeper_id: str, one: ListedEntity) -> bool:
    """Correct name and phone of a person a list named; those of one who speaks for themselves stay."""
    keeper = person(db, keeper_id)
    if keeper is None or accounts_of(db, current(db, keeper_id)):
        return False
    name = one.person if one.person and one.person != keeper.name else None
    phone = one.phone if one.phone and one.phone != keeper.phone else None
    if name is not None:
        set_name(db, person_id=keeper_id, name=name)
    if phone is not None:
        set_phone(db, person_id=keeper_id, phone=phone)
    return name is not None or phone is not None


def _take_product(
    db: Connection, pack: Pack, product: ListedProduct, maker: Entity, now: datetime, taken: Taken
) -> None:
    row = db.execute(select(applications.c.id).where(applications.c.draft_key == _draft_key(product))).one_or_none()
    known = None if row is None else read_application(db, row.id)
    status = EXPIRED if product.expires_on < local_day(pack, now) else RECOGNISED
    if known is None:
        _add_application(db, pack, product, maker, status, now)
        taken.counts["products added"] += 1
        return
    if known.status not in _WITH_STARS or not known.answers:
        taken.left.append(product.number)
        taken.counts["products left"] += 1
        return
    answers = {**known.answers, **_answers(product, maker)}
    columns = _columns(product, maker)
    if known.status == PROMOTED and status == RECOGNISED:
        status = PROMOTED
    outcome = _recognise(db, pack, product, known, now)
    same = all(getattr(known, name) == value for name, value in columns.items())
    if same and known.status == status and answers == dict(known.answers) and outcome == "unchanged":
        taken.counts["products unchanged"] += 1
    else:
        move(db, known, Change("import", status, OPERATOR, answers=answers, columns=columns), now)
        taken.counts["products changed"] += 1


def _recognise(db: Connection, pack: Pack, product: ListedProduct, course: Application, now: datetime) -> str:
    printed = product.expires_on if product.end_printed else None
    return recognitions.enter(
        db,
        programme=pack.programme,
        product_id=course.product_id,
        application_id=course.id,
        certificate=Certificate(product.stars, product.certificate, product.certified_on, printed),
        actor=OPERATOR,
        now=now,
    )


def _add_application(
    db: Connection, pack: Pack, product: ListedProduct, maker: Entity, status: str, now: datetime
) -> None:
    product_id = add_product(
        db, entity_id=maker.id, keeper_id=maker.keeper_id, name=product.name, place=maker.place,
        product_group=product.group, now=now,
    )  # fmt: skip
    application = Application(
        id=new_id(),
        code=next_code(db, local_day(pack, now).year),
        draft_key=_draft_key(product),
        entity_id=maker.id,
        product_id=product_id,
        person_id=maker.keeper_id,
        kind=RECOGNISED,
        status=status,
        version=1,
        answers=_answers(product, maker),
        holder=at_level(pack, maker.place, pack.programme.decision("idea").level),
        holder_since=now,
        due_on=None,
        submitted_at=now,
        updated_at=now,
        **_columns(product, maker),
    )
    values = {name: getattr(application, name) for name in Application.__slots__ if name != "answers"}
    where = f"applications:answers:{application.id}"
    values["answers_sealed"] = seal_for(db, maker.keeper_id, where, dict(application.answers))
    db.execute(insert(applications).values(**values))
    write_event(
        db,
        application_id=application.id,
        person_id=maker.keeper_id,
        version=1,
        change=Change("import", status, OPERATOR),
        now=now,
    )
    _recognise(db, pack, product, application, now)


def _columns(product: ListedProduct, maker: Entity) -> dict[str, Any]:
    return {
        "place": maker.place,
        "product_group": product.group,
    }


def _answers(product: ListedProduct, maker: Entity) -> Mapping[str, Any]:
    return {
        "product_name": product.name,
        "product_kind": RECOGNISED,
        "product_group": product.group,
        "entity_kind": maker.kind,
        "entity_name": maker.name,
        "place": maker.place,
    }


def _draft_key(product: ListedProduct) -> str:
    """The office's number as a draft's key: a second import finds the application of the first."""
    return f"import:{product.number}"
