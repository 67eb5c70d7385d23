"""Waiting rows of the inbox: every account has its share, on both databases, at a cost that no flood raises."""

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import text

from registry.store import inbox
from registry.store.inbox import Waiting
from registry.store.store import Store

NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


def come(store: Store, channel: str, account: str, count: int = 1) -> list[int]:
    """So many events of one account; their ids."""

    def unit(db):
        before = db.execute(text("SELECT COUNT(*) FROM inbox")).scalar_one()
        return [
            inbox.receive(db, channel=channel, event=str(before + n), account=account, raw=b"{}", now=NOW)
            for n in range(count)
        ]

    return store.write_now(unit)


def lanes(found: tuple[Waiting, ...]) -> Counter[str]:
    return Counter(one.account for one in found)


def test_the_oldest_of_every_account_are_given_in_the_order_they_came(store: Store) -> None:
    first = come(store, "webchat", "loud", 30)
    quiet = come(store, "telegram", "1", 2)
    last = come(store, "webchat", "quiet")

    found = store.read_now(inbox.waiting, per_account=3)

    assert [one.id for one in found] == [*first[:3], *quiet, *last]
    assert found[-1].lane == ("webchat", "quiet")


def test_an_account_is_named_like_another_on_another_channel_and_has_its_own_share(store: Store) -> None:
    for channel in ("telegram", "webchat", "zalo_bot"):
        come(store, channel, "1", 4)

    assert Counter(one.channel for one in store.read_now(inbox.waiting, per_account=2)) == {
        "telegram": 2,
        "webchat": 2,
        "zalo_bot": 2,
    }


def test_where_there_is_room_for_little_every_account_gets_less(store: Store) -> None:
    for account in "abcde":
        come(store, "webchat", account, 50)
    come(store, "zalo_bot", "z")

    assert lanes(store.read_now(inbox.waiting, per_account=40, limit=13)) == dict.fromkeys("abcde", 2) | {"z": 1}


def test_more_accounts_than_room_have_their_turn_one_after_the_other(store: Store) -> None:
    for account in "abcde":
        come(store, "webchat", account, 2)

    looks, after = [], ("", "")
    for _ in range(3):
        found = store.read_now(inbox.waiting, per_account=9, limit=2, after=after)
        looks.append(sorted(lanes(found)))
        after = max(one.lane for one in found)

    assert looks == [["a", "b"], ["c", "d"], ["a", "e"]]


def test_what_was_done_and_what_was_set_aside_waits_no_longer(store: Store) -> None:
    done, aside, left = come(store, "webchat", "a", 3)
    store.write_now(inbox.done, event_id=done, now=NOW)
    store.write_now(inbox.set_aside, event_id=aside, trouble="", now=NOW)

    assert [one.id for one in store.read_now(inbox.waiting, per_account=9)] == [left]
    assert store.read_now(inbox.waiting_of, channel="webchat", account="a", behind=0, limit=9) == (left,)


def test_the_rest_of_one_account_is_read_on_behind_what_is_known(store: Store) -> None:
    ids = come(store, "webchat", "a", 5)
    come(store, "webchat", "b", 5)

    assert store.read_now(inbox.waiting_of, channel="webchat", account="a", behind=ids[1], limit=2) == tuple(ids[2:4])


def test_an_empty_inbox_gives_nothing(store: Store) -> None:
    assert store.read_now(inbox.waiting, per_account=9) == ()


def test_a_look_steps_along_the_index_and_never_through_the_table(store: Store) -> None:
    """Each step is found by equality on the account, so that a flood of one account costs its share and no more."""

    def plan(db):
        explain = "EXPLAIN QUERY PLAN " if db.dialect.name == "sqlite" else "EXPLAIN "
        if db.dialect.name == "postgresql":
            db.execute(text("SET LOCAL enable_seqscan = off"))  # of a table of no rows it would read the table
        values = {"channel": "", "account": "", "per_account": 1, "most": 10}
        return "\n".join(str(row) for row in db.execute(text(explain + inbox._WALK.text), values))

    come(store, "webchat", "a", 3)
    told = store.read_now(plan)

    assert told.count("ix_inbox_lanes") == 5
    assert "Seq Scan" not in told
    assert "SCAN m" not in told
