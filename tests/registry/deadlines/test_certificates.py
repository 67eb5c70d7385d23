"""The ladder of reminders to the end of a certificate, for products an office's list brought in."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.serving.calendar_file import calendar_of
from registry.applications import entities
from registry.deadlines import certificates, deadlines, occurrences
from registry.imports import taking
from registry.imports.listed import ListedEntity, ListedProduct
from registry.people import people
from registry.store.rows import applications, deliveries
from scheduler import reminders
from tests.handlers.desk import Village, open_village
from tests.scheduler.village import tell

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
ENDS = date(2027, 6, 30)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path, "quang-tri-2026") as opened:
        yield opened


def take_in(village: Village, ends: date = ENDS) -> str:
    """One product with its stars; the id of its application."""
    place = next(place.code for place in village.pack.places.all("commune"))
    village.do(
        taking.take_in,
        pack=village.pack,
        listed=[ListedEntity("E1", "HTX Thử", village.pack.programme.entity_kinds[0].id, place)],
        products=[ListedProduct("P1", "E1", "Tinh dầu", village.pack.programme.product_groups[0].id, "1/QĐ", 4,
                                ends - timedelta(days=3 * 365), ends)],
        now=village.now,
    )  # fmt: skip
    return str(village.do(lambda db: db.execute(select(applications.c.id)).scalar_one()))


def member(village: Village, account: str, application: str) -> str:
    person = village.person(account)
    village.do(people.set_preference, person_id=person, reminders=True)
    entity = village.do(
        lambda db: db.execute(select(applications.c.entity_id).where(applications.c.id == application)).scalar_one()
    )
    village.do(entities.add_member, entity_id=entity, person_id=person, part="helper", now=village.now)
    return person


def climb(village: Village, until: date) -> list[tuple[date, str]]:
    """Sweep every morning; when something was said, and what."""
    day, said = date(2026, 11, 20), []
    while day <= until:
        now = datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=9)
        counts = village.do(reminders.sweep, pack=village.pack, tell=tell, now=now)
        said += [(day, "")] * counts["said"]
        day += timedelta(days=1)
    return said


def test_every_rung_is_said_once_to_every_member(village: Village) -> None:
    application = take_in(village)
    both = {member(village, "one", application), member(village, "two", application)}
    climb(village, ENDS + timedelta(days=3))

    def read(db):
        return list(db.execute(select(deliveries.c.person_id, deliveries.c.created_at)))

    rows = village.do(read)
    ordered = village.pack.programme.evaluation.certificates
    assert ordered is not None
    by_person = {
        who: sorted((ENDS - row.created_at.astimezone(ZONE).date()).days for row in rows if row.person_id == who)
        for who in both
    }
    assert {row.person_id for row in rows} == both
    for days in by_person.values():
        # a rung on a holiday comes a little later, never after the end
        assert len(days) == len(ordered.remind_days)
        assert all(0 <= rung - day <= 8 for rung, day in zip(sorted(ordered.remind_days), days, strict=True))


def test_a_dossier_that_was_handed_in_ends_the_ladder(village: Village) -> None:
    application = take_in(village)
    member(village, "one", application)
    before = len(climb(village, date(2027, 1, 10)))
    village.do(lambda db: db.execute(update(applications).values(status="dossier_submitted")).rowcount)
    assert before >= 1
    assert climb(village, ENDS) == []


def test_a_corrected_date_moves_the_ladder(village: Village) -> None:
    application = take_in(village)
    member(village, "one", application)
    climb(village, date(2026, 12, 5))
    take_in(village, ENDS + timedelta(days=30))
    now = datetime(2026, 12, 6, 9, tzinfo=ZONE)
    village.do(reminders.sweep, pack=village.pack, tell=tell, now=now)
    ((one, _),) = village.do(certificates.ending, now=now)

    assert deadlines.last_day(village.pack, one) == ENDS + timedelta(days=30)


def test_a_certificate_given_again_has_a_ladder_of_its_own_and_is_no_correction(village: Village) -> None:
    application = take_in(village)
    person = member(village, "one", application)
    climb(village, date(2026, 12, 5))
    ((old, _),) = village.do(certificates.ending, now=village.now)
    # "I have handed it in": no more of this one
    village.do(occurrences.stop_reminding, deadline_id=old.id, person_id=person, now=village.now)
    again = ENDS.replace(year=ENDS.year + 3)
    take_in(village, again)
    village.do(lambda db: db.execute(update(deliveries).values(state="sent")).rowcount)
    before = len(village.do(lambda db: db.execute(select(deliveries.c.key)).all()))
    for year, month in ((2026, 12), (2027, 6), (2028, 1), (2029, 11), (2029, 12), (2030, 3)):
        now = datetime(year, month, 20, 9, tzinfo=ZONE)
        village.do(reminders.sweep, pack=village.pack, tell=tell, now=now)
    rows = village.do(lambda db: db.execute(select(deliveries.c.key).order_by(deliveries.c.created_at)).all())

    assert [row.key.partition(":")[0] for row in rows[before:]] == ["reminder", "reminder"]


def test_years_ahead_nothing_is_planned(village: Village) -> None:
    take_in(village, date(2029, 6, 30))
    village.do(reminders.sweep, pack=village.pack, tell=tell, now=village.now)

    assert village.do(certificates.ending, now=village.now) == ()


def test_the_calendar_has_the_last_day_to_hand_in_and_the_advised_days_with_alarms(village: Village) -> None:
    application = take_in(village)
    person = member(village, "one", application)
    now = datetime(2026, 12, 6, 9, tzinfo=ZONE)
    village.do(certificates.follow, pack=village.pack, now=now)
    place = village.do(lambda db: db.execute(select(applications.c.place)).scalar_one())
    ahead = village.do(certificates.ahead_for, pack=village.pack, person_id=person, now=now)
    written = calendar_of(village.pack, ahead, now=now, title=lambda way, _one: way).decode()
    again = calendar_of(village.pack, ahead, now=now, title=lambda way, _one: way).decode()

    assert place
    assert written == again
    assert "DTSTART;VALUE=DATE:20270302" in written  # 120 days before the end
    assert "DTSTART;VALUE=DATE:20270429" in written  # "trước 30/4": the 29th
    assert "DTSTART;VALUE=DATE:20270407" in written  # 15 working days before, with the Hùng kings' day
    assert written.count("BEGIN:VALARM") == 3 * written.count("BEGIN:VEVENT")


def test_in_the_calendar_a_day_no_rule_fixes_is_marked_as_a_sample(village: Village) -> None:
    now = datetime(2026, 9, 15, 9, tzinfo=ZONE)
    ahead = village.do(deadlines.open_deadlines, places=village.pack.places, place=None, now=now)
    written = calendar_of(village.pack, ahead, now=now, title=lambda way, _one: way).decode()

    assert written.count("SUMMARY:sample") == sum(one.sample for one in ahead) == 2
