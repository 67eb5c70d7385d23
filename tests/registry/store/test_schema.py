from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from registry.people.people import person
from registry.store import schema
from registry.store.engines import open_engine
from registry.store.schema import NEWEST, TABLES_IN, SchemaTooNewError, current, every_table, upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.registry.store.older import older_person


def test_an_empty_database_gets_exactly_the_tables_of_the_rows(empty_url: str, vault: Vault) -> None:
    assert upgrade(empty_url, vault) == (None, NEWEST)

    engine = open_engine(empty_url, vault)
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "target_metadata": every_table()})
        assert compare_metadata(context, every_table()) == []
        assert current(db) == NEWEST
    engine.dispose()


def test_every_file_with_a_table_is_on_the_list_of_tables() -> None:
    house = schema._FOLDER.parent
    files = (
        file.relative_to(house)
        for file in (house / "registry").rglob("*.py")
        if " = Table(\n" in file.read_text("utf-8")
    )

    assert sorted(".".join(file.with_suffix("").parts) for file in files) == sorted(TABLES_IN)


def test_upgrading_again_changes_nothing(empty_url: str, vault: Vault) -> None:
    upgrade(empty_url, vault)

    assert upgrade(empty_url, vault) == (NEWEST, NEWEST)


def test_rows_of_the_first_release_are_there_after_the_newest_migration(empty_url: str, vault: Vault) -> None:
    engine = open_engine(empty_url, vault)
    with engine.begin() as db:
        _to(db, "0001")
    engine.dispose()
    store = Store(empty_url, vault)
    lai = store.write_now(older_person, "Nguyễn Thị Lài")
    store.close()

    upgrade(empty_url, vault)

    store = Store(empty_url, vault)
    found = store.read_now(person, lai)
    store.close()
    assert found is not None
    assert found.name == "Nguyễn Thị Lài"


def test_a_newer_database_is_refused_with_what_to_do(empty_url: str, vault: Vault) -> None:
    upgrade(empty_url, vault)
    store = Store(empty_url, vault)
    store.write_now(lambda db: db.execute(text("UPDATE alembic_version SET version_num = '9999'")))

    with pytest.raises(SchemaTooNewError, match="Start the newer program again") as refusal:
        upgrade(empty_url, vault)

    assert refusal.value.found == "9999"
    assert store.read_now(current) == "9999"
    store.close()


def test_the_version_this_program_names_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema._FOLDER))
    config.set_main_option("path_separator", "os")

    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST


def test_migrations_import_nothing_from_the_rooms() -> None:
    rooms = ("registry", "content", "handlers", "scheduler", "console", "bot")
    versions = sorted((schema._FOLDER / "versions").glob("0*.py"))

    assert versions
    for file in versions:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "from ")):
                assert line.split()[1].split(".")[0] not in rooms, (file, line)


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(tmp_path: Path, vault: Vault) -> None:
    url = f"sqlite:///{tmp_path / 'half.db'}"
    engine = open_engine(url, vault)
    with engine.begin() as db:
        db.execute(text("CREATE TABLE tallies (day DATE)"))  # blocks one of our tables
    engine.dispose()

    with pytest.raises(Exception, match="tallies"):
        upgrade(url, vault)

    engine = open_engine(url, vault)
    with engine.connect() as db:
        assert db.execute(text("SELECT name FROM sqlite_master WHERE type='table'")).scalars().all() == ["tallies"]
    engine.dispose()


def _to(db: object, revision: str) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(schema._FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = db
    command.upgrade(config, revision)


def test_an_empty_database_has_no_version(empty_url: str, vault: Vault) -> None:
    engine = open_engine(empty_url, vault)
    with engine.connect() as db:
        assert current(db) is None
    engine.dispose()
