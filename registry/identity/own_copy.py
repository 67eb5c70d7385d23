"""
A person's own copy: every row that is stored about them, with their texts opened (law 91/2025/QH15, right of access).

It walks the tables, so a new one is in the copy by itself. A row of the person is copied whole. A row that only names
them, such as an announcement they approved, gives its id, moments and states, and nothing of other people.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Column, Connection, Date, Row, Select, Table, Text, and_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from registry.applications.applications import defects, events
from registry.applications.checklists import checklist_items
from registry.people.people import merged_ids
from registry.products.recognitions import recognitions
from registry.store.audit import audit
from registry.store.inbox import inbox
from registry.store.rows import UTCDateTime, accounts, applications, spendings
from registry.store.schema import every_table
from registry.store.sealing import SealError, unseal_for, vault_of

OWNERS: Final = ("person_id", "keeper_id")
"""The columns that name the person a row belongs to, under whose key its texts are sealed."""
NOT_PERSONAL: Final[Mapping[str, str]] = {
    "installation": "facts of the machine",
    "tallies": "counts of a place",
    "tellings": "which day was told for a place or an application",
    "unanswered": "questions without a name or an account",
    "asked_back": "what was offered for a question without a name",
    "deadlines": "days of the programme",
    "import_runs": "how far an office's list is taken in",
    "import_rows": "an office's list until its rows are records, sealed under a key that ends with the run",
}
"""Tables without anything about a person, with the reason."""
_SECRET: Final = re.compile(r"^data_key$|_print$")
_NAMES: Final = re.compile(r"^(by|.*_by|actor|author)$")
_STATES: Final = frozenset({"id", "state", "status", "version", "kind", "act", "verdict", "way", "place", "number"})


def own_copy(db: Connection, *, person_id: str) -> Mapping[str, list[dict[str, Any]]]:
    """Return every row about a person, and about those merged into them, by table; the caller checks who asks."""
    ids = merged_ids(db, person_id)
    found: dict[str, list[dict[str, Any]]] = {}
    for table in every_table().sorted_tables:
        if table.name in NOT_PERSONAL:
            continue
        rows = [_shown(db, table, row, ids) for row in db.execute(_about(table, ids)).all()]
        if rows:
            found[table.name] = rows
    return found


def _about(table: Table, ids: Collection[str]) -> Select[Any]:
    """Select the rows of a table about these people, in a fixed order."""
    named: list[ColumnElement[bool]] = [column.in_(ids) for column in _naming(table)]
    mine = select(applications.c.id).where(applications.c.person_id.in_(ids))
    theirs = select(accounts).where(accounts.c.person_id.in_(ids)).subquery()
    if table is audit:
        named.append(and_(audit.c.noun == "person", audit.c.noun_id.in_(ids)))
    elif table in {events, defects, checklist_items, recognitions}:
        named.append(table.c.application_id.in_(mine))
    elif table is spendings:
        named.append(spendings.c.account_id.in_(select(theirs.c.id)))
    elif table is inbox:
        same = select(theirs.c.id).where(theirs.c.channel == inbox.c.channel, theirs.c.account == inbox.c.account)
        named.append(same.exists())
    elif table.name == "people":
        named.append(table.c.id.in_(ids))
    return select(table).where(or_(*named)).order_by(*table.primary_key.columns)


def _naming(table: Table) -> list[Column[Any]]:
    return [
        column
        for column in table.columns
        if any(key.target_fullname == "people.id" for key in column.foreign_keys)
        or (isinstance(column.type, Text) and _NAMES.match(column.name) is not None)
    ]


def _shown(db: Connection, table: Table, row: Row[Any], ids: Collection[str]) -> dict[str, Any]:
    values = row._mapping  # noqa: SLF001  the public way to read a row by its columns
    owner = next((values[name] for name in OWNERS if values.get(name) in ids), None)
    if owner is None and table in {events, defects}:
        owner = _applicant(db, values["application_id"], ids)
    owned = owner is not None or not _naming(table) or table is audit
    shown: dict[str, Any] = {}
    for column in table.columns:
        value = values[column.name]
        if value is None or _SECRET.search(column.name):
            continue
        if column.name.endswith("_sealed"):
            if owned:
                shown[column.name.removesuffix("_sealed")] = _opened(db, table, column.name, row, owner or "")
        elif owned or value in ids or column.name in _STATES or isinstance(column.type, UTCDateTime | Date):
            shown[column.name] = value
    return shown


def _applicant(db: Connection, application_id: str, ids: Collection[str]) -> str | None:
    """Return the person under whose key the history of an application is sealed, if they are one of these."""
    found: str | None = db.execute(
        select(applications.c.person_id).where(applications.c.id == application_id, applications.c.person_id.in_(ids))
    ).scalar_one_or_none()
    return found


def _opened(db: Connection, table: Table, name: str, row: Row[Any], owner: str) -> Any:
    """Open one sealed text; None for one that is not the person's own."""
    values = row._mapping  # noqa: SLF001  the public way to read a row by its columns
    column = name.removesuffix("_sealed")
    try:
        if table is inbox:
            return vault_of(db).unseal_common(f"inbox:raw:{values['channel']}:{values['event']}", values[name])
        if table.name == "approvals":  # an official's own words, under the installation's key
            of_version = f"approvals:reason:{values['broadcast_id']}:{values['version']}"
            return vault_of(db).unseal_common(of_version, values[name])
        (key,) = table.primary_key.columns
        where = f"{table.name}:{column}:{values[key.name]}"
        if table.name == "people":
            return vault_of(db).unseal(values["data_key"], where, values[name])
        return unseal_for(db, owner, where, values[name])
    except (SealError, ValueError):  # not theirs, or damaged: the rest of the copy is worth having
        return None
