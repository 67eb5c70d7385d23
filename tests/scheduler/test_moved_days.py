from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from registry.applications.drafts import open_draft
from registry.deadlines import deadlines, occurrences, pauses, rounds
from registry.people import consents
from registry.people.people import meet, set_preference
from registry.people.roles import grant
from registry.store.rows import deliveries
from scheduler import nudges
from tests.announced import words_of
from tests.scheduler.village import COMMUNE, tell
from tests.scheduler.virtual import START

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2021, 6, 4, 8, tzinfo=ZONE)
"""Seven days before ideas close: people with a draft are reminded 11/06."""


@pytest.fixture
def office(village):
    met, _ = village.store.write_now(meet, channel="telegram", account="office", now=START)
    return village.store.write_now(
        grant, person_id=met.id, role="province_official", place="44", granted_by="operator", now=START
    )


@pytest.fixture
def told(village):
    """Somebody who was told the day that holds at first."""
    person = village.person()
    village.drafts(person)
    village.sweep(MORNING)
    sent(village)
    return person


def sent(village):
    village.store.write_now(lambda db: db.execute(update(deliveries).values(state="sent")).rowcount)


def ideas(village):
    found = village.store.write_now(deadlines.open_deadlines, places=village.pack.places, place=COMMUNE, now=START)
    return next(one for one in found if one.spec == "idea_closes")


def move(village, office, day, now=MORNING + timedelta(hours=1)):
    village.store.write_now(
        rounds.move_deadline, pack=village.pack, deadline_id=ideas(village).id, last=day, role=office,
        on=now.date(), now=now,
    )  # fmt: skip


def corrections(village):
    return [row for row in village.said() if row.key.startswith("moved:")]


def test_who_was_told_the_old_day_learns_the_new_one_once(village, office, told):
    move(village, office, date(2021, 6, 25))
    for minutes in range(61, 200, 7):
        village.sweep(MORNING + timedelta(minutes=minutes))

    assert len(corrections(village)) == 1
    assert corrections(village)[0].person_id == told


def test_nobody_hears_of_a_change_that_was_taken_back_within_minutes(village, office, told):
    move(village, office, date(2021, 6, 25))
    village.sweep(MORNING + timedelta(minutes=65))
    move(village, office, date(2021, 6, 11), MORNING + timedelta(minutes=66))
    for minutes in (70, 80, 200):
        village.sweep(MORNING + timedelta(minutes=minutes))

    assert corrections(village) == []
    assert len(village.said()) == 1


def test_who_was_told_nothing_yet_learns_the_new_day_from_the_reminder_alone(village, office):
    village.drafts(village.person())
    village.sweep(START)
    move(village, office, date(2021, 6, 12), START + timedelta(minutes=5))
    village.sweep(datetime(2021, 6, 5, 8, tzinfo=ZONE))

    assert [row.key.partition(":")[0] for row in village.said()] == ["reminder"]


def test_a_reminder_that_a_new_day_makes_due_waits_until_it_cannot_be_taken_back(village, office):
    village.drafts(village.person())
    village.sweep(START)
    move(village, office, date(2021, 6, 7), START)
    early = village.sweep(START + timedelta(minutes=9))["said"]

    assert (early, village.sweep(START + timedelta(minutes=11))["said"]) == (0, 1)


def edition(pack, closes_on):
    """The same pack with another day for ideas."""
    new = tuple(
        replace(one, closes_on=closes_on, sample=False) if one.id == "idea_closes" else one
        for one in pack.programme.deadlines
    )
    return replace(pack, programme=replace(pack.programme, deadlines=new))


def test_a_new_edition_of_the_pack_moves_its_day_and_who_was_told_the_old_one_learns_it(village, told):
    village.pack = edition(village.pack, date(2021, 6, 18))
    now = MORNING + timedelta(days=1)
    moved = [village.store.write_now(rounds.follow_pack, pack=village.pack, now=now) for _ in range(2)]
    village.sweep(now)
    again = village.sweep(datetime(2021, 6, 11, 8, tzinfo=ZONE))

    assert (moved, ideas(village).sample, len(corrections(village)), again["said"]) == ([1, 0], False, 1, 1)


def test_a_new_edition_of_the_pack_leaves_what_an_official_moved(village, office):
    move(village, office, date(2021, 6, 25))
    pack = edition(village.pack, date(2021, 6, 18))

    assert village.store.write_now(rounds.follow_pack, pack=pack, now=MORNING + timedelta(days=1)) == 0
    assert deadlines.last_day(pack, ideas(village)) == date(2021, 6, 25)


def round_for_ideas(village, office, now, day):
    return village.store.write_now(
        rounds.add_deadline, tell=words_of, pack=village.pack, spec="idea_closes", place=COMMUNE, last=day, role=office,
        on=now.date(), now=now, name="Đợt bổ sung",
    )  # fmt: skip


