"""Of several messages, accounts or pauses: which one is meant, and what each bound takes in."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from content.message import Message
from registry.deliveries import notices
from registry.deliveries.backlog import backlog
from registry.deliveries.channel_pauses import channel_pauses, note_pause
from registry.deliveries.claims import bring_forward, claim_ready
from registry.deliveries.dead_letters import enqueue_again
from registry.deliveries.deliveries import (
    LONGEST_TRY,
    MOST_ATTEMPTS,
    Pending,
    cancel_unasked,
    enqueue,
    next_due,
    record,
)
from registry.deliveries.outcomes import Refused, TryAgain, Unreachable
from registry.deliveries.routing import other_account, park, release_held
from registry.deliveries.states import Reason
from registry.people.people import leave
from registry.store.rows import accounts, deliveries
from tests.registry.town import NOW, Town, days

CHANNEL, OTHER = "telegram", "zalo_oa"
LEASE = timedelta(minutes=2)
SECOND = timedelta(seconds=1)
AGAIN = TryAgain(SECOND, "Bad Gateway")


def pending(town: Town, person_id: str, kind: str = "status", name: str = "1", **more) -> str:
    made = town.do(
        enqueue, key=f"{kind}:{name}:{person_id}", person_id=person_id, kind=kind, message=Message("Tin"), now=NOW,
        **more,
    )  # fmt: skip
    assert made is not None
    return made


def written(town: Town, delivery_id: str, **values) -> None:
    """Put the row into a later stage of its life."""
    query = update(deliveries).where(deliveries.c.id == delivery_id).values(**values)
    assert town.do(lambda db: db.execute(query).rowcount) == 1


def row(town: Town, delivery_id: str):
    return town.do(lambda db: db.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one())


def claimed(town: Town, limit: int = 9, bulk: int = 9, channel: str = CHANNEL, now=NOW) -> list[Pending]:
    return list(town.do(claim_ready, channel=channel, now=now, limit=limit, bulk=bulk, lease=LEASE))


def second_account(town: Town, person_id: str, channel: str = OTHER, state: str = "open", ago: float = 1) -> None:
    values = {
        "id": f"{channel}-{person_id}", "person_id": person_id, "channel": channel, "account": f"a-{person_id}",
        "state": state, "last_spoke_at": NOW - days(ago),
    }  # fmt: skip
    town.do(lambda db: db.execute(accounts.insert().values(**values)).rowcount)


@pytest.mark.parametrize("bulk", [0, 1, 2, 9])
def test_no_more_than_so_many_other_than_replies_are_claimed_at_once(town: Town, bulk: int) -> None:
    for kind in ("reply", "reply", "status", "reminder", "broadcast"):
        pending(town, town.person(), kind)

    kinds = [one.kind for one in claimed(town, bulk=bulk)]

    assert kinds == ["reply", "reply", *("status", "reminder", "broadcast")[:bulk]]


def test_a_retry_is_brought_forward_and_a_message_with_an_hour_keeps_it(town: Town) -> None:
    hour = NOW + days(1)
    old, young, fresh = (pending(town, town.person(), due_at=hour) for _ in range(3))
    for made, created in ((old, NOW - days(2)), (young, NOW - days(1))):
        written(town, made, attempts=1, created_at=created)

    assert town.do(bring_forward, channel=CHANNEL, now=NOW, limit=1) == 1
    assert [row(town, one).due_at for one in (old, young, fresh)] == [NOW, hour, hour]
    assert town.do(bring_forward, channel=CHANNEL, now=NOW) == 1
    assert [row(town, one).due_at for one in (old, young, fresh)] == [NOW, NOW, hour]


@pytest.mark.parametrize(
    ("attempts", "tried_for", "state"),
    [
        (MOST_ATTEMPTS, LONGEST_TRY, "given_up"),
        (MOST_ATTEMPTS - 1, LONGEST_TRY, "owed"),
        (MOST_ATTEMPTS, LONGEST_TRY - SECOND, "owed"),
        (MOST_ATTEMPTS + 1, LONGEST_TRY + SECOND, "given_up"),
    ],
)
def test_it_is_given_up_at_the_eighth_attempt_and_the_sixth_hour(town: Town, attempts, tried_for, state) -> None:
    made = pending(town, town.person())
    written(town, made, state="claimed", attempts=attempts, trying_since=NOW - tried_for)

    town.do(record, delivery_id=made, outcome=AGAIN, now=NOW)

    assert row(town, made).state == state


def test_a_message_is_late_after_a_minute_and_not_before(town: Town) -> None:
    minute = timedelta(minutes=1)
    for late in (minute, minute + SECOND, minute - SECOND):
        pending(town, town.person(), due_at=NOW - late)

    assert town.do(backlog, now=NOW) == {"owed": 3, "late": 1}


def test_of_all_urgencies_the_first_moment_is_next(town: Town) -> None:
    for kind, after in (("reply", 3), ("status", 1), ("broadcast", 2)):
        pending(town, town.person(), kind, due_at=NOW + days(after))

    assert town.do(next_due, channel=CHANNEL) == NOW + days(1)


@pytest.mark.parametrize(
    ("outcome", "stays"), [(Unreachable("blocked"), "unreachable"), (Refused("window", until_they_write=True), "held")]
)
@pytest.mark.parametrize(
    ("kind", "other", "moves"),
    [("status", "open", True), ("status", "unreachable", False), ("reply", "open", False), ("reply", None, False)],
)
def test_a_notice_goes_to_the_other_open_account_and_a_reply_stays_where_it_was_asked(
    town: Town, outcome, stays, kind, other, moves
) -> None:
    person_id = town.person()
    made = pending(town, person_id, kind)
    if other is not None:
        second_account(town, person_id, state=other)
    assert [one.id for one in claimed(town)] == [made]

    town.do(record, delivery_id=made, outcome=outcome, now=NOW)

    found = row(town, made)
    assert (found.state, found.channel) == (("owed", OTHER) if moves else (stays, CHANNEL))


def test_of_two_other_accounts_the_open_one_of_a_wanted_channel_is_taken(town: Town) -> None:
    person_id = town.person()
    made = pending(town, person_id)
    second_account(town, person_id, OTHER, "unreachable", 1)
    second_account(town, person_id, "webchat", "open", 2)
    second_account(town, person_id, "zalo_bot", "open", 3)
    (one,) = claimed(town)
    assert one.id == made

    def other(on=None):
        found = town.do(other_account, one, on=on)
        return None if found is None else found.channel

    assert (other(), other({"zalo_bot"}), other({OTHER})) == ("webchat", "zalo_bot", None)


def test_a_stop_takes_back_every_unasked_message_and_no_decision(town: Town) -> None:
    person_id = town.person()
    made = {kind: pending(town, person_id, kind) for kind in ("reply", "status", "reminder", "broadcast")}

    assert town.do(cancel_unasked, person_id=person_id, reason=Reason.UNWANTED) == 2
    assert {kind: row(town, one).state for kind, one in made.items()} == {
        "reply": "owed", "status": "owed", "reminder": "cancelled", "broadcast": "cancelled",
    }  # fmt: skip


@pytest.mark.parametrize(("not_after", "again"), [(None, 1), (NOW + days(1) + SECOND, 1), (NOW + days(1), 0), (NOW, 0)])
def test_a_dead_letter_is_queued_again_only_while_it_is_in_time(town: Town, not_after, again: int) -> None:
    made = pending(town, town.person(), not_after=not_after)
    written(town, made, state="given_up")

    assert town.do(enqueue_again, since=NOW - days(7), now=NOW + days(1)) == again


@pytest.mark.parametrize(("after", "state"), [(timedelta(0), "owed"), (-SECOND, "owed"), (SECOND, "expired")])
def test_a_parked_message_is_sent_to_its_last_moment(town: Town, after: timedelta, state: str) -> None:
    person_id = town.person()
    made = pending(town, person_id, not_after=NOW + days(1))
    assert [one.id for one in claimed(town)] == [made]
    town.do(park, delivery_id=made, detail="window", now=NOW)
    account = row(town, made).account

    town.do(
        release_held, person_id=person_id, channel=CHANNEL, account=account, now=NOW + days(1) + after,
        remind_again=lambda _db, _subject, _now: False,
    )  # fmt: skip

    assert row(town, made).state == state


def test_a_channel_pause_keeps_its_beginning_and_ends_by_itself(town: Town) -> None:
    for channel, minutes in ((CHANNEL, 1), (CHANNEL, 2), (OTHER, 5)):
        town.do(
            note_pause, channel=channel, reason="flood", until=NOW + timedelta(minutes=minutes + 1),
            now=NOW + timedelta(minutes=minutes),
        )  # fmt: skip

    def paused(minutes: float) -> list[tuple[str, float]]:
        found = town.do(channel_pauses, now=NOW + timedelta(minutes=minutes))
        return [(one.channel, (one.since - NOW).total_seconds() / 60) for one in found]

    assert paused(2) == [(CHANNEL, 1), (OTHER, 5)]
    assert paused(3) == [(OTHER, 5)], "the moment it ends it holds no more"
    assert paused(6) == []


def planned(town: Town, subject: str, person_id: str, due_at=NOW) -> None:
    assert town.do(
        notices.plan, kind="nudge", subject=subject, step="1", person_id=person_id, due_at=due_at, now=NOW - days(1)
    )


def test_a_notice_is_due_at_its_moment_and_those_of_another_kind_are_not(town: Town) -> None:
    lai = town.person()
    planned(town, "now", lai)
    planned(town, "later", lai, NOW + SECOND)
    town.do(notices.plan, kind="lesson", subject="now", step="1", person_id=lai, due_at=NOW, now=NOW)

    assert [one.subject for one in town.do(notices.due, kind="nudge", now=NOW, limit=9)] == ["now"]


def test_the_end_of_ones_own_pause_looks_again_at_ones_own_notices_alone(town: Town) -> None:
    lai, hoa = town.person(), town.person()
    for subject, person_id in (("of lai", lai), ("of hoa", hoa)):
        planned(town, subject, person_id)
    for one in town.do(notices.due, kind="nudge", now=NOW, limit=9):
        town.do(notices.postpone, notice_id=one.id, until=NOW + days(9), reason="paused")

    assert town.do(notices.look_again, reason="paused", now=NOW, person_id=lai) == 1
    assert [one.subject for one in town.do(notices.due, kind="nudge", now=NOW, limit=9)] == ["of lai"]
    assert town.do(notices.look_again, reason="paused", now=NOW) == 1
    assert len(town.do(notices.due, kind="nudge", now=NOW, limit=9)) == 2


def test_a_person_without_any_open_account_has_no_other_one(town: Town) -> None:
    person_id = town.person()
    made = pending(town, person_id)
    (one,) = claimed(town)
    second_account(town, person_id)
    town.do(leave, channel=OTHER, account=f"a-{person_id}", at=NOW)

    assert one.id == made
    assert town.do(other_account, one) is None
