"""A stand-in has no more rights than the leave gives them, and none of them after it."""

from datetime import date, timedelta

from sqlalchemy import select

from registry.identity import erasing
from registry.offices import appointing, standing_in
from registry.people import leaves, roles
from registry.people.leaves import Leave
from registry.people.roles import OPERATOR, Role, grant, roles_of
from registry.store.rows import roles as role_rows
from registry.store.tombstones import Kind, noted
from tests.registry.town import COMMUNE, DISTRICT, NOW, OTHER_COMMUNE, PROVINCE, TODAY, Town, days

LAST = TODAY + timedelta(days=7)


def away(town: Town, role: Role, stand_in: Role, first: date = TODAY, last: date = LAST) -> Leave:
    return town.do(
        standing_in.plan, pack=town.pack, role=role, stand_in_id=stand_in.person_id, first=first, last=last,
        tell=town.told, now=NOW,
    )  # fmt: skip


def at_commune(town: Town, person_id: str, on: date = TODAY) -> list[Role]:
    return [one for one in town.do(roles_of, person_id=person_id, on=on) if one.place == COMMUNE]


def end(town: Town, role: Role) -> None:
    assert town.do(appointing.end, pack=town.pack, role_id=role.id, by=OPERATOR, tell=town.told, now=NOW)


def sweep(town: Town, after: int) -> None:
    town.do(standing_in.sweep, pack=town.pack, tell=town.told, now=NOW + days(after))


def moved_elsewhere(town: Town, role: Role) -> Role:
    end(town, role)
    return town.do(
        grant, person_id=role.person_id, role="commune_official", place=OTHER_COMMUNE, granted_by=OPERATOR, now=NOW
    )


def test_a_stand_in_who_works_elsewhere_by_the_first_day_gets_nothing(town: Town) -> None:
    absent, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    away(town, absent, above, first=TODAY + timedelta(days=1))
    moved_elsewhere(town, above)

    sweep(town, 1)

    assert at_commune(town, above.person_id, TODAY + timedelta(days=1)) == []
    assert (absent.person_id, "nghiphep.your_declined") in town.told


def test_a_stand_in_whose_own_role_ends_loses_the_given_one_at_once(town: Town) -> None:
    absent, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    away(town, absent, above)
    assert len(at_commune(town, above.person_id)) == 1

    end(town, above)

    assert at_commune(town, above.person_id) == []
    assert town.do(leaves.leave_of, role_id=absent.id, on=TODAY) is None
    assert (absent.person_id, "nghiphep.your_declined") in town.told


def test_the_role_of_an_absent_official_ends_with_that_of_the_stand_in(town: Town) -> None:
    absent, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    away(town, absent, above)

    end(town, absent)

    assert at_commune(town, above.person_id) == []


def test_a_chain_of_stand_ins_ends_with_its_first_leave(town: Town) -> None:
    absent, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    further = town.official("district_official", DISTRICT)
    first = away(town, absent, above)
    (given,) = at_commune(town, above.person_id)
    away(town, given, further)
    assert len(at_commune(town, further.person_id)) == 1

    assert town.do(standing_in.end, pack=town.pack, leave=first, by=absent.person_id, tell=town.told, now=NOW)

    assert at_commune(town, above.person_id) == []
    assert at_commune(town, further.person_id) == []


def test_a_given_role_that_was_ended_does_not_come_again_after_a_restore(town: Town) -> None:
    absent, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    leave = away(town, absent, above)
    (given,) = at_commune(town, above.person_id)

    def ended(db):
        appointing.end(db, pack=town.pack, role_id=given.id, by=OPERATOR, tell=town.told, now=NOW)
        return {(one.kind, one.of) for one in noted(db)}

    assert {(Kind.ROLE, given.id), (Kind.LEAVE, leave.id)} <= town.do(ended)


def test_a_stand_in_keeps_no_role_of_an_erased_official(town: Town) -> None:
    absent, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    away(town, absent, above)

    town.do(erasing.erase, pack=town.pack, person_id=absent.person_id, now=NOW, tell=town.told)

    assert at_commune(town, above.person_id) == []


def test_who_was_appointed_at_the_place_meanwhile_stays(town: Town) -> None:
    absent, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    away(town, absent, above)
    town.do(
        appointing.appoint, pack=town.pack, person_id=above.person_id, role="commune_official", place=COMMUNE,
        by=OPERATOR, tell=town.told, now=NOW,
    )  # fmt: skip

    sweep(town, 8)

    assert len(at_commune(town, above.person_id, TODAY + timedelta(days=8))) == 1


def test_who_stands_in_for_two_has_the_role_until_the_later_leave_ends(town: Town) -> None:
    one, two = town.official("commune_official", COMMUNE), town.official("commune_official", COMMUNE)
    above = town.official("province_official", PROVINCE)
    longer = away(town, one, above, last=TODAY + timedelta(days=20))
    away(town, two, above)
    assert [role.until for role in at_commune(town, above.person_id)] == [TODAY + timedelta(days=20)]

    town.do(standing_in.end, pack=town.pack, leave=longer, by=one.person_id, tell=town.told, now=NOW)
    assert [role.until for role in at_commune(town, above.person_id)] == [LAST]

    sweep(town, 8)
    open_ones = town.do(
        lambda db: db.execute(
            select(role_rows.c.id).where(
                role_rows.c.person_id == above.person_id, role_rows.c.place == COMMUNE, role_rows.c.revoked_at.is_(None)
            )
        ).all()
    )
    assert open_ones == []


def test_a_leave_ends_when_both_sides_prove_to_be_one_person(town: Town) -> None:
    absent, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    leave = away(town, absent, above)
    (given,) = at_commune(town, above.person_id)

    def merged(db):
        roles.take_over(db, keep=absent.person_id, gone=above.person_id, now=NOW)
        leaves.take_over(db, keep=absent.person_id, gone=above.person_id, now=NOW)
        return {(one.kind, one.of) for one in noted(db)}

    assert {(Kind.ROLE, given.id), (Kind.LEAVE, leave.id)} <= town.do(merged)


def test_a_stand_in_whose_own_role_lapses_loses_the_given_one_with_it(town: Town) -> None:
    absent = town.official("commune_official", COMMUNE)
    above = town.official("district_official", DISTRICT, until=TODAY + timedelta(days=2))
    away(town, absent, above)

    sweep(town, 3)

    assert at_commune(town, above.person_id, TODAY + timedelta(days=3)) == []


def test_a_stand_in_who_is_replaced_is_told_and_gives_the_role_back(town: Town) -> None:
    absent, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    other = town.official("district_official", DISTRICT)
    away(town, absent, above)

    away(town, absent, other)

    assert (above.person_id, "nghiphep.stand_in_ended") in town.told
    assert at_commune(town, above.person_id) == []
    assert len(at_commune(town, other.person_id)) == 1