def drop(village, office, deadline, now):
    village.store.write_now(
        rounds.drop_deadline, pack=village.pack, deadline_id=deadline.id, role=office, on=now.date(), now=now
    )


def off(village):
    return [row for row in village.said() if row.key.startswith("moved:")]


def test_who_was_told_a_round_that_was_taken_back_hears_that_once(village, office):
    person = village.person()
    village.drafts(person)
    extra = round_for_ideas(village, office, START, date(2021, 6, 12))
    village.sweep(datetime(2021, 6, 5, 8, tzinfo=ZONE))
    sent(village)
    later = datetime(2021, 6, 5, 9, tzinfo=ZONE)
    drop(village, office, extra, later)
    village.sweep(later + timedelta(minutes=5))
    within_minutes = off(village)
    for minutes in (11, 20, 600, 2000):
        village.sweep(later + timedelta(minutes=minutes))
    told_off = [row.person_id for row in off(village)]

    assert (within_minutes, told_off) == ([], [person])


def test_a_reminder_of_a_round_that_was_taken_back_is_not_sent_any_more(village, office):
    village.drafts(village.person())
    extra = round_for_ideas(village, office, START, date(2021, 6, 12))
    now = datetime(2021, 6, 5, 8, tzinfo=ZONE)
    village.sweep(now)
    drop(village, office, extra, now)
    village.sweep(now + timedelta(minutes=11))
    states = [row.state for row in village.said() if str(row.not_after.astimezone(ZONE).date()) == "2021-06-13"]

    assert (states, off(village)) == (["cancelled"], [])


def test_whom_no_reminder_has_reached_hears_of_no_change(village, office):
    village.drafts(village.person())
    village.sweep(MORNING)
    move(village, office, date(2021, 6, 25))  # before the first one left
    village.sweep(MORNING + timedelta(minutes=75))

    assert corrections(village) == []


def test_a_day_that_has_passed_may_be_opened_again_and_reminds_again(village, office, told):
    passed = datetime(2021, 6, 14, 9, tzinfo=ZONE)
    village.sweep(passed)
    move(village, office, date(2021, 6, 25), passed)
    said = []
    for day in range(15, 27):
        counts = village.sweep(datetime(2021, 6, day, 8, tzinfo=ZONE))
        sent(village)
        said += [day] * counts["said"]

    assert len(corrections(village)) == 1
    assert said == [18, 22, 24]


def test_a_correction_waits_for_a_decent_hour(village, office, told):
    night = datetime(2021, 6, 4, 21, 30, tzinfo=ZONE)
    move(village, office, date(2021, 6, 25), night)
    village.sweep(night + timedelta(minutes=30))
    before = corrections(village)
    village.sweep(datetime(2021, 6, 5, 8, tzinfo=ZONE))

    assert (before, len(corrections(village))) == ([], 1)


def test_a_reminder_that_has_not_left_yet_is_said_of_the_new_day_instead(village, office):
    village.drafts(village.person())
    village.sweep(MORNING)
    move(village, office, date(2021, 6, 25))
    village.sweep(MORNING + timedelta(minutes=62))
    states = [row.state for row in village.said()]
    village.sweep(datetime(2021, 6, 18, 8, tzinfo=ZONE))

    assert states == ["cancelled"]
    assert [row.state for row in village.said()] == ["cancelled", "owed"]


def test_the_ladder_begins_again_before_the_new_day_and_none_is_said_of_a_shut_door(village, office, told):
    move(village, office, date(2021, 6, 25))
    days = []
    for day in range(5, 28):
        counts = village.sweep(datetime(2021, 6, day, 8, tzinfo=ZONE))
        sent(village)
        days += [day] * counts["said"]

    assert days == [18, 22, 24]


def test_who_asked_for_no_more_is_reminded_no_more_when_the_day_moves(village, office, told):
    village.store.write_now(
        occurrences.stop_reminding, deadline_id=ideas(village).id, person_id=told, now=MORNING + timedelta(minutes=5)
    )
    move(village, office, date(2021, 6, 25))
    for day in range(5, 28):
        village.sweep(datetime(2021, 6, day, 8, tzinfo=ZONE))
        sent(village)

    assert [row.key.partition(":")[0] for row in village.said()] == ["reminder", "moved"]


def test_a_district_with_a_day_of_its_own_is_told_of_that_and_the_rest_is_not(village, office, told):
    own = village.store.write_now(
        rounds.add_deadline, tell=words_of, pack=village.pack, spec="idea_closes", place="456", last=date(2021, 6, 9), role=office,
        on=MORNING.date(), now=MORNING,
    )  # fmt: skip
    village.sweep(MORNING + timedelta(minutes=20))
    sent(village)
    village.store.write_now(
        rounds.drop_deadline, pack=village.pack, deadline_id=own.id, role=office, on=MORNING.date(),
        now=MORNING + timedelta(hours=1),
    )  # fmt: skip
    village.sweep(MORNING + timedelta(minutes=90))

    # the nearer day is told by its own reminder, the old one by a correction
    assert [row.key.partition(":")[0] for row in village.said()] == ["reminder", "reminder", "moved"]
    assert {one.reason for one in village.occurrences() if one.deadline_id == own.id} >= {"the deadline was dropped"}


