"""A gathering at its bounds: its first moment, its last seat, the hour the list opens, and two answers of one person."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.gatherings import attendance, seats
from registry.gatherings import planning as holding
from registry.gatherings.gatherings import Gathering, Planned
from registry.gatherings.invitees import set_invitee
from registry.identity import linking
from registry.people.roles import Role
from registry.store.rows import invitees
from tests.announced import gathered
from tests.registry.town import DISTRICT, NOW, Town, days

STARTS = NOW + days(9)
SECOND = timedelta(seconds=1)


def planned(places: int | None = 2) -> Planned:
    return Planned(
        kind="producers", place=DISTRICT, title="Tập huấn", venue="Nhà văn hóa", starts_at=STARTS, seats=places
    )


@pytest.fixture
def role(town: Town) -> Role:
    return town.official("district_official", DISTRICT)


def hold(town: Town, role: Role, places: int | None = 2) -> Gathering:
    return town.do(gathered, pack=town.pack, role=role, planned=planned(places), now=NOW)


def answer(town: Town, made: Gathering, person_id: str, given: seats.Answer, at=NOW) -> str:
    reply = town.do(
        seats.answer, pack=town.pack, gathering_id=made.id, person_id=person_id, given=given, now=at, tell=town.told
    )
    assert reply is not None
    return reply.became


def row(town: Town, made: Gathering, person_id: str):
    query = select(invitees).where(invitees.c.gathering_id == made.id, invitees.c.person_id == person_id)
    return town.do(lambda db: db.execute(query).one())


@pytest.mark.parametrize(("at", "became"), [(STARTS - SECOND, "yes"), (STARTS, "over"), (STARTS + SECOND, "over")])
def test_an_answer_counts_until_it_begins(town: Town, role: Role, at, became: str) -> None:
    lai = town.person()

    assert answer(town, hold(town, role), lai, "yes", at) == became


def test_the_last_seat_is_given_and_the_next_one_waits(town: Town, role: Role) -> None:
    guests = [town.person() for _ in range(3)]
    made = hold(town, role, 2)

    assert [answer(town, made, one, "yes") for one in guests] == ["yes", "yes", "waiting"]


def test_the_list_opens_three_hours_before_it_begins(town: Town, role: Role) -> None:
    lai = town.person()
    made = hold(town, role)
    tick = {"pack": town.pack, "role": role, "gathering_id": made.id, "person_id": lai, "came": True}

    with pytest.raises(attendance.TooEarlyError):
        town.do(attendance.mark, now=STARTS - timedelta(hours=3) - SECOND, **tick)
    assert row(town, made, lai).came is None
    town.do(attendance.mark, now=STARTS - timedelta(hours=3), **tick)
    assert row(town, made, lai).came is True


def test_seats_may_be_cut_to_those_who_come_and_no_further(town: Town, role: Role) -> None:
    guests = [town.person() for _ in range(2)]
    made = hold(town, role, 9)
    for one in guests:
        answer(town, made, one, "yes")
    change = {"pack": town.pack, "role": role, "gathering_id": made.id, "version": 1, "now": NOW, "tell": town.told}

    with pytest.raises(holding.SeatsTakenError):
        town.do(holding.change, planned=planned(1), **change)
    assert town.do(holding.change, planned=planned(2), **change).seats == 2


@pytest.mark.parametrize("kept", [0, 1], ids=["the waiting one is kept", "the seated one is kept"])
@pytest.mark.parametrize("seated", [-1, 1], ids=["seated first", "seated last"])
def test_the_seat_of_either_counts_before_a_place_in_the_line(town: Town, role: Role, kept: int, seated: int) -> None:
    both = town.person("Lài"), town.person("Lài", channel="webchat")
    made = hold(town, role)
    town.do(set_invitee, made.id, both[0], state="waiting", answered_at=NOW)
    town.do(set_invitee, made.id, both[1], state="yes", answered_at=NOW + days(seated))

    town.do(linking.merge, keep=both[kept], gone=both[1 - kept], now=NOW + days(2))

    assert row(town, made, both[kept]).state == "yes"


@pytest.mark.parametrize(
    ("mine", "theirs", "left"),
    [(True, False, True), (False, True, True), (None, False, False), (False, None, False), (None, True, True)],
)
def test_who_was_there_under_either_account_was_there(town: Town, role: Role, mine, theirs, left) -> None:
    keep, gone = town.person("Lài"), town.person("Lài", channel="webchat")
    made = hold(town, role)
    for person_id, came in ((keep, mine), (gone, theirs)):
        if came is not None:
            town.do(
                attendance.mark, pack=town.pack, role=role, gathering_id=made.id, person_id=person_id, came=came,
                now=STARTS,
            )  # fmt: skip

    town.do(linking.merge, keep=keep, gone=gone, now=STARTS)

    assert row(town, made, keep).came is left
