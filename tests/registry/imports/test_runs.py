"""A list is taken in whole or not at all, wherever its command is cut off."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from registry.identity.reapplying import apply_tombstones
from registry.imports import runs
from registry.imports.outcomes import Act
from registry.imports.runs import RunOpenError, State
from registry.store.audit import audit
from tests.registry.imports.office import NOW, Office, long_list


@pytest.fixture
def long(office: Office) -> Office:
    """A list of six entities and nine products; some of them are in the database already, otherwise."""
    office.take()
    office.entities, office.products = long_list()
    return office


def staged_rows(office: Office) -> int:
    return len(office.store.read_now(lambda db: db.execute(select(runs.import_rows)).all()))


def test_nothing_of_a_staged_list_is_in_the_records(long: Office) -> None:
    before = long.counted()
    run_id = long.staged()

    assert long.counted() == before
    assert long.store.read_now(runs.open_run) is None

    long.do(runs.begin, now=NOW)

    assert long.store.read_now(runs.run_of, run_id).state is State.GIVEN_UP
    assert long.counted() == before


def test_a_list_that_is_not_staged_whole_is_not_confirmed(long: Office) -> None:
    run_id = long.do(runs.begin, now=NOW)
    long.do(runs.stage, run_id=run_id, first=0, rows=long.rows()[:3])

    with pytest.raises(LookupError):
        long.do(runs.confirm, run_id=run_id, total=15, now=NOW)
    assert long.store.read_now(runs.run_of, run_id).state is State.STAGING


def test_another_command_ends_the_staging_of_the_first(long: Office) -> None:
    first = long.staged()
    long.staged()

    with pytest.raises(LookupError):
        long.do(runs.confirm, run_id=first, total=15, now=NOW)
    with pytest.raises(LookupError):
        long.do(runs.stage, run_id=first, first=15, rows=long.rows())


class CutOffError(Exception):
    """The process ends here: what was not committed is gone."""


@pytest.mark.parametrize("cut", range(16))
def test_a_confirmed_list_is_finished_from_any_cut_and_ends_as_without_one(long: Office, cut: int) -> None:
    run_id = long.staged()
    long.do(runs.confirm, run_id=run_id, total=15, now=NOW)
    for _ in range(cut):
        long.slice(run_id)

    def cut_off(db: Connection) -> None:
        runs.take_slice(db, pack=long.pack, run_id=run_id, most=3, now=NOW)
        raise CutOffError

    with pytest.raises(CutOffError):
        long.do(cut_off)
    unfinished = long.store.read_now(runs.open_run)
    assert (None if unfinished is None else unfinished.taken) == (cut if cut < 15 else None)
    long.finish(run_id)

    report = long.store.read_now(runs.report_of, run_id)
    assert report.counts == {
        ("entity", Act.ADDED): 4, ("entity", Act.CHANGED): 2, ("product", Act.ADDED): 8, ("product", Act.CHANGED): 1,
    }  # fmt: skip
    again = long.take()
    assert (again.taken, again.counts["entity", Act.UNCHANGED], again.counts["product", Act.UNCHANGED]) == (0, 6, 9)


def test_no_new_list_begins_before_a_confirmed_one_is_finished(long: Office) -> None:
    run_id = long.staged()
    long.do(runs.confirm, run_id=run_id, total=15, now=NOW)

    with pytest.raises(RunOpenError) as refused:
        long.do(runs.begin, now=NOW)
    assert (refused.value.run.id, refused.value.run.total) == (run_id, 15)


def test_an_ended_run_takes_nothing_and_is_written_down_once(long: Office) -> None:
    run_id = long.staged()
    long.do(runs.confirm, run_id=run_id, total=15, now=NOW)
    long.finish(run_id)
    before = long.counted()

    assert long.slice(run_id, 100).state is State.DONE
    assert long.counted() == before
    entries = long.store.read_now(
        lambda db: db.execute(select(audit.c.facts).where(audit.c.act == "import.run")).scalars().all()
    )
    assert entries[-1] == {"entities_added": 4, "entities_changed": 2, "products_added": 8, "products_changed": 1}


def test_the_texts_of_a_run_go_with_its_end(long: Office) -> None:
    run_id = long.staged()

    def sealed(db: Connection) -> tuple[bytes | None, int]:
        key = db.execute(select(runs.import_runs.c.data_key).where(runs.import_runs.c.id == run_id)).scalar_one()
        rows = select(runs.import_rows.c.words_sealed).where(runs.import_rows.c.words_sealed.is_not(None))
        return key, len(db.execute(rows).all())

    assert long.store.read_now(sealed)[1] == 15
    long.do(runs.give_up)
    assert long.store.read_now(sealed) == (None, 15), "unreadable from this moment"
    while long.do(runs.clear, most=4):
        pass
    assert staged_rows(long) == 3, "of the run before, whose report nobody has seen"


def test_the_rows_of_a_run_stay_until_its_report_was_seen(long: Office) -> None:
    (first,) = long.store.read_now(runs.untold)
    assert long.do(runs.clear, most=100) == 0

    long.do(runs.tell, run_id=first.id, now=NOW + timedelta(minutes=1))

    assert long.store.read_now(runs.untold) == ()
    assert long.do(runs.clear, most=100) == 3
    assert staged_rows(long) == 0


def test_a_restore_gives_up_a_list_since_it_may_name_who_was_erased(long: Office) -> None:
    run_id = long.staged()
    long.do(runs.confirm, run_id=run_id, total=15, now=NOW)
    long.slice(run_id, 4)

    long.do(apply_tombstones, tombstones=(), now=NOW)

    assert long.slice(run_id, 100).state is State.GIVEN_UP
    (told,) = long.store.read_now(runs.cut_short)
    assert (told.id, told.taken, told.total) == (run_id, 4, 15)
