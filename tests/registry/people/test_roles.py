from datetime import date

import pytest
from sqlalchemy import func, select

from registry.people.invitations import invitations
from registry.people.inviting import invite, redeem
from registry.people.people import forget
from registry.people.roles import (
    ACTS,
    OFFICIALS,
    ROLE_IDS,
    NotAllowedError,
    Role,
    check_role,
    may,
    may_own,
    officials_for,
    revoke,
    role_by_id,
    roles_of,
)
from registry.store.rows import roles
from tests.registry.town import (
    COMMUNE,
    DISTRICT,
    NOW,
    OTHER_COMMUNE,
    OTHER_DISTRICT,
    PROVINCE,
    TODAY,
    Town,
    days,
)

ALL = {"commune_official", "district_official", "province_official"}
WHO = {  # the table written out by hand a second time: a change has to be made in both
    "review.see": ALL,
    "review.accept": ALL,
    "review.return": ALL,
    "review.decline": ALL,
    "review.record": ALL,
    "announce.send": ALL,
    "announce.cancel": ALL,
    "announce.report": ALL,
    "announce.approve": ALL,
    "announce.pause": ALL,
    "announce.retry": ALL,
    "announce.tag": ALL,
    "event.invite": ALL,
    "event.change": ALL,
    "event.see": ALL,
    "event.attend": ALL,
    "question.see": ALL,
    "question.answer": ALL,
    "recording.type": ALL,
    "paper.confirm": ALL,
    "unanswered.see": ALL | {"admin"},
    "answer.write": ALL,
    "answer.approve": ALL,
    "checklist.counts": ALL,
    "figures.see": ALL | {"admin"},
    "deadline.move": ALL,
    "leave.plan": ALL,
    "place.pause": ALL,
    "export.run": ALL,
    "import.run": {"province_official", "admin"},
    "role.see": ALL | {"admin"},
    "role.invite": ALL | {"admin"},
    "role.revoke": ALL | {"admin"},
    "poster.make": ALL | {"admin"},
    "entity.hand_over": ALL,
    "entry.for_others": ALL | {"helper"},
    "audit.see": {"admin"},
    "health.see": {"admin", "province_official"},
    "prompt.record": {"admin", "province_official"},
}
ANYWHERE = {"audit.see", "health.see", "prompt.record"}
OWN = {
    "application.see_own": {"owner", "helper"},
    "application.edit_own": {"owner", "helper"},
    "application.withdraw_own": {"owner"},
    "checklist.set_own": {"owner", "helper"},
    "paper.say_own": {"owner", "helper"},
    "entity.see_own": {"owner", "helper"},
    "entity.edit_own": {"owner"},
    "entity.invite_own": {"owner"},
}
HOME = {
    "helper": COMMUNE,
    "commune_official": COMMUNE,
    "district_official": DISTRICT,
    "province_official": PROVINCE,
    "admin": PROVINCE,
}
REACHED = {
    COMMUNE: {COMMUNE},
    DISTRICT: {COMMUNE, DISTRICT},
    PROVINCE: {COMMUNE, DISTRICT, PROVINCE, OTHER_COMMUNE, OTHER_DISTRICT},
}


def held(role: str, place: str, until: date = TODAY, revoked: bool = False) -> Role:
    return Role("r", "p", role, place, None, until, revoked)


def test_the_written_out_matrix_names_every_act() -> None:
    assert set(WHO) | set(OWN) == set(ACTS)
    assert not set(WHO) & set(OWN)


@pytest.mark.parametrize("act", [*WHO, *OWN])
@pytest.mark.parametrize("role", ROLE_IDS)
def test_every_cell_of_roles_acts_and_places(pack, act: str, role: str) -> None:
    home = HOME[role]
    for place in (*REACHED[PROVINCE], "99999"):
        expected = role in WHO.get(act, ()) and (act in ANYWHERE or place in REACHED[home])

        assert may(held(role, home), act, place, pack.places, on=TODAY) is expected, (role, act, place)
        assert not may(held(role, home, date(2021, 5, 31)), act, place, pack.places, on=TODAY)
        assert not may(held(role, home, revoked=True), act, place, pack.places, on=TODAY)


@pytest.mark.parametrize("act", [*WHO, *OWN, "no.such_act"])
def test_every_cell_of_parts_and_own_acts(act: str) -> None:
    for part in ("owner", "helper", "commune_official", None):
        assert may_own(part, act) is (part in OWN.get(act, ()))


def test_an_act_that_is_not_in_the_table_is_nobodys(pack) -> None:
    assert not any(may(held(role, PROVINCE), "no.such_act", PROVINCE, pack.places, on=TODAY) for role in ROLE_IDS)


def test_a_role_ends_after_twelve_months_whatever_is_asked(town: Town) -> None:
    asked = town.official("commune_official", COMMUNE, until=date(2030, 1, 1))

    assert asked.until <= date(2022, 6, 2)
    assert town.do(roles_of, person_id=asked.person_id, on=asked.until) == (asked,)
    assert town.do(roles_of, person_id=asked.person_id, on=date(2022, 6, 3)) == ()


def test_the_same_role_again_prolongs_it(town: Town) -> None:
    from registry.people.roles import grant

    first = town.official("commune_official", COMMUNE, until=date(2021, 7, 1))

    again = town.do(
        grant, person_id=first.person_id, role="commune_official", place=COMMUNE, granted_by="operator",
        now=NOW, until=date(2021, 12, 31),
    )  # fmt: skip

    assert (again.id, again.until) == (first.id, date(2021, 12, 31))
    assert town.do(roles_of, person_id=first.person_id, on=TODAY) == (again,)


