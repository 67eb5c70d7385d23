"""Statements and tables are in the registry alone: every other room calls its functions with a connection."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "console", "content", "handlers", "scheduler", "platforms")
TYPES = frozenset({"Connection", "Engine"})
"""The names of SQLAlchemy that make no statement; its errors and addresses have their own modules."""
KEYS = frozenset({"new_id"})
"""The name in the tables' module that is not a table."""


def statements_in(source: str) -> Iterator[str]:
    """Name every import or call by which a module could read or write a table itself."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ImportFrom(module="sqlalchemy", names=names):
                yield from (f"{node.lineno}: {one.name}" for one in names if one.name not in TYPES)
            case ast.ImportFrom(module="registry.store.rows", names=names):
                yield from (f"{node.lineno}: {one.name}" for one in names if one.name not in KEYS)
            case ast.ImportFrom(module="registry.store", names=names):
                yield from (f"{node.lineno}: {one.name}" for one in names if one.name == "rows")
            case ast.Import(names=names):
                yield from (f"{node.lineno}: {one.name}" for one in names if one.name.startswith("sqlalchemy"))
            case ast.Attribute(attr="exec_driver_sql"):
                yield f"{node.lineno}: exec_driver_sql"


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_above_the_registry_writes_a_statement(room: str) -> None:
    found = {
        str(path.relative_to(HOUSE)): lines
        for path in sorted((HOUSE / room).rglob("*.py"))
        if (lines := list(statements_in(path.read_text("utf-8"))))
    }

    assert found == {}, "Move these into a function of the registry, beside the table."


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy import select",
        "from sqlalchemy import Connection, text",
        "import sqlalchemy as sa",
        "from registry.store.rows import deliveries",
        "from registry.store import rows",
        'db.exec_driver_sql("PRAGMA quick_check")',
    ],
)
def test_a_statement_is_noticed(source: str) -> None:
    assert list(statements_in(source))


def test_the_type_of_a_connection_is_no_statement() -> None:
    assert list(statements_in("from sqlalchemy import Connection\nfrom registry.store.rows import new_id")) == []
