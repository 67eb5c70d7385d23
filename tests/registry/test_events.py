"""Trainings and fairs on a real database: reach, seats, the line, and people who become one."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from registry import attendance, audit, consents, events, holding, invitees, linking, people, seats
from registry.events import Gathering, Planned
from registry.roles import NotAllowedError, Role
from registry.rows import gatherings
from registry.rows import invitees as invitee_rows
from tests.registry.town import COMMUNE, DISTRICT, NOW, OTHER_COMMUNE, OTHER_DISTRICT, PROVINCE, TODAY, Town, days


def planned(place: str = DISTRICT, **changed: Any) -> Planned:
    values: dict[str, Any] = {
        "kind": "producers", "place": place, "title": "Tập huấn", "venue": "Nhà văn hóa", "starts_at": NOW + days(9),
        "seats": 2,
    }  # fmt: skip
    return Planned(**values | changed)


def hold(town: Town, role: Role, **changed: Any) -> Gathering:
    return town.do(holding.hold, pack=town.pack, role=role, planned=planned(**changed), now=NOW)


def answer(town: Town, made: Gathering, person_id: str, given: seats.Answer, after: int = 0) -> seats.Reply | None:
    return town.do(
        seats.answer, pack=town.pack, gathering_id=made.id, person_id=person_id, given=given,
        now=NOW + timedelta(minutes=after), tell=town.told,
    )  # fmt: skip


def state(town: Town, made: Gathering) -> dict[str, str]:
    rows = town.do(lambda db: db.execute(select(invitee_rows).where(invitee_rows.c.gathering_id == made.id)).all())
    return {row.person_id: row.state for row in rows}


def test_it_reaches_those_who_live_or_make_something_in_the_place(town: Town) -> None:
    lives, makes, away = town.person("Lài"), town.person("Mai", place=None), town.person("Xa", place=OTHER_COMMUNE)
    town.idea(makes)
    made = hold(town, town.official("district_official", DISTRICT))
    assert set(state(town, made)) == {lives, makes}
    assert away not in state(town, made)


@pytest.mark.parametrize("place", [PROVINCE, OTHER_DISTRICT, OTHER_COMMUNE, DISTRICT, "99999", ""])
def test_the_one_guarded_place_refuses_what_lies_outside(town: Town, place: str) -> None:
    role = town.official("commune_official", COMMUNE)
    with pytest.raises(NotAllowedError):
        hold(town, role, place=place)
    assert town.do(lambda db: db.execute(select(gatherings)).all()) == []


def test_the_past_is_refused(town: Town) -> None:
    with pytest.raises(holding.PastError):
        hold(town, town.official("district_official", DISTRICT), starts_at=NOW)


def test_invitations_are_owed_once_some_at_a_time(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitees, "INVITED_AT_ONCE", 2)
    for _ in range(3):
        town.person("Bà")
    hold(town, town.official("district_official", DISTRICT))
    sent = [town.do(invitees.send_invitations, pack=town.pack, tell=town.told, now=NOW) for _ in range(3)]
    assert [one["invited"] for one in sent] == [2, 1, 0]
    assert sent[0]["left"] == 1
    assert [key for _, key in town.told].count("event.invited_seats") == 3


def test_the_line_moves_in_the_order_of_the_answers(town: Town) -> None:
    first, second, third, fourth = (town.person(name) for name in "abcd")
    made = hold(town, town.official("district_official", DISTRICT))
    for number, person_id in enumerate((first, second, fourth, third)):
        answer(town, made, person_id, "yes", after=number)
    assert state(town, made) == {first: "yes", second: "yes", fourth: "waiting", third: "waiting"}
    answer(town, made, first, "no", after=9)
    assert state(town, made)[fourth] == "yes"
    assert (fourth, "event.seat_free") in town.told
    reply = answer(town, made, third, "yes", after=10)
    assert reply is not None
    assert (reply.became, reply.number) == ("waiting", 1)


def test_more_seats_let_the_line_in(town: Town) -> None:
    who = [town.person(name) for name in "abc"]
    role = town.official("district_official", DISTRICT)
    made = hold(town, role)
    for number, person_id in enumerate(who):
        answer(town, made, person_id, "yes", after=number)
    town.do(
        holding.change, pack=town.pack, role=role, gathering_id=made.id, version=1, planned=planned(seats=None),
        now=NOW, tell=town.told,
    )  # fmt: skip
    assert set(state(town, made).values()) == {"yes"}
    assert "event.changed" not in {key for _, key in town.told}


def test_two_people_who_become_one_are_invited_once_with_the_answer_they_gave(town: Town) -> None:
    keep, gone = town.person("Lài"), town.person("Lài", channel="webchat")
    made = hold(town, town.official("district_official", DISTRICT))
    answer(town, made, gone, "yes")
    town.do(linking.merge, keep=keep, gone=gone, now=NOW)
    assert state(town, made) == {keep: "yes"}


def test_a_phone_number_is_shown_only_near_and_after_consent(town: Town) -> None:
    agreed, silent, moved = town.person("Lài"), town.person("Mai"), town.person("Xa")
    for number, person_id in enumerate((agreed, silent, moved)):
        town.do(people.set_phone, person_id=person_id, phone=f"+8491234567{number}")
    for person_id in (agreed, moved):
        town.do(
            consents.give, person_id=person_id, purpose="registration", text_version="v", channel="telegram", now=NOW
        )
    role = town.official("district_official", DISTRICT)
    made = hold(town, role)
    for person_id in (agreed, silent, moved):
        answer(town, made, person_id, "yes")
    town.do(people.set_preference, person_id=moved, place=OTHER_COMMUNE)
    listed = town.do(attendance.attendants, pack=town.pack, role=role, gathering_id=made.id, on=TODAY)
    assert {one.person_id: one.phone for one in listed} == {agreed: "+84912345670", silent: None, moved: None}


def test_only_somebody_invited_can_be_ticked(town: Town) -> None:
    guest, stranger = town.person("Lài"), town.person("Xa", place=OTHER_COMMUNE)
    role = town.official("district_official", DISTRICT)
    made = hold(town, role)
    day = NOW + days(9)
    tick: dict[str, Any] = {"pack": town.pack, "role": role, "gathering_id": made.id, "came": True}
    town.do(attendance.mark, person_id=guest, now=day, **tick)
    town.do(attendance.mark, person_id=guest, now=day, **tick)
    with pytest.raises(NotAllowedError):
        town.do(attendance.mark, person_id=stranger, now=day, **tick)
    with pytest.raises(attendance.TooEarlyError):
        town.do(attendance.mark, person_id=guest, now=NOW, **tick)
    acts = [row.act for row in town.do(audit.entries, noun="gathering", noun_id=made.id)]
    assert acts.count("event.attend") == 1


def test_an_office_finds_what_is_in_its_place_alone(town: Town) -> None:
    made = hold(town, town.official("district_official", DISTRICT))
    seen = {
        place: bool(
            town.do(
                events.gatherings_seen_by, role=town.official(role, place), places=town.pack.places, on=TODAY, since=NOW
            )
        )
        for role, place in (
            ("province_official", PROVINCE), ("district_official", OTHER_DISTRICT), ("commune_official", COMMUNE),
        )
    }  # fmt: skip
    assert made.place == DISTRICT
    assert seen == {PROVINCE: True, OTHER_DISTRICT: False, COMMUNE: False}