def test_a_code_works_once_and_gives_the_role(town: Town) -> None:
    code = town.do(invite, pack=town.pack, role="admin", place=PROVINCE, by="operator", on=TODAY, now=NOW)
    lan, other = town.person("Lan"), town.person("Khác")

    given = town.do(redeem, places=town.pack.places, on=TODAY, code=code.lower(), person_id=lan, now=NOW + days(0.5))

    assert given is not None
    assert (given.role, given.place) == ("admin", PROVINCE)
    assert town.do(redeem, places=town.pack.places, on=TODAY, code=code, person_id=other, now=NOW + days(0.6)) is None
    assert town.do(redeem, places=town.pack.places, on=TODAY, code=code, person_id=lan, now=NOW + days(0.6)) is None


def test_an_expired_or_wrong_code_gives_nothing(town: Town) -> None:
    code = town.do(invite, pack=town.pack, role="admin", place=PROVINCE, by="operator", on=TODAY, now=NOW)
    lan = town.person("Lan")

    assert town.do(redeem, places=town.pack.places, on=TODAY, code=code, person_id=lan, now=NOW + days(1)) is None
    assert town.do(redeem, places=town.pack.places, on=TODAY, code="AAAAAAAAAA", person_id=lan, now=NOW) is None
    assert town.do(roles_of, person_id=lan, on=TODAY) == ()


def test_codes_have_at_least_forty_random_bits_and_are_not_stored(town: Town) -> None:
    codes = [
        town.do(invite, pack=town.pack, role="admin", place=PROVINCE, by="operator", on=TODAY, now=NOW)
        for _ in range(20)
    ]

    stored = town.do(lambda db: str(db.execute(select(invitations)).all()))
    assert len(set(codes)) == 20
    assert all(len(code) == 10 and code not in stored for code in codes)


@pytest.mark.parametrize(
    ("giver", "role", "place", "allowed"),
    [
        ("province_official", "district_official", DISTRICT, True),
        ("province_official", "province_official", PROVINCE, False),
        ("district_official", "commune_official", COMMUNE, True),
        ("district_official", "commune_official", OTHER_COMMUNE, False),
        ("district_official", "district_official", DISTRICT, False),
        ("commune_official", "helper", COMMUNE, True),
        ("commune_official", "commune_official", COMMUNE, False),
        ("helper", "helper", COMMUNE, False),
        ("admin", "province_official", PROVINCE, True),
    ],
)
def test_roles_are_given_below_ones_own_and_in_ones_place(
    town: Town, giver: str, role: str, place: str, allowed: bool
) -> None:
    by = town.official(giver, HOME[giver])

    def ask() -> str:
        return town.do(invite, pack=town.pack, role=role, place=place, by=by, on=TODAY, now=NOW)

    if allowed:
        assert ask()
    else:
        with pytest.raises(NotAllowedError):
            ask()
        assert town.do(lambda db: db.execute(select(func.count()).select_from(invitations)).scalar_one()) == 0


def test_a_code_of_one_who_lost_the_role_is_worth_nothing(town: Town) -> None:
    by = town.official("district_official", DISTRICT)
    code = town.do(invite, pack=town.pack, role="commune_official", place=COMMUNE, by=by, on=TODAY, now=NOW)
    town.do(revoke, role_id=by.id, by="operator", places=town.pack.places, on=TODAY, now=NOW)

    assert town.do(redeem, places=town.pack.places, on=TODAY, code=code, person_id=town.person("Lan"), now=NOW) is None


def test_a_role_is_taken_by_those_above_and_at_once(town: Town) -> None:
    commune, sibling = town.official("commune_official", COMMUNE), town.official("commune_official", COMMUNE)
    district = town.official("district_official", DISTRICT)
    arguments = {"role_id": commune.id, "places": town.pack.places, "on": TODAY, "now": NOW}

    with pytest.raises(NotAllowedError):
        town.do(revoke, by=sibling, **arguments)
    assert town.do(revoke, by=district, **arguments) is True
    assert town.do(revoke, by=district, **arguments) is False

    assert town.do(roles_of, person_id=commune.person_id, on=TODAY) == ()
    gone = town.do(role_by_id, commune.id)
    assert gone is not None
    assert not may(gone, "review.see", COMMUNE, town.pack.places, on=TODAY)


def test_a_role_at_a_place_of_another_level_is_refused(town: Town) -> None:
    for role, place in (("commune_official", DISTRICT), ("king", PROVINCE), ("commune_official", "99999")):
        with pytest.raises(ValueError):
            check_role(town.pack, role, place)


def test_an_erased_official_is_nobodys_official(town: Town) -> None:
    district = town.official("district_official", DISTRICT)
    province = town.official("province_official", PROVINCE)
    town.do(forget, person_id=district.person_id, now=NOW)

    found = town.do(officials_for, town.pack.places, place=COMMUNE, level="district", on=TODAY)

    assert (found.roles, found.holder, found.went_up) == ((province,), PROVINCE, True)


def test_roles_are_in_the_table_only_once_each(town: Town) -> None:
    town.official("helper", COMMUNE)

    assert town.do(lambda db: db.execute(select(func.count()).select_from(roles)).scalar_one()) == 1
    assert set(ROLE_IDS) > OFFICIALS
