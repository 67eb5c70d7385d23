"""`ocopbot broadcast`: looked at first, sent only in the name of an official, and only as far as they reach."""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.commands import broadcast as cli_broadcast
from bot.serving import assembly
from bot.serving.configuration import Settings
from handlers.conversation.desk import House
from registry.deliveries.deliveries import record
from registry.deliveries.outcomes import Sent
from registry.people.people import meet, set_name, set_preference
from registry.people.roles import grant
from registry.store.rows import broadcasts, deliveries
from tests.bot.shell import Shell, opened, shell

__all__ = ["shell"]

PLACE, AWAY = "19216", "19138"
TEXT = "Sáng thứ Hai họp ở nhà văn hóa, mời bà con."


_houses: dict[tuple[str, date], House] = {}


@pytest.fixture
def house(shell: Shell) -> Iterator[Shell]:
    """The pack is read once for all tests; nothing in it ever changes."""
    load = assembly.house_for

    def loaded(settings: Settings, day: date) -> House:
        if (settings.pack, day) not in _houses:
            _houses[settings.pack, day] = load(settings, day)
        return _houses[settings.pack, day]

    shell.monkeypatch.setattr(assembly, "house_for", loaded)
    shell.set(PACK="quang-binh-2021", CLOCK__START="2021-06-01", WEBCHAT__ENABLED="true")
    with opened(shell.settings) as store:

        def people(db):
            now = datetime(2021, 6, 1, 1, tzinfo=UTC)
            for account, place in (("an", PLACE), ("binh", PLACE), ("xa", AWAY)):
                person, _ = meet(db, channel="webchat", account=account, now=now)
                set_name(db, person_id=person.id, name=f"Bà {account}")
                set_preference(db, person_id=person.id, place=place)
            for account, role, place in (("office", "commune_official", PLACE), ("above", "district_official", "456")):
                person, _ = meet(db, channel="webchat", account=account, now=now)
                grant(db, person_id=person.id, role=role, place=place, granted_by="operator", now=datetime.now(UTC))

        store.write_now(people)
    return shell


def pending(shell: Shell) -> list[str]:
    with opened(shell.settings) as store:
        query = select(deliveries.c.account).where(deliveries.c.kind == "broadcast").order_by(deliveries.c.account)
        return list(store.read_now(lambda db: db.execute(query).scalars().all()))


def send(shell: Shell, *args: str):
    return shell("broadcast", TEXT, "--place", PLACE, "--send", "webchat:office", "--no-wait", *args)


def test_without_send_it_is_only_told_whom_it_would_reach(house: Shell) -> None:
    ran = house("broadcast", TEXT, "--place", PLACE)

    assert ran.code == 0
    assert TEXT in ran.out
    assert "people    2" in ran.out
    assert "Bà an" in ran.out
    assert "Nothing was sent" in ran.out
    assert pending(house) == []


def test_sent_in_an_officials_name_it_is_queued_to_the_place(house: Shell) -> None:
    ran = send(house)

    assert ran.code == 3
    assert "1/2021 leaves at 2021-06-01T08:05+07:00 to 2 people" in ran.out
    assert pending(house) == ["an", "binh"]


def test_its_end_is_read_in_the_text_or_given(house: Shell) -> None:
    assert "until     2021-06-08T00:00+07:00" in house("broadcast", TEXT, "--place", PLACE).out
    assert "until     2021-06-10T00:00+07:00" in send(house, "--until", "2021-06-10").out
    with opened(house.settings) as store:
        row = store.read_now(lambda db: db.execute(select(broadcasts.c.ends_at)).scalar_one())
        until = store.read_now(lambda db: db.execute(select(deliveries.c.not_after)).scalars().first())
    assert row == until == datetime(2021, 6, 9, 17, tzinfo=UTC)


def test_an_end_before_it_leaves_is_refused(house: Shell) -> None:
    for until, words in (("2021-06-01T08:02", "after its end"), ("2020-01-01", "has passed"), ("mai", "not a moment")):
        ran = send(house, "--until", until)
        assert ran.code == 1
        assert words in ran.err
    assert pending(house) == []


@pytest.mark.parametrize("account", ["webchat:an", "webchat:nobody", "telegram:office", "office", ":"])
def test_nobody_but_an_official_of_the_place_is_its_author(house: Shell, account: str) -> None:
    ran = house("broadcast", TEXT, "--place", PLACE, "--send", account)

    assert ran.code == 1
    assert "not an account of an official" in ran.err
    assert pending(house) == []