def pause(village, office, last, now=START):
    village.store.write_now(
        pauses.pause_place, pack=village.pack, place=COMMUNE, last=last, role=office, on=now.astimezone(ZONE).date(),
        now=now,
    )  # fmt: skip


def test_in_a_paused_commune_a_reminder_comes_after_the_pause_and_only_the_newest(village, office):
    village.drafts(village.person())
    pause(village, office, date(2021, 6, 8))
    for hour in range(0, 24 * 12, 4):
        village.sweep(START + timedelta(hours=hour))
    first, *_ = village.said()

    assert first.created_at.astimezone(ZONE).date() == date(2021, 6, 9)
    assert len(village.said()) == 2


@pytest.mark.parametrize("sweep", ["reminders", "nudges"])
def test_in_a_paused_commune_who_has_said_only_in_the_form_where_they_are_is_spared_too(village, office, sweep):
    person = village.person()
    village.store.write_now(set_preference, person_id=person, place=None)
    village.store.write_now(
        consents.give, person_id=person, purpose="registration", text_version="v", channel="telegram", now=START
    )
    village.store.write_now(open_draft, person_id=person, form="idea", now=START, answers={"place": COMMUNE})
    pause(village, office, date(2021, 6, 10))
    if sweep == "reminders":
        village.sweep(MORNING)
    else:
        village.store.write_now(nudges.sweep, pack=village.pack, tell=tell, now=MORNING)

    assert village.said() == []


def test_a_pause_past_the_deadline_leaves_the_reason(village, office):
    village.drafts(village.person())
    pause(village, office, date(2021, 6, 20))
    village.sweep(MORNING)

    assert village.said() == []
    assert "the place is paused" in {one.reason for one in village.occurrences()}


@pytest.mark.parametrize("last", [date(2021, 6, 8), date(2021, 6, 20)], ids=["put off", "skipped"])
def test_when_a_pause_is_ended_early_what_waited_for_its_end_is_said_at_once(village, office, last):
    village.drafts(village.person())
    pause(village, office, last)
    village.sweep(MORNING)
    silent = village.said()
    ended = MORNING + timedelta(hours=2)
    village.store.write_now(
        pauses.end_pause, pack=village.pack, place=COMMUNE, role=office, on=ended.date(), now=ended
    )  # fmt: skip
    village.sweep(ended + timedelta(minutes=1))
    village.sweep(ended + timedelta(minutes=2))

    assert (silent, len(village.said())) == ([], 1)


def test_who_takes_messages_again_early_hears_what_waited(village):
    person = village.person(paused_until=datetime(2021, 6, 9, tzinfo=ZONE))
    village.drafts(person)
    village.sweep(MORNING)
    silent = village.said()
    village.store.write_now(pauses.take_messages_again, person_id=person, now=MORNING + timedelta(hours=1))
    village.sweep(MORNING + timedelta(hours=1, minutes=1))

    assert (silent, len(village.said())) == ([], 1)


def test_a_person_who_paused_hears_the_newest_one_afterwards(village):
    village.drafts(village.person(paused_until=datetime(2021, 6, 9, tzinfo=ZONE)))
    for hour in range(0, 24 * 9, 6):
        village.sweep(START + timedelta(hours=hour))
    (only,) = village.said()

    assert only.created_at.astimezone(ZONE).date() == date(2021, 6, 9)


def test_those_whose_message_was_moved_do_not_all_leave_in_one_minute(village):
    people = [village.person() for _ in range(12)]
    for person in people:
        village.drafts(person)
    village.sweep(START)
    village.sweep(datetime(2021, 6, 4, 23, tzinfo=ZONE))
    due = {one.due_at for one in village.occurrences() if one.reason == "moved to a decent hour"}

    assert len(due) > 3
    assert all(
        datetime(2021, 6, 5, 7, tzinfo=ZONE) <= moment < datetime(2021, 6, 5, 7, 20, tzinfo=ZONE) for moment in due
    )


def test_a_member_who_wants_reminders_hears_instead_of_one_who_does_not(village):
    from registry.applications.entities import add_member

    owner, helper = village.person(reminders=False), village.person()
    idea = village.idea(owner, "Khoai deo")
    village.store.write_now(add_member, entity_id=idea.entity_id, person_id=helper, part="helper", now=START)
    village.store.write_now(set_preference, person_id=helper, reminders=True)
    village.sweep(datetime(2021, 6, 7, 8, tzinfo=ZONE))
    plan = village.store.write_now(
        lambda db: list(db.execute(select(deliveries.c.person_id).where(deliveries.c.kind == "reminder")).scalars())
    )

    assert plan == [helper]
