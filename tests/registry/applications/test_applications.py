import threading
from datetime import date

import pytest
from sqlalchemy import func, select

from registry.applications.applications import (
    changed_since_return,
    defects_of,
    events,
    events_of,
)
from registry.applications.changes import Change, move
from registry.applications.drafts import open_draft, open_drafts
from registry.applications.entities import entities_of, invite_member, join_entity
from registry.applications.escalating import escalate_overdue
from registry.applications.review import (
    ConflictError,
    Defect,
    ImpossibleActError,
    MissingRemarkError,
    decide,
    hand_in,
    possible_acts,
    withdraw,
    withdraw_all,
)
from registry.applications.submitting import submit_idea
from registry.people.people import forget
from registry.people.roles import NotAllowedError, revoke, role_by_id
from registry.store.audit import audit
from registry.store.codes import tidy_code
from registry.store.rows import applications, deliveries
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


def rows(town: Town, table) -> int:
    return town.do(lambda db: db.execute(select(func.count()).select_from(table)).scalar_one())


def deciding(town: Town, application, role, act="accept", **more):
    more = {"version": application.version, "now": NOW} | more
    return town.do(decide, pack=town.pack, application_id=application.id, act=act, role=role, tell=town.told, **more)


def test_a_submitted_idea_has_a_code_a_holder_and_a_term(town: Town) -> None:
    town.official("district_official", DISTRICT)

    idea = town.idea(town.person("Lài"))

    assert tidy_code(idea.code) == idea.code
    assert (idea.status, idea.version, idea.holder) == ("idea_submitted", 1, DISTRICT)
    assert idea.due_on == date(2021, 6, 15)  # ten working days
    assert idea.product == "Khoai deo"


def test_the_same_draft_twice_is_one_application(town: Town) -> None:
    lai = town.person("Lài")
    draft = town.do(open_draft, person_id=lai, form="idea", now=NOW).key

    first, second = town.idea(lai, draft_key=draft), town.idea(lai, draft_key=draft, now=NOW + days(1))

    assert second == first
    assert rows(town, applications) == 1
    assert town.do(open_drafts, person_id=lai) == ()


