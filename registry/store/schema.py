"""
The schema of the database: upgraded to this program's version, never downgraded.

Migrations import nothing from the rooms, so that an old one keeps its meaning.
"""

from collections.abc import Collection, Mapping
from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, MetaData, func, inspect, select, text

from registry.store.engines import open_engine
from registry.store.rows import metadata
from registry.store.sealing import Vault

NEWEST = "0024"
"""The last migration of this program; a test compares it with the folder."""
_FOLDER = Path(__file__).resolve().parents[2] / "migrations"
TABLES_IN = (
    "registry.store.rows",
    "registry.store.audit",
    "registry.store.inbox",
    "registry.answers.answers",
    "registry.answers.asked_back",
    "registry.answers.unanswered",
    "registry.people.consents",
    "registry.people.conversations",
    "registry.people.official_names",
    "registry.people.stories",
    "registry.people.invitations",
    "registry.people.tallies",
    "registry.people.trials",
    "registry.broadcasts.approvals",
    "registry.broadcasts.audiences",
    "registry.products.products",
    "registry.products.recognitions",
    "registry.applications.applications",
    "registry.applications.assisted",
    "registry.applications.checklists",
    "registry.applications.claims",
    "registry.applications.files",
    "registry.applications.questions",
    "registry.imports.runs",
    "registry.deadlines.announced_days",
    "registry.deadlines.deadlines",
    "registry.deadlines.handed_papers",
    "registry.deadlines.occurrences",
    "registry.deadlines.pauses",
)
"""Every module with a table: by name, since most of them are on floors above this one."""
_ONE_AT_A_TIME = 0x0C0B
"""Key of the advisory lock on PostgreSQL: of two programs started together one migrates, the other waits."""


class SchemaTooNewError(Exception):
    """The database was written by a newer program."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"The database is at version {found}, and this program knows versions up to {NEWEST}. "
            "Nothing was changed. Start the newer program again, or restore the backup made before the upgrade."
        )
        self.found = found


def every_table() -> MetaData:
    """All tables, whatever was imported before."""
    for module in TABLES_IN:
        import_module(module)
    return metadata


def current(db: Connection) -> str | None:
    """The version of a database; None for an empty one."""
    if not inspect(db).has_table("alembic_version"):
        return None
    found: str | None = db.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def damage(db: Connection) -> str:
    """Return the first fault of an SQLite file; empty when it is whole, and on PostgreSQL."""
    found = "ok" if db.dialect.name != "sqlite" else str(db.exec_driver_sql("PRAGMA quick_check").scalar_one())
    return "" if found == "ok" else found


def upgrade(url: str, vault: Vault | None) -> tuple[str | None, str]:
    """
    Bring a database to this program's version, all steps in one transaction; (before, after).

    One that is there already is left alone; a newer one is refused.  Killed
    half-way, nothing has changed.
    """
    engine = open_engine(url, vault)
    try:
        with engine.connect() as db:
            if db.dialect.name == "sqlite":
                # tables are rebuilt by copying, and this cannot be switched inside a transaction
                driver = db.connection.driver_connection
                assert driver is not None  # noqa: S101  just connected
                driver.execute("PRAGMA foreign_keys=OFF")
            with db.begin():
                if db.dialect.name == "postgresql":
                    db.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
                return _bring_up(db)
    finally:
        engine.dispose()


def _bring_up(db: Connection) -> tuple[str | None, str]:
    before = current(db)
    if before == NEWEST:
        return before, NEWEST
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = db
    config.attributes["metadata"] = every_table()
    if before is not None:
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if before not in known:
            raise SchemaTooNewError(before)
    command.upgrade(config, "head")
    if db.dialect.name == "sqlite":
        broken = db.execute(text("PRAGMA foreign_key_check")).first()
        if broken is not None:
            raise RuntimeError(f"After the migration a row of {broken[0]} points to nothing. Nothing was changed.")
    return before, NEWEST


def count_rows(db: Connection, *, names: Collection[str]) -> Mapping[str, int]:
    """Return the number of rows of each of these tables."""
    tables = every_table().tables
    return {name: db.execute(select(func.count()).select_from(tables[name])).scalar_one() for name in names}
