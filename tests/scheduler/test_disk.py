"""A disk that is nearly full: administrators are told once an episode, and a new episode is told again."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from registry.people.roles import grant
from scheduler.disk import Disk, is_noted, sweep
from tests.registry.town import NOW, Town


@pytest.fixture
def town(store, pack) -> Town:
    return Town(store, pack)


@dataclass(frozen=True, slots=True)
class Told(Disk):
    left: int = 0

    def free(self) -> int:
        return self.left


def low(folder) -> Disk:
    return Told(folder, reserve=1000, left=999)


def some(folder) -> Disk:
    return Told(folder, reserve=1000, left=1050)


def plenty(folder) -> Disk:
    return Told(folder, reserve=1000, left=1100)


def look(town: Town, disk: Disk, hours: int = 0) -> int:
    now = NOW + timedelta(hours=hours)
    return town.do(sweep, disk=disk, pack=town.pack, tell=town.told, now=now)["disk_told"]


def test_every_administrator_is_told_once_an_episode(town: Town, tmp_path) -> None:
    admins = [town.person(name) for name in ("An", "Bình")]
    town.person("Mai")
    for one in admins:
        town.do(grant, person_id=one, role="admin", place="", granted_by="operator", now=NOW)

    assert look(town, plenty(tmp_path)) == 0
    assert look(town, low(tmp_path)) == 2
    assert town.do(is_noted)
    assert look(town, low(tmp_path), hours=1) == 0
    assert look(town, some(tmp_path), hours=2) == 0, "it is at the edge, and no second episode"
    assert town.do(is_noted)
    assert look(town, plenty(tmp_path), hours=3) == 0
    assert not town.do(is_noted)
    assert look(town, low(tmp_path), hours=4) == 2
    assert sorted(town.told) == sorted((one, "installation.disk_low") for one in admins * 2)


def test_it_is_shown_while_it_lasts(tmp_path) -> None:
    assert "limits.disk_reserve" in low(tmp_path).trouble()
    assert some(tmp_path).trouble() == ""
    assert not Disk(tmp_path, 0).is_low
    assert Disk(tmp_path / "nowhere", 1).is_low, "a disk that cannot be asked has no room"
