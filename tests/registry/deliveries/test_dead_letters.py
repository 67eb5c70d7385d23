"""Dead letters are shown by their reason, and enqueued again only where they are still true."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from content.message import Message
from registry.deliveries.dead_letters import dead_letters, enqueue_again
from registry.deliveries.deliveries import enqueue
from registry.people.people import leave
from registry.store.audit import entries
from registry.store.rows import accounts, deliveries
from tests.registry.town import NOW, Town, days

SINCE = NOW - days(7)


def ended(town: Town, state: str, kind: str = "status", reason: str = "Bad Gateway", **values) -> tuple[str, str]:
    """A message that ended so, and its person."""
    person_id = town.person()
    made = town.do(enqueue, key=f"{kind}:{person_id}", person_id=person_id, kind=kind, message=Message("Tin"), now=NOW)
    assert made is not None
    row = {"state": state, "reason": reason, "attempts": 8} | values
    town.do(lambda db: db.execute(update(deliveries).where(deliveries.c.id == made).values(**row)).rowcount)
    return made, person_id


def state(town: Town, delivery: str) -> tuple[str, int]:
    query = select(deliveries.c.state, deliveries.c.attempts).where(deliveries.c.id == delivery)
    return tuple(town.do(lambda db: db.execute(query).one()))


def test_what_reached_nobody_is_counted_by_its_reason(town: Town) -> None:
    for how in ("given_up", "given_up", "refused", "doubtful", "sent", "owed", "unreachable", "cancelled"):
        ended(town, how)
    ended(town, "refused", due_at=NOW - days(8))

    found = town.do(dead_letters, since=SINCE)

    assert [(one.state, one.count, one.reason) for one in found] == [
        ("given_up", 2, "Bad Gateway"), ("doubtful", 1, "Bad Gateway"), ("refused", 1, "Bad Gateway"),
    ]  # fmt: skip


def test_what_was_due_long_ago_and_was_refused_today_is_shown(town: Town) -> None:
    ended(town, "refused", due_at=NOW - days(30), trying_since=NOW)

    assert [(one.state, one.newest) for one in town.do(dead_letters, since=SINCE)] == [("refused", NOW)]
    assert town.do(enqueue_again, since=SINCE, now=NOW) == 1


def test_decisions_and_reminders_are_queued_again_once(town: Town) -> None:
    letters = [ended(town, how, kind)[0] for how in ("refused", "given_up") for kind in ("status", "reminder")]

    pending = [town.do(enqueue_again, since=SINCE, now=NOW + days(1)) for _ in range(2)]

    assert pending == [4, 0]
    assert {state(town, one) for one in letters} == {("owed", 0)}
    assert len(town.do(entries, noun="installation", noun_id="pump")) == 1


@pytest.mark.parametrize(
    ("how", "kind", "values"),
    [
        ("given_up", "reply", {}),
        ("given_up", "broadcast", {}),
        ("doubtful", "status", {}),
        ("given_up", "reminder", {"not_after": NOW + timedelta(hours=1)}),
        ("unreachable", "status", {}),
    ],
)
def test_what_is_stale_in_doubt_or_for_others_to_repeat_stays_as_it_is(town: Town, how: str, kind: str, values) -> None:
    letter, _ = ended(town, how, kind, **values)

    assert town.do(enqueue_again, since=SINCE, now=NOW + days(1)) == 0
    assert state(town, letter) == (how, 8)


def test_whom_no_account_reaches_is_left_out(town: Town) -> None:
    letter, person_id = ended(town, "given_up")
    of_them = select(accounts.c.channel, accounts.c.account).where(accounts.c.person_id == person_id)
    row = town.do(lambda db: db.execute(of_them).one())
    town.do(leave, channel=row.channel, account=row.account, at=NOW)

    assert town.do(enqueue_again, since=SINCE, now=NOW + days(1)) == 0
    assert state(town, letter)[0] == "given_up"
