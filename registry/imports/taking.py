"""
Take rows of an office's list in: the changes that `looking.py` found, with an event for each course.

Records are found by the office's numbers, so the same list twice changes nothing, and a corrected one corrects. An
import sends no message.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from content.programme.pack import Pack
from registry.applications.applications import Application, reseal_events
from registry.applications.changes import Change, move, write_event
from registry.applications.entities import Entity, NewEntity, add_entity, change_entity, change_keeper
from registry.imports.listed import Listed, ListedEntity, ListedProduct, in_order
from registry.imports.looking import (
    BY_LIST,
    RECOGNISED,
    EntityLook,
    Maker,
    ProductLook,
    answers_of_maker,
    certificate_of,
    follower_outcome,
    followers,
    look_at_entity,
    look_at_product,
    maker_numbered,
    maker_of,
)
from registry.imports.numbers import PRODUCT_KEY
from registry.imports.outcomes import Act, Fact, Outcome, Report, counted
from registry.people.people import new_person, person, set_name, set_phone, set_preference
from registry.people.roles import OPERATOR, at_level
from registry.products import recognitions
from registry.products.products import add_product, choose_set, hand_product
from registry.store.audit import record
from registry.store.codes import next_code
from registry.store.prepared import inserting
from registry.store.rows import applications, entities, new_id
from registry.store.sealing import seal_for
from registry.telling import local_day

_ADD = inserting(
    applications,
    *(name for name in Application.__slots__ if name != "answers"),
    "answers_sealed",
)


def take_in(
    db: Connection,
    *,
    pack: Pack,
    listed: Iterable[ListedEntity],
    products: Collection[ListedProduct],
    now: datetime,
) -> Report:
    """Take a short checked list in, all in the caller's transaction; a long one is a run (`runs.py`).  Idempotent."""
    numbers = {product.number for product in products}
    rows = in_order(listed, products)
    report = counted(
        outcome for one in rows for outcome in take_row(db, pack=pack, one=one, listed=numbers.__contains__, now=now)
    )
    note_taken(db, report, now)
    return report


def note_taken(db: Connection, report: Report, now: datetime) -> None:
    """Write down that a list was taken in, with its counts."""
    facts = report.audited()
    record(db, now=now, actor=OPERATOR, act="import.run", noun="installation", noun_id="office_list", **facts)


def take_row(
    db: Connection, *, pack: Pack, one: Listed, listed: Callable[[str], bool], now: datetime
) -> Iterator[Outcome]:
    """
    Take one row in, and yield its outcome and those of the products that follow it.  Idempotent.

    A product with its own row in the list, by `listed`, follows its maker there.
    """
    if isinstance(one, ListedProduct):
        maker = maker_numbered(db, one.entity)
        look = look_at_product(db, pack=pack, one=one, maker=maker, on=local_day(pack, now))
        if maker is not None:
            _take_product(db, pack, one, maker, look, now)
        yield look.outcome
        return
    found = look_at_entity(db, one)
    _take_entity(db, one, found, now)
    yield found.outcome
    if not found.moves_courses:
        return
    maker = maker_numbered(db, one.number)
    assert maker is not None  # noqa: S101  it was changed just now
    for number, course in followers(db, maker.id):
        if not listed(number):
            _follow(db, pack, course, maker, now)
            yield follower_outcome(number, found)


# --- entities ---------------------------------------------------------------------------------------------------------


def _take_entity(db: Connection, one: ListedEntity, look: EntityLook, now: datetime) -> None:
    known, changed = look.known, look.outcome.changed
    if look.outcome.act is Act.ADDED:
        new = NewEntity(one.kind, one.place, one.name, one.tax_code)
        add_entity(db, keeper_id=_new_keeper(db, one, now), new=new, now=now, imported=one.number)
    if known is None or not changed:
        return
    if look.apart:
        known = _set_apart(db, known, one, now)
    elif Fact.KEEPER in changed:
        _correct_keeper(db, known.keeper_id, one)
    if changed & {Fact.NAME, Fact.KIND, Fact.TAX_CODE}:
        change_entity(db, entity=known, name=one.name, kind=one.kind, tax_code=one.tax_code)
    if Fact.PLACE in changed:
        db.execute(update(entities).where(entities.c.id == known.id).values(place=one.place))
        _move_keeper(db, known, one.place)


def _new_keeper(db: Connection, one: ListedEntity, now: datetime) -> str:
    """
    Return a new person whose key seals the texts of this entity alone.

    Two people may share a phone, and each entity is handed to its own person later.  A person who speaks with the
    bot never becomes owner by a number in a list: anybody may have typed it.
    """
    keeper = new_person(db, now=now)
    set_preference(db, person_id=keeper, place=one.place)
    _correct_keeper(db, keeper, one)
    return keeper


def _correct_keeper(db: Connection, keeper_id: str, one: ListedEntity) -> None:
    """Write down name and number of the person a list names; one it leaves out stays."""
    if one.person:
        set_name(db, person_id=keeper_id, name=one.person)
    if one.phone:
        set_phone(db, person_id=keeper_id, phone=one.phone)


def _move_keeper(db: Connection, of: Entity, place: str) -> None:
    """Let the person a list named move with the entity, unless they named another place themselves."""
    keeper = person(db, of.keeper_id)
    if keeper is not None and keeper.place == of.place:
        set_preference(db, person_id=of.keeper_id, place=place)


