"""The list of the acts that take something away: on disk before the act, whole or not at all, and read in any state."""

import asyncio
import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from registry.people.people import forget, meet, set_name
from registry.store.installation import fact, set_fact
from registry.store.rows import people
from registry.store.sealing import Vault
from registry.store.store import Store, StoreRefusesError
from registry.store.tombstones import (
    NAME,
    Kind,
    Listed,
    TombstoneError,
    TombstoneFile,
    joined,
    last_of,
    note,
    read_list,
)
from registry.store.tombstones import Tombstone as Line

NOW = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    return tmp_path / NAME


def _act(db: Connection, number: int, *, fails: bool = False) -> None:
    set_fact(db, f"act:{number}", "done")
    note(db, Kind.CODE, f"code{number}", now=NOW)
    if fails:
        raise LookupError


def test_an_act_and_its_line_come_together(store: Store, listed: Path) -> None:
    store.write_now(_act, 1)
    with pytest.raises(LookupError):
        store.write_now(_act, 2, fails=True)

    assert [one.of for one in read_list(listed).tombstones] == ["code1"]
    assert listed.stat().st_mode & 0o077 == 0


async def test_of_a_group_that_fails_the_others_get_their_lines_once(store: Store, listed: Path) -> None:
    acts = [store.write(_act, number, fails=number == 3) for number in range(6)]
    done = await asyncio.gather(*acts, return_exceptions=True)

    assert [isinstance(one, LookupError) for one in done] == [False, False, False, True, False, False]
    assert sorted(one.of for one in read_list(listed).tombstones) == ["code0", "code1", "code2", "code4", "code5"]


def test_what_a_savepoint_took_back_has_no_line(store: Store, listed: Path) -> None:
    def unit(db: Connection) -> None:
        note(db, Kind.CODE, "kept", now=NOW)
        with pytest.raises(LookupError), db.begin_nested():
            _act(db, 1, fails=True)
        with db.begin_nested():
            _act(db, 2)

    store.write_now(unit)

    assert [one.of for one in read_list(listed).tombstones] == ["kept", "code2"]


def test_without_a_line_there_is_no_act(store: Store, listed: Path) -> None:
    listed.mkdir()  # the list cannot be written

    with pytest.raises(StoreRefusesError, match="cannot be written"):
        store.write_now(_act, 1)

    assert store.read_now(fact, "act:1") is None


@pytest.mark.postgres
def test_a_store_that_knows_no_data_folder_takes_nothing_away_on_postgresql(postgres_server, vault: Vault) -> None:
    with postgres_server.database() as url:
        store = Store(url, vault)
        with pytest.raises(StoreRefusesError, match="without its data folder"):
            store.write_now(_act, 1)
        store.close()


def test_a_line_cut_short_by_a_crash_spoils_no_other(listed: Path) -> None:
    file = TombstoneFile(listed)
    file.append([Line(Kind.ROLE, "a", "")])
    whole = listed.read_bytes()
    for size in range(len(whole) - 1):  # with all but its line end it is whole
        listed.write_bytes(whole[:size])
        assert read_list(listed).tombstones == ()

        file.append([Line(Kind.ROLE, "b", "", {"until": "2026-09-15"})])

        assert read_list(listed).tombstones == (Line(Kind.ROLE, "b", "", {"until": "2026-09-15"}),)


def test_many_who_begin_a_list_at_once_lose_no_line(listed: Path) -> None:
    for round_number in range(20):
        listed.unlink(missing_ok=True)
        at_once = threading.Barrier(8)

        def append(number: int, at_once: threading.Barrier = at_once) -> None:
            at_once.wait()
            TombstoneFile(listed).append([Line(Kind.CODE, f"{number}", "")])  # as another process would

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(append, range(8)))

        assert sorted(one.of for one in read_list(listed).tombstones) == [f"{n}" for n in range(8)], round_number
    assert [path.name for path in listed.parent.iterdir()] == [NAME]


def test_a_damaged_line_is_counted(listed: Path) -> None:
    TombstoneFile(listed).append([Line(Kind.ROLE, one, "") for one in "abc"])
    listed.write_bytes(listed.read_bytes().replace(b'"of": "b"', b'"of": "x"'))

    found = read_list(listed)

    assert [one.of for one in found.tombstones] == ["a", "c"]
    assert found.damaged == 1


def test_of_one_thing_the_last_line_counts() -> None:
    lines = [Line(Kind.ACCOUNT, "a", "", {"n": 1}), Line(Kind.ROLE, "a", ""), Line(Kind.ACCOUNT, "a", "", {"n": 2})]

    assert [one.facts for one in last_of(lines, Kind.ACCOUNT)] == [{"n": 2}]


def test_after_an_erasure_the_key_is_in_no_file_of_the_database(sqlite_url: str, vault: Vault, tmp_path: Path) -> None:
    store = Store(sqlite_url, vault)
    reader = Store(sqlite_url, vault)  # another process: while it is there, closing does not empty the log
    try:
        person, _ = store.write_now(meet, channel="telegram", account="1", now=NOW)
        store.write_now(set_name, person_id=person.id, name="Mẫu")
        row = store.read_now(lambda db: db.execute(select(people.c.data_key, people.c.name_sealed)).one())
        assert any(row.data_key in one.read_bytes() for one in tmp_path.glob("ocopbot.db*"))

        store.write_now(forget, person_id=person.id, now=NOW)
        store.write_now(lambda db: db.execute(text("SELECT 1")).one())  # behind the checkpoint

        left = {one.name: [key for key in row if key in one.read_bytes()] for one in tmp_path.glob("ocopbot.db*")}
        assert not any(left.values()), left
    finally:
        reader.close()
        store.close()


def _term(until: str) -> Line:
    return Line(Kind.TERM, "role", "", {"until": until})


@pytest.mark.parametrize("newest_first", [True, False])
def test_an_older_copy_of_a_list_never_has_the_last_word(newest_first: bool) -> None:
    """The list of the old machine is given, and the new data folder has a copy of months ago."""
    older = Listed((_term("2027-01-01"),), 0, "2026-01-01")
    newer = Listed((_term("2027-01-01"), _term("2026-10-01")), 0, "2026-01-01")

    found = joined([newer, older] if newest_first else [older, newer])

    assert found == newer


def test_of_two_lists_that_went_apart_every_line_counts() -> None:
    one, two = Listed((_term("2027-01-01"),), 1, "2026-02-01"), Listed((_term("2026-10-01"),), 0, "2026-01-01")

    assert joined([one, two]) == Listed((_term("2027-01-01"), _term("2026-10-01")), 1, "2026-01-01")


def test_a_list_of_a_newer_program_is_refused(listed: Path) -> None:
    content = json.dumps({"kind": "something new", "of": "x", "at": ""})
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    listed.write_text(f"{content}\t{digest}\n")

    with pytest.raises(TombstoneError, match="newer program"):
        read_list(listed)
