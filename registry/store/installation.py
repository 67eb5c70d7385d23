"""Facts of this database: the pack it serves, the clock's offset, counters, the head of the audit."""

from typing import Final

from sqlalchemy import BigInteger, Connection, Integer, Text, bindparam, cast, delete, select
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.expression import TableClause

from registry.store.prepared import Prepared, inserting_or
from registry.store.rows import installation

COUNTED: Final = {"preserve_rowcount": True}
"""Execution options of an insert whose rows are counted; psycopg's count is thrown away otherwise."""


class OtherPackError(Exception):
    """The database serves another pack than the one it is started with."""

    def __init__(self, serves: str, asked: str) -> None:
        super().__init__(
            f"This database serves the pack {serves}, and {asked} was asked for. Nothing was changed. "
            f"Start it with {serves}, or give {asked} a database of its own."
        )
        self.serves = serves
        self.asked = asked


def insert_or(db: Connection, table: TableClause) -> SqliteInsert | PostgresInsert:
    """An insert that can say what to do when the row is there already, on either database."""
    return sqlite_insert(table) if db.dialect.name == "sqlite" else postgres_insert(table)


_FACT = Prepared(select(installation.c.value).where(installation.c.key == bindparam("of_key")))

_COUNT_UP = inserting_or(
    lambda insert: (
        insert(installation)
        .values(key=bindparam("of_key"), value="1")
        .on_conflict_do_update(
            index_elements=["key"], set_={"value": cast(cast(installation.c.value, Integer) + 1, Text)}
        )
        .returning(installation.c.value)
    )
)


_ADD = inserting_or(
    lambda insert: (
        insert(installation)
        .values(key=bindparam("of_key"), value=bindparam("first"))
        .on_conflict_do_update(
            index_elements=["key"],
            set_={"value": cast(cast(installation.c.value, BigInteger) + bindparam("more", type_=BigInteger), Text)},
        )
    )
)


def fact(db: Connection, key: str) -> str | None:
    row = _FACT.row(db, of_key=key)
    return None if row is None else str(row.value)


def set_fact(db: Connection, key: str, value: str) -> None:
    """Keep a fact; the latest word counts."""
    db.execute(
        insert_or(db, installation)
        .values(key=key, value=value)
        .on_conflict_do_update(index_elements=["key"], set_={"value": value})
    )


def count_up(db: Connection, key: str) -> int:
    """
    Return the next number of a counter, from 1, each once.

    It belongs to the caller's transaction: a rollback takes it back, and on PostgreSQL the next caller waits for it.
    """
    return int(_COUNT_UP.row(db, of_key=key).value)


def add_to(db: Connection, key: str, more: int) -> None:
    """Add to a figure, which begins at 0; in the caller's transaction."""
    _ADD.count(db, of_key=key, first=str(more), more=more)


def forget_facts(db: Connection, prefix: str, *, before: str | None = None) -> None:
    """Delete the facts whose key begins with a prefix, or only those whose key sorts before another."""
    which = installation.c.key.startswith(prefix, autoescape=True)
    db.execute(delete(installation).where(which if before is None else which & (installation.c.key < before)))


def serve_pack(db: Connection, pack_id: str) -> None:
    """Bind this database to its pack; the same one again changes nothing, another one is refused."""
    serves = fact(db, "pack")
    if serves is None:
        set_fact(db, "pack", pack_id)
    elif serves != pack_id:
        raise OtherPackError(serves, pack_id)