def _set_apart(db: Connection, of: Entity, one: ListedEntity, now: datetime) -> Entity:
    """
    Give an entity its own keeper, where a list of an older program gave one person to several.

    Its texts, those of its products and of their courses are sealed under the new key.
    """
    apart = change_keeper(db, entity=of, keeper_id=_new_keeper(db, one, now), now=now)
    for _number, course in followers(db, of.id):
        _seal_for_keeper(db, course, maker_of(apart), course.product)
    return apart


# --- products ---------------------------------------------------------------------------------------------------------


def _take_product(
    db: Connection, pack: Pack, one: ListedProduct, maker: Maker, look: ProductLook, now: datetime
) -> None:
    known, changed = look.known, look.outcome.changed
    if look.outcome.act is Act.ADDED:
        _add(db, pack, one, maker, look, now)
    if known is None:
        return
    if look.follows and look.outcome.act is Act.LEFT:
        _follow(db, pack, known, maker, now)
    if look.outcome.act is not Act.CHANGED:
        return
    columns: dict[str, Any] = {"product_group": one.group} | _places(pack, known, maker, now)
    before = known.answers
    earlier = {name: before.get(name) for name, value in look.answers.items() if before.get(name) != value}
    if known.entity_id != maker.id:
        known = _seal_for_keeper(db, known, maker, one.name)
        columns |= {"entity_id": maker.id, "person_id": maker.keeper_id}
        earlier = {name: value for name, value in earlier.items() if name not in answers_of_maker(maker)}
    if changed & {Fact.CERTIFICATE, Fact.STARS}:
        _recognise(db, pack, one, known, now)
    if one.product_set is not None:
        choose_set(db, product_id=known.product_id, product_set=one.product_set)
    change = Change(BY_LIST, look.status, OPERATOR, answers=look.answers, columns=columns, changed=earlier)
    move(db, known, change, now)


def _follow(db: Connection, pack: Pack, course: Application, maker: Maker, now: datetime) -> None:
    """Let a course follow its maker to another place or name, and leave everything else of it."""
    answers = {**course.answers, **answers_of_maker(maker)}
    columns = _places(pack, course, maker, now)
    move(db, course, Change(BY_LIST, course.status, OPERATOR, answers=answers, columns=columns), now)


def _places(pack: Pack, course: Application, maker: Maker, now: datetime) -> dict[str, Any]:
    """The place of the maker and, where it is another one, the office that has the course from now on."""
    if course.place == maker.place:
        return {"place": maker.place}
    return {"place": maker.place, "holder": _holder(pack, maker), "holder_since": now}


def _holder(pack: Pack, maker: Maker) -> str:
    return at_level(pack, maker.place, pack.programme.decision("idea").level)


def _seal_for_keeper(db: Connection, course: Application, maker: Maker, name: str) -> Application:
    """
    Give a product and its course to a maker, or to its new keeper: their texts are sealed under that key.

    The history keeps its acts.  Of its texts those about the maker are dropped, for they were of another one.
    """
    hand_product(db, product_id=course.product_id, entity_id=maker.id, keeper_id=maker.keeper_id, name=name)
    reseal_events(db, course, person_id=maker.keeper_id, without=answers_of_maker(maker).keys())
    sealed = seal_for(db, maker.keeper_id, f"applications:answers:{course.id}", dict(course.answers))
    db.execute(
        update(applications)
        .where(applications.c.id == course.id)
        .values(entity_id=maker.id, person_id=maker.keeper_id, answers_sealed=sealed)
    )
    return replace(course, entity_id=maker.id, person_id=maker.keeper_id)


def _recognise(db: Connection, pack: Pack, one: ListedProduct, course: Application, now: datetime) -> None:
    recognitions.enter(
        db,
        programme=pack.programme,
        product_id=course.product_id,
        application_id=course.id,
        certificate=certificate_of(one),
        actor=OPERATOR,
        now=now,
    )


def _add(db: Connection, pack: Pack, one: ListedProduct, maker: Maker, look: ProductLook, now: datetime) -> None:
    product_id = add_product(
        db, entity_id=maker.id, keeper_id=maker.keeper_id, name=one.name, place=maker.place,
        product_group=one.group, now=now,
    )  # fmt: skip
    course = Application(
        id=new_id(),
        code=next_code(db, local_day(pack, now).year),
        draft_key=PRODUCT_KEY + one.number,
        entity_id=maker.id,
        product_id=product_id,
        person_id=maker.keeper_id,
        place=maker.place,
        kind=RECOGNISED,
        product_group=one.group,
        status=look.status,
        version=1,
        answers=look.answers,
        holder=_holder(pack, maker),
        holder_since=now,
        due_on=None,
        submitted_at=now,
        updated_at=now,
    )
    values = {name: getattr(course, name) for name in Application.__slots__ if name != "answers"}
    where = f"applications:answers:{course.id}"
    values["answers_sealed"] = seal_for(db, maker.keeper_id, where, dict(course.answers))
    _ADD.count(db, **values)
    change = Change(BY_LIST, look.status, OPERATOR)
    write_event(db, application_id=course.id, person_id=maker.keeper_id, version=1, change=change, now=now)
    _recognise(db, pack, one, course, now)
    if one.product_set is not None:
        choose_set(db, product_id=product_id, product_set=one.product_set)
