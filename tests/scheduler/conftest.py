import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from content.programme.pack import Pack, load_pack
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from tests.postgres import postgres_server  # noqa: F401
from tests.scheduler.platform import Ledger
from tests.scheduler.village import Village
from tests.scheduler.virtual import StoreAtHand


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault(bytes(range(32)))


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack("quang-binh-2021", date(2021, 6, 1))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    file = tmp_path_factory.mktemp("empty") / "empty.db"
    upgrade(f"sqlite:///{file}", vault)
    return file


@pytest.fixture
def url(empty_database: Path, tmp_path: Path) -> str:
    file = tmp_path / "ocopbot.db"
    shutil.copyfile(empty_database, file)
    return f"sqlite:///{file}"


@pytest.fixture
def store(url: str, vault: Vault) -> Iterator[StoreAtHand]:
    opened = StoreAtHand(url, vault)
    yield opened
    opened.close()


@pytest.fixture
def ledger(store: StoreAtHand) -> Ledger:
    return Ledger(store)


@pytest.fixture
def village(store: StoreAtHand, pack: Pack) -> Village:
    return Village(store, pack)
