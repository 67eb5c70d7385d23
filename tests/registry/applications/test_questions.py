"""Questions to the office, checklists, and what the bot could not answer."""

import pytest
from sqlalchemy import func, select

from registry.applications.checklists import checklist, counts_by_place, set_item
from registry.applications.delayed_answers import leaves_later, stop_answer
from registry.applications.questions import (
    answer,
    ask,
    escalate_overdue,
    question_for,
    questions,
    questions_of,
    waiting_for,
)
from registry.people.people import forget
from registry.people.roles import NotAllowedError
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


def asking(town: Town, person_id: str, text: str = "Nộp giấy ở đâu ạ?", place: str = COMMUNE, now=NOW):
    question, _ = town.do(ask, pack=town.pack, person_id=person_id, place=place, text=text, now=now, tell=town.told)
    return question


def answering(town: Town, question, role, text: str = "Ở UBND xã, phòng số 2."):
    return town.do(answer, pack=town.pack, question_id=question.id, role=role, text=text, now=NOW, tell=town.told)


def test_a_question_reaches_the_nearest_office_and_its_answer_the_one_who_asked(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    lai = town.person("Lài")

    question = asking(town, lai)
    answered = answering(town, question, commune)

    assert question.holder == COMMUNE
    assert (commune.person_id, "question.arrived") in town.told
    assert answered is not None
    assert answered.answer == "Ở UBND xã, phòng số 2."
    assert [key.startswith(f"answer:{question.id}:") for key in town.pending(lai)] == [True]
    assert town.do(questions_of, person_id=lai, waiting=True) == ()


def test_a_delayed_answer_is_stopped_by_those_in_charge_and_the_question_waits_again(town: Town) -> None:
    commune, above = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    other = town.official("commune_official", OTHER_COMMUNE)
    question = asking(town, town.person())
    answering(town, question, commune, "Chuyển lệ phí 200.000 đ vào số 1023 456 789 012 nhé.")
    stop = {"pack": town.pack, "question_id": question.id, "tell": town.told}
    due = town.do(leaves_later, question_id=question.id, now=NOW)

    assert due == NOW + town.pack.programme.announcements.delay
    assert (above.person_id, "lienhe.answer_told_above") in town.told
    with pytest.raises(NotAllowedError):
        town.do(stop_answer, role=other, now=NOW, **stop)
    assert town.do(stop_answer, role=above, now=NOW, **stop)
    assert not town.do(stop_answer, role=above, now=NOW, **stop)
    assert (commune.person_id, "lienhe.answer_stopped_told") in town.told
    assert town.do(questions_of, person_id=question.person_id, waiting=True) != ()
    assert town.do(
        answer, pack=town.pack, question_id=question.id, role=commune, text="Không thu tiền ạ.", now=NOW + days(1),
        tell=town.told,
    )  # fmt: skip


def test_an_answer_that_has_left_is_not_stopped(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    question = asking(town, town.person())
    answering(town, question, commune)

    assert not town.do(stop_answer, pack=town.pack, question_id=question.id, role=commune, now=NOW, tell=town.told)


def test_the_first_answer_stands(town: Town) -> None:
    commune, district = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    question = asking(town, town.person())
    answering(town, question, commune)

    assert answering(town, question, district, "Khác") is None
    assert town.do(questions_of, person_id=question.person_id)[0].answer == "Ở UBND xã, phòng số 2."


@pytest.mark.parametrize(
    ("role", "place"), [("commune_official", OTHER_COMMUNE), ("helper", COMMUNE), ("admin", PROVINCE)]
)
def test_officials_of_other_places_neither_see_nor_answer(town: Town, role: str, place: str) -> None:
    other = town.official(role, place)
    question = asking(town, town.person())
    where = {"role": other, "places": town.pack.places, "on": TODAY}

    assert town.do(question_for, question_id=question.id, **where) is None
    assert town.do(waiting_for, **where) == ()
    with pytest.raises(NotAllowedError):
        answering(town, question, other)


def test_the_same_question_asked_twice_is_one(town: Town) -> None:
    lai = town.person()

    assert asking(town, lai).id == asking(town, lai, now=NOW + days(0.01)).id
    assert asking(town, lai, "Khác").id != asking(town, lai).id
    assert len(town.do(questions_of, person_id=lai)) == 2


def test_a_question_of_an_erased_person_is_not_answered(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    question = asking(town, town.person())
    town.do(forget, person_id=question.person_id, now=NOW)

    assert answering(town, question, commune) is None


def test_a_question_left_for_three_working_days_goes_up_once(town: Town) -> None:
    commune, district = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    question = asking(town, town.person())

    def sweep(day: float) -> int:
        return town.do(escalate_overdue, pack=town.pack, now=NOW + days(day), tell=town.told).counts.get("escalated", 0)

    assert [sweep(day) for day in (3, 6, 7)] == [0, 1, 0]  # asked on a Tuesday; Friday still counts
    assert town.told.count((commune.person_id, "question.overdue")) == 1
    assert town.told.count((district.person_id, "question.went_up")) == 1
    assert [
        one.id for one in town.do(waiting_for, role=district, places=town.pack.places, on=TODAY, held_here=True)
    ] == [question.id]


def test_a_question_that_stays_unanswered_goes_up_again(town: Town) -> None:
    town.official("commune_official", COMMUNE)
    district, province = town.official("district_official", DISTRICT), town.official("province_official", PROVINCE)
    question = asking(town, town.person())

    def sweep(day: float) -> int:
        return town.do(escalate_overdue, pack=town.pack, now=NOW + days(day), tell=town.told).counts.get("escalated", 0)

    assert [sweep(day) for day in (6, 7, 9, 10, 30)] == [1, 0, 0, 1, 0]
    assert town.told.count((district.person_id, "question.overdue")) == 1
    assert town.told.count((province.person_id, "question.went_up")) == 1
    assert [
        one.id for one in town.do(waiting_for, role=province, places=town.pack.places, on=TODAY, held_here=True)
    ] == [question.id]


def test_a_question_is_sealed(town: Town) -> None:
    asking(town, town.person(), "Số điện thoại 0912345678")

    assert b"0912345678" not in town.do(lambda db: db.execute(select(questions.c.text_sealed)).scalar_one())


def test_a_checklist_follows_the_kind_of_the_product(town: Town) -> None:
    lai = town.person()
    idea = town.idea(lai)
    town.do(
        set_item, pack=town.pack, application_id=idea.id, item_id="package", state="have", person_id=lai, now=NOW,
        tell=town.told,
    )  # fmt: skip

    ticked = town.do(checklist, pack=town.pack, application=idea)

    assert [one.item.id for one in ticked] == [item.id for item in town.pack.programme.kind("new").items]
    assert {one.item.id: one.state for one in ticked if one.state} == {"package": "have"}


def test_needing_help_reaches_the_official_once(town: Town) -> None:
    commune = town.official("commune_official", COMMUNE)
    lai = town.person()
    idea = town.idea(lai)

    def need(state="need_help"):
        return town.do(
            set_item, pack=town.pack, application_id=idea.id, item_id="package", state=state, person_id=lai,
            now=NOW, tell=town.told,
        )  # fmt: skip

    reviewers = need()
    assert reviewers is not None
    assert reviewers.holder == COMMUNE
    assert need("not_yet") is None
    need()

    assert town.told.count((commune.person_id, "help.arrived")) == 1
    assert town.do(lambda db: db.execute(select(func.count()).select_from(questions)).scalar_one()) == 1


def test_a_stranger_ticks_nothing(town: Town) -> None:
    idea = town.idea(town.person())

    with pytest.raises(NotAllowedError):
        town.do(
            set_item, pack=town.pack, application_id=idea.id, item_id="package", state="have",
            person_id=town.person(), now=NOW, tell=town.told,
        )  # fmt: skip


def test_help_needed_is_counted_by_place_within_ones_reach(town: Town) -> None:
    commune, district = town.official("commune_official", COMMUNE), town.official("district_official", DISTRICT)
    for place in (COMMUNE, COMMUNE, OTHER_COMMUNE):
        lai = town.person()
        town.do(
            set_item, pack=town.pack, application_id=town.idea(lai, place=place).id, item_id="trace",
            state="need_help", person_id=lai, now=NOW, tell=town.told,
        )  # fmt: skip
    province = town.official("province_official", PROVINCE)

    def seen(role):
        return town.do(counts_by_place, role=role, places=town.pack.places, on=TODAY)

    assert seen(commune) == seen(district) == {COMMUNE: {("new", "trace"): 2}}
    assert seen(province) == {COMMUNE: {("new", "trace"): 2}, OTHER_COMMUNE: {("new", "trace"): 1}}
    assert seen(town.official("helper", COMMUNE)) == {}
