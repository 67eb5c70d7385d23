"""One's own reminders: what an old button may still promise, and that nobody reaches another's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from handlers.conversation.telling import Telling
from registry.applications.drafts import open_draft
from registry.deadlines import occurrences
from registry.deadlines.occurrences import Occurrence
from registry.deadlines.occurrences import occurrences as rows
from registry.people import people
from registry.store.rows import drafts
from scheduler import reminders
from tests.handlers.desk import COMMUNE, Village, open_village, words_of

FIRST = datetime(2021, 6, 4, 1, 0, tzinfo=UTC)
"""08:00 seven days before ideas close."""


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as opened:
        yield opened


def sweep(village: Village, now: datetime) -> None:
    village.now = now
    village.do(lambda db: reminders.sweep(db, pack=village.pack, tell=Telling(village.house, db, now), now=now))


@pytest.fixture
def maker(village: Village) -> str:
    """Somebody who was just reminded of a draft for the first time."""
    person = village.person("maker", "Lài", place=COMMUNE)
    village.do(people.set_preference, person_id=person, reminders=True)
    village.do(open_draft, person_id=person, form="idea", now=village.now)
    sweep(village, FIRST)
    village.say("maker", "/nhacviec")  # the reminder is read before what the tests ask
    return person


def first(village: Village, state: str = "said") -> Occurrence:
    found = village.do(lambda db: db.execute(select(rows.c.id).where(rows.c.state == state)).scalars().first())
    (person,) = village.do(lambda db: set(db.execute(select(rows.c.person_id)).scalars()))
    one = village.do(occurrences.occurrence_of, occurrence_id=str(found), person_id=person)
    assert one is not None
    return one


def says(village: Village, text: str, account: str = "maker") -> str:
    return "\n".join(words_of(message) for message in village.say(account, text))


def test_tomorrow_is_promised_and_kept(village: Village, maker: str) -> None:
    one = first(village)
    heard = says(village, f"/nhacviec mai {one.id}")

    assert "thứ Bảy 05/06 em nhắc lại" in heard
    assert first(village, "planned").due_at == FIRST + timedelta(days=1)


@pytest.mark.parametrize("off", ["/nhacviec tat", "/dung", "/tamdung 7"])
def test_to_who_has_switched_off_no_reminder_is_promised(village: Village, maker: str, off: str) -> None:
    one = first(village)
    village.say("maker", off)
    heard = says(village, f"/nhacviec mai {one.id}")

    assert "em nhắc lại" not in heard
    assert village.button("maker", "Bật nhắc") == "/nhacviec bat"


def test_a_reminder_that_has_been_said_promises_no_moment_that_is_past(village: Village, maker: str) -> None:
    heard = says(village, f"/nhacviec viec {first(village).id}")

    assert "Em nhắc vào" not in heard
    assert village.button("maker", "1 ngày nữa") is not None


def test_after_the_last_day_a_reminder_is_gone(village: Village, maker: str) -> None:
    one = first(village)
    village.now = FIRST + timedelta(days=9)

    assert "không còn nữa" in says(village, f"/nhacviec mai {one.id}")
    assert "không còn nữa" in says(village, f"/nhacviec viec {one.id}")


def test_who_has_not_said_where_sees_the_days_for_all_and_no_communes_own(village: Village, maker: str) -> None:
    village.official("commune", "commune_official", COMMUNE)
    village.say("commune", "/hanchot")
    village.tap("commune", "Hạn số 1")
    village.tap("commune", "Đặt riêng")
    village.say("commune", "9/6")
    village.tap("commune", "Đúng, ghi lại")

    assert says(village, "/nhacviec", "guest").count("Hạn đăng ký ý tưởng") == 1
    assert "11/06" in says(village, "/nhacviec", "guest")


def test_who_chose_english_is_told_days_in_english(village: Village, maker: str) -> None:
    village.say("maker", "/ngonngu en")
    listed = says(village, "/nhacviec")
    put_off = says(village, f"/nhacviec mai {first(village).id}")
    sweep(village, FIRST + timedelta(days=1))
    village.say("maker", "/menu")
    reminded = village.all_words("maker").replace("\ue000", "").replace("\ue001", "")

    assert "Friday 11 June (7 days left, sample date)" in listed
    assert "again on Saturday 5 June" in put_off
    assert "There are 6 days left" in reminded
    assert "Friday 11 June (sample date)" in reminded


@pytest.mark.parametrize("what", ["mai", "hoan 3", "viec"])
def test_an_old_button_promises_no_reminder_of_what_is_done(village: Village, maker: str, what: str) -> None:
    one = first(village)
    village.idea(maker)
    village.do(lambda db: db.execute(update(drafts).values(state="submitted")).rowcount)
    heard = says(village, f"/nhacviec {what} {one.id}")

    assert "làm xong rồi" in heard
    assert first(village).id == one.id


@pytest.mark.parametrize("what", ["mai", "hoan 3", "xong", "thoi", "viec"])
def test_another_persons_reminder_is_as_if_it_were_not_there(village: Village, maker: str, what: str) -> None:
    village.person("other", "Tám", place=COMMUNE)
    one = first(village, "planned")
    heard = says(village, f"/nhacviec {what} {one.id}", "other")

    assert "không còn nữa" in heard
    assert first(village, "planned") == one


def test_no_official_is_promised_for_a_paper_nobody_is_told_of(village: Village, maker: str) -> None:
    heard = says(village, f"/nhacviec xong {first(village).id}")

    assert "em đã báo" not in heard
    assert "chưa có cán bộ dùng trợ lý này" in heard
    assert village.button("maker", "Hỏi cán bộ") == "/lienhe"
