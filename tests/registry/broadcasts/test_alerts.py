"""Those above an author hear that an announcement goes while it can still be stopped."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from content.message import Message
from registry.broadcasts.audiences import Wanted
from registry.broadcasts.broadcasts import Draft
from registry.broadcasts.handing_in import approve, hand_in, hand_in_again
from registry.broadcasts.running import cancel_broadcast, drop_orphaned, pause
from registry.people.people import leave
from registry.people.roles import NotAllowedError, grant, revoke
from registry.store.rows import accounts, deliveries
from tests.registry.town import COMMUNE, DISTRICT, NOW, OTHER_DISTRICT, PROVINCE, TODAY, Town

PLAIN = "Sáng thứ Hai họp ở nhà văn hóa"
LINK = "Bà con đăng ký tại ocop.gov.vn nhé"
HOLD = timedelta(minutes=5)


def handed(town: Town, role, text: str = PLAIN, place: str = COMMUNE):
    draft = Draft(text, lambda number: Message(f"{number}: {text}"))
    wanted = Wanted(place)
    return town.do(hand_in, pack=town.pack, role=role, wanted=wanted, draft=draft, now=NOW, tell=town.told)


def alerted(town: Town) -> list[tuple[str, timedelta]]:
    """The receivers of an alert, and its time after the broadcast was handed in."""
    query = select(deliveries.c.person_id, deliveries.c.due_at).where(deliveries.c.key.like("status:alert:%"))
    return [(row.person_id, row.due_at - NOW) for row in town.do(lambda db: db.execute(query).all())]


def test_the_nearest_office_above_is_told_at_once_with_every_word(town: Town) -> None:
    author, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    for role, place in (("commune_official", COMMUNE), ("district_official", OTHER_DISTRICT), ("admin", PROVINCE)):
        town.official(role, place)
    town.official("province_official", PROVINCE)
    town.person()

    handed(town, author)

    assert alerted(town) == [(above.person_id, timedelta())]
    values = town.told.values[above.person_id, "thongbao.told_above"]
    assert (values["text"], values["count"], values["hour"]) == (PLAIN, "1", "08:05")


def test_where_nobody_above_can_be_reached_the_next_office_is_told(town: Town) -> None:
    author, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    province = town.official("province_official", PROVINCE)
    town.person()
    of_them = accounts.c.person_id == above.person_id
    row = town.do(lambda db: db.execute(select(accounts.c.channel, accounts.c.account).where(of_them)).one())
    town.do(leave, channel=row.channel, account=row.account, at=NOW)

    handed(town, author)

    assert [person_id for person_id, _ in alerted(town)] == [province.person_id]


def test_at_the_top_the_colleagues_of_the_office_are_told(town: Town) -> None:
    author, colleague = town.official("province_official", PROVINCE), town.official("province_official", PROVINCE)
    town.person()

    handed(town, author)

    assert [person_id for person_id, _ in alerted(town)] == [colleague.person_id]


def test_nobody_is_told_of_what_waits_and_nobody_twice_of_what_somebody_above_has_seen(town: Town) -> None:
    author, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    town.person()

    made = handed(town, author, LINK)
    assert alerted(town) == []

    town.do(approve, pack=town.pack, broadcast_id=made.id, version=1, people=1, role=above, now=NOW, tell=town.told)
    assert alerted(town) == []


def test_what_a_colleague_let_go_is_told_above(town: Town) -> None:
    author, colleague = town.official("commune_official", COMMUNE), town.official("commune_official", COMMUNE)
    above = town.official("district_official", DISTRICT)
    town.person()
    made = handed(town, author, LINK)

    town.do(approve, pack=town.pack, broadcast_id=made.id, version=1, people=1, role=colleague, now=NOW, tell=town.told)

    assert [person_id for person_id, _ in alerted(town)] == [above.person_id]
    assert (above.person_id, "thongbao.told_above_approved") in town.told


def test_an_edit_is_told_again_and_held_again(town: Town) -> None:
    author, _above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    town.person()
    made = handed(town, author)
    later = NOW + HOLD / 2

    edited = town.do(
        hand_in_again, pack=town.pack, role=author, broadcast_id=made.id, version=1, draft=Draft("Tin đã sửa lại", Message),
        wanted=Wanted(COMMUNE), now=later, tell=town.told,
    )  # fmt: skip

    assert edited.due_at == later + HOLD
    assert len(alerted(town)) == 2


@pytest.mark.parametrize("minutes", [0, 4, 6])
def test_a_role_that_is_taken_away_stops_what_its_holder_sends(town: Town, minutes: int) -> None:
    author = town.official("commune_official", COMMUNE)
    sent, waits = town.person(), town.person()
    made = handed(town, author)
    town.do(
        lambda db: db.execute(update(deliveries).where(deliveries.c.person_id == sent).values(state="sent")).rowcount
    )
    now = NOW + timedelta(minutes=minutes)

    town.do(revoke, role_id=author.id, by="operator", places=town.pack.places, on=TODAY, now=now)
    dropped = [town.do(drop_orphaned, on=TODAY, now=now) for _ in range(2)]

    states = dict(
        town.do(
            lambda db: db.execute(
                select(deliveries.c.person_id, deliveries.c.state).where(deliveries.c.broadcast_id == made.id)
            ).all()
        )
    )
    assert dropped == [1, 0]
    assert states == {sent: "sent", waits: "cancelled"}


def test_a_role_that_ran_out_lets_what_is_under_way_come_to_its_end(town: Town) -> None:
    author = town.official("commune_official", COMMUNE, until=TODAY)
    town.person()
    handed(town, author)

    assert town.do(drop_orphaned, on=TODAY + timedelta(days=1), now=NOW + timedelta(days=1)) == 0


def test_an_office_below_stops_nothing_of_one_above(town: Town) -> None:
    district = town.official("district_official", DISTRICT)
    person_id = town.person("Cán bộ xã", place=None)
    commune = town.do(
        grant, person_id=person_id, role="commune_official", place=COMMUNE, granted_by="operator", now=NOW
    )
    town.person()
    made = handed(town, district)

    for act in (cancel_broadcast, pause):
        with pytest.raises(NotAllowedError):
            town.do(act, broadcast_id=made.id, role=commune, pack=town.pack, now=NOW)
