"""Nudges about a draft, lessons by the week, the office's Monday."""

import itertools
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from content.message import Message
from registry.applications import drafts
from registry.applications.assisted import FOR_OTHERS
from registry.deadlines import lessons
from registry.deliveries import notices
from registry.people import consents, people
from registry.people.people import meet
from registry.people.roles import grant
from registry.store.rows import deliveries
from registry.store.rows import notices as notice_rows
from registry.store.sealing import unseal_for
from scheduler import digest, nudges
from scheduler import lessons as weekly
from tests.scheduler.village import tell
from tests.scheduler.virtual import START

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def swept(village, sweep, now):
    return village.store.write_now(sweep, pack=village.pack, tell=tell, now=now)


def through(village, sweep, first, days, hours=6):
    for step in range(0, days * 24, hours):
        swept(village, sweep, first + timedelta(hours=step))


def pending(village, kind):
    def read(db):
        query = select(deliveries).where(deliveries.c.key.like(f"{kind}:%")).order_by(deliveries.c.created_at)
        return list(db.execute(query))

    return village.store.write_now(read)


def days_of(village, kind):
    return [row.created_at.astimezone(ZONE).date().isoformat() for row in pending(village, kind)]


def reasons(village, kind):
    query = select(notice_rows).where(notice_rows.c.kind == kind, notice_rows.c.state == "skipped")
    return {row.reason for row in village.store.write_now(lambda db: list(db.execute(query)))}


def words(village, row):
    return village.store.write_now(
        lambda db: Message.from_json(unseal_for(db, row.person_id, f"deliveries:message:{row.id}", row.message_sealed))
    )


def agreeing(village, person):
    village.store.write_now(
        consents.give, person_id=person, purpose="registration", text_version="v", channel="telegram", now=START
    )
    return person


@pytest.fixture
def writer(village):
    """Somebody who agreed, answered two questions and stopped at the third."""
    person = agreeing(village, village.person())
    key = village.drafts(person)
    draft = village.store.write_now(drafts.draft, key=key, person_id=person)
    village.store.write_now(
        drafts.save_draft, draft=draft, answers={"product_name": "Khoai deo", "product_kind": "new"},
        waits_for="product_group", now=START,
    )  # fmt: skip
    return person, key


# --- nudges -----------------------------------------------------------------------------------------------------------


def test_a_draft_is_asked_about_three_times_and_no_more(village, writer):
    through(village, nudges.sweep, START, 40)

    assert days_of(village, "nudge") == ["2021-06-03", "2021-06-08", "2021-06-22"]


def test_a_nudge_names_the_question_that_waits_and_goes_on_there(village, writer):
    _, key = writer
    swept(village, nudges.sweep, at("2021-06-03T08:00"))
    (row,) = pending(village, "nudge")
    message = words(village, row)

    assert "question=Sản phẩm thuộc nhóm nào?" in message.text
    assert "done=2" in message.text
    assert [choice.action for choice in message.choices] == [f"/tieptuc {key}", f"/nhacviec phieu {key}"]


def test_after_three_weeks_without_power_only_the_newest_nudge_is_said(village, writer):
    swept(village, nudges.sweep, at("2021-06-23T09:00"))
    swept(village, nudges.sweep, at("2021-06-23T09:05"))

    assert [row.key[-2:] for row in pending(village, "nudge")] == [":3"]
    assert reasons(village, "nudge") == {nudges.LATER_ONE}


@pytest.mark.parametrize("state", ["submitted", "dropped"])
def test_nobody_is_asked_about_a_draft_that_is_closed(village, writer, state):
    _, key = writer
    village.store.write_now(drafts.close_draft, key=key, state=state, now=START)
    through(village, nudges.sweep, START, 30)

    assert pending(village, "nudge") == []


def test_who_said_not_now_is_not_asked_until_they_go_on(village, writer):
    person, key = writer
    village.store.write_now(drafts.leave_drafts, person_id=person, key=key, now=START)
    through(village, nudges.sweep, START, 10)
    quiet = pending(village, "nudge")
    draft = village.store.write_now(drafts.draft, key=key, person_id=person)
    village.store.write_now(
        drafts.save_draft, draft=draft, answers=draft.answers, waits_for="product_group", now=at("2021-06-11T09:00")
    )
    through(village, nudges.sweep, at("2021-06-11T10:00"), 4)

    assert (quiet, days_of(village, "nudge")) == ([], ["2021-06-13"])


def test_who_goes_on_meanwhile_is_not_asked(village, writer):
    person, key = writer
    swept(village, nudges.sweep, at("2021-06-03T06:00"))
    swept(village, nudges.sweep, at("2021-06-03T22:00"))  # too late in the evening: moved to the morning
    draft = village.store.write_now(drafts.draft, key=key, person_id=person)
    village.store.write_now(
        drafts.save_draft, draft=draft, answers=draft.answers, waits_for="product_group", now=at("2021-06-03T23:00")
    )
    swept(village, nudges.sweep, at("2021-06-04T09:00"))

    assert pending(village, "nudge") == []
    assert "continued meanwhile" in reasons(village, "nudge")


