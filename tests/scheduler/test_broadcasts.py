"""The author of an announcement sees how far it is, and hears once how it ended."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from content.message import Message
from registry.broadcasts import running as broadcast_runs
from registry.deliveries.deliveries import message_of, record
from registry.deliveries.outcomes import Sent, Unreachable
from registry.people import people, roles
from registry.people.roles import role_by_id
from registry.store.rows import broadcasts as broadcast_rows
from registry.store.rows import deliveries
from scheduler.broadcasts import sweep
from tests.announced import announced

NOW = datetime(2021, 6, 1, 1, tzinfo=UTC)


@pytest.fixture
def told():
    return []


def sent_to_two(village):
    """An announcement of a district official to two people of Hải Ninh; returns its deliveries."""

    def start(db):
        author, _ = people.meet(db, channel="test", account="official", now=NOW)
        role = roles.grant(
            db, person_id=author.id, role="district_official", place="456", granted_by="operator", now=NOW
        )
        for account in ("an", "binh"):
            person, _ = people.meet(db, channel="test", account=account, now=NOW)
            people.set_preference(db, person_id=person.id, place="19216")
        announced(db, pack=village.pack, role=role, place="19216", say=Message, now=NOW)
        return list(db.execute(select(deliveries.c.id).where(deliveries.c.kind == "broadcast")).scalars())

    return village.store.write_now(start)


def report(village, told):
    def tell(person_id, key, values, _actions):
        told.append((key, dict(values)))
        return Message(key)

    return village.store.write_now(lambda db: sweep(db, pack=village.pack, tell=tell, now=NOW + timedelta(minutes=1)))


def test_nothing_is_reported_while_somebody_still_waits(village, told):
    first, _second = sent_to_two(village)
    village.store.write_now(lambda db: record(db, delivery_id=first, outcome=Sent("1"), now=NOW))

    assert report(village, told)["reported"] == 0
    assert not told


def test_the_end_is_reported_once_with_who_got_it_and_who_did_not(village, told):
    first, second = sent_to_two(village)
    village.store.write_now(lambda db: record(db, delivery_id=first, outcome=Sent("1"), now=NOW))
    village.store.write_now(lambda db: record(db, delivery_id=second, outcome=Unreachable("blocked"), now=NOW))

    assert report(village, told)["reported"] == 1
    assert report(village, told)["reported"] == 0
    [(key, values)] = told
    assert key == "thongbao.finished"
    assert (values["people"], values["sent"], values["failed"]) == ("2", "1", "1")


def test_what_was_stopped_half_way_does_not_end_as_sent(village, told):
    first, _second = sent_to_two(village)
    village.store.write_now(lambda db: record(db, delivery_id=first, outcome=Sent("1"), now=NOW))

    def stop(db):
        row = db.execute(select(broadcast_rows.c.id, broadcast_rows.c.role_id)).one()
        role = role_by_id(db, row.role_id)
        broadcast_runs.cancel_broadcast(db, broadcast_id=row.id, role=role, pack=village.pack, now=NOW)

    village.store.write_now(stop)
    report(village, told)

    [(key, values)] = told
    assert key == "thongbao.finished_stopped"
    assert (values["sent"], values["cancelled"]) == ("1", "1")


# --- how far it is, in one message ------------------------------------------------------------------------------------


class Screen:
    """An author's screen: looks arrive with an id, and later ones say which they replace."""

    def __init__(self, village, edits=frozenset({"test"})):
        self.village, self.edits = village, edits
        self.told = []

    def tell(self, person_id, key, values, _actions):
        self.told.append(key)
        return Message(f"{key} {values.get('done', '')}".strip())

    def sweep(self, seconds):
        now = NOW + timedelta(seconds=seconds)
        args = {"pack": self.village.pack, "tell": self.tell, "now": now, "edits": self.edits}
        return self.village.store.write_now(lambda db: sweep(db, **args))

    def arrive(self, seconds):
        """Deliver everything for the author; return the text, and the message it replaces."""
        return self.village.store.write_now(self._arrive, NOW + timedelta(seconds=seconds))

    def _arrive(self, db, now):
        came = []
        rows = db.execute(
            select(deliveries.c.id, deliveries.c.key).where(deliveries.c.kind == "status", deliveries.c.state == "owed")
        ).all()
        for row in rows:
            db.execute(update(deliveries).where(deliveries.c.id == row.id).values(state="claimed"))
            message = message_of(db, db.execute(select(deliveries).where(deliveries.c.id == row.id)).one())
            came.append((message.text, message.replaces))
            record(db, delivery_id=row.id, outcome=Sent(message.replaces or f"{len(came)}00"), now=now)
        return came


def send_one(village, delivery_id, seconds):
    when = NOW + timedelta(seconds=seconds)

    def unit(db):
        db.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(state="claimed"))
        record(db, delivery_id=delivery_id, outcome=Sent("1"), now=when)

    village.store.write_now(unit)


def test_the_author_sees_in_one_message_how_far_it_is(village):
    first, second = sent_to_two(village)
    screen = Screen(village)
    assert screen.sweep(5)["shown"] == 0  # it may be over at once
    send_one(village, first, 9)
    assert screen.sweep(10)["shown"] == 1
    assert screen.sweep(10)["shown"] == 0  # one look at a time
    [(words, replaces)] = screen.arrive(11)
    assert (words, replaces) == ("thongbao.look_soon 1", None)
    assert screen.sweep(20)["shown"] == 0  # nothing has moved
    send_one(village, second, 25)

    assert screen.sweep(30)["reported"] == 1

    assert screen.arrive(31) == [("thongbao.finished_all", None), ("thongbao.look_end", "100")]
    assert screen.sweep(40) == {"reported": 0, "shown": 0, "dropped": 0, "held_back": 0, "recalled": 0, "over": 0}


def test_a_pause_is_shown_in_the_same_message(village):
    first, _second = sent_to_two(village)
    screen = Screen(village)
    send_one(village, first, 9)
    screen.sweep(10)
    screen.arrive(11)

    def hold(db):
        row = db.execute(select(broadcast_rows)).one()
        role = role_by_id(db, row.role_id)
        return broadcast_runs.pause(db, broadcast_id=row.id, role=role, pack=village.pack, now=NOW)

    assert village.store.write_now(hold) == 1
    screen.sweep(20)

    assert screen.arrive(21) == [("thongbao.look_paused 1", "100")]


def test_where_nothing_can_be_edited_the_author_hears_of_the_end_alone(village):
    first, second = sent_to_two(village)
    screen = Screen(village, edits=frozenset())
    send_one(village, first, 9)
    assert screen.sweep(10)["shown"] == 0
    send_one(village, second, 11)
    assert screen.sweep(20)["reported"] == 1

    assert [words for words, _ in screen.arrive(21)] == ["thongbao.finished_all"]


def test_who_is_held_until_they_write_is_told_of_at_the_end(village):
    first, second = sent_to_two(village)
    screen = Screen(village)
    send_one(village, first, 1)
    village.store.write_now(
        lambda db: db.execute(update(deliveries).where(deliveries.c.id == second).values(state="held")).rowcount
    )
    screen.sweep(2)

    assert [words for words, _ in screen.arrive(3)] == ["thongbao.finished_held"]
