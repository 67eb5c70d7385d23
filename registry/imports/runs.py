"""
Runs of an import: a checked list is staged whole, confirmed by one small commit, then taken in by slices.

Before the confirmation nothing of the list is in the records, and a run that was cut off there is given up.  After it
the run is only ever finished.  Each slice takes its rows and moves the run's mark in one transaction: a crash repeats
and loses nothing (decision 0029).  The staged texts are sealed under a key of the run, which is destroyed at its end.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from content.programme.pack import Pack
from registry.imports.listed import Listed, ListedEntity, from_json, to_json
from registry.imports.outcomes import Act, Fact, Left, Outcome, Report, counted
from registry.imports.taking import note_taken, take_row
from registry.store.prepared import Prepared, inserting
from registry.store.rows import UTCDateTime, id_column, metadata, new_id
from registry.store.sealing import vault_of

import_runs = Table(
    "import_runs",
    metadata,
    id_column(),
    Column("state", Text, nullable=False),  # `State`; only `change` writes it
    Column("data_key", LargeBinary),  # of the staged texts, wrapped; NULL once the run has ended
    Column("total", Integer, nullable=False),  # rows of the list
    Column("taken", Integer, nullable=False),  # rows that were taken in: the mark of the next slice
    Column("begun_at", UTCDateTime, nullable=False),
    Column("touched_at", UTCDateTime, nullable=False),  # of the last slice
    Column("told_at", UTCDateTime),  # its report was shown to an operator
)

import_rows = Table(
    "import_rows",
    metadata,
    Column("run_id", Text, ForeignKey("import_runs.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("noun", Text, nullable=False),  # entity, product
    Column("number", Text, nullable=False),  # the office's own
    Column("words_sealed", LargeBinary),  # the row, under the key of its run; NULL once it was taken in
    Column("outcomes", JSON),  # acts, reasons and facts of it and of the products that followed; never words
    Index("ix_import_rows_number", "run_id", "noun", "number"),
)


class State(StrEnum):
    """The state of a run."""

    STAGING = "staging"
    APPLYING = "applying"
    DONE = "done"
    GIVEN_UP = "given_up"


class Trigger(StrEnum):
    """The changes of a run."""

    CONFIRM = "confirm"
    FINISH = "finish"
    GIVE_UP = "give_up"


TRANSITIONS: Mapping[Trigger, tuple[frozenset[State], State]] = {
    Trigger.CONFIRM: (frozenset({State.STAGING}), State.APPLYING),
    Trigger.FINISH: (frozenset({State.APPLYING}), State.DONE),
    Trigger.GIVE_UP: (frozenset({State.STAGING, State.APPLYING}), State.GIVEN_UP),
}

_STAGE = inserting(import_rows, "run_id", "position", "noun", "number", "words_sealed")
_TAKEN = Prepared(
    update(import_rows)
    .where(import_rows.c.run_id == bindparam("of_run"), import_rows.c.position == bindparam("at"))
    .values(words_sealed=None, outcomes=bindparam("said"))
)
_LISTED = Prepared(
    select(import_rows.c.position)
    .where(
        import_rows.c.run_id == bindparam("of_run"),
        import_rows.c.noun == "product",
        import_rows.c.number == bindparam("of_number"),
    )
    .limit(1)
)


class RunOpenError(Exception):
    """A confirmed run is not finished yet; nothing new was staged."""

    def __init__(self, run: "Run") -> None:
        super().__init__(f"Run {run.id} has taken in {run.taken} of {run.total} rows. Finish it first.")
        self.run = run


@dataclass(frozen=True, slots=True)
class Run:
    """One run; its rows before `taken` are in the records."""

    id: str
    state: State
    total: int
    taken: int
    begun_at: datetime
    touched_at: datetime
    told_at: datetime | None


def change(db: Connection, which: ColumnElement[bool], trigger: Trigger) -> int:
    """Change the state of the matching runs and return their number; the key of an ended run goes.  Idempotent."""
    sources, target = TRANSITIONS[trigger]
    values: dict[str, object] = {"state": target}
    if target in {State.DONE, State.GIVEN_UP}:
        values["data_key"] = None
    return db.execute(update(import_runs).where(which, import_runs.c.state.in_(sources)).values(**values)).rowcount


def open_run(db: Connection) -> Run | None:
    """The confirmed run that is not finished, if there is one."""
    row = db.execute(select(import_runs).where(import_runs.c.state == State.APPLYING)).first()
    return None if row is None else _run(row)


def run_of(db: Connection, run_id: str) -> Run:
    """One run."""
    return _run(db.execute(select(import_runs).where(import_runs.c.id == run_id)).one())


def untold(db: Connection) -> tuple[Run, ...]:
    """The finished runs of which no operator has seen the report, the oldest first."""
    which = (import_runs.c.state == State.DONE, import_runs.c.told_at.is_(None))
    return tuple(_run(row) for row in db.execute(select(import_runs).where(*which).order_by(import_runs.c.begun_at)))


def cut_short(db: Connection) -> tuple[Run, ...]:
    """The runs that were given up after some of their rows were taken in, and of which no operator knows."""
    which = (import_runs.c.state == State.GIVEN_UP, import_runs.c.taken > 0, import_runs.c.told_at.is_(None))
    return tuple(_run(row) for row in db.execute(select(import_runs).where(*which).order_by(import_runs.c.begun_at)))


def begin(db: Connection, *, now: datetime) -> str:
    """
    Begin a run with nothing staged.

    Runs whose staging was cut off are given up: only one command imports at a time.  `RunOpenError` while a
    confirmed run is not finished.
    """
    unfinished = open_run(db)
    if unfinished is not None:
        raise RunOpenError(unfinished)
    change(db, import_runs.c.id.is_not(None), Trigger.GIVE_UP)
    run_id = new_id()
    db.execute(
        insert(import_runs).values(
            id=run_id, state=State.STAGING, data_key=vault_of(db).new_data_key(), total=0, taken=0,
            begun_at=now, touched_at=now,
        )
    )  # fmt: skip
    return run_id


def stage(db: Connection, *, run_id: str, first: int, rows: Sequence[Listed]) -> None:
    """Stage one slice of a list, from position `first` on; a slice that is there already is a fault of the caller."""
    vault, key = vault_of(db), _key(db, run_id)
    for position, one in enumerate(rows, first):
        noun = "entity" if isinstance(one, ListedEntity) else "product"
        words = json.dumps(to_json(one), ensure_ascii=False)
        sealed = vault.seal(key, _where(run_id, position), words)
        _STAGE.count(db, run_id=run_id, position=position, noun=noun, number=one.number, words_sealed=sealed)


def confirm(db: Connection, *, run_id: str, total: int, now: datetime) -> None:
    """
    Confirm a run that is staged whole: from this commit on it is finished, whatever happens to its command.

    `LookupError` when rows are missing or the run was given up; it stays as it was then.
    """
    staged = db.execute(select(func.count()).where(import_rows.c.run_id == run_id)).scalar_one()
    if staged != total or change(db, import_runs.c.id == run_id, Trigger.CONFIRM) != 1:
        raise LookupError(f"Run {run_id} has {staged} of {total} rows staged.")
    db.execute(update(import_runs).where(import_runs.c.id == run_id).values(total=total, touched_at=now))


def take_slice(db: Connection, *, pack: Pack, run_id: str, most: int, now: datetime) -> Run:
    """
    Take the next rows of a confirmed run in, at most `most`, and finish the run after its last row.

    Of two processes with one run each takes other rows.  An ended run stays as it is.
    """
    locked = db.execute(select(import_runs).where(import_runs.c.id == run_id).with_for_update()).one()
    if locked.state != State.APPLYING:
        return _run(locked)
    rows = db.execute(
        select(import_rows)
        .where(import_rows.c.run_id == run_id, import_rows.c.position >= locked.taken)
        .order_by(import_rows.c.position)
        .limit(most)
    ).all()
    vault = vault_of(db)

    def listed(number: str) -> bool:
        return _LISTED.row(db, of_run=run_id, of_number=number) is not None

    for row in rows:
        words = vault.unseal(locked.data_key, _where(run_id, row.position), row.words_sealed)
        one = from_json(row.noun, json.loads(words))
        said = [_said(outcome) for outcome in take_row(db, pack=pack, one=one, listed=listed, now=now)]
        _TAKEN.count(db, of_run=run_id, at=row.position, said=said)
    taken = locked.taken + len(rows)
    db.execute(update(import_runs).where(import_runs.c.id == run_id).values(taken=taken, touched_at=now))
    if taken >= locked.total:
        change(db, import_runs.c.id == run_id, Trigger.FINISH)
        note_taken(db, report_of(db, run_id), now)
    return run_of(db, run_id)


def report_of(db: Connection, run_id: str) -> Report:
    """The outcomes of the rows that a run has taken in so far."""
    rows = db.execute(
        select(import_rows.c.outcomes)
        .where(import_rows.c.run_id == run_id, import_rows.c.outcomes.is_not(None))
        .order_by(import_rows.c.position)
    ).scalars()
    return counted(_outcome(said) for of_row in rows for said in of_row)


def tell(db: Connection, *, run_id: str, now: datetime) -> None:
    """Write down that an operator has seen the report of a run; its rows may go then."""
    db.execute(update(import_runs).where(import_runs.c.id == run_id).values(told_at=now))


def give_up(db: Connection, *, run_id: str | None = None) -> int:
    """
    Give up a run, or every unfinished one, and return their number: rows that were taken in stay.

    A command that was stopped before its confirmation gives up its run.  A restore gives up all, since a staged row
    may name a person who was erased later.
    """
    return change(db, import_runs.c.id == run_id if run_id else import_runs.c.id.is_not(None), Trigger.GIVE_UP)


def clear(db: Connection, *, most: int) -> int:
    """Delete staged rows of ended runs, at most `most`, and return their number.  Idempotent."""
    over = select(import_runs.c.id).where(
        (import_runs.c.state == State.GIVEN_UP)
        | ((import_runs.c.state == State.DONE) & import_runs.c.told_at.is_not(None))
    )
    rows = db.execute(
        select(import_rows.c.run_id, import_rows.c.position).where(import_rows.c.run_id.in_(over)).limit(most)
    ).all()
    for run_id in {row.run_id for row in rows}:
        gone = [row.position for row in rows if row.run_id == run_id]
        db.execute(delete(import_rows).where(import_rows.c.run_id == run_id, import_rows.c.position.in_(gone)))
    return len(rows)


def _key(db: Connection, run_id: str) -> bytes:
    key: bytes | None = db.execute(select(import_runs.c.data_key).where(import_runs.c.id == run_id)).scalar_one()
    if key is None:
        raise LookupError(f"Run {run_id} has ended; nothing more is staged for it.")
    return key


def _where(run_id: str, position: int) -> str:
    return f"import_rows:words_sealed:{run_id}:{position}"


def _run(row: Row[tuple[object, ...]]) -> Run:
    kept = {name: getattr(row, name) for name in Run.__slots__}
    return Run(**(kept | {"state": State(row.state)}))


def _said(one: Outcome) -> list[object]:
    return [one.noun, one.number, one.act, one.why, sorted(one.changed), sorted(one.kept)]


def _outcome(said: Sequence[Any]) -> Outcome:
    noun, number, act, why, changed, kept = said
    reason = None if why is None else Left(why)
    return Outcome(noun, number, Act(act), reason, frozenset(map(Fact, changed)), frozenset(map(Fact, kept)))