def test_two_taps_at_once_are_one_application(town: Town) -> None:
    lai = town.person("Lài")
    draft = town.do(open_draft, person_id=lai, form="idea", now=NOW).key
    codes: list[str] = []
    threads = [threading.Thread(target=lambda: codes.append(town.idea(lai, draft_key=draft).code)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(codes) == 4
    assert set(codes) == {codes[0]}
    assert rows(town, applications) == 1


def test_somebody_elses_draft_key_gives_nothing_away(town: Town) -> None:
    lai, stranger = town.person("Lài"), town.person("Lạ")
    idea = town.idea(lai)

    with pytest.raises(NotAllowedError):
        town.idea(stranger, draft_key=idea.draft_key)


def test_officials_who_have_it_are_told_and_others_are_not(town: Town) -> None:
    here = town.official("district_official", DISTRICT)
    elsewhere = town.official("district_official", OTHER_DISTRICT)
    commune = town.official("commune_official", COMMUNE)

    town.idea(town.person("Lài"))

    assert (here.person_id, "review.arrived") in town.told
    assert len(town.pending(here.person_id)) == 1
    assert town.pending(elsewhere.person_id) == town.pending(commune.person_id) == []


def test_a_place_without_an_official_goes_one_level_up(town: Town) -> None:
    province = town.official("province_official", PROVINCE)

    idea = town.idea(town.person("Lài"))

    assert idea.holder == PROVINCE
    assert town.told == [(province.person_id, "review.went_up")]


def test_an_idea_waits_at_its_office_while_nobody_is_anywhere(town: Town) -> None:
    idea = town.idea(town.person("Lài"))

    assert idea.holder == DISTRICT
    assert town.told == []


def test_acceptance_tells_every_member_once(town: Town) -> None:
    official = town.official("district_official", DISTRICT)
    lai, helper = town.person("Lài"), town.person("Con gái")
    idea = town.idea(lai)
    code = town.do(invite_member, entity_id=idea.entity_id, person_id=lai, now=NOW)
    town.do(join_entity, code=code, person_id=helper, now=NOW)

    accepted = deciding(town, idea, official)

    assert (accepted.status, accepted.version, accepted.due_on) == ("idea_accepted", 2, None)
    for member in (lai, helper):
        assert town.pending(member) == [f"status:{idea.id}:2:{member}"]
        assert (member, "status.idea_accepted") in town.told


def test_the_second_of_two_reviewers_gets_a_conflict_with_what_stands(town: Town) -> None:
    first, second = town.official("district_official", DISTRICT), town.official("province_official", PROVINCE)
    idea = town.idea(town.person("Lài"))
    deciding(town, idea, first)

    with pytest.raises(ConflictError) as conflict:
        deciding(town, idea, second, "decline", note="Không phù hợp")

    assert conflict.value.application.status == "idea_accepted"
    assert town.fresh(idea).version == 2


def test_a_change_of_what_was_read_before_another_change_writes_nothing(town: Town) -> None:
    idea = town.idea(town.person("Lài"))
    late = Change("decline", "idea_declined", "official")
    assert town.do(move, idea, Change("accept", "idea_accepted", "official"), NOW) is not None

    assert town.do(move, idea, late, NOW) is None

    assert town.fresh(idea).status == "idea_accepted"
    assert rows(town, events) == 2


def test_two_decisions_at_once_leave_one(town: Town) -> None:
    officials = [town.official("district_official", DISTRICT) for _ in range(2)]
    idea = town.idea(town.person("Lài"))
    results: list[object] = []

    def act(role, what) -> None:
        try:
            results.append(deciding(town, idea, role, what, note="lý do"))
        except ConflictError as conflict:
            results.append(conflict)

    threads = [
        threading.Thread(target=act, args=(role, what))
        for role, what in zip(officials, ("accept", "decline"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(isinstance(result, ConflictError) for result in results) == [False, True]
    assert rows(town, events) == 2


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("district_official", OTHER_DISTRICT),
        ("commune_official", COMMUNE),  # in 2021 the district decides
        ("commune_official", OTHER_COMMUNE),
        ("helper", COMMUNE),
        ("admin", PROVINCE),
    ],
)
def test_who_may_not_decide_changes_nothing(town: Town, role: str, place: str) -> None:
    official = town.official(role, place)
    idea = town.idea(town.person("Lài"))

    with pytest.raises(NotAllowedError):
        deciding(town, idea, official)

    assert town.fresh(idea).status == "idea_submitted"


def test_a_revoked_and_an_expired_role_decide_nothing(town: Town) -> None:
    revoked = town.official("district_official", DISTRICT)
    expired = town.official("district_official", DISTRICT, until=TODAY)
    idea = town.idea(town.person("Lài"))
    town.do(revoke, role_id=revoked.id, by="operator", places=town.pack.places, on=TODAY, now=NOW)

    for role, moment in ((town.do(role_by_id, revoked.id), NOW), (expired, NOW + days(1))):
        assert role is not None
        with pytest.raises(NotAllowedError):
            deciding(town, idea, role, now=moment)
    assert deciding(town, idea, expired).status == "idea_accepted"  # on its last day


def test_a_decline_needs_its_reason_and_a_return_its_defects(town: Town) -> None:
    official = town.official("district_official", DISTRICT)
    idea = town.idea(town.person("Lài"))

    for act in ("decline", "return"):
        with pytest.raises(MissingRemarkError):
            deciding(town, idea, official, act, note=" ")
    assert town.fresh(idea).version == 1


def test_an_act_the_table_does_not_have_is_impossible(town: Town) -> None:
    official = town.official("district_official", DISTRICT)
    idea = town.idea(town.person("Lài"))

    with pytest.raises(ImpossibleActError):
        deciding(town, idea, official, "plan_select")


def test_the_buttons_shown_are_the_acts_that_would_be_taken(town: Town) -> None:
    district, commune = town.official("district_official", DISTRICT), town.official("commune_official", COMMUNE)
    idea = town.idea(town.person("Lài"))

    assert {row.act for row in possible_acts(town.pack, idea, [district], on=TODAY)} == {
        "accept",
        "return",
        "decline",
    }
    assert possible_acts(town.pack, idea, [commune], on=TODAY) == ()


def test_a_return_names_all_defects_and_the_reviewer_sees_only_what_changed(town: Town) -> None:
    official = town.official("district_official", DISTRICT)
    lai = town.person("Lài")
    idea = town.idea(lai)
    wanted = (Defect("materials", "ghi rõ thôn nào"), Defect("photos", "cần ảnh rõ nhãn"))
    returned = deciding(town, idea, official, "return", defects=wanted)

    assert town.do(defects_of, returned) == wanted
    listed = str(town.told.values[lai, "status.idea_needs_changes"]["defects"])
    assert listed.count("\n") == 1
    assert "ghi rõ thôn nào" in listed

    again = town.do(
        hand_in,
        pack=town.pack,
        act="resubmit",
        application_id=idea.id,
        version=2,
        person_id=lai,
        answers={"materials": "khoai trồng ở thôn Tân Định", "price": 120000},
        now=NOW + days(1),
        tell=town.told,
    )

    assert (again.status, again.due_on) == ("idea_submitted", date(2021, 6, 16))
    assert again.answers["materials"] == "khoai trồng ở thôn Tân Định"
    assert town.do(changed_since_return, again) == {"materials": "khoai lang"}
    assert [defect.mended for defect in town.do(defects_of, again)] == [True, False]
    assert (official.person_id, "review.resubmitted") in town.told


def test_the_same_correction_sent_twice_is_one(town: Town) -> None:
    official = town.official("district_official", DISTRICT)
    lai = town.person("Lài")
    idea = town.idea(lai)
    deciding(town, idea, official, "return", defects=[Defect("materials", "rõ hơn")])
    draft = town.do(open_draft, person_id=lai, form="idea", now=NOW, application_id=idea.id).key

    sent = [
        town.do(
            hand_in, pack=town.pack, act="resubmit", application_id=idea.id, version=2, person_id=lai,
            draft_key=draft, answers={"materials": "khoai đỏ"}, now=NOW, tell=town.told,
        )
        for _ in range(2)
    ]  # fmt: skip

    assert sent[0] == sent[1]
    assert rows(town, events) == 3


def test_an_older_state_still_queued_is_not_said(town: Town) -> None:
    official = town.official("district_official", DISTRICT)
    lai = town.person("Lài")
    idea = town.idea(lai)
    deciding(town, idea, official)
    reopened = deciding(town, idea, official, "reopen", version=2, note="xem lại")

    assert reopened.status == "idea_submitted"
    assert town.pending(lai) == [f"status:{idea.id}:3:{lai}"]


def test_what_officials_were_to_hear_of_is_not_said_after_the_decision(town: Town) -> None:
    first, second = (town.official("district_official", DISTRICT) for _ in range(2))
    idea = town.idea(town.person("Lài"))
    assert len(town.pending(second.person_id)) == 1

    deciding(town, idea, first)

    assert town.pending(second.person_id) == []


def test_answers_added_later_need_no_decision_and_are_seen(town: Town) -> None:
    official = town.official("district_official", DISTRICT)
    lai = town.person("Lài")
    idea = town.idea(lai)

    more = town.do(
        hand_in, pack=town.pack, act="complete", version=None, application_id=idea.id, person_id=lai,
        answers={"story": "Mẹ tôi làm từ 1978"}, now=NOW, tell=town.told,
    )  # fmt: skip

    assert (more.status, more.version, more.due_on) == ("idea_submitted", 2, idea.due_on)
    assert town.do(changed_since_return, more) == {"story": None}
    with pytest.raises(ConflictError):
        deciding(town, idea, official)


def test_an_owner_withdraws_and_a_helper_may_not(town: Town) -> None:
    lai, helper = town.person("Lài"), town.person("Con gái")
    official = town.official("district_official", DISTRICT)
    idea = town.idea(lai)
    code = town.do(invite_member, entity_id=idea.entity_id, person_id=lai, now=NOW)
    town.do(join_entity, code=code, person_id=helper, now=NOW)
    arguments = {"pack": town.pack, "application_id": idea.id, "now": NOW, "tell": town.told}

    with pytest.raises(NotAllowedError):
        town.do(withdraw, person_id=helper, **arguments)
    first, second = (town.do(withdraw, person_id=lai, **arguments) for _ in range(2))

    assert first.status == "withdrawn"
    assert second == first
    assert (official.person_id, "review.withdrawn") in town.told
    assert town.pending(helper) == [f"status:{idea.id}:2:{helper}"]
    assert town.pending(lai) == []  # the answer to their own act tells them


def test_what_is_beyond_its_term_goes_up_and_both_offices_are_told_once(town: Town) -> None:
    district, province = town.official("district_official", DISTRICT), town.official("province_official", PROVINCE)
    lai = town.person("Lài")
    idea = town.idea(lai)

    def sweep(moment):
        return town.do(escalate_overdue, pack=town.pack, now=moment, tell=town.told).counts

    assert sweep(NOW + days(14)) == {}  # the last day still counts
    assert sweep(NOW + days(15)) == {"escalated": 1}
    assert sweep(NOW + days(15)) == {}

    moved = town.fresh(idea)
    assert (moved.holder, moved.status, moved.version) == (PROVINCE, "idea_submitted", 2)
    assert town.told.count((district.person_id, "review.overdue")) == 1
    assert town.told.count((province.person_id, "review.went_up")) == 1
    assert (lai, "status.idea_escalated") in town.told


def test_what_nobody_above_can_take_stays_and_its_office_hears_once(town: Town) -> None:
    district = town.official("district_official", DISTRICT)
    idea = town.idea(town.person("Lài"))

    for day, counts in ((15, {"kept": 1}), (16, {})):
        done = town.do(escalate_overdue, pack=town.pack, now=NOW + days(day), tell=town.told)
        assert done.counts == counts

    assert town.fresh(idea).holder == DISTRICT
    assert len([key for key in town.pending(district.person_id) if "overdue" in key]) == 1


def test_what_was_kept_goes_up_once_somebody_above_can_take_it(town: Town) -> None:
    town.official("district_official", DISTRICT)
    idea = town.idea(town.person("Lài"))
    town.do(escalate_overdue, pack=town.pack, now=NOW + days(15), tell=town.told)
    province = town.official("province_official", PROVINCE)

    town.do(escalate_overdue, pack=town.pack, now=NOW + days(16), tell=town.told)

    assert town.fresh(idea).holder == PROVINCE
    assert (province.person_id, "review.went_up") in town.told


def test_an_office_left_without_an_official_passes_its_work_up(town: Town) -> None:
    district, province = town.official("district_official", DISTRICT), town.official("province_official", PROVINCE)
    idea = town.idea(town.person("Lài"))
    town.do(revoke, role_id=district.id, by="operator", places=town.pack.places, on=TODAY, now=NOW)

    town.do(escalate_overdue, pack=town.pack, now=NOW + days(1), tell=town.told)

    assert town.fresh(idea).holder == PROVINCE
    assert (province.person_id, "review.went_up") in town.told


def test_every_change_has_its_event_and_its_audit_entry(town: Town) -> None:
    official = town.official("district_official", DISTRICT)
    lai = town.person("Lài")
    idea = town.idea(lai)
    declined = deciding(town, idea, official, "decline", note="Sản phẩm này cấm bán")

    told = town.do(events_of, declined)
    assert [(event.act, event.actor) for event in told] == [("submit", lai), ("decline", official.person_id)]
    assert told[1].note == "Sản phẩm này cấm bán"
    acts = town.do(
        lambda db: list(
            db.execute(select(audit.c.act).where(audit.c.noun == "application").order_by(audit.c.id)).scalars()
        )
    )
    assert acts == ["application.submit", "application.decline"]
    facts = town.do(lambda db: [str(row) for row in db.execute(select(audit)).all()])
    assert not any("cấm" in fact or "Khoai" in fact for fact in facts)


def test_an_erased_applicant_leaves_the_application_without_words(town: Town) -> None:
    town.official("district_official", DISTRICT)
    lai = town.person("Lài")
    idea = town.idea(lai)
    assert town.do(withdraw_all, pack=town.pack, person_id=lai, now=NOW, tell=town.told) == 1
    town.do(forget, person_id=lai, now=NOW)

    left = town.fresh(idea)
    assert (left.status, dict(left.answers), left.product) == ("withdrawn", {}, idea.code)
    assert town.do(events_of, left)[0].note == ""


def test_an_idea_of_an_erased_person_can_still_be_closed(town: Town) -> None:
    official = town.official("district_official", DISTRICT)
    lai = town.person("Lài")
    idea = town.idea(lai)
    town.do(forget, person_id=lai, now=NOW)

    assert deciding(town, idea, official, "decline", note="đã xoá").status == "idea_declined"


def test_what_fails_half_way_owes_nobody_anything(town: Town) -> None:
    official = town.official("district_official", DISTRICT)
    idea = town.idea(town.person("Lài"))
    before = rows(town, deliveries)

    def broken(*_arguments):
        raise RuntimeError("no words")

    with pytest.raises(RuntimeError):
        town.do(
            decide, pack=town.pack, application_id=idea.id, version=1, act="accept", role=official, now=NOW,
            tell=broken,
        )  # fmt: skip

    assert town.fresh(idea) == idea
    assert (rows(town, events), rows(town, deliveries)) == (1, before)


def test_a_second_product_of_the_same_entity_needs_no_second_entity(town: Town) -> None:

    lai, stranger = town.person("Lài"), town.person("Lạ")
    first = town.idea(lai)
    arguments = {
        "pack": town.pack, "entity": first.entity_id, "place": COMMUNE, "kind": "new", "product_group": None,
        "answers": {"product_name": "Mắm"}, "now": NOW, "tell": town.told,
    }  # fmt: skip

    town.do(submit_idea, draft_key="d2", person_id=lai, **arguments)
    with pytest.raises(NotAllowedError):
        town.do(submit_idea, draft_key="d3", person_id=stranger, **arguments)

    assert len(town.do(entities_of, person_id=lai)) == 1
    assert rows(town, applications) == 2
