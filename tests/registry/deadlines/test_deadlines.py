from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from registry.applications.drafts import open_draft
from registry.applications.entities import add_member
from registry.applications.review import Defect, decide, withdraw
from registry.deadlines.deadlines import closing_moment, concerned, last_day, open_deadlines, seed
from registry.deadlines.occurrences import (
    STOPPED,
    Planned,
    counts,
    due,
    occurrences,
    plan_rows,
    postpone,
    reminders_of,
    said,
    skip,
    snooze,
    stop_reminding,
)
from registry.deadlines.rounds import add_deadline, move_deadline
from registry.people.people import set_preference
from registry.people.roles import NotAllowedError
from tests.announced import words_of
from tests.registry.town import (
    COMMUNE,
    DISTRICT,
    NOW,
    OTHER_COMMUNE,
    OTHER_DISTRICT,
    TODAY,
    Town,
    days,
)


@pytest.fixture
def seeded(town: Town) -> Town:
    assert town.do(seed, pack=town.pack) == len(town.pack.programme.deadlines)
    return town


def ideas(town: Town, place: str = COMMUNE):
    return next(
        one
        for one in town.do(open_deadlines, places=town.pack.places, place=place, now=NOW)
        if one.spec == "idea_closes"
    )


def who(town: Town, deadline=None):
    deadline = deadline or ideas(town)
    spec = town.pack.programme.deadline(deadline.spec)
    return [one.subject for one in town.do(concerned, places=town.pack.places, deadline=deadline, spec=spec)]


def planned(town: Town, subject: str, person_id: str, *moments: tuple[str, datetime]) -> int:
    rows = [Planned(rule, subject, person_id, at) for rule, at in moments]
    return town.do(plan_rows, deadline_id=ideas(town).id, planned=rows)


def test_seeding_again_adds_nothing_and_a_moved_deadline_stays_moved(seeded: Town) -> None:
    district = seeded.official("province_official", "44")
    seeded.do(
        move_deadline, pack=seeded.pack, deadline_id=ideas(seeded).id, last=date(2021, 6, 20), role=district,
        on=TODAY, now=NOW,
    )  # fmt: skip

    assert seeded.do(seed, pack=seeded.pack) == 0
    assert last_day(seeded.pack, ideas(seeded)) == date(2021, 6, 20)


def test_the_last_day_still_counts(seeded: Town) -> None:
    closes = ideas(seeded).closes_at

    assert closes == datetime(2021, 6, 11, 17, 0, tzinfo=UTC)  # midnight in Viet Nam
    for moment, open_still in ((closes - days(0.01), True), (closes, False)):
        found = seeded.do(open_deadlines, places=seeded.pack.places, place=COMMUNE, now=moment)
        assert any(one.spec == "idea_closes" for one in found) is open_still


def test_a_place_with_a_day_of_its_own_keeps_to_that(seeded: Town) -> None:
    district = seeded.official("district_official", DISTRICT)
    own = seeded.do(
        add_deadline, tell=words_of, pack=seeded.pack, spec="idea_closes", place=DISTRICT, last=date(2021, 6, 25), role=district,
        on=TODAY, now=NOW,
    )  # fmt: skip
    here, there = seeded.idea(seeded.person()), seeded.idea(seeded.person(), place=OTHER_COMMUNE)
    officials = {DISTRICT: district, OTHER_DISTRICT: seeded.official("district_official", OTHER_DISTRICT)}
    for idea, role in ((here, officials[DISTRICT]), (there, officials[OTHER_DISTRICT])):
        seeded.do(
            decide, pack=seeded.pack, application_id=idea.id, version=1, act="return", role=role, now=NOW,
            tell=seeded.told, defects=[Defect("materials", "rõ hơn")],
        )  # fmt: skip

    assert ideas(seeded, COMMUNE).id == own.id
    assert who(seeded, own) == [f"a:{here.id}"]
    assert who(seeded, ideas(seeded, OTHER_COMMUNE)) == [f"a:{there.id}"]


