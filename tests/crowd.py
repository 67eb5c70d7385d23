"""Many people with history, written in bulk, and a meter of what one unit of work costs the database."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, insert

from content.programme.pack import Pack
from registry.applications.applications import events
from registry.applications.questions import questions
from registry.people.consents import consents
from registry.products.products import products
from registry.store.inbox import inbox
from registry.store.rows import accounts, applications, deliveries, drafts, entities, members, notices, people
from registry.store.sealing import vault_of

R = TypeVar("R")
GRAIN = 100
"""The database counts its own instructions in hundreds where a unit is long."""
ANSWERS = {
    "product_name": "Mật ong rừng",
    "product_kind": "moi",
    "entity_kind": "ho",
    "entity_name": "Nguyễn Thị Mẫu",
    "phone": "+84912000001",
}


def crowd(
    db: Connection, *, pack: Pack, now: datetime, number: int, sent: int = 5, first: int = 0, communes: int | None = None
) -> None:  # fmt: skip
    """
    Enter a number of people, each with an account, an idea at their commune, messages sent and events done.

    Every second one has an open draft, every fifth a question that waits; all take weekly lessons and reminders.
    """
    vault = vault_of(db)
    key = vault.new_data_key()
    codes = sorted(one.code for one in pack.places.all("commune"))[:communes]
    rows: dict[Table, list[dict[str, Any]]] = {}

    def add(table: Table, **values: Any) -> None:
        rows.setdefault(table, []).append(values)

    for i in range(first, first + number):
        who, at, place = f"p{i:07}", now - timedelta(days=20 + i % 30), codes[i % len(codes)]
        add(people, id=who, data_key=key, place=place, reminders=True, lessons="producer", created_at=at)
        add(accounts, id=f"a{who}", person_id=who, channel="telegram", account=str(50_000_000 + i), state="open",
            last_spoke_at=at)  # fmt: skip
        add(entities, id=f"e{who}", keeper_id=who, kind="household", place=place, created_at=at,
            name_sealed=vault.seal(key, f"entities:name:e{who}", '"Hộ Mẫu"'))  # fmt: skip
        add(members, entity_id=f"e{who}", person_id=who, part="owner", since=at)
        add(products, id=f"g{who}", entity_id=f"e{who}", keeper_id=who, place=place, product_group="food",
            name_sealed=vault.seal(key, f"products:name:g{who}", '"Mật ong rừng"'), created_at=at)  # fmt: skip
        answers = json.dumps(ANSWERS | {"place": place}, ensure_ascii=False)
        add(applications, id=f"x{who}", code=f"ZZ-2020-{i:07d}-K", draft_key=f"k{who}", entity_id=f"e{who}",
            product_id=f"g{who}", person_id=who, place=place, kind="new", product_group="food", version=1,
            status="idea_submitted" if i % 3 else "idea_accepted", holder=place, holder_since=at,
            answers_sealed=vault.seal(key, f"applications:answers:x{who}", answers),
            due_on=now.date() - timedelta(days=1), submitted_at=at, updated_at=at)  # fmt: skip
        add(events, id=f"v{who}", application_id=f"x{who}", version=1, at=at, actor=who, act="submit",
            status="idea_submitted")  # fmt: skip
        add(consents, id=f"c{who}", person_id=who, purpose="registration", text_version="v", channel="telegram",
            given_at=at)  # fmt: skip
        if i % 2:
            add(drafts, key=f"d{who}", person_id=who, form="idea", field="phone", state="open",
                answers_sealed=vault.seal(key, f"drafts:answers:d{who}", answers), created_at=at, updated_at=at)  # fmt: skip
        if i % 5 == 0:
            add(questions, id=f"q{who}", person_id=who, place=place, holder=place, kind="asked", asked_at=at,
                text_sealed=vault.seal(key, f"questions:text:q{who}", '"Bao giờ?"'))  # fmt: skip
        for step in range(2):
            add(notices, id=f"n{who}{step}", kind="lesson", subject=who, step=f"older {step}", person_id=who,
                due_at=at, state="said", closed_at=at)  # fmt: skip
        for step in range(sent):
            add(deliveries, **past_delivery(f"m{who}{step}", who, str(50_000_000 + i), at + timedelta(hours=step)))
        add(inbox, channel="telegram", event=f"old:{i}", account=str(50_000_000 + i), received_at=at, state="done",
            done_at=now - timedelta(days=1))  # fmt: skip
    for table, values in rows.items():
        db.execute(insert(table), values)


def past_delivery(
    delivery_id: str, person_id: str, account: str, at: datetime, kind: str = "reply", priority: int = 0
) -> dict[str, Any]:
    """A message that was sent at a moment."""
    return {
        "id": delivery_id, "key": f"{kind}:{delivery_id}", "person_id": person_id, "channel": "telegram",
        "account": account, "kind": kind, "priority": priority, "state": "sent", "created_at": at, "due_at": at,
        "attempts": 1, "doubtful": False, "sent_at": at, "parts": 1,
    }  # fmt: skip


@dataclass(slots=True)
class Meter:
    """The cost of units of work in SQLite: statements, its instructions, and rows written."""

    statements: int = 0
    steps: int = 0
    rows: int = 0


@contextmanager
def metered(db: Connection, grain: int = GRAIN) -> Iterator[Meter]:
    """Count what is done on an SQLite connection meanwhile, its instructions in steps of a grain."""
    driver: Any = db.connection.driver_connection
    meter = Meter()
    before = driver.total_changes

    def stepped() -> int:
        meter.steps += grain
        return 0

    def traced(_words: str) -> None:
        meter.statements += 1

    driver.set_progress_handler(stepped, grain)
    driver.set_trace_callback(traced)
    try:
        yield meter
    finally:
        driver.set_progress_handler(None, 0)
        driver.set_trace_callback(None)
        meter.rows = driver.total_changes - before


def cost_of(db: Connection, unit: Callable[[Connection], R], grain: int = GRAIN) -> tuple[R, Meter]:
    """Run a unit of work and return its result with what it cost."""
    with metered(db, grain) as meter:
        result = unit(db)
    return result, meter
