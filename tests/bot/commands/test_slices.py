"""Long work of a command in slices: as many rows as fit, and a rest as long as each slice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.commands.slices import FIRST, HOLDS, RESTS, Slices
from registry.store.schema import upgrade
from registry.store.sealing import Vault
from registry.store.store import Store

PER_ROW = 0.0039


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    vault = Vault(bytes(range(32)))
    upgrade(f"sqlite:///{tmp_path / 'ocopbot.db'}", vault)
    opened = Store(f"sqlite:///{tmp_path / 'ocopbot.db'}", vault, tmp_path)
    yield opened
    opened.close()


def test_a_slice_is_as_long_as_fits_and_is_followed_by_a_rest_as_long(store: Store) -> None:
    clock, rests, taken = [0.0], list[float](), list[int]()
    slices = Slices(store, timer=lambda: clock[0], rest=rests.append)
    per_row = PER_ROW

    def unit(_db: Connection, most: int) -> None:
        taken.append(most)
        clock[0] += most * per_row

    for _ in range(3):
        slices.write(unit)
    per_row = PER_ROW / 100
    for _ in range(8):
        slices.write(unit)

    assert taken[:3] == [FIRST, 5, 5]
    assert all(most * PER_ROW <= HOLDS for most in taken[1:3])
    assert taken[3:] == [5, 10, 20, 40, 80, 160, 320, 500], "it grows by steps, and never beyond its most"
    held = [most * PER_ROW for most in taken[:3]] + [most * per_row for most in taken[3:]]
    assert rests == pytest.approx([max(one, RESTS) for one in held])


def test_a_single_slow_row_is_still_taken(store: Store) -> None:
    clock = iter(range(100))
    slices = Slices(store, timer=lambda: float(next(clock)), rest=lambda _: None)

    assert [slices.write(lambda _db, most: most) for _ in range(3)] == [FIRST, 1, 1]
