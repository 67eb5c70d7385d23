"""
Two processes on one PostgreSQL: neither sees the other's uncommitted rows.

The first is stopped in the middle of its unit of work, the second begins, the first continues.
(SQLite lets in one writer at a time.)
"""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text, update

from content.programme.pack import load_pack
from registry.deadlines import certificates, deadlines, occurrences, pauses, rounds
from registry.deadlines.occurrences import occurrences as occurrence_rows
from registry.people.people import meet
from registry.people.roles import grant
from registry.products.recognitions import recognitions
from registry.store.audit import audit
from registry.store.engines import WRITING
from registry.store.rows import applications, deliveries
from registry.store.store import Store
from scheduler import digest, lessons, nudges, reminders
from tests.announced import words_of
from tests.scheduler.village import COMMUNE, Village, tell
from tests.scheduler.virtual import START

pytestmark = pytest.mark.postgres
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2021, 6, 4, 8, tzinfo=ZONE)
PATIENCE = 20
PATIENT = replace(WRITING, answer=PATIENCE, lock=PATIENCE)
"""The crossings are about the order of two writers, not about how long one may wait."""


class Both:
    """A village on two stores, and a way to let one wait for the other in the middle."""

    def __init__(self, url, vault, pack, folder):
        self.stores = tuple(Store(url, vault, folder, limits=PATIENT) for _ in range(2))
        self.village = Village(self.stores[0], pack)
        self._threads = ThreadPoolExecutor(2)

    def do(self, unit, **said):
        return self.stores[1].write_now(unit, **said)

    def crossed(self, first, second):
        """
        Stop the first at the given call, begin the second, let the first continue; return both results.

        The first continues once the second waits for it in the database, or has finished.
        """
        reached, go_on = threading.Event(), threading.Event()

        def hold():
            reached.set()
            assert go_on.wait(PATIENCE)

        ahead: Future = self._threads.submit(self.stores[0].write_now, lambda db: first(db, hold))
        assert reached.wait(PATIENCE), ahead.exception(PATIENCE)
        behind: Future = self._threads.submit(self.stores[1].write_now, second)
        while not behind.done() and not self.stores[0].read_now(waits_for_a_lock):
            pass
        go_on.set()
        return ahead.result(PATIENCE), behind.result(PATIENCE)

    def close(self):
        self._threads.shutdown()
        for store in self.stores:
            store.close()


def waits_for_a_lock(db):
    here = "datname = current_database() AND wait_event_type = 'Lock'"
    return db.execute(text(f"SELECT count(*) FROM pg_stat_activity WHERE {here}")).scalar_one() > 0


def opened(server, vault, pack, folder):
    with server.database() as url:
        both = Both(url, vault, pack, folder)
        try:
            yield both
        finally:
            both.close()


@pytest.fixture
def both(postgres_server, vault, pack, tmp_path):
    yield from opened(postgres_server, vault, pack, tmp_path)


@pytest.fixture
def later_both(postgres_server, vault, tmp_path):
    yield from opened(postgres_server, vault, load_pack("quang-tri-2026", date(2026, 11, 20)), tmp_path)


def office(both):
    met, _ = both.do(meet, channel="telegram", account="office", now=START)
    return both.do(grant, person_id=met.id, role="province_official", place="44", granted_by="operator", now=START)


def ideas(both):
    found = both.do(deadlines.open_deadlines, places=both.village.pack.places, place=COMMUNE, now=START)
    return next(one for one in found if one.spec == "idea_closes")


def holding(hold, after=1):
    """Says as `tell` does, and stops at the call with that number."""
    calls = iter(range(1, 1000))

    def tells(*words):
        if next(calls) == after:
            hold()
        return tell(*words)

    return tells


def swept(both, sweep, now, hold=None, after=1):
    def unit(db, hold=hold):
        return sweep(db, pack=both.village.pack, tell=tell if hold is None else holding(hold, after), now=now)

    return unit


def pending(both):
    return both.do(lambda db: list(db.execute(select(deliveries).order_by(deliveries.c.created_at))))


def test_two_reminder_sweeps_at_once_say_everything_once(both):
    for _ in range(3):
        both.village.drafts(both.village.person())
    crossed = both.crossed(swept(both, reminders.sweep, MORNING), swept(both, reminders.sweep, MORNING))

    assert sorted(counts["said"] for counts in crossed) == [0, 3]
    assert len(pending(both)) == 3


