"""When a role begins or ends, what waits at its place changes hands at once."""

from datetime import timedelta

from sqlalchemy import Connection, select, update

from registry.applications import questions
from registry.applications.applications import events
from registry.applications.escalating import escalate_overdue
from registry.offices import appointing
from registry.offices.handing_over import AT_ONCE
from registry.people.inviting import Card
from registry.people.roles import OPERATOR, Role, grant
from registry.store.rows import roles
from tests.registry.town import COMMUNE, DISTRICT, NOW, PROVINCE, Town, days

LATER = NOW + timedelta(minutes=5)


def appointed(town: Town, role: str, place: str, now=LATER) -> Role:
    return town.do(
        appointing.appoint, pack=town.pack, person_id=town.person(place=None), role=role, place=place, by=OPERATOR,
        tell=town.told, now=now, card=Card("Nguyễn Thị Lan", "Cán bộ"),
    )  # fmt: skip


def asked(town: Town, person_id: str, now=NOW) -> str:
    def ask(db: Connection) -> str:
        made, _ = questions.ask(
            db, pack=town.pack, person_id=person_id, place=COMMUNE, text="Nộp ở đâu?", now=now, tell=town.told
        )
        return made.id

    return town.do(ask)


def holder(town: Town, question_id: str) -> str:
    rows = questions.questions
    return town.do(lambda db: db.execute(select(rows.c.holder).where(rows.c.id == question_id)).scalar_one())


def test_the_first_official_is_told_everything_in_one_message_at_once(town: Town) -> None:
    made = town.idea(town.person("Bà Lài"))
    asked(town, made.person_id)

    role = appointed(town, "district_official", DISTRICT)

    told = [key for person, key in town.told if person == role.person_id]
    assert told == ["review.kept"]


def test_what_went_up_because_nobody_was_there_comes_back_and_everybody_is_told(town: Town) -> None:
    above = town.official("province_official", PROVINCE)
    made = town.idea(town.person("Bà Lài"))
    assert made.holder == PROVINCE

    role = appointed(town, "district_official", DISTRICT)

    now_there = town.fresh(made)
    assert (now_there.holder, now_there.due_on) == (DISTRICT, made.due_on)
    assert (role.person_id, "review.kept") in town.told
    assert (above.person_id, "review.handed_over") in town.told
    assert town.told.values[above.person_id, "review.handed_over"]["applications"] == 1
    assert (made.person_id, "status.handed_over_due") in town.told
    acts = town.do(
        lambda db: db.execute(select(events.c.act).where(events.c.application_id == made.id)).scalars().all()
    )
    assert "hand_over" in acts


def test_a_question_comes_back_to_the_commune(town: Town) -> None:
    town.official("district_official", DISTRICT)
    one = asked(town, town.person("Bà Lài"))
    assert holder(town, one) == DISTRICT

    role = appointed(town, "commune_official", COMMUNE)

    assert holder(town, one) == COMMUNE
    assert (role.person_id, "question.kept") in town.told


def test_a_second_official_takes_nothing_away_from_the_office_above(town: Town) -> None:
    """A late case that went up stays up."""
    town.official("district_official", DISTRICT)
    town.official("province_official", PROVINCE)
    made = town.idea(town.person("Bà Lài"))
    town.do(lambda db: db.execute(update_holder(PROVINCE)))

    appointed(town, "district_official", DISTRICT)

    assert town.fresh(made).holder == PROVINCE


def update_holder(place: str):
    from registry.store.rows import applications

    return update(applications).values(holder=place)


def test_a_complaint_stays_with_the_office_above(town: Town) -> None:
    town.official("province_official", PROVINCE)

    def complain(db: Connection) -> str:
        made = questions.report(
            db, pack=town.pack, person_id=person, office=DISTRICT, text="Đòi tiền", now=NOW, tell=town.told
        )
        assert made is not None
        return made.id

    person = town.person("Bà Lài")
    one = town.do(complain)
    appointed(town, "district_official", DISTRICT)

    assert holder(town, one) == PROVINCE


def test_when_the_last_role_ends_what_waits_goes_up_at_once(town: Town) -> None:
    role = town.official("district_official", DISTRICT)
    above = town.official("province_official", PROVINCE)
    made = town.idea(town.person("Bà Lài"))
    assert made.holder == DISTRICT

    town.do(appointing.end, pack=town.pack, role_id=role.id, by=OPERATOR, tell=town.told, now=LATER)

    assert town.fresh(made).holder == PROVINCE
    assert (above.person_id, "review.went_up") in town.told


