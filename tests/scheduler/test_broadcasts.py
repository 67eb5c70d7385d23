"""The author of an announcement hears once how it ended."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from content.message import Message
from registry import broadcasts, people, roles
from registry.deliveries import record
from registry.outcomes import Sent, Unreachable
from registry.rows import deliveries
from scheduler.broadcasts import sweep

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
        broadcasts.start(db, pack=village.pack, role=role, place="19216", say=Message, now=NOW)
        return list(db.execute(select(deliveries.c.id).where(deliveries.c.kind == "broadcast")).scalars())

    return village.store.write_now(start)


def report(village, told):
    def tell(person_id, key, values, _actions):
        told.append((key, dict(values)))
        return Message(key)

    return village.store.write_now(lambda db: sweep(db, tell=tell, now=NOW + timedelta(minutes=1)))


def test_nothing_is_reported_while_somebody_still_waits(village, told):
    first, _second = sent_to_two(village)
    village.store.write_now(lambda db: record(db, delivery_id=first, outcome=Sent("1"), now=NOW))

    assert report(village, told) == {"reported": 0}
    assert not told


def test_the_end_is_reported_once_with_who_got_it_and_who_did_not(village, told):
    first, second = sent_to_two(village)
    village.store.write_now(lambda db: record(db, delivery_id=first, outcome=Sent("1"), now=NOW))
    village.store.write_now(lambda db: record(db, delivery_id=second, outcome=Unreachable("blocked"), now=NOW))

    assert report(village, told) == {"reported": 1}
    assert report(village, told) == {"reported": 0}
    [(key, values)] = told
    assert key == "thongbao.finished"
    assert (values["people"], values["sent"], values["failed"]) == ("2", "1", "1")
