from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from content.message import Message
from registry.broadcasts.audiences import Wanted, count
from registry.broadcasts.broadcasts import words_of
from registry.broadcasts.reports import broadcasts_seen_by, finished, report
from registry.broadcasts.running import cancel_broadcast
from registry.broadcasts.wording import sent_to
from registry.people.people import forget, mark_unreachable, meet, names_of, set_preference
from registry.people.roles import NotAllowedError
from registry.store.rows import accounts, broadcasts, deliveries
from tests.announced import announced
from tests.registry.town import (
    COMMUNE,
    DISTRICT,
    NOW,
    OTHER_COMMUNE,
    PROVINCE,
    TODAY,
    Town,
    days,
)


def sending(town: Town, role, place: str = COMMUNE, now=NOW):
    return town.do(
        announced, pack=town.pack, role=role, place=place, say=lambda number: Message(f"Thông báo {number}: tập huấn"),
        now=now,
    )  # fmt: skip


def reached(town: Town) -> set[str]:
    return set(
        town.do(
            lambda db: (
                db.execute(select(deliveries.c.person_id).where(deliveries.c.kind == "broadcast")).scalars().all()
            )
        )
    )


def test_it_reaches_everyone_of_the_place_and_nobody_else(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    lives, makes, away = town.person("Lài"), town.person("Hoa", place=None), town.person("Xa", place=OTHER_COMMUNE)
    town.idea(makes)

    made = sending(town, commune)

    assert reached(town) == {lives, makes}
    assert away not in reached(town)
    assert (made.number, made.people, made.state) == ("1/2021", 2, "going")


def test_who_stopped_paused_left_or_is_gone_is_not_told(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    stopped, paused, blocked, erased, back = (town.person() for _ in range(5))
    town.do(set_preference, person_id=stopped, stopped_at=NOW)
    town.do(set_preference, person_id=paused, paused_until=NOW + days(1))
    town.do(set_preference, person_id=back, paused_until=NOW - days(1))
    account = town.do(
        lambda db: db.execute(select(accounts.c.account).where(accounts.c.person_id == blocked)).scalar_one()
    )
    town.do(mark_unreachable, channel="telegram", account=account)
    town.do(forget, person_id=erased, now=NOW)

    sending(town, commune)

    assert reached(town) == {back}


def test_one_person_with_two_accounts_is_told_once_where_they_last_spoke(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    lai = town.person()
    town.do(meet, channel="webchat", account="w", now=NOW)
    town.do(
        lambda db: (
            db.execute(
                update(accounts)
                .where(accounts.c.channel == "webchat")
                .values(person_id=lai, last_spoke_at=NOW + timedelta(hours=1))
            ).rowcount
        )
    )

    sending(town, commune)

    told = town.do(
        lambda db: [
            tuple(row)
            for row in db.execute(
                select(deliveries.c.person_id, deliveries.c.channel).where(deliveries.c.kind == "broadcast")
            )
        ]
    )
    assert told == [(lai, "webchat")]


def test_its_rows_are_ready_to_be_sent(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    lai, hoa = town.person(), town.person()
    made = sending(town, commune)

    rows = town.do(lambda db: db.execute(select(deliveries).order_by(deliveries.c.id)).all())

    assert {row.key for row in rows} == {f"broadcast:{made.id}:{person}" for person in (lai, hoa)}
    assert {(row.state, row.priority, row.due_at, row.attempts, row.doubtful) for row in rows} == {
        ("owed", 3, NOW, 0, False)
    }
    assert all(row.message_sealed is None for row in rows)
    assert len({row.id for row in rows}) == 2
    assert town.do(words_of, made.id) == Message("Thông báo 1/2021: tập huấn")


def test_the_text_is_sealed(town: Town) -> None:
    sending(town, town.official("commune_official", COMMUNE))

    assert "tập huấn".encode() not in town.do(lambda db: db.execute(select(broadcasts.c.text_sealed)).scalar_one())


@pytest.mark.parametrize(
    ("role", "home", "place"),
    [
        ("commune_official", COMMUNE, OTHER_COMMUNE),
        ("commune_official", COMMUNE, DISTRICT),
        ("district_official", DISTRICT, PROVINCE),
        ("helper", COMMUNE, COMMUNE),
        ("admin", PROVINCE, PROVINCE),
    ],
)
def test_nobody_announces_beyond_their_place(town: Town, role: str, home: str, place: str) -> None:
    official = town.official(role, home)
    town.person("Lài")

    with pytest.raises(NotAllowedError):
        town.do(count, pack=town.pack, role=official, wanted=Wanted(place), now=NOW)
    with pytest.raises(NotAllowedError):
        sending(town, official, place)
    assert town.do(lambda db: db.execute(select(func.count()).select_from(deliveries)).scalar_one()) == 0


def test_the_audience_is_counted_with_five_names(town: Town) -> None:
    district = town.official("district_official", DISTRICT)
    names = {f"Bà {number}" for number in range(7)}
    for name in sorted(names):
        town.person(name)
    town.person("Xa", place=OTHER_COMMUNE)

    found = town.do(count, pack=town.pack, role=district, wanted=Wanted(DISTRICT), now=NOW)

    assert (found.count, found.channels) == (7, {"telegram": 7})
    assert len(found.some) == 5
    assert set(town.do(names_of, person_ids=found.some).values()) < names


def test_cancelling_spares_those_not_yet_told(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    lai, hoa, binh = (town.person() for _ in range(3))
    made = sending(town, commune)
    for person_id, state in ((lai, "sent"), (hoa, "claimed")):
        town.do(
            lambda db, person_id=person_id, state=state: (
                db.execute(update(deliveries).where(deliveries.c.person_id == person_id).values(state=state)).rowcount
            )
        )

    def stop() -> int:
        return town.do(cancel_broadcast, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW)

    assert [stop(), stop()] == [1, 0]
    found = town.do(report, broadcast_id=made.id, role=commune, places=town.pack.places, on=TODAY)
    assert found is not None
    assert dict(found.states) == {"sent": 1, "claimed": 1, "cancelled": 1}
    assert found.broadcast.state == "cancelled"
    assert binh


@pytest.mark.parametrize(
    ("role", "place", "allowed"),
    [
        ("commune_official", COMMUNE, True),  # a colleague in charge of the same place
        ("commune_official", OTHER_COMMUNE, False),
        ("district_official", DISTRICT, True),
        ("admin", PROVINCE, False),
    ],
)
def test_it_is_stopped_by_everybody_in_charge_of_its_place(town: Town, role: str, place: str, allowed: bool) -> None:
    author = town.official("commune_official", COMMUNE)
    other = town.official(role, place)
    town.person()
    made = sending(town, author)

    def stop() -> int:
        return town.do(cancel_broadcast, broadcast_id=made.id, role=other, pack=town.pack, now=NOW)

    if allowed:
        assert stop() == 1
    else:
        with pytest.raises(NotAllowedError):
            stop()


def test_a_report_outside_ones_place_is_as_if_it_were_not_there(town: Town) -> None:
    author, other = town.official("commune_official", COMMUNE), town.official("commune_official", OTHER_COMMUNE)
    made = sending(town, author)

    def look(role, broadcast_id: str = made.id):
        return town.do(report, broadcast_id=broadcast_id, role=role, places=town.pack.places, on=TODAY)

    assert look(author) is not None
    assert look(other) is look(author, "nothing") is None
    assert town.do(broadcasts_seen_by, role=other, places=town.pack.places, on=TODAY) == ()
    assert [one.id for one in town.do(broadcasts_seen_by, role=author, places=town.pack.places, on=TODAY)] == [made.id]


def test_a_broadcast_is_done_when_nothing_is_queued_and_reported_once(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    town.person()
    made = sending(town, commune)
    assert town.do(finished, places=town.pack.places, now=NOW) == ()
    town.do(
        lambda db: db.execute(update(deliveries).values(state="refused", reason="too long", doubtful=True)).rowcount
    )

    reports = town.do(finished, places=town.pack.places, now=NOW)

    assert [(one.broadcast.id, one.broadcast.state, dict(one.reasons), one.doubtful) for one in reports] == [
        (made.id, "done", {"too long": 1}, 1)
    ]
    assert town.do(finished, places=town.pack.places, now=NOW) == ()


def test_an_announcement_to_nobody_is_done_at_once(town: Town) -> None:
    made = sending(town, town.official("commune_official", COMMUNE))

    assert made.people == 0
    assert len(town.do(finished, places=town.pack.places, now=NOW)) == 1


def test_a_forwarded_number_is_known_to_those_it_was_meant_for(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    lai, away = town.person(), town.person(place=OTHER_COMMUNE)
    made = sending(town, commune)

    assert town.do(sent_to, number=made.number, person_id=lai, now=NOW)
    assert not town.do(sent_to, number=made.number, person_id=away, now=NOW)
    assert not town.do(sent_to, number="99/2021", person_id=lai, now=NOW)
    assert sending(town, commune).number == "2/2021"