def test_of_many_cases_some_go_up_in_the_turn_and_the_others_with_the_next_escalation(town: Town) -> None:
    above = town.official("province_official", PROVINCE)
    role = appointed(town, "district_official", DISTRICT)
    made = [town.idea(town.person(f"Bà {n}")) for n in range(2 * AT_ONCE + 3)]

    town.do(appointing.end, pack=town.pack, role_id=role.id, by=OPERATOR, tell=town.told, now=LATER)
    in_the_turn = [one for one in made if town.fresh(one).holder == PROVINCE]
    for _ in range(2):
        town.do(escalate_overdue, pack=town.pack, now=LATER, tell=town.told)

    assert len(in_the_turn) == AT_ONCE
    assert {town.fresh(one).holder for one in made} == {PROVINCE}
    assert town.told.count((above.person_id, "review.went_up")) == len(made)


def test_while_a_colleague_stays_nothing_goes_up(town: Town) -> None:
    role = town.official("district_official", DISTRICT)
    town.official("district_official", DISTRICT)
    town.official("province_official", PROVINCE)
    made = town.idea(town.person("Bà Lài"))

    town.do(appointing.end, pack=town.pack, role_id=role.id, by=OPERATOR, tell=town.told, now=LATER)

    assert town.fresh(made).holder == DISTRICT


def test_a_role_that_lapsed_and_is_given_again_begins_again(town: Town) -> None:
    lan = town.person(place=None)
    given = {"person_id": lan, "role": "district_official", "place": DISTRICT, "granted_by": OPERATOR}
    first = town.do(grant, now=NOW, until=NOW.date(), **given)
    made = town.idea(town.person("Bà Lài"), now=NOW + days(3))

    second = town.do(
        appointing.appoint, pack=town.pack, person_id=lan, role="district_official", place=DISTRICT, by=OPERATOR,
        tell=town.told, now=NOW + days(4),
    )  # fmt: skip

    assert second.id != first.id
    assert (lan, "review.kept") in town.told
    assert town.fresh(made).holder == DISTRICT
    open_roles = town.do(lambda db: db.execute(select(roles.c.id).where(roles.c.revoked_at.is_(None))).scalars().all())
    assert open_roles == [second.id]


def test_giving_the_same_role_again_moves_and_tells_nothing_twice(town: Town) -> None:
    town.official("province_official", PROVINCE)
    town.idea(town.person("Bà Lài"))
    role = appointed(town, "district_official", DISTRICT)
    before = len(town.pending(role.person_id))

    town.do(
        appointing.appoint, pack=town.pack, person_id=role.person_id, role="district_official", place=DISTRICT,
        by=OPERATOR, tell=town.told, now=LATER + days(1),
    )  # fmt: skip

    assert len(town.pending(role.person_id)) == before


def test_people_are_told_that_somebody_looks_at_what_was_kept(town: Town) -> None:
    """Their receipt promised it: "em giữ, có cán bộ em chuyển ngay"."""
    made = town.idea(town.person("Bà Lài"))
    one = asked(town, town.person("Ông Bốn"))
    town.do(lambda db: db.execute(update(questions.questions).values(holder=DISTRICT)))
    later = NOW + days(40)

    role = appointed(town, "district_official", DISTRICT, now=later)

    assert (made.person_id, "status.taken_up_due") in town.told
    due = town.fresh(made).due_on
    assert due is not None
    assert due > later.date()
    assert [key for _, key in town.told].count("question.taken_up") == 1
    assert one
    assert (role.person_id, "review.kept_both") in town.told


def test_a_role_that_is_extended_begins_no_new_term(town: Town) -> None:
    role = appointed(town, "district_official", DISTRICT)
    made = town.idea(town.person("Bà Lài"), now=LATER + days(1))

    town.do(
        appointing.appoint, pack=town.pack, person_id=role.person_id, role="district_official", place=DISTRICT,
        by=OPERATOR, tell=town.told, now=LATER + days(20),
    )  # fmt: skip

    assert town.fresh(made) == made


def test_a_question_of_an_empty_commune_comes_down_to_the_district_when_that_has_somebody(town: Town) -> None:
    town.official("province_official", PROVINCE)
    one = asked(town, town.person("Bà Lài"))
    assert holder(town, one) == PROVINCE

    appointed(town, "district_official", DISTRICT)

    assert holder(town, one) == DISTRICT
