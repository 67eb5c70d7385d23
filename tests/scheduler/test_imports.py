"""The running program finishes a list whose command was cut off, and leaves one that is being taken in alone."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from content.programme.pack import load_pack
from registry.imports import runs
from registry.imports.outcomes import Act
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from scheduler import imports
from tests.registry.imports.office import NOW, Office, long_list


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    vault = Vault(bytes(range(32)))
    url = f"sqlite:///{tmp_path / 'ocopbot.db'}"
    upgrade(url, vault)
    store = Store(url, vault, tmp_path)
    yield Office(store, load_pack("quang-tri-2026", date(2026, 12, 1)), *map(list, long_list()))
    store.close()


async def test_a_confirmed_list_is_finished_once_its_command_is_gone(office: Office) -> None:
    run_id = office.staged()
    office.do(runs.confirm, run_id=run_id, total=15, now=NOW)
    office.slice(run_id, 4)

    soon = await imports.finish(office.store, pack=office.pack, now=NOW + timedelta(minutes=1))
    later = await imports.finish(office.store, pack=office.pack, now=NOW + timedelta(minutes=3))
    again = await imports.finish(office.store, pack=office.pack, now=NOW + timedelta(minutes=9))

    assert (soon, later, again) == ({"rows": 0}, {"rows": 11}, {"rows": 0})
    assert office.preview().counts == {("entity", Act.UNCHANGED): 6, ("product", Act.UNCHANGED): 9}
    assert [one.id for one in office.store.read_now(runs.untold)] == [run_id], "its report waits for an operator"
    assert office.acts("SP-001") == ["import"]


async def test_a_list_that_is_not_confirmed_is_left_alone(office: Office) -> None:
    office.staged()

    assert await imports.finish(office.store, pack=office.pack, now=NOW + timedelta(days=1)) == {"rows": 0}
    assert office.preview().counts == {("entity", Act.ADDED): 6, ("product", Act.ADDED): 9}
