import itertools
import shutil
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from content.language.saying import lunar_said
from content.phrases import Phrases
from registry.deadlines import occurrences
from registry.people.people import mark_unreachable
from scheduler.quiet_hours import spread
from scheduler.reminders import LATER_ONE, Rule, plan
from tests.scheduler.village import Village
from tests.scheduler.virtual import START, StoreAtHand

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CLOSES = datetime(2021, 6, 11, 17, 0, tzinfo=UTC)
rules = st.lists(st.integers(0, 60), max_size=6, unique=True).map(
    lambda days: [Rule(f"{count}d", timedelta(days=count, hours=1)) for count in days]
)
moments = st.datetimes(datetime(2021, 4, 1), datetime(2021, 7, 1), timezones=st.just(UTC))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def morning(pack, spec, before):
    """08:00 on the day that number of days before the last one."""
    day = pack.programme.deadline(spec).closes_on - timedelta(days=before)
    return datetime.combine(day, time(8), ZONE)


@given(rules=rules, now=moments)
def test_every_rule_is_accounted_for(rules, now):
    assert sorted(one.rule for one in plan(CLOSES, rules, now)) == sorted(rule.key for rule in rules)


@given(rules=rules, now=moments)
def test_after_an_outage_only_the_latest_missed_one_is_said(rules, now):
    missed = [one for one in plan(CLOSES, rules, now) if one.at <= now]
    said = [one for one in missed if one.skipped is None]

    assert said == (missed[-1:] if now < CLOSES else [])
    assert all(one.skipped for one in missed if one not in said)


@given(rules=rules, now=moments)
def test_nobody_hears_of_a_shut_door(rules, now):
    planned = plan(CLOSES, rules, now)

    assert all(one.skipped for one in planned) or now < CLOSES or not planned


def test_a_draft_is_reminded_on_the_morning_the_pack_names(village):
    village.drafts(village.person())
    early = village.sweep(at("2021-06-04T07:59"))
    counts = village.sweep(at("2021-06-04T08:00"))

    assert (early["said"], counts["said"], len(village.said())) == (0, 1, 1)


def message_of(village, row):
    from registry.deliveries.claims import claim_ready

    (pending,) = village.store.write_now(
        claim_ready, channel="telegram", now=row.due_at, limit=1, bulk=1, lease=timedelta(minutes=1)
    )
    return pending.message


def test_a_reminder_says_the_days_and_offers_what_can_be_done(village):
    village.drafts(village.person())
    village.sweep(at("2021-06-04T08:00"))
    (row,) = village.said()
    occurrence = row.key.removeprefix("reminder:")
    message = message_of(village, row)

    assert message.text.startswith("reminder.days.draft.sample ")
    assert "days=7" in message.text
    assert [choice.action for choice in message.choices] == [
        "/tieptuc", f"/nhacviec mai {occurrence}", f"/nhacviec xong {occurrence}", f"/nhacviec thoi {occurrence}",
    ]  # fmt: skip
    assert row.not_after == CLOSES


def test_a_second_sweep_says_nothing_twice(village):
    village.drafts(village.person())
    moment = at("2021-06-04T08:00")
    village.sweep(moment)
    again = village.sweep(moment + timedelta(minutes=1))

    assert (again["said"], again["planned"], len(village.said())) == (0, 0, 1)


def test_after_three_days_without_power_only_the_newest_is_said(village):
    village.drafts(village.person())
    village.sweep(START)
    village.sweep(at("2021-06-08T09:00"))
    reasons = Counter((one.state, one.reason) for one in village.occurrences())

    assert len(village.said()) == 1
    assert reasons == {("skipped", LATER_ONE): 1, ("said", None): 1, ("planned", None): 1}


def test_a_person_with_several_applications_hears_of_them_in_one_message(village):
    person = village.person()
    village.idea(person, "Khoai deo")
    village.idea(person, "Nước mắm")
    counts = village.sweep(morning(village.pack, "plan_due", 30))
    (row,) = village.said()
    text = message_of(village, row).text

    assert counts["said"] == 2
    assert "Khoai deo" in text
    assert "Nước mắm" in text


def test_who_has_done_the_step_is_not_reminded(village):
    application = village.idea(village.person(), "Khoai deo")
    village.sweep(START)
    village.set_status(application.id, "plan_submitted")
    village.sweep(morning(village.pack, "plan_due", 30))

    assert village.said() == []
    assert ("skipped", "done") in {(one.state, one.reason) for one in village.occurrences()}


def test_who_begins_after_a_reminders_day_is_not_told_at_once(village):
    began = at("2021-06-05T10:00")
    village.drafts(village.person(began), began)
    village.sweep(began + timedelta(minutes=1))
    nothing = village.said()
    village.sweep(at("2021-06-08T08:00"))

    assert (nothing, len(village.said())) == ([], 1)


SILENT = {
    "reminders are off": {"reminders": False},
    "stopped": {"stopped_at": START},
    "paused": {"paused_until": START + timedelta(days=30)},
}


@pytest.mark.parametrize("reason", SILENT)
def test_who_wants_no_reminder_gets_none_and_the_reason_stays(village, reason):
    village.drafts(village.person(**SILENT[reason]))
    village.sweep(START)
    village.sweep(at("2021-06-04T08:00"))

    assert village.said() == []
    assert reason in {one.reason for one in village.occurrences()}


def test_who_cannot_be_reached_gets_none_and_the_reason_stays(village):
    village.drafts(village.person())
    village.sweep(START)
    village.store.write_now(mark_unreachable, channel="telegram", account="1")
    village.sweep(at("2021-06-04T08:00"))

    assert "no open account" in {one.reason for one in village.occurrences()}


