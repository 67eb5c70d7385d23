"""The command that takes a list in is killed by kill -9 at every step: nothing of the list is in, or all of it."""

import os
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NoReturn

import pytest

from bot.commands.lists.taking_in import TakingIn
from bot.commands.slices import Slices
from content.programme.pack import Pack, load_pack
from registry.imports.listed import in_order
from registry.imports.outcomes import Act
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from registry.store.store import Store
from tests.registry.imports.office import NOW, Office, long_list

VAULT = Vault(bytes(range(32)))
STAGED = 1 + 15
"""Slices until the list is staged, the clearing of an earlier one included; then 15 rows are taken in."""


@pytest.fixture(scope="module")
def quang_tri() -> Pack:
    return load_pack("quang-tri-2026", date(2026, 12, 1))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("empty") / "empty.db"
    upgrade(f"sqlite:///{file}", VAULT)
    return file.read_bytes()


def slices(store: Store, kill_at: int) -> Slices:
    """One row a slice, and the process kills itself in the rest after one of them."""
    steps = iter(range(1, 1000))

    def rest(_seconds: float) -> None:
        if next(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    clock: Iterator[int] = iter(range(10**6))
    return Slices(store, timer=lambda: float(next(clock)), rest=rest)


def take(file: Path, pack: Pack, folder: Path, kill_at: int) -> None:
    store = Store(f"sqlite:///{file}", VAULT, folder)
    list_of = long_list()
    taking = TakingIn(store, pack=pack, now=lambda: NOW, says=lambda _: None, slices=slices(store, kill_at))
    for _ in taking.finish_earlier():
        pass
    taking.take(list(in_order(*list_of)))
    store.close()


def child(file: Path, pack: Pack, folder: Path, kill_at: int) -> NoReturn:
    try:
        take(file, pack, folder, kill_at)
    finally:
        os._exit(3)


@pytest.mark.parametrize("kill_at", range(1, STAGED + 15 + 1, 2))
def test_a_killed_import_leaves_nothing_or_is_finished_whole(
    tmp_path: Path, quang_tri: Pack, empty: bytes, kill_at: int
) -> None:
    file = tmp_path / "ocopbot.db"
    file.write_bytes(empty)
    killed = os.fork()
    if killed == 0:
        child(file, quang_tri, tmp_path, kill_at)
    _, status = os.waitpid(killed, 0)
    assert os.WIFSIGNALED(status), "the list was shorter than this step"

    store = Store(f"sqlite:///{file}", VAULT, tmp_path)
    taking = TakingIn(store, pack=quang_tri, now=lambda: NOW, says=lambda _: None, slices=slices(store, 0))
    reports = [report for _, report in taking.finish_earlier()]
    office = Office(store, quang_tri, *map(list, long_list()))
    seen = office.preview().counts
    store.close()

    whole = {("entity", Act.UNCHANGED): 6, ("product", Act.UNCHANGED): 9}
    nothing = {("entity", Act.ADDED): 6, ("product", Act.ADDED): 9}
    assert seen == (whole if reports else nothing)
    assert bool(reports) == (kill_at > STAGED)
