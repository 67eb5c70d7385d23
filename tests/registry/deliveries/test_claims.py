"""Claims by the sender of a channel: none for an account whose person has left."""

from datetime import timedelta

from sqlalchemy import Connection, select

from content.message import Message
from registry.deliveries.claims import claim_ready
from registry.deliveries.deliveries import enqueue
from registry.deliveries.states import Reason
from registry.people.people import leave, meet
from registry.store.rows import accounts, deliveries
from tests.registry.town import NOW, Town

LEASE = timedelta(minutes=2)


def claimed(town: Town, channel: str) -> list[str]:
    taken = town.do(claim_ready, channel=channel, now=NOW, limit=8, bulk=8, lease=LEASE)
    return [one.key for one in taken]


def row(db: Connection, key: str):
    return db.execute(select(deliveries).where(deliveries.c.key == key)).one()


def follower(town: Town) -> str:
    return town.do(meet, channel="zalo_oa", account="7", now=NOW)[0].id


def told(town: Town, person_id: str, kind: str) -> str:
    key = f"{kind}:1"
    assert town.do(enqueue, key=key, person_id=person_id, kind=kind, message=Message("Tin"), now=NOW) is not None
    return key


def test_who_left_since_is_not_asked_for_and_hears_on_no_closed_account(town: Town) -> None:
    key = told(town, follower(town), "reminder")
    town.do(leave, channel="zalo_oa", account="7", at=NOW)

    assert claimed(town, "zalo_oa") == []
    found = town.do(row, key)
    assert (found.state, found.reason, found.attempts) == ("unreachable", Reason.LEFT_BEFORE_IT_WAS_SENT, 0)


def test_who_left_since_hears_on_the_other_account(town: Town) -> None:
    person_id = follower(town)
    key = told(town, person_id, "broadcast")
    town.do(lambda db: db.execute(accounts.insert().values(
        id="other", person_id=person_id, channel="telegram", account="8", state="open", last_spoke_at=NOW
    )).rowcount)  # fmt: skip
    town.do(leave, channel="zalo_oa", account="7", at=NOW)

    assert claimed(town, "zalo_oa") == []
    assert claimed(town, "telegram") == [key]


def test_an_answer_goes_to_whoever_asked_even_then(town: Town) -> None:
    key = told(town, follower(town), "reply")
    town.do(leave, channel="zalo_oa", account="7", at=NOW)

    assert claimed(town, "zalo_oa") == [key]