def test_only_those_who_have_not_done_the_step_are_reminded(seeded: Town) -> None:
    drafting, handed_in, gone = seeded.person(), seeded.person(), seeded.person()
    seeded.person()  # one who only looked around
    for person_id in (drafting, handed_in, gone):
        seeded.do(open_draft, person_id=person_id, form="idea", now=NOW)
    seeded.idea(handed_in)
    withdrawn = seeded.idea(gone)
    seeded.do(withdraw, pack=seeded.pack, application_id=withdrawn.id, person_id=gone, now=NOW, tell=seeded.told)

    assert who(seeded) == [f"p:{drafting}"]


def test_a_draft_elsewhere_is_not_reminded_of_a_deadline_here(seeded: Town) -> None:
    away = seeded.person(place=OTHER_COMMUNE)
    seeded.do(open_draft, person_id=away, form="idea", now=NOW)
    district = seeded.official("district_official", DISTRICT)
    own = seeded.do(
        add_deadline, tell=words_of, pack=seeded.pack, spec="idea_closes", place=DISTRICT, last=date(2021, 6, 25), role=district,
        on=TODAY, now=NOW,
    )  # fmt: skip

    assert who(seeded, own) == []


@pytest.mark.parametrize("name", ["", "Đợt bổ sung"])
def test_of_whom_no_place_is_known_is_told_the_day_for_all_and_not_that_of_some_commune(
    seeded: Town, name: str
) -> None:
    nowhere = seeded.person(place=None)
    seeded.do(open_draft, person_id=nowhere, form="idea", now=NOW)
    district = seeded.official("district_official", DISTRICT)
    own = seeded.do(
        add_deadline, tell=words_of, pack=seeded.pack, spec="idea_closes", place=DISTRICT, last=date(2021, 6, 25), role=district,
        on=TODAY, now=NOW, name=name,
    )  # fmt: skip

    assert (who(seeded, own), who(seeded, ideas(seeded, OTHER_COMMUNE))) == ([], [f"p:{nowhere}"])


def test_a_member_who_said_stop_is_not_the_one_a_product_is_spoken_of_to(seeded: Town) -> None:
    silent, willing = seeded.person(), seeded.person()
    idea = seeded.idea(silent)
    official = seeded.official("district_official", DISTRICT)
    seeded.do(
        decide, pack=seeded.pack, application_id=idea.id, version=1, act="return", role=official, now=NOW,
        tell=seeded.told, defects=[Defect("materials", "rõ hơn")],
    )  # fmt: skip
    seeded.do(add_member, entity_id=idea.entity_id, person_id=willing, part="helper", now=NOW + days(1))
    for person_id in (silent, willing):
        seeded.do(set_preference, person_id=person_id, reminders=True)
    seeded.do(set_preference, person_id=silent, stopped_at=NOW)
    deadline = ideas(seeded)
    spec = seeded.pack.programme.deadline(deadline.spec)
    found = seeded.do(concerned, places=seeded.pack.places, deadline=deadline, spec=spec)

    assert [one.person_id for one in found] == [willing]


@pytest.mark.parametrize(
    ("role", "place", "allowed"),
    [("province_official", "44", True), ("district_official", DISTRICT, False), ("admin", "44", False)],
)
def test_a_deadline_is_moved_by_those_whose_place_it_is(seeded: Town, role: str, place: str, allowed: bool) -> None:
    official = seeded.official(role, place)
    before = ideas(seeded)

    def move():
        return seeded.do(
            move_deadline, pack=seeded.pack, deadline_id=before.id, last=date(2021, 6, 20), role=official,
            on=TODAY, now=NOW,
        )  # fmt: skip

    if allowed:
        assert move().closes_at == closing_moment(seeded.pack, date(2021, 6, 20))
    else:
        with pytest.raises(NotAllowedError):
            move()
        assert ideas(seeded) == before


def test_planning_again_leaves_every_occurrence_as_it_is(seeded: Town) -> None:
    lai = seeded.person()
    moments = [("7", NOW + days(3)), ("3", NOW + days(7))]
    assert planned(seeded, f"p:{lai}", lai, *moments) == 2
    first = seeded.do(reminders_of, person_id=lai)[0]
    seeded.do(said, occurrence_id=first.id, now=first.due_at)

    assert planned(seeded, f"p:{lai}", lai, *moments) == 0
    assert seeded.do(counts, deadline_id=ideas(seeded).id) == {"said": 1, "planned": 1}


