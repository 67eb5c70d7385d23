"""
Compare a row of an office's list with the database: what it would add, correct or leave.

Nothing here writes, so the preview and the import decide by the same rules.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, exists, or_, select

from content.programme.pack import Pack
from registry.applications.applications import Application, application_of, events
from registry.applications.assisted import entries
from registry.applications.entities import Entity, entity_of, members_of, own_keeper
from registry.applications.files import files
from registry.applications.questions import questions
from registry.imports.listed import ListedEntity, ListedProduct
from registry.imports.numbers import PRODUCT_KEY
from registry.imports.outcomes import Act, Fact, Left, Outcome
from registry.people.people import accounts_of, current, person
from registry.products import recognitions
from registry.products.products import product as read_product
from registry.products.recognitions import Certificate
from registry.store.prepared import Prepared
from registry.store.rows import applications, entities

RECOGNISED = "recognised"
PROMOTED = "promoted"
EXPIRED = "expired"
WITH_STARS = frozenset({RECOGNISED, PROMOTED, EXPIRED})
BY_LIST = "import"
"""The act of an event a list makes."""
_WITHOUT_WORDS = frozenset({BY_LIST, "move_place"})
"""Acts after which only facts of the list are tied to a course."""
_OF_ANSWERS: Mapping[str, Fact] = {
    "product_name": Fact.NAME,
    "product_group": Fact.GROUP,
    "entity_kind": Fact.MAKER,
    "entity_name": Fact.MAKER,
    "place": Fact.PLACE,
}

_ENTITY = Prepared(select(entities).where(entities.c.imported == bindparam("number")))
_COURSE = Prepared(select(applications).where(applications.c.draft_key == bindparam("key")))
_COURSES = Prepared(
    select(applications)
    .where(
        applications.c.entity_id == bindparam("of_entity"),
        applications.c.draft_key.startswith(PRODUCT_KEY, autoescape=True),
    )
    .order_by(applications.c.draft_key)
)


@dataclass(frozen=True, slots=True)
class Maker:
    """The maker of a product as it is once its row is taken in; without ids while only a preview knows it."""

    id: str
    keeper_id: str
    kind: str
    place: str
    name: str | None


@dataclass(frozen=True, slots=True)
class EntityLook:
    """The comparison of an entity; `apart` when it gets its own keeper."""

    outcome: Outcome
    known: Entity | None
    maker: Maker
    apart: bool = False

    @property
    def moves_courses(self) -> bool:
        """True when the courses of the entity have to follow it."""
        return bool(self.outcome.changed & {Fact.NAME, Fact.KIND, Fact.PLACE})


@dataclass(frozen=True, slots=True)
class ProductLook:
    """The comparison of a product; `follows` when its course follows a changed maker, also where the row is left."""

    outcome: Outcome
    known: Application | None
    status: str
    answers: Mapping[str, Any]
    follows: bool = False


def look_at_entity(db: Connection, one: ListedEntity) -> EntityLook:
    """Compare an entity with the one of its number."""
    known = entity_numbered(db, one.number)
    if known is None:
        return EntityLook(_entity(one, Act.ADDED), None, Maker("", "", one.kind, one.place, one.name))
    if known.name is None:
        return EntityLook(_entity(one, Act.LEFT, Left.ERASED), known, maker_of(known))
    differs = {
        Fact.NAME: one.name != known.name,
        Fact.KIND: one.kind != known.kind,
        Fact.TAX_CODE: one.tax_code is not None and one.tax_code != known.tax_code,
        Fact.PLACE: one.place != known.place,
        Fact.KEEPER: _keeper_differs(db, known.keeper_id, one),
    }
    changed = frozenset(fact for fact, other in differs.items() if other)
    kept: frozenset[Fact] = frozenset()
    why = Left.HAS_SOMEBODY
    apart = False
    if has_somebody(db, known):
        kept, changed = changed - {Fact.PLACE, Fact.KEEPER}, changed & {Fact.PLACE}
    elif Fact.KEEPER in changed and not own_keeper(db, known):
        apart = not any(worked_on(db, course) for course in _all_courses(db, known.id))
        if not apart:
            kept, changed, why = frozenset({Fact.KEEPER}), changed - {Fact.KEEPER}, Left.WORKED_ON
    maker = Maker(
        known.id, known.keeper_id, one.kind if Fact.KIND in changed else known.kind, one.place,
        one.name if Fact.NAME in changed else known.name,
    )  # fmt: skip
    if changed:
        return EntityLook(_entity(one, Act.CHANGED, changed=changed, kept=kept), known, maker, apart)
    if kept:
        return EntityLook(_entity(one, Act.LEFT, why, kept=kept), known, maker)
    return EntityLook(_entity(one, Act.UNCHANGED), known, maker)


def look_at_product(db: Connection, *, pack: Pack, one: ListedProduct, maker: Maker | None, on: date) -> ProductLook:
    """Compare a product with the course of its number; `maker` as it is once its own row is taken in."""
    known = course_numbered(db, one.number)
    status = EXPIRED if one.expires_on < on else RECOGNISED
    if maker is None or maker.name is None:
        return ProductLook(_product(one, Act.LEFT, Left.ERASED), known, status, {})
    answers = answers_of(one, maker)
    if known is None:
        return ProductLook(_product(one, Act.ADDED), None, status, answers)
    answers = {**known.answers, **answers}
    if known.status == PROMOTED and status == RECOGNISED:
        status = PROMOTED
    moves = known.entity_id != maker.id
    why = _untouchable(db, known, moves=moves)
    if why is not None:
        return ProductLook(_product(one, Act.LEFT, why), known, status, answers)
    changed = {fact for field, fact in _OF_ANSWERS.items() if answers.get(field) != known.answers.get(field)}
    changed |= {fact for fact, other in ((Fact.MAKER, moves), (Fact.PLACE, known.place != maker.place)) if other}
    follows = not moves and bool(changed & {Fact.MAKER, Fact.PLACE})
    stands = recognitions.standing(db, known.product_id)
    certificate = certificate_of(one)
    if stands is not None and certificate.issued_on < stands.issued_on and certificate.number != stands.certificate:
        return ProductLook(_product(one, Act.LEFT, Left.LATER_DECISION), known, status, answers, follows)
    effect = recognitions.effect(pack.programme, stands, certificate)
    if effect == "changed" and stands is not None and stands.application_id != known.id:
        return ProductLook(_product(one, Act.LEFT, Left.DECIDED), known, status, answers, follows)
    if effect != "unchanged" and stands is not None and stands.stars != certificate.stars:
        changed.add(Fact.STARS)
    if effect == "added" or (stands is not None and _paper_differs(stands, certificate, effect)):
        changed.add(Fact.CERTIFICATE)
    if known.product_group != one.group:
        changed.add(Fact.GROUP)
    if known.status != status:
        changed.add(Fact.STATUS)
    record = read_product(db, known.product_id)
    if one.product_set is not None and record is not None and record.product_set != one.product_set:
        changed.add(Fact.SET)
    act = Act.CHANGED if changed else Act.UNCHANGED
    return ProductLook(_product(one, act, changed=frozenset(changed)), known, status, answers, follows)


def followers(db: Connection, entity_id: str) -> tuple[tuple[str, Application], ...]:
    """The courses of an entity that came from a list and stand, each with the office's number of its product."""
    found = (application_of(db, row) for row in _COURSES.rows(db, of_entity=entity_id))
    return tuple(
        (one.draft_key.removeprefix(PRODUCT_KEY), one) for one in found if one.status in WITH_STARS and one.answers
    )


