"""
Statements of the hot path: compiled once per dialect, then handed to the driver as they are.

SQLAlchemy analyses such a statement and its rows at each execution, which costs several times the time of the
database.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table, bindparam, insert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import TableClause, UpdateBase
from sqlalchemy.sql.selectable import Select

Process = Callable[[Any], Any]


def inserting(table: Table, *names: str, **fixed: Any) -> "Prepared":
    """Prepare an insert: these columns by name, and the fixed values of every new row."""
    return Prepared(insert(table).values({name: bindparam(name) for name in names} | fixed))


def inserting_or(make: Callable[[Callable[[TableClause], Any]], UpdateBase]) -> "Prepared":
    """Prepare an insert with an ON CONFLICT clause, for either database; `make` builds it from the dialect's insert."""
    return Prepared(make(sqlite_insert), postgres=make(postgres_insert))


class Prepared:
    """
    One statement whose values are all named by `bindparam`; lists of values it cannot take.

    It begins a transaction where none is open, and fails with the same errors, as
    `Connection.execute` does.
    """

    def __init__(self, statement: Select[Any] | UpdateBase, *, postgres: UpdateBase | None = None) -> None:
        self._statements = {"sqlite": statement, "postgresql": statement if postgres is None else postgres}
        self._spelled: dict[str, _Spelled] = {}

    def rows(self, db: Connection, /, **values: Any) -> list[Any]:
        """All rows, their columns by name."""
        spelled = self._for(db)
        return [spelled.opened(row) for row in spelled.run(db, values).fetchall()]

    def row(self, db: Connection, /, **values: Any) -> Any:
        """The first row, its columns by name; None without one."""
        spelled = self._for(db)
        cursor = spelled.run(db, values)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else spelled.opened(row)

    def count(self, db: Connection, /, **values: Any) -> int:
        """Return the number of changed rows."""
        count: int = self._for(db).run(db, values).rowcount
        return count

    def _for(self, db: Connection) -> "_Spelled":
        spelled = self._spelled.get(db.dialect.name)
        if spelled is None:
            spelled = self._spelled[db.dialect.name] = _Spelled(self._statements[db.dialect.name], db.dialect)
        return spelled


def _as_it_is(value: Any) -> Any:
    return value


class _Spelled:
    """A statement as one driver takes it: its words, how its values are bound, and how its rows are read."""

    def __init__(self, statement: Select[Any] | UpdateBase, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._words = str(compiled)
        self._positional = dialect.positional
        binds = {name: compiled.binds[name] for name in compiled.positiontup or compiled.binds}
        self._order: Sequence[str] = compiled.positiontup or ()
        shut = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is for name, bind in binds.items()
        }
        self._fixed = {name: shut[name](bind.value) for name, bind in binds.items() if not bind.required}
        self._shut = [(name, shut[name]) for name, bind in binds.items() if bind.required and shut[name] != _as_it_is]
        columns = statement.exported_columns
        self._row: Any = NamedTuple("Row", [(column.name, Any) for column in columns])  # type: ignore[misc]
        opens = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._open: list[tuple[int, Process]] = [(place, process) for place, process in enumerate(opens) if process]

    def run(self, db: Connection, values: dict[str, Any]) -> Any:
        values = self._fixed | values
        for name, process in self._shut:
            values[name] = process(values[name])
        if not db.in_transaction():
            db.begin()
        driver: Any = db.connection.driver_connection
        given = [values[name] for name in self._order] if self._positional else values
        try:
            return driver.execute(self._words, given)
        except db.dialect.loaded_dbapi.Error as trouble:
            gone = db.dialect.is_disconnect(trouble, driver, None)
            if gone:
                db.invalidate(trouble)
            named = DBAPIError.instance(
                self._words,
                None,
                trouble,
                db.dialect.loaded_dbapi.Error,
                hide_parameters=True,
                connection_invalidated=gone,
                dialect=db.dialect,
            )
            raise named from trouble

    def opened(self, row: Sequence[Any]) -> Any:
        values = list(row)
        for place, process in self._open:
            values[place] = process(values[place])
        return self._row(*values)