def test_without_consent_and_after_a_no_to_reminders_nobody_is_asked(village):
    village.drafts(village.person())
    no = agreeing(village, village.person())
    village.store.write_now(
        consents.give, person_id=no, purpose="reminders", text_version="v", channel="telegram", now=START
    )
    village.store.write_now(consents.withdraw, person_id=no, purpose="reminders", now=START)
    village.drafts(no)
    through(village, nudges.sweep, START, 25)

    assert pending(village, "nudge") == []
    assert reasons(village, "nudge") == {"no consent", "reminders are off"}


# --- lessons ----------------------------------------------------------------------------------------------------------


def learner(village, audience="new"):
    person = village.person()
    village.store.write_now(lessons.begin, person_id=person, audience=audience)
    return person


def topics(village):
    return [row.key.rpartition(":")[2] for row in pending(village, "lesson")]


def test_lessons_come_one_a_week_in_order_until_all_are_heard(village):
    person = learner(village, "recognised")
    course = village.pack.lessons["recognised"]
    through(village, weekly.sweep, START, 7 * len(course) + 20, hours=12)
    gaps = [datetime.fromisoformat(day) for day in days_of(village, "lesson")]
    told = village.store.write_now(people.person, person)

    assert tuple(topics(village)) == course
    assert all(timedelta(days=6) < later - earlier < timedelta(days=9) for earlier, later in itertools.pairwise(gaps))
    assert told.lessons is None


def test_stopped_lessons_stop_and_go_on_where_they_were(village):
    person = learner(village)
    course = village.pack.lessons["new"]
    through(village, weekly.sweep, START, 9)
    village.store.write_now(lessons.stop, person_id=person)
    through(village, weekly.sweep, START + timedelta(days=9), 30, hours=12)
    stopped = topics(village)
    village.store.write_now(lessons.begin, person_id=person, audience="new")
    through(village, weekly.sweep, START + timedelta(days=40), 3)

    assert (stopped, topics(village)) == (list(course[:2]), list(course[:3]))


def test_weeks_without_power_bring_one_lesson_not_three(village):
    learner(village)
    swept(village, weekly.sweep, START)
    through(village, weekly.sweep, START + timedelta(days=30), 2)

    assert len(topics(village)) == 1


def test_a_clock_that_goes_back_repeats_no_lesson(village):
    learner(village)
    through(village, weekly.sweep, START, 10)
    through(village, weekly.sweep, START, 10)

    assert len(topics(village)) == len(set(topics(village))) == 2


@pytest.mark.parametrize("ahead", [30, 400])
@pytest.mark.parametrize("hour", [8, 22])
def test_a_clock_that_ran_ahead_and_was_put_right_keeps_nobody_waiting_for_lessons(village, ahead, hour):
    learner(village)
    course = village.pack.lessons["new"]
    through(village, weekly.sweep, START, 3)
    through(village, weekly.sweep, START.replace(hour=hour - 7) + timedelta(days=ahead), 1, hours=12)
    through(village, weekly.sweep, START + timedelta(days=4), 24)

    assert set(topics(village)) == set(course[: len(topics(village))])
    assert 4 <= len(topics(village)) <= 6


def test_after_a_pause_the_lessons_go_on_one_a_week(village):
    person = learner(village)
    course = village.pack.lessons["new"]
    through(village, weekly.sweep, START, 3)
    village.store.write_now(people.set_preference, person_id=person, paused_until=START + timedelta(days=20))
    through(village, weekly.sweep, START + timedelta(days=3), 40)

    said = [datetime.fromisoformat(day) for day in days_of(village, "lesson")]

    assert topics(village) == list(course[:5])
    assert said[1] >= datetime(2021, 6, 21)
    assert all(later - earlier >= timedelta(days=6) for earlier, later in itertools.pairwise(said))


# --- the office's Monday ----------------------------------------------------------------------------------------------

MONDAY = at("2021-06-07T07:30")


@pytest.fixture
def official(village):
    met, _ = village.store.write_now(meet, channel="telegram", account="official", now=START)
    return village.store.write_now(
        grant, person_id=met.id, role="district_official", place="456", granted_by="operator", now=START
    )


