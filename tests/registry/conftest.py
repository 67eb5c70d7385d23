import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from content.programme.pack import Pack, load_pack
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.postgres import PostgresServer, postgres_server  # noqa: F401
from tests.registry.town import Town


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault(bytes(range(32)))


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack("quang-binh-2021", date(2021, 6, 1))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    file = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{file}", vault)
    assert not file.with_name("template.db-wal").exists()
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    file = tmp_path / "ocopbot.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database(empty=True) as url:
        yield url


@pytest.fixture
def store(database_url: str, vault: Vault, tmp_path: Path) -> Iterator[Store]:
    opened = Store(database_url, vault, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def town(store: Store, pack: Pack) -> Town:
    return Town(store, pack)