def test_a_chosen_hour_is_kept(village):
    village.drafts(village.person(remind_hour=19))
    village.sweep(START)
    village.sweep(at("2021-06-04T18:59"))
    before = village.said()
    village.sweep(at("2021-06-04T19:00"))

    assert (before, len(village.said())) == ([], 1)


def test_what_comes_up_at_night_waits_for_the_morning(village):
    village.drafts(village.person())
    village.sweep(START)
    night = village.sweep(at("2021-06-04T23:00"))
    village.sweep(at("2021-06-05T06:59"))
    before = village.said()
    village.sweep(at("2021-06-05T07:20"))

    assert (night["moved"], before, len(village.said())) == (1, [], 1)


def test_after_the_last_day_nothing_is_said(village):
    village.drafts(village.person())
    village.sweep(START)
    village.sweep(at("2021-06-12T08:00"))

    assert village.said() == []
    assert {one.reason for one in village.occurrences()} == {"deadline closed"}


def test_a_snoozed_reminder_is_said_once_more(village):
    person = village.person()
    village.drafts(person)
    village.sweep(at("2021-06-04T08:00"))
    (first,) = village.said()
    village.store.write_now(
        occurrences.snooze, occurrence_id=first.key.removeprefix("reminder:"), person_id=person,
        until=at("2021-06-05T08:00"), now=at("2021-06-04T08:05"),
    )  # fmt: skip
    for minute in range(3):
        village.sweep(at("2021-06-05T08:00") + timedelta(minutes=minute))

    assert len(village.said()) == 2


def test_somebody_elses_reminder_is_not_there(village):
    person, other = village.person(), village.person()
    village.drafts(person)
    village.sweep(START)
    one = village.occurrences()[0]

    def found(who):
        return village.store.write_now(occurrences.occurrence_of, occurrence_id=one.id, person_id=who)

    assert (found(person).id, found(other)) == (one.id, None)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_phrase_of_a_reminder_can_be_said(language):
    phrases = Phrases.load()
    values = {
        "you": "bác", "days": 3, "says": "hết hạn", "products": '"A"', "count": 7, "date": "thứ Sáu 11/06",
        "lunar": lunar_said(CLOSES.date()), "missing": "",
    }  # fmt: skip
    for when in ("days", "tomorrow", "today"):
        for about in ("draft", "product", "products"):
            for sample in ("", ".sample"):
                said = phrases.say(f"reminder.{when}.{about}{sample}", language, **values)

                assert "thứ Sáu 11/06" in said
                assert (about == "draft") or '"A"' in said


def test_the_voice_of_a_reminder():
    said = Phrases.load().say(
        "reminder.days.product", days=3, says="hết hạn nộp kế hoạch kinh doanh", products='"Khoai deo"',
        date="thứ Sáu 12/11", lunar="8 tháng Mười âm lịch", count=1, missing="",
    )  # fmt: skip

    assert said.replace("\ue000", "").replace("\ue001", "") == (
        'Còn 3 ngày là hết hạn nộp kế hoạch kinh doanh cho "Khoai deo": thứ Sáu 12/11 (8 tháng Mười âm lịch).'
    )


def model(pack, spec, began, looks, apart):
    """
    When a subject is told, said in another way: at each look, whether a new day of the ladder has come.

    A look by night moves the message to the morning, `apart` after seven: the person's own minute.
    """
    last = morning(pack, spec, 0) - timedelta(hours=8)
    days = [morning(pack, spec, rule.before_days) for rule in pack.programme.deadline(spec).rules]
    told, heard, moved_to = [], {day for day in days if day < began}, began
    for look in looks:
        come = {day for day in days if day <= look} - heard
        here = look.astimezone(ZONE)
        awake = 7 <= here.hour < 21 and look >= moved_to
        if come and not awake and look >= moved_to:
            seven = here.replace(hour=7, minute=0) + timedelta(days=here.hour >= 21)
            moved_to = seven + apart
        if come and awake and look < last + timedelta(days=1):
            told.append(look)
            heard |= come
    return told


@pytest.fixture(scope="module")
def fresh_village(empty_database, vault, pack, tmp_path_factory):
    """Makes a separate village for each history."""
    folder = tmp_path_factory.mktemp("villages")

    def make(number):
        file = folder / f"{number}.db"
        shutil.copyfile(empty_database, file)
        return Village(StoreAtHand(f"sqlite:///{file}", vault), pack)

    return make


NUMBERS = itertools.count(1)


@settings(max_examples=30, deadline=None)
@given(
    steps=st.lists(
        st.one_of(st.integers(1, 240), st.integers(240, 3000), st.integers(3000, 15000)), min_size=1, max_size=25
    ),
    begins=st.integers(0, 20),
)
@example(steps=[1, 1, 5677, 20], begins=0)  # looked at 06:40 and at 07:00
def test_over_any_downtime_the_sweep_does_what_the_model_does(fresh_village, steps, begins):
    village = fresh_village(next(NUMBERS))
    try:
        began = START + timedelta(days=begins, minutes=1)
        writer, maker = village.person(), village.person()
        village.drafts(writer, began)
        village.idea(maker, "Khoai deo", began)
        looks, now = [], began
        for minutes in steps:
            now += timedelta(minutes=minutes)
            looks.append(now)
            village.sweep(now)
        said = {
            person: [row.created_at for row in village.said() if row.person_id == person] for person in (writer, maker)
        }

        assert said[writer] == model(village.pack, "idea_closes", began, looks, spread(writer))
        assert said[maker] == model(village.pack, "plan_due", began, looks, spread(maker))
    finally:
        village.store.close()