def test_the_office_hears_on_monday_at_half_past_seven_what_changed_and_whom_to_call(village, official, writer):
    person, _ = writer
    village.store.write_now(people.set_name, person_id=person, name="Lài")
    village.idea(village.person(), "Nước mắm", status="idea_submitted")
    early = swept(village, digest.sweep, MONDAY - timedelta(minutes=1))
    swept(village, digest.sweep, MONDAY)
    again = swept(village, digest.sweep, MONDAY + timedelta(minutes=5))
    (row,) = pending(village, "digest")
    text = words(village, row).text

    assert (early["said"], again["said"], row.person_id) == (0, 0, official.person_id)
    assert "digest.changed.handed_in count=1" in text
    assert "digest.waits.applications count=1" in text
    assert "field=Nhóm sản phẩm" in text
    assert "name=Lài" in text


def test_an_hour_chosen_for_reminders_does_not_move_the_office_s_monday(village, official):
    village.store.write_now(people.set_preference, person_id=official.person_id, remind_hour=19)
    village.idea(village.person(), "Nước mắm", status="idea_submitted")

    swept(village, digest.sweep, MONDAY)

    assert days_of(village, "digest") == ["2021-06-07"]


def test_at_most_five_people_are_named(village, official):
    for number in range(8):
        person = agreeing(village, village.person())
        key = village.drafts(person)
        draft = village.store.write_now(drafts.draft, key=key, person_id=person)
        village.store.write_now(
            drafts.save_draft, draft=draft, answers={"product_name": f"Món {number}"}, waits_for=None, now=START
        )
    swept(village, digest.sweep, MONDAY)
    (row,) = pending(village, "digest")

    assert words(village, row).text.count("digest.stuck ") == 5


@pytest.mark.parametrize("stopped", [False, True])
def test_who_has_said_stop_is_not_named_for_a_call_about_what_is_to_mend(village, official, stopped):
    person = agreeing(village, village.person())
    village.idea(person, "Khoai deo", MONDAY - timedelta(days=5), status="idea_needs_changes")
    village.store.write_now(people.set_preference, person_id=person, stopped_at=START if stopped else None)
    swept(village, digest.sweep, MONDAY)
    (row,) = pending(village, "digest")

    assert words(village, row).text.count("digest.stuck") == (0 if stopped else 1)


def test_who_took_their_consent_back_is_not_named_for_a_call(village, official):
    person = agreeing(village, village.person())
    village.idea(person, "Khoai deo", MONDAY - timedelta(days=5), status="idea_needs_changes")
    village.store.write_now(consents.withdraw, person_id=person, purpose="registration", now=START)
    swept(village, digest.sweep, MONDAY)
    (row,) = pending(village, "digest")

    assert "digest.stuck" not in words(village, row).text


def test_whom_a_helper_writes_for_is_not_named_before_they_confirmed(village, official, writer):
    person, key = writer
    draft = village.store.write_now(drafts.draft, key=key, person_id=person)
    marked = {**draft.answers, FOR_OTHERS: {"role": "r", "consent": "v"}}
    village.store.write_now(drafts.save_draft, draft=draft, answers=marked, waits_for="product_group", now=START)
    swept(village, digest.sweep, MONDAY)
    (row,) = pending(village, "digest")

    assert "digest.stuck" not in words(village, row).text


def test_nothing_is_said_when_nothing_changed_and_the_reason_stays(village, official):
    swept(village, digest.sweep, MONDAY)

    assert pending(village, "digest") == []
    assert reasons(village, "digest") == {digest.NOTHING}


def test_waiting_work_is_mentioned_when_nothing_changed(village, official):
    village.idea(village.person(), "Nước mắm", status="idea_submitted")
    swept(village, digest.sweep, MONDAY + timedelta(days=14))
    (row,) = pending(village, "digest")
    text = words(village, row).text

    assert "digest.place_quiet" in text
    assert "digest.waits.applications count=1" in text
    assert "digest.changed" not in text


def test_an_office_hears_nothing_of_other_places_and_nobody_of_one_who_did_not_agree(village, official, writer):
    other, _ = village.store.write_now(meet, channel="telegram", account="other", now=START)
    village.store.write_now(
        grant, person_id=other.id, role="district_official", place="455", granted_by="operator", now=START
    )
    village.drafts(village.person())  # no consent
    swept(village, digest.sweep, MONDAY)
    (row,) = pending(village, "digest")

    assert row.person_id == official.person_id
    assert words(village, row).text.count("digest.stuck ") == 1


def test_a_machine_that_was_off_on_monday_tells_it_on_tuesday_and_not_next_week(village, official, writer):
    swept(village, digest.sweep, MONDAY + timedelta(days=1))
    swept(village, digest.sweep, MONDAY + timedelta(days=2))

    assert days_of(village, "digest") == ["2021-06-08"]


def test_a_notice_is_planned_once_whoever_plans_it(village):
    person = village.person()
    plan = {"kind": "lesson", "subject": "s", "step": "1", "person_id": person, "due_at": START, "now": START}

    assert [village.store.write_now(notices.plan, **plan) for _ in range(2)] == [True, False]
