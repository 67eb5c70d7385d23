from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from registry.people.tallies import tallies
from registry.store.audit import audit
from registry.store.prepared import Prepared, inserting, inserting_or
from registry.store.rows import people
from registry.store.store import Store

NOW = datetime(2021, 6, 1, 1, 2, 3, 456, tzinfo=UTC)

ADD = inserting(people, "id", "data_key", "sample", "created_at", language="vi")
ONE = select(people).where(people.c.id == bindparam("of_person"))
COUNT = inserting_or(
    lambda insert: (
        insert(tallies)
        .values(day=bindparam("day"), what="heard", place="", count=bindparam("more"))
        .on_conflict_do_update(
            index_elements=["day", "what", "place"], set_={"count": tallies.c.count + bindparam("more")}
        )
        .returning(tallies.c.count)
    )
)


def add(db: Connection, name: str) -> None:
    ADD.count(db, id=name, data_key=b"key", sample=True, created_at=NOW)


def test_a_row_reads_as_sqlalchemy_reads_it(store: Store) -> None:
    store.write_now(add, "a")

    row, usual = store.read_now(
        lambda db: (Prepared(ONE).row(db, of_person="a"), db.execute(ONE, {"of_person": "a"}).one())
    )

    assert row._asdict() == dict(usual._mapping)
    assert (row.created_at, row.sample, row.data_key) == (NOW, True, b"key")


def test_what_is_no_plain_text_is_kept_as_sqlalchemy_keeps_it(store: Store) -> None:
    record = inserting(audit, "at", "actor", "act", "noun", "noun_id", "facts")
    store.write_now(
        lambda db: record.count(db, at=NOW, actor="a", act="x", noun="n", noun_id="1", facts={"version": 1})
    )

    assert store.read_now(lambda db: db.execute(select(audit.c.facts)).scalar_one()) == {"version": 1}


def test_changed_rows_are_counted(store: Store) -> None:
    store.write_now(add, "a")
    rename = Prepared(update(people).where(people.c.id == bindparam("of_person")).values(place=bindparam("to")))

    changed = store.write_now(
        lambda db: (rename.count(db, of_person="a", to="44"), rename.count(db, of_person="nobody", to="44"))
    )

    assert changed == (1, 0)


def test_what_is_there_already_is_dealt_with_on_either_database(store: Store) -> None:
    counted = store.write_now(lambda db: [COUNT.row(db, day=date(2021, 6, 1), more=2).count for _ in range(2)])

    assert counted == [2, 4]


def test_no_row_is_none(store: Store) -> None:
    assert store.read_now(lambda db: Prepared(ONE).row(db, of_person="nobody")) is None


def test_a_broken_rule_fails_as_it_does_elsewhere_and_is_undone(store: Store) -> None:
    def twice(db: Connection) -> None:
        add(db, "a")
        add(db, "a")

    with pytest.raises(IntegrityError):
        store.write_now(twice)

    assert store.read_now(lambda db: Prepared(ONE).row(db, of_person="a")) is None


def test_what_the_values_were_is_in_no_error(store: Store) -> None:
    store.write_now(add, "a-word-of-somebody")

    with pytest.raises(IntegrityError) as fault:
        store.write_now(add, "a-word-of-somebody")

    assert "b'key'" not in str(fault.value)


def test_outside_a_transaction_one_is_begun(store: Store) -> None:
    with store._engine.connect() as db:
        add(db, "a")
        begun = db.in_transaction()

    assert begun
    assert store.read_now(lambda db: Prepared(ONE).row(db, of_person="a")) is None  # and not committed