def follower_outcome(number: str, look: EntityLook) -> Outcome:
    """The outcome of a product that is not in the list and follows its maker."""
    facts = {Fact.PLACE} if Fact.PLACE in look.outcome.changed else set[Fact]()
    if look.outcome.changed & {Fact.NAME, Fact.KIND}:
        facts.add(Fact.MAKER)
    return Outcome("product", number, Act.CHANGED, changed=frozenset(facts))


def entity_numbered(db: Connection, number: str) -> Entity | None:
    """The entity with this number of the office."""
    row = _ENTITY.row(db, number=number)
    return None if row is None else entity_of(db, row)


def maker_numbered(db: Connection, number: str) -> Maker | None:
    """The maker with this number of the office, as the database has it."""
    known = entity_numbered(db, number)
    return None if known is None else maker_of(known)


def maker_of(known: Entity) -> Maker:
    return Maker(known.id, known.keeper_id, known.kind, known.place, known.name)


def course_numbered(db: Connection, number: str) -> Application | None:
    """The course a list made for the product with this number of the office."""
    row = _COURSE.row(db, key=PRODUCT_KEY + number)
    return None if row is None else application_of(db, row)


def has_somebody(db: Connection, of: Entity) -> bool:
    """True when a person who speaks with the bot acts for the entity, or is its keeper: a list takes nothing away."""
    who = {current(db, of.keeper_id), *(member for member, _part in members_of(db, of.id))}
    return any(accounts_of(db, one) for one in who)


