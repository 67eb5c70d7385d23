import pytest
from sqlalchemy import delete, select, text, update

from registry.store.audit import Broken, audit, close_chain, entries, head, record, verify
from registry.store.store import Store
from tests.registry.town import NOW, days


@pytest.fixture
def chained(store: Store) -> Store:
    for number in range(6):
        store.write_now(
            record, now=NOW, actor="p1", act="application.accept", noun="application", noun_id=f"a{number}", version=2
        )
    assert store.write_now(close_chain, now=NOW + days(1)).counts == {"chained": 6}
    return store


def ids(store: Store) -> list[int]:
    return store.read_now(lambda db: list(db.execute(select(audit.c.id).order_by(audit.c.id)).scalars()))


def test_a_chain_nobody_touched_holds(chained: Store) -> None:
    assert chained.read_now(verify) is None
    assert chained.write_now(close_chain, now=NOW + days(1)).counts == {}


def test_entries_too_young_wait_for_the_next_sweep(chained: Store) -> None:
    late = NOW + days(2)
    chained.write_now(record, now=late, actor="p1", act="x.y", noun="person", noun_id="p1")

    assert chained.write_now(close_chain, now=late).counts == {}
    assert chained.write_now(close_chain, now=late + days(1)).counts == {"chained": 1}
    assert chained.read_now(verify) is None


@pytest.mark.parametrize("column", ["actor", "act", "noun", "noun_id", "at", "facts"])
def test_an_altered_entry_is_named(chained: Store, column: str) -> None:
    third = ids(chained)[2]
    value = {"at": NOW + days(3), "facts": {"version": 9}}.get(column, "somebody")
    chained.write_now(
        lambda db: db.execute(update(audit).where(audit.c.id == third).values(**{column: value})).rowcount
    )

    broken = chained.read_now(verify)

    assert broken is not None
    assert broken.entry == third


def test_a_removed_entry_is_noticed_at_the_next(chained: Store) -> None:
    third, fourth = ids(chained)[2:4]
    chained.write_now(lambda db: db.execute(delete(audit).where(audit.c.id == third)).rowcount)

    assert chained.read_now(verify) == Broken(fourth, "altered, or one before it is missing")


def test_removed_last_entries_are_noticed(chained: Store) -> None:
    *_, before, last = ids(chained)
    chained.write_now(lambda db: db.execute(delete(audit).where(audit.c.id == last)).rowcount)

    assert chained.read_now(verify) == Broken(before, "entries after this one are missing")


def test_two_entries_that_changed_places_are_noticed(chained: Store) -> None:
    first, second = ids(chained)[:2]

    def swap(db) -> None:
        one, two = (db.execute(select(audit).where(audit.c.id == id_)).one() for id_ in (first, second))
        db.execute(update(audit).where(audit.c.id == first).values(noun_id=two.noun_id))
        db.execute(update(audit).where(audit.c.id == second).values(noun_id=one.noun_id))

    chained.write_now(swap)

    broken = chained.read_now(verify)
    assert broken is not None
    assert broken.entry == first


def test_a_head_kept_elsewhere_tells_a_chain_that_was_rebuilt(chained: Store) -> None:
    kept = chained.read_now(head)
    assert chained.read_now(verify, expected_head=kept) is None

    def rebuild(db) -> None:
        db.execute(delete(audit))
        db.execute(text("DELETE FROM installation"))
        record(db, now=NOW, actor="p9", act="x.y", noun="person", noun_id="p9")
        close_chain(db, now=NOW + days(1))

    chained.write_now(rebuild)

    assert chained.read_now(verify) is None
    assert chained.read_now(verify, expected_head=kept) is not None


def test_words_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="no words"):
        store.write_now(
            record, now=NOW, actor="p1", act="a.b", noun="application", noun_id="a1", reason="khoai của bà Lài"
        )
    assert ids(store) == []


def test_what_happened_to_a_thing_is_listed_in_order(chained: Store) -> None:
    chained.write_now(record, now=NOW, actor="p2", act="application.return", noun="application", noun_id="a1")

    assert [row.actor for row in chained.read_now(entries, noun="application", noun_id="a1")] == ["p1", "p2"]


def test_all_but_the_last_minutes_is_in_the_chain() -> None:
    from registry.store.audit import SETTLED
    from scheduler.ticks import SECONDS

    assert SETTLED.total_seconds() + SECONDS["audit"] <= 120
