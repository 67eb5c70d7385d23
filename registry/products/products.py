"""
A product of an entity: its name, place, group and set.

An application is one course of a product; a recognition belongs to the product and outlives the course.
A product of an older database is without a name until its next change; its newest application has it
(`registry.applications.known_products`).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Integer, LargeBinary, Row, Table, Text, select, update

from registry.store.prepared import inserting
from registry.store.rows import UTCDateTime, id_column, members, metadata, new_id
from registry.store.sealing import data_key, seal_for, unseal_for

products = Table(
    "products",
    metadata,
    id_column(),
    Column("entity_id", Text, ForeignKey("entities.id"), nullable=False, index=True),
    Column("keeper_id", Text, ForeignKey("people.id"), nullable=False, index=True),  # under whose key its name is
    Column("name_sealed", LargeBinary),
    Column("place", Text, nullable=False, index=True),  # of production
    Column("product_group", Text),
    Column("product_set", Integer),  # the number of its set in the pack; NULL until an office chose one
    Column("created_at", UTCDateTime, nullable=False),
)

_ADD = inserting(
    products, "id", "entity_id", "keeper_id", "name_sealed", "place", "product_group", "product_set", "created_at"
)


@dataclass(frozen=True, slots=True)
class Product:
    """One product.  Its name is None once its keeper was erased, and in rows of an older database."""

    id: str
    entity_id: str
    keeper_id: str
    name: str | None
    place: str
    product_group: str | None
    product_set: int | None


def add_product(
    db: Connection, *, entity_id: str, keeper_id: str, name: str, place: str, product_group: str | None, now: datetime
) -> str:
    """Add a product and return its id.  Two products of one entity may have the same name."""
    product_id = new_id()
    _ADD.count(
        db,
        id=product_id,
        entity_id=entity_id,
        keeper_id=keeper_id,
        name_sealed=seal_for(db, keeper_id, f"products:name:{product_id}", name),
        place=place,
        product_group=product_group,
        product_set=None,
        created_at=now,
    )
    return product_id


def product(db: Connection, product_id: str) -> Product | None:
    """Return one product, for callers that checked the right to it."""
    row = db.execute(select(products).where(products.c.id == product_id)).one_or_none()
    return None if row is None else product_of(db, row)


def products_of(db: Connection, *, person_id: str) -> tuple[Product, ...]:
    """The products of the entities a person acts for, the oldest first."""
    rows = db.execute(
        select(products)
        .join(members, members.c.entity_id == products.c.entity_id)
        .where(members.c.person_id == person_id)
        .order_by(products.c.created_at, products.c.id)
    )
    return tuple(product_of(db, row) for row in rows)


def correct_product(
    db: Connection, *, product_id: str, name: str, place: str, product_group: str | None, entity_id: str | None = None
) -> None:
    """Follow a correction of the product's newest course.  An erased keeper leaves the product without a name."""
    row = db.execute(select(products.c.keeper_id).where(products.c.id == product_id)).one_or_none()
    if row is None:
        return
    values = {"place": place, "product_group": product_group}
    if entity_id is not None:
        values["entity_id"] = entity_id
    change = update(products).where(products.c.id == product_id).values(**values)
    if data_key(db, row.keeper_id) is not None:
        change = change.values(name_sealed=seal_for(db, row.keeper_id, f"products:name:{product_id}", name))
    db.execute(change)


def product_of(db: Connection, row: Row[tuple[object, ...]]) -> Product:
    """The product a row holds, its name unsealed."""
    name = None
    if row.name_sealed is not None:
        name = unseal_for(db, row.keeper_id, f"products:name:{row.id}", row.name_sealed)
    return Product(row.id, row.entity_id, row.keeper_id, name, row.place, row.product_group, row.product_set)