def test_an_official_reaches_no_further_than_their_own_place(house: Shell) -> None:
    for place in (AWAY, "456", "44"):
        ran = house("broadcast", TEXT, "--place", place, "--send", "webchat:office")
        assert ran.code == 1
    assert house("broadcast", TEXT, "--send", "webchat:office").code == 1
    assert pending(house) == []


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--at", "2021-06-01T22:00"), "quiet hours"),
        (("--at", "2020-01-01T08:00"), "has passed"),
        (("--at", "mai"), "not a moment"),
        (("--kind", "x"), "not one of the kinds"),
        (("--role", "admin"), "not one of the roles"),
        (("--step", "99"), "not one of the steps"),
        (("--stars", "5"), "Nobody is reached"),
        (("--place", "Nowhere at all"), "No place is called that"),
    ],
)
def test_what_cannot_be_is_told_with_a_way_out_and_nothing_is_sent(
    house: Shell, args: tuple[str, ...], words: str
) -> None:
    ran = send(house, *args)

    assert ran.code == 1
    assert words in ran.err
    assert pending(house) == []


def test_a_link_waits_for_the_second_official(house: Shell) -> None:
    ran = house("broadcast", "Bà con xem tại trang ocop.gov.vn", "--place", PLACE, "--send", "webchat:office")

    assert ran.code == 3
    assert "waits for a second official: link" in ran.out
    assert pending(house) == []
    with opened(house.settings) as store:
        asked = select(deliveries.c.account).where(deliveries.c.kind == "status")
        assert store.read_now(lambda db: db.execute(asked).scalars().all()) == ["above"]


def test_where_nobody_could_be_the_second_nothing_is_kept(house: Shell) -> None:
    ran = house("broadcast", "Bà con xem tại trang ocop.gov.vn", "--place", "456", "--send", "webchat:above")

    assert ran.code == 1
    assert "second official" in ran.err
    with opened(house.settings) as store:
        assert store.read_now(lambda db: db.execute(select(broadcasts.c.id)).all()) == []


@pytest.mark.parametrize(("text", "words"), [("ngắn", "at least a sentence"), ("dài " * 500, "1500 fit")])
def test_a_text_too_short_or_too_long_is_told(house: Shell, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "tin.txt"
    file.write_text(text, "utf-8")

    ran = house("broadcast", "--file", str(file), "--place", PLACE)

    assert ran.code == 1
    assert words in ran.err


def test_a_file_that_is_no_picture_or_paper_is_refused(house: Shell, tmp_path: Path) -> None:
    file = tmp_path / "tin.exe"
    file.write_bytes(b"MZ")

    assert "not a JPG" in send(house, "--attach", str(file)).err
    assert pending(house) == []


def let_delay_pass(shell: Shell) -> None:
    with opened(shell.settings) as store:
        past = datetime(2021, 6, 1, 1, tzinfo=UTC)
        store.write_now(lambda db: db.execute(update(broadcasts).values(due_at=past)).rowcount)


def test_its_progress_is_shown_until_its_end(house: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its delay, one person gets it at each pause, as a bot that runs at the same time would send it."""
    pauses = itertools.count()

    def one_more(_seconds: float) -> None:
        if not next(pauses):
            let_delay_pass(house)
            return
        with opened(house.settings) as store:
            query = select(deliveries.c.id).where(deliveries.c.state == "owed").limit(1)
            delivery = store.read_now(lambda db: db.execute(query).scalar_one())
            store.write_now(record, delivery_id=delivery, outcome=Sent("1"), now=datetime(2021, 6, 1, 2, tzinfo=UTC))

    monkeypatch.setattr(cli_broadcast.time, "sleep", one_more)
    ran = house("broadcast", TEXT, "--place", PLACE, "--send", "webchat:office")

    assert ran.code == 0
    assert [line.split(",")[0] for line in ran.out.splitlines()[-3:]] == ["0/2", "1/2", "2/2"]


def test_nobody_is_kept_waiting_for_a_bot_that_does_not_run(house: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(0, 10_000, 10))
    monkeypatch.setattr(cli_broadcast.time, "sleep", lambda _seconds: let_delay_pass(house))
    monkeypatch.setattr(cli_broadcast.time, "monotonic", lambda: float(next(moments)))

    ran = house("broadcast", TEXT, "--place", PLACE, "--send", "webchat:office")

    assert ran.code == 3
    assert "ocopbot run" in ran.out
