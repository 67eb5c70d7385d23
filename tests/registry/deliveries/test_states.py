"""The table of a delivery's states, and its one owner."""

import sqlite3
from collections.abc import Iterator
from types import CodeType, ModuleType

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from content.message import Message
from content.programme.pack import Pack
from registry.deliveries.deliveries import enqueue
from registry.deliveries.states import (
    FINAL,
    TRANSITIONS,
    Reason,
    State,
    Trigger,
    change,
    explained,
)
from registry.store.rows import deliveries
from registry.store.sealing import Vault
from registry.store.store import Store, StoreRefusesError
from tests import state_writes
from tests.registry.town import NOW, Town


def queued(town: Town) -> str:
    person_id = town.person()
    made = town.do(
        enqueue, key=f"status:{person_id}", person_id=person_id, kind="status", message=Message("Tin"), now=NOW
    )
    assert made is not None
    return made


def put(town: Town, delivery_id: str, state: State) -> None:
    row = update(deliveries).where(deliveries.c.id == delivery_id).values(state=state.value, reason="other")
    town.do(lambda db: db.execute(row).rowcount)


def row_of(town: Town, delivery_id: str):
    return town.do(lambda db: db.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one())


def test_every_state_can_be_reached_from_nothing() -> None:
    reached: set[State] = {step.target for step in TRANSITIONS.values() if step.sources is None}
    for _ in State:
        reached |= {step.target for step in TRANSITIONS.values() if step.sources and reached.intersection(step.sources)}

    assert reached == set(State)


def test_a_row_begins_queued_or_claimed() -> None:
    assert {step.target for step in TRANSITIONS.values() if step.sources is None} == {State.QUEUED, State.CLAIMED}


def test_every_state_but_the_three_final_ones_has_an_exit() -> None:
    assert frozenset({State.SENT, State.EXPIRED, State.CANCELLED}) == FINAL


def test_every_state_leads_to_a_final_one() -> None:
    ends = set(FINAL)
    for _ in State:
        ends |= {source for step in TRANSITIONS.values() if step.target in ends for source in step.sources or ()}

    assert ends == set(State)


@pytest.mark.parametrize("trigger", [one for one in Trigger if TRANSITIONS[one].sources is not None])
def test_a_trigger_changes_its_sources_and_leaves_every_other_state_alone(town: Town, trigger: Trigger) -> None:
    step = TRANSITIONS[trigger]
    made = {state: queued(town) for state in State}
    for state, delivery_id in made.items():
        put(town, delivery_id, state)

    changed = town.do(change, deliveries.c.id.in_(made.values()), trigger, reason=Reason.SUPERSEDED, detail="words")

    assert step.sources is not None
    assert changed == len(step.sources)
    for state, delivery_id in made.items():
        row = row_of(town, delivery_id)
        expected = (step.target, "superseded", "words") if state in step.sources else (state, "other", None)
        assert (row.state, row.reason, row.detail) == expected


def test_a_change_without_a_reason_keeps_the_old_one_unless_the_message_begins_again(town: Town) -> None:
    kept, cleared = queued(town), queued(town)
    put(town, kept, State.PARKED)
    put(town, cleared, State.PARKED)

    town.do(change, deliveries.c.id == kept, Trigger.PAUSE)
    town.do(change, deliveries.c.id == cleared, Trigger.RELEASE)

    assert (row_of(town, kept).reason, row_of(town, cleared).reason) == ("other", None)


def test_operators_read_the_words_of_the_platform_or_else_ours() -> None:
    assert explained(Reason.REFUSED_BY_PLATFORM, "Bad Gateway") == "Bad Gateway"
    assert explained(Reason.DOES_NOT_COME, None) == "does not come"
    assert explained(None, None) == ""


WRITERS = {
    "an update by SQLAlchemy": "def write(db): db.execute(update(deliveries).values(state='sent'))",
    "an update as text": "def write(db): db.execute(text(\"UPDATE deliveries SET state = 'sent'\"))",
    "an update by the driver": (
        "def write(db): db.connection.driver_connection.execute(\"UPDATE deliveries SET state = 'sent'\")"
    ),
    "an insert": "def write(db): db.execute(deliveries.insert().from_select(['id'], deliveries.select()))",
}


def elsewhere(source: str) -> ModuleType:
    """A module of the registry that is not the owner of the states."""
    code: CodeType = compile(source, str(state_writes.ROOT / "registry/elsewhere.py"), "exec")
    module = ModuleType("elsewhere")
    module.__dict__.update(deliveries=deliveries, update=update, text=text)
    exec(code, module.__dict__)
    return module


@pytest.fixture
def sqlite_town(sqlite_url: str, vault: Vault, pack: Pack) -> Iterator[Town]:
    """On SQLite: only this database asks about every statement."""
    store = Store(sqlite_url, vault)
    yield Town(store, pack)
    store.close()


@pytest.mark.parametrize("how", WRITERS)
def test_a_state_written_elsewhere_is_refused_and_found(how: str, sqlite_town: Town) -> None:
    queued(sqlite_town)
    write = elsewhere(WRITERS[how]).write

    with pytest.raises((StoreRefusesError, DatabaseError, sqlite3.DatabaseError)):
        sqlite_town.do(write)

    found, state_writes.found[:] = list(state_writes.found), []
    assert set(found) == {"registry/elsewhere.py"}


def test_another_column_may_be_written_elsewhere(sqlite_town: Town) -> None:
    delivery_id = queued(sqlite_town)
    write = elsewhere("def write(db): db.execute(update(deliveries).values(first_number=7))").write

    sqlite_town.do(write)

    assert row_of(sqlite_town, delivery_id).first_number == 7
