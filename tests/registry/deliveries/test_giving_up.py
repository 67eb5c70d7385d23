"""A message that cannot be sent is tried for hours, more and more seldom, and then ends where an operator sees it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from content.message import Message
from registry.deliveries.claims import claim_ready
from registry.deliveries.deliveries import LONGEST_TRY, MOST_ATTEMPTS, enqueue, record
from registry.deliveries.outcomes import TryAgain
from registry.store.rows import deliveries
from tests.registry.town import NOW, Town, days

LEASE = timedelta(minutes=2)
AGAIN = TryAgain(timedelta(seconds=1), "Bad Gateway")


def pending(town: Town, key: str, due_at: datetime = NOW) -> str:
    person_id = town.person()
    made = town.do(enqueue, key=key, person_id=person_id, kind="status", message=Message("Tin"), now=NOW, due_at=due_at)
    assert made is not None
    return made


def row(db: Connection, delivery_id: str):
    return db.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one()


def fail(town: Town, now: datetime, outcome: TryAgain = AGAIN) -> list[str]:
    """Whatever is due is tried once and comes back so."""
    channel = town.do(lambda db: db.execute(select(deliveries.c.channel)).scalars().first())
    taken = town.do(claim_ready, channel=channel, now=now, limit=8, bulk=8, lease=LEASE)
    for one in taken:
        town.do(record, delivery_id=one.id, outcome=outcome, now=now)
    return [one.id for one in taken]


def until_given_up(town: Town, delivery_id: str) -> tuple[datetime, int]:
    """The moment of the last attempt and the number of attempts; each at the moment the one before asked for."""
    for tries in range(1, 100):
        found = town.do(row, delivery_id)
        fail(town, found.due_at)
        if town.do(row, delivery_id).state != "owed":
            assert town.do(row, delivery_id).state == "given_up"
            return found.due_at, tries
    raise AssertionError("it is tried for ever")


def test_it_ends_after_eight_tries_over_six_hours_and_not_before(town: Town) -> None:
    ended_at, tries = until_given_up(town, pending(town, "status:1"))

    assert tries >= MOST_ATTEMPTS
    assert LONGEST_TRY <= ended_at - NOW <= 2 * LONGEST_TRY


def test_what_was_queued_days_before_its_hour_has_as_long(town: Town) -> None:
    ended_at, _ = until_given_up(town, pending(town, "status:1", due_at=NOW + days(3)))

    assert ended_at - (NOW + days(3)) >= LONGEST_TRY


def test_what_an_operator_had_to_mend_first_is_not_given_up_at_the_first_failures_after(town: Town) -> None:
    made = pending(town, "status:1")
    for minute in range(6):
        fail(town, NOW + timedelta(minutes=minute))
    found = town.do(row, made)
    fail(town, found.due_at, TryAgain(days(2), "no money", counted=False))

    ended_at, _ = until_given_up(town, made)

    assert ended_at - NOW >= days(2) + LONGEST_TRY


def test_what_failed_together_does_not_come_back_together(town: Town) -> None:
    made = [pending(town, f"status:{number}") for number in range(8)]
    for _ in range(6):
        fail(town, max(town.do(row, one).due_at for one in made))

    assert len({town.do(row, one).due_at for one in made}) > 4