def worked_on(db: Connection, course: Application) -> bool:
    """
    True when papers, questions, a decision or another course are tied to a course or its product.

    They are sealed under the key of the present keeper, so the course then stays with its maker.
    """
    tied = or_(
        exists().where(events.c.application_id == course.id, events.c.act.not_in(_WITHOUT_WORDS)),
        exists().where(applications.c.product_id == course.product_id, applications.c.id != course.id),
        exists().where(questions.c.application_id == course.id),
        exists().where(files.c.application_id == course.id),
        exists().where(entries.c.application_id == course.id),
    )
    return bool(db.execute(select(tied)).scalar_one())


def answers_of(one: ListedProduct, maker: Maker) -> dict[str, Any]:
    """The answers a list gives for a product."""
    return {
        "product_name": one.name,
        "product_kind": RECOGNISED,
        "product_group": one.group,
        **answers_of_maker(maker),
    }


def answers_of_maker(maker: Maker) -> dict[str, Any]:
    """The answers about the maker of a product."""
    return {"entity_kind": maker.kind, "entity_name": maker.name, "place": maker.place}


def certificate_of(one: ListedProduct) -> Certificate:
    """The certificate as it is on the paper."""
    return Certificate(one.stars, one.certificate, one.certified_on, one.expires_on if one.end_printed else None)


def _untouchable(db: Connection, known: Application, *, moves: bool) -> Left | None:
    if not known.answers:
        return Left.ERASED
    if known.status not in WITH_STARS:
        return Left.WITHDRAWN if known.status == "withdrawn" else Left.DECIDED
    if not moves:
        return None
    if any(accounts_of(db, who) for who, _part in members_of(db, known.entity_id)):
        return Left.HAS_SOMEBODY
    return Left.WORKED_ON if worked_on(db, known) else None


def _paper_differs(stands: recognitions.Recognition, certificate: Certificate, effect: str) -> bool:
    """True when a correction changes the number or a day of the certificate that stands, whatever its stars."""
    same = (stands.certificate, stands.issued_on) == (certificate.number, certificate.issued_on)
    return effect == "changed" and not (same and stands.stars != certificate.stars)


def _keeper_differs(db: Connection, keeper_id: str, one: ListedEntity) -> bool:
    keeper = person(db, keeper_id)
    if keeper is None:
        return False
    return bool((one.person and one.person != keeper.name) or (one.phone and one.phone != keeper.phone))


def _all_courses(db: Connection, entity_id: str) -> Iterable[Application]:
    rows = db.execute(select(applications).where(applications.c.entity_id == entity_id))
    return (application_of(db, row) for row in rows)


def _entity(
    one: ListedEntity, act: Act, why: Left | None = None, *, changed: frozenset[Fact] = frozenset(),
    kept: frozenset[Fact] = frozenset(),
) -> Outcome:  # fmt: skip
    return Outcome("entity", one.number, act, why, changed, kept)


def _product(
    one: ListedProduct, act: Act, why: Left | None = None, *, changed: frozenset[Fact] = frozenset()
) -> Outcome:
    return Outcome("product", one.number, act, why, changed)
