from datetime import date

import pytest

from content.programme.pack import Pack, load_pack
from registry.store.store import Store
from tests.registry.imports.office import Office


@pytest.fixture(scope="session")
def quang_tri() -> Pack:
    return load_pack("quang-tri-2026", date(2026, 12, 1))


@pytest.fixture
def office(store: Store, quang_tri: Pack) -> Office:
    return Office(store, quang_tri)