def test_a_deadline_that_moves_during_a_sweep_takes_the_new_reminders_with_it(both):
    role = office(both)
    first = both.village.person()
    both.village.drafts(first)
    both.village.sweep(MORNING - timedelta(minutes=5))
    both.village.drafts(both.village.person())
    one = ideas(both)

    def move(db):
        return rounds.move_deadline(
            db, pack=both.village.pack, deadline_id=one.id, last=date(2021, 6, 25), role=role, on=date(2021, 6, 4),
            now=MORNING,
        )  # fmt: skip

    _, moved = both.crossed(swept(both, reminders.sweep, MORNING), move)
    before = {rule.key: rule.before for rule in reminders.rules_at(
        both.village.pack.programme.deadline("idea_closes").rules, 8
    )}  # fmt: skip
    rows = [row for row in both.village.occurrences() if row.deadline_id == one.id]

    assert len({row.subject for row in rows}) == 2
    assert {row.due_at for row in rows} == {moved.closes_at - early for early in before.values()}


def test_of_two_officials_who_move_a_deadline_at_once_the_reminders_follow_the_last(both):
    role = office(both)
    both.village.drafts(both.village.person())
    both.village.sweep(START)
    one = ideas(both)
    due = {row.rule: row.due_at for row in both.village.occurrences() if row.deadline_id == one.id}

    def move(db, day):
        return rounds.move_deadline(
            db, pack=both.village.pack, deadline_id=one.id, last=day, role=role, on=date(2021, 6, 1), now=START,
        )  # fmt: skip

    def first(db, hold):
        moved = move(db, date(2021, 6, 20))
        hold()
        return moved

    both.crossed(first, lambda db: move(db, date(2021, 6, 25)))
    later = ideas(both).closes_at - one.closes_at
    rows = [row for row in both.village.occurrences() if row.deadline_id == one.id]

    assert later == timedelta(days=14)
    assert {row.rule: row.due_at - due[row.rule] for row in rows} == dict.fromkeys(due, later)


def test_of_two_officials_who_set_the_same_day_apart_at_once_both_are_taken(both):
    role = office(both)

    def add(db, day):
        return rounds.add_deadline(
            db, pack=both.village.pack, spec="idea_closes", place="456", last=day, role=role, on=date(2021, 6, 1),
            now=START, tell=words_of,
        )  # fmt: skip

    def first(db, hold):
        added = add(db, date(2021, 6, 8))
        hold()
        return added

    one, other = both.crossed(first, lambda db: add(db, date(2021, 6, 9)))

    assert one.id == other.id
    assert deadlines.last_day(both.village.pack, other) == date(2021, 6, 9)


def test_who_asks_for_tomorrow_while_a_sweep_runs_is_told_tomorrow_alone(both):
    people = [both.village.person() for _ in range(2)]
    for number, person in enumerate(people):
        both.village.drafts(person, START + timedelta(minutes=number))
    both.village.sweep(START + timedelta(hours=1))
    rows = both.do(occurrences.due, now=MORNING)  # in the order of the sweep
    last = rows[-1]
    tomorrow = MORNING + timedelta(days=1)
    both.crossed(
        swept(both, reminders.sweep, MORNING),
        lambda db: occurrences.snooze(
            db, occurrence_id=last.id, person_id=last.person_id, until=tomorrow, now=MORNING
        ),
    )  # fmt: skip
    today = [row.person_id for row in pending(both)]
    both.village.sweep(tomorrow)

    assert today == [row.person_id for row in rows if row.id != last.id]
    assert [row.person_id for row in pending(both)] == [*today, last.person_id]


def test_who_takes_messages_again_while_a_sweep_puts_their_reminder_off_hears_it_at_the_next(both):
    paused = both.village.person(remind_hour=7, paused_until=MORNING + timedelta(days=3))
    other = both.village.person()
    for person in (paused, other):
        both.village.drafts(person)
    both.village.sweep(START)
    both.crossed(  # the paused one comes first, the other is being told
        swept(both, reminders.sweep, MORNING),
        lambda db: pauses.take_messages_again(db, person_id=paused, now=MORNING),
    )
    both.village.sweep(MORNING + timedelta(minutes=1))

    assert [row.person_id for row in pending(both)] == [other, paused]