def test_what_is_due_comes_oldest_first_and_is_said_once(seeded: Town) -> None:
    lai = seeded.person()
    planned(seeded, f"p:{lai}", lai, ("3", NOW - days(1)), ("7", NOW - days(2)), ("1", NOW + days(1)))

    waiting = seeded.do(due, now=NOW)

    assert [one.rule for one in waiting] == ["7", "3"]
    assert seeded.do(said, occurrence_id=waiting[0].id, now=NOW) is True
    assert seeded.do(said, occurrence_id=waiting[0].id, now=NOW) is False
    assert seeded.do(skip, occurrence_id=waiting[0].id, reason="late", now=NOW) is False
    assert [one.rule for one in seeded.do(due, now=NOW)] == ["3"]


def test_what_is_skipped_keeps_its_reason(seeded: Town) -> None:
    lai = seeded.person()
    planned(seeded, f"p:{lai}", lai, ("3", NOW))
    one = seeded.do(due, now=NOW)[0]

    seeded.do(skip, occurrence_id=one.id, reason="a later one was due", now=NOW)

    reason = seeded.do(lambda db: db.execute(select(occurrences.c.reason)).scalar_one())
    assert reason == "a later one was due"


def test_a_snooze_updates_the_row_and_ends_at_the_deadline(seeded: Town) -> None:
    lai, other = seeded.person(), seeded.person()
    planned(seeded, f"p:{lai}", lai, ("3", NOW))
    one = seeded.do(due, now=NOW)[0]
    seeded.do(said, occurrence_id=one.id, now=NOW)

    def later(person_id: str, until: datetime) -> bool:
        return seeded.do(snooze, occurrence_id=one.id, person_id=person_id, until=until, now=NOW)

    assert later(other, NOW + days(1)) is False
    assert later(lai, ideas(seeded).closes_at) is False
    assert later(lai, NOW + days(1)) is True
    assert seeded.do(due, now=NOW) == ()
    assert [again.id for again in seeded.do(due, now=NOW + days(1))] == [one.id]


def test_a_quiet_hour_moves_a_reminder_without_closing_it(seeded: Town) -> None:
    lai = seeded.person()
    planned(seeded, f"p:{lai}", lai, ("3", NOW))
    one = seeded.do(due, now=NOW)[0]

    assert seeded.do(postpone, occurrence_id=one.id, until=NOW + days(0.5), reason="quiet hours") is True
    assert seeded.do(due, now=NOW) == ()
    assert len(seeded.do(due, now=NOW + days(0.5))) == 1


def test_moving_a_deadline_moves_its_reminders_but_not_what_a_person_stopped(seeded: Town) -> None:
    lai, hoa, binh = (seeded.person() for _ in range(3))
    planned(seeded, f"p:{lai}", lai, ("3", NOW + days(7)))
    planned(seeded, f"p:{hoa}", hoa, ("3", NOW + days(7)))
    planned(seeded, f"p:{binh}", binh, ("3", NOW - days(1)))
    late = seeded.do(due, now=NOW)[0]
    seeded.do(skip, occurrence_id=late.id, reason="deadline closed", now=NOW)
    assert seeded.do(stop_reminding, deadline_id=ideas(seeded).id, person_id=hoa, now=NOW) == 1
    province = seeded.official("province_official", "44")

    seeded.do(
        move_deadline, pack=seeded.pack, deadline_id=ideas(seeded).id, last=date(2021, 6, 16), role=province,
        on=TODAY, now=NOW,
    )  # fmt: skip

    assert [one.due_at for one in seeded.do(reminders_of, person_id=lai)] == [NOW + days(12)]
    assert [one.due_at for one in seeded.do(reminders_of, person_id=binh)] == [NOW + days(4)]
    assert seeded.do(reminders_of, person_id=hoa) == ()
    assert (
        seeded.do(
            lambda db: db.execute(select(occurrences.c.reason).where(occurrences.c.person_id == hoa)).scalar_one()
        )
        == STOPPED
    )
