"""
Products by name and place: what a new registration resembles.

Officials see every resembling product of the places they may see.  A producer is asked about recognised products of
the same commune only, by name, never about ideas or people of others.
"""

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, exists, select, text, true

from content.fold import fold
from content.programme.pack import Pack
from registry.applications.applications import Application, places_of_applications, read_application
from registry.people.roles import Role, may
from registry.products.products import product_of, products
from registry.products.recognitions import Recognition, recognitions, standing_of
from registry.store.rows import applications

ALIKE = 0.84
"""The least likeness of two folded names, from 0 to 1: "khoai deo mau" and "khoai gieo mau" reach it."""
_FILLING = frozenset({"ocop", "san", "pham", "dac"})
_ANY: ColumnElement[bool] = true()
_RECOGNISED: ColumnElement[bool] = (
    exists()
    .where(recognitions.c.product_id == products.c.id, text("recognitions.state = 'standing'"))
    .correlate(products)
)
"""Asked first: a commune has many products, and few are recognised.  The names of the others are not opened."""


@dataclass(frozen=True, slots=True)
class Known:
    """A product that a name resembles, with its newest course and the recognition that stands."""

    product_id: str
    entity_id: str
    name: str
    code: str
    place: str
    recognition: Recognition | None


def resembling(
    db: Connection, *, pack: Pack, application: Application, roles: Collection[Role], on: date
) -> tuple[Known, ...]:
    """The other products these officials may see that resemble an application's, the recognised ones first."""
    places = {
        place
        for role in roles
        if may(role, "review.see", application.place, pack.places, on=on)
        for place in places_of_applications(db, pack.places, role.place)
    }
    return _alike(db, application.product, places, excluding=application.product_id)


def recognised_like(
    db: Connection, *, name: str, place: str, excluding: Collection[str] = (), but: str = ""
) -> tuple[Known, ...]:
    """
    The recognised products of a commune that a name resembles.

    Without those of the entities in `excluding`, and without the product `but`.
    """
    found = _alike(db, name, {place}, excluding=but, only=_RECOGNISED)
    return tuple(one for one in found if one.entity_id not in excluding)


def alike(one: str, other: str) -> bool:
    """True for two names of one product: the same words, spelled nearly alike, with or without diacritics."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return False
    if first == second or set(first) <= set(second) or set(second) <= set(first):
        return min(len(first), len(second)) > 1 or first == second
    return difflib.SequenceMatcher(None, " ".join(first), " ".join(second)).ratio() >= ALIKE


def _words(name: str) -> list[str]:
    return [word for word in fold(name).split() if word not in _FILLING]


def _alike(
    db: Connection, name: str, places: Collection[str], excluding: str = "", only: ColumnElement[bool] = _ANY
) -> tuple[Known, ...]:
    these = select(products).where(products.c.place.in_(places), products.c.id != excluding, only)
    rows = db.execute(these.order_by(products.c.created_at)).all()
    named = []
    for row in rows:
        name_of = product_of(db, row).name
        if name_of is not None and not alike(name, name_of):
            continue
        course = _newest_course(db, row.id)
        if course is None or course.status == "withdrawn":
            continue
        found = name_of or course.product
        if alike(name, found):
            named.append((row, found, course.code))
    stands = standing_of(db, [row.id for row, _, _ in named])
    listed = [Known(row.id, row.entity_id, found, code, row.place, stands.get(row.id)) for row, found, code in named]
    return tuple(sorted(listed, key=lambda one: one.recognition is None))


def _newest_course(db: Connection, product_id: str) -> Application | None:
    newest = db.execute(
        select(applications.c.id)
        .where(applications.c.product_id == product_id)
        .order_by(applications.c.submitted_at.desc(), applications.c.code.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if newest is None else read_application(db, newest)