@pytest.mark.parametrize("ends", [date(2027, 6, 30), date(2027, 7, 30)], ids=["new", "corrected"])
def test_a_certificate_is_followed_once_by_two_processes(later_both, ends):
    both, now = later_both, datetime(2026, 12, 5, 9, tzinfo=ZONE)
    pack = both.village.pack
    idea = stars(both, date(2027, 6, 30))
    if ends != date(2027, 6, 30):
        both.do(reminders.sweep, pack=pack, tell=tell, now=now)
        both.do(lambda db: db.execute(update(recognitions).values(ends_on=ends)).rowcount)

    def first(db, hold):
        reminders.sweep(db, pack=pack, tell=tell, now=now)
        hold()

    both.crossed(first, swept(both, reminders.sweep, now))
    ladder = both.do(
        lambda db: set(
            db.execute(select(occurrence_rows.c.due_at).where(occurrence_rows.c.subject == f"a:{idea}")).scalars()
        )
    )
    closes_at = deadlines.closing_moment(pack, ends)

    assert ladder == {
        closes_at - rule.before for rule in reminders.rules_at(certificates.rules(ordered(pack)), 8)
    }  # fmt: skip


def ordered(pack):
    assert pack.programme.evaluation.certificates is not None
    return pack.programme.evaluation.certificates


def stars(both, ends):
    """A product with its stars; the id of its application."""
    from registry.applications.entities import add_member
    from registry.imports import taking
    from registry.imports.listed import ListedEntity, ListedProduct

    pack, now = both.village.pack, datetime(2026, 11, 19, 9, tzinfo=ZONE)
    place = next(place.code for place in pack.places.all("commune"))
    person = both.village.person(now)
    both.do(
        taking.take_in,
        pack=pack,
        listed=[ListedEntity("E1", "HTX Thử", pack.programme.entity_kinds[0].id, place)],
        products=[ListedProduct("P1", "E1", "Tinh dầu", pack.programme.product_groups[0].id, "1/QĐ", 4,
                                ends - timedelta(days=3 * 365), ends)],
        now=now,
    )  # fmt: skip
    row = both.do(lambda db: db.execute(select(applications.c.id, applications.c.entity_id)).one())
    both.do(add_member, entity_id=row.entity_id, person_id=person, part="owner", now=now)
    return row.id


def test_two_nudges_at_once_are_one(both):
    from registry.people import consents

    person = both.village.person()
    both.do(consents.give, person_id=person, purpose="registration", text_version="1", channel="telegram", now=START)
    both.village.drafts(person)
    then = START + timedelta(days=2)
    crossed = both.crossed(swept(both, nudges.sweep, then), swept(both, nudges.sweep, then))

    assert sorted(counts["said"] for counts in crossed) == [0, 1]
    assert len(pending(both)) == 1


def test_two_lessons_at_once_are_one(both):
    from registry.deadlines.lessons import begin

    begun = both.village.person()
    both.do(begin, person_id=begun, audience=next(iter(both.village.pack.lessons)))
    both.do(lessons.sweep, pack=both.village.pack, tell=tell, now=START)
    then = START + timedelta(days=1)
    crossed = both.crossed(swept(both, lessons.sweep, then), swept(both, lessons.sweep, then))

    assert sorted(counts["said"] for counts in crossed) == [0, 1]
    assert len(pending(both)) == 1


def test_a_monday_told_by_two_processes_is_one_and_names_a_person_once_in_the_audit(both):
    from registry.people import consents

    role = office(both)
    both.village.idea(both.village.person(), "Khoai deo", START)
    stuck = both.village.person()
    both.do(consents.give, person_id=stuck, purpose="registration", text_version="1", channel="telegram", now=START)
    both.village.drafts(stuck)
    monday = datetime(2021, 6, 7, 7, 30, tzinfo=ZONE)
    crossed = both.crossed(swept(both, digest.sweep, monday), swept(both, digest.sweep, monday))
    seen = both.do(lambda db: list(db.execute(select(audit.c.noun_id).where(audit.c.act == "person.seen")).scalars()))

    assert sorted(counts["said"] for counts in crossed) == [0, 1]
    assert [row.person_id for row in pending(both) if row.key.startswith("digest:")] == [role.person_id]
    assert seen == [stuck]
