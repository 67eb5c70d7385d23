"""The audience at its bounds: the end of a pause, the last day of a role, and each person once."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from registry.broadcasts.audiences import Wanted, count, reached
from registry.people.people import set_preference
from registry.people.roles import Role
from registry.store.rows import accounts
from tests.registry.broadcasts.test_audiences import recognised
from tests.registry.town import COMMUNE, NOW, TODAY, Town, days

SECOND = timedelta(seconds=1)


@pytest.fixture
def commune(town: Town) -> Role:
    return town.official("commune_official", COMMUNE)


def who(town: Town, role: Role, wanted: Wanted) -> list[str]:
    query = reached(town.pack, role=role, wanted=wanted, now=NOW)
    return sorted(row.person_id for row in town.do(lambda db: db.execute(query).all()))


@pytest.mark.parametrize(("until", "told"), [(NOW, True), (NOW - SECOND, True), (NOW + SECOND, False), (None, True)])
def test_a_pause_ends_at_its_moment(town: Town, commune: Role, until, told: bool) -> None:
    lai = town.person()
    town.do(set_preference, person_id=lai, paused_until=until)

    assert who(town, commune, Wanted(COMMUNE)) == ([lai] if told else [])


@pytest.mark.parametrize(("ago", "told"), [(days(7), True), (days(7) + SECOND, False), (days(0), True)])
def test_who_wrote_just_so_many_days_ago_wrote_within_them(town: Town, commune: Role, ago, told: bool) -> None:
    lai = town.person()
    spoke = update(accounts).where(accounts.c.person_id == lai).values(last_spoke_at=NOW - ago)
    town.do(lambda db: db.execute(spoke).rowcount)

    assert who(town, commune, Wanted(COMMUNE, spoke_days=7)) == ([lai] if told else [])


@pytest.mark.parametrize(("stars", "told"), [(3, False), (4, True), (5, True)])
def test_so_many_stars_or_more(town: Town, commune: Role, stars: int, told: bool) -> None:
    lai = town.person()
    recognised(town, lai, stars, place=COMMUNE)

    assert who(town, commune, Wanted(COMMUNE, stars=4)) == ([lai] if told else [])


@pytest.mark.parametrize(("until", "told"), [(TODAY, True), (TODAY - timedelta(days=1), False)])
def test_an_official_is_one_to_the_end_of_the_last_day(town: Town, commune: Role, until, told: bool) -> None:
    other = town.official("commune_official", COMMUNE, until=until)

    found = who(town, commune, Wanted(COMMUNE, roles=("commune_official",)))

    assert (other.person_id in found) is told


@pytest.mark.parametrize("later", [0, 1], ids=["the first account", "the second account"])
def test_a_person_with_two_accounts_is_told_once_where_they_last_wrote(town: Town, commune: Role, later: int) -> None:
    lai = town.person(channel="telegram")
    second = {
        "id": "second", "person_id": lai, "channel": "zalo_oa", "account": "z", "state": "open",
        "last_spoke_at": NOW + days(later * 2 - 1),
    }  # fmt: skip
    town.do(lambda db: db.execute(insert(accounts).values(**second)).rowcount)

    found = town.do(count, pack=town.pack, role=commune, wanted=Wanted(COMMUNE), now=NOW)

    assert (found.count, dict(found.channels)) == (1, {("telegram", "zalo_oa")[later]: 1})
    query = reached(town.pack, role=commune, wanted=Wanted(COMMUNE), now=NOW).subquery()
    assert town.do(lambda db: list(db.execute(select(query.c.person_id)).scalars())) == [lai]
