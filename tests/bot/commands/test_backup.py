# ruff: noqa: F811  the fixture is imported by its name
import io
import json
import shutil
import sqlite3
import tarfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from content.message import Message
from registry.deliveries.deliveries import enqueue
from registry.deliveries.resuming import why_paused
from registry.people.people import meet, person, set_name, set_preference
from registry.store.rows import deliveries, people
from registry.store.tombstones import NAME as LIST
from registry.store.tombstones import read_list
from tests.bot.shell import Ran, Shell, opened, shell  # noqa: F401  a fixture
from tests.postgres import PostgresServer

NOW = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
NAME = "Nguyễn Thị Mẫu"


@pytest.fixture
def archive(shell: Shell) -> Path:
    """A backup of a database with a person, two queued messages and a file."""
    with opened(shell.settings) as store:
        person, _ = store.write_now(meet, channel="telegram", account="1", now=NOW)
        store.write_now(set_name, person_id=person.id, name=NAME)
        for key, at in (("old", NOW - timedelta(days=3)), ("new", NOW)):
            store.write_now(enqueue, key=key, person_id=person.id, kind="status", message=Message("chào"), now=at)
    (shell.folder / "var/files/inner").mkdir(parents=True)
    (shell.folder / "var/files/inner/abc").write_bytes(b"sealed")
    (shell.folder / "var/files/half.part").write_bytes(b"half")
    assert shell("backup", "one.tar").code == 0
    return shell.folder / "one.tar"


def elsewhere(shell: Shell, *args: str) -> Ran:
    """Run a command on another data folder; a restore with the list of the first one."""
    shell.set(DATA_DIR=str(shell.folder / "new"))
    return shell(*args, *(("--list", str(shell.folder / "var" / LIST)) if args[0] == "restore" else ()))


def bring_key(shell: Shell) -> None:
    shutil.copy(shell.folder / "var/secret.key", shell.folder / "new/secret.key")


def test_a_backup_holds_what_was_committed_while_the_bot_has_the_database_open(shell: Shell) -> None:
    with opened(shell.settings) as store:
        person, _ = store.write_now(meet, channel="telegram", account="1", now=NOW)
        store.write_now(set_name, person_id=person.id, name=NAME)
        ran = shell("backup", "live.tar")  # the rows are still in the -wal file

    assert ran.code == 0
    with tarfile.open(shell.folder / "live.tar") as taken:
        taken.extract("ocopbot.db", shell.folder / "out", filter="data")
    with closing(sqlite3.connect(shell.folder / "out/ocopbot.db")) as db:
        assert db.execute("SELECT id FROM people").fetchall() == [(person.id,)]


def test_a_backup_tells_of_the_key_and_holds_neither_it_nor_words(shell: Shell, archive: Path) -> None:
    key = (shell.folder / "var/secret.key").read_text().strip()
    content = archive.read_bytes()

    assert "secret.key" in shell("backup").out
    assert key.encode() not in content
    assert bytes.fromhex(key) not in content
    assert NAME.encode() not in content
    assert archive.stat().st_mode & 0o077 == 0
    assert next((shell.folder / "var/backups").iterdir()).suffix == ".tar"


def test_a_backup_never_replaces_a_file(shell: Shell, archive: Path) -> None:
    before = archive.read_bytes()

    ran = shell("backup", "one.tar")

    assert ran.code == 1
    assert archive.read_bytes() == before


def test_nothing_to_keep_is_told(shell: Shell) -> None:
    assert "nothing to keep" in shell("backup").err


def test_a_restore_brings_back_people_and_files_and_pauses_the_pump(shell: Shell, archive: Path) -> None:
    ran = elsewhere(shell, "restore", str(archive))
    bring_key(shell)

    assert ran.code == 0
    assert "is missing" in ran.out
    assert (shell.folder / "new/files/inner/abc").read_bytes() == b"sealed"
    assert not (shell.folder / "new/files/half.part").exists()
    assert not (shell.folder / "new/restore.part").exists()
    with opened(shell.settings) as store:
        person, _ = store.write_now(meet, channel="telegram", account="1", now=NOW)
        assert person.name == NAME
        assert store.read_now(why_paused).startswith("restored one.tar")


def test_a_restore_never_overwrites_what_is_there(shell: Shell, archive: Path) -> None:
    before = (shell.folder / "var/ocopbot.db").read_bytes()

    ran = shell("restore", str(archive))

    assert ran.code == 1
    assert (shell.folder / "var/ocopbot.db").read_bytes() == before


def test_files_alone_are_something_too(shell: Shell, archive: Path) -> None:
    (shell.folder / "new/files").mkdir(parents=True)
    (shell.folder / "new/files/x").write_text("x")

    assert elsewhere(shell, "restore", str(archive)).code == 1
    assert not (shell.folder / "new/ocopbot.db").exists()


def _rewritten(archive: Path, out: Path, name: str, content: bytes) -> None:
    """The same archive with one member replaced or added, and everything it says of itself as it was."""
    with tarfile.open(archive) as taken, tarfile.open(out, "w") as made:
        for member in taken:
            if member.name != name:
                made.addfile(member, taken.extractfile(member))
        member = tarfile.TarInfo(name)
        member.size = len(content)
        made.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize("name", ["../evil", "/evil", "files/../../evil", "other.txt", "files/inner/abc"])
def test_an_archive_that_is_not_what_was_packed_is_refused(shell: Shell, archive: Path, name: str) -> None:
    _rewritten(archive, shell.folder / "changed.tar", name, b"evil")

    ran = elsewhere(shell, "restore", str(shell.folder / "changed.tar"))

    assert ran.code == 1
    assert "Nothing was restored" in ran.err
    assert not list(shell.folder.rglob("evil"))
    assert list((shell.folder / "new").iterdir()) == []


def test_an_archive_that_was_cut_short_is_refused(shell: Shell, archive: Path) -> None:
    for size in (0, 100, archive.stat().st_size // 2):
        (shell.folder / "cut.tar").write_bytes(archive.read_bytes()[:size])

        assert elsewhere(shell, "restore", str(shell.folder / "cut.tar")).code == 1
        assert list((shell.folder / "new").iterdir()) == []


def test_a_backup_of_a_newer_program_is_refused(shell: Shell, archive: Path) -> None:
    with tarfile.open(archive) as taken:
        inner = taken.extractfile("manifest.json")
        assert inner is not None
        manifest = json.load(inner)
    manifest["format"] = 3
    _rewritten(archive, shell.folder / "newer.tar", "manifest.json", json.dumps(manifest).encode())

    assert "newer program" in elsewhere(shell, "restore", str(shell.folder / "newer.tar")).err


def _states(shell: Shell) -> dict[str, str]:
    with opened(shell.settings) as store:
        rows = store.read_now(lambda db: db.execute(select(deliveries.c.key, deliveries.c.state)).all())
    return {row.key: row.state for row in rows}


def test_resume_shows_what_is_queued_and_cancels_what_is_older_than_a_moment(shell: Shell, archive: Path) -> None:
    elsewhere(shell, "restore", str(archive))
    bring_key(shell)

    ran = shell("resume", "--cancel-before", "2026-09-14", "--yes")

    assert ran.code == 0
    assert "2 status" in ran.out
    assert _states(shell) == {"old": "cancelled", "new": "owed"}
    with opened(shell.settings) as store:
        assert store.read_now(why_paused) == ""
    assert "not paused" in shell("resume", "--yes").out


def test_without_a_yes_the_pump_stays_paused(shell: Shell, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(shell, "restore", str(archive))
    bring_key(shell)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    ran = shell("resume", "--cancel-before", "2026-09-14")

    assert ran.code == 1
    assert _states(shell) == {"old": "owed", "new": "owed"}
    with opened(shell.settings) as store:
        assert store.read_now(why_paused) != ""


def test_on_postgresql_the_exact_command_is_told_without_the_password(shell: Shell) -> None:
    shell.set(DATABASE__URL="postgresql://bot:canary@db:5433/ocop")

    ran = shell("backup")

    assert ran.code == 1
    assert "pg_dump --format=custom" in ran.err
    assert "'postgresql://bot@db:5433/ocop'" in ran.err
    assert "canary" not in ran.err


# --- what was taken away ----------------------------------------------------------------------------------------------


def _takes_away(shell: Shell) -> str:
    """Say /dung on the account of the archive, after the backup was made."""
    with opened(shell.settings) as store:
        found, _ = store.write_now(meet, channel="telegram", account="1", now=NOW)
        store.write_now(set_preference, person_id=found.id, stopped_at=NOW)
    return found.id


def test_a_restore_takes_away_again_and_says_how_much(shell: Shell, archive: Path) -> None:
    person_id = _takes_away(shell)
    (shell.folder / "new").mkdir()
    bring_key(shell)

    ran = elsewhere(shell, "restore", str(archive))

    assert ran.code == 0, ran.err
    assert "1 × messages unwanted, applied again" in ran.out
    with opened(shell.settings) as store:
        found = store.read_now(person, person_id)
        assert found is not None
        assert found.stopped_at == NOW
    kept = read_list(shell.folder / "new" / LIST)
    assert [one.of for one in kept.tombstones] == [person_id]  # for the restore of a still older backup
    assert kept.began == read_list(shell.folder / "var" / LIST).began


def test_without_the_list_a_restore_is_refused_unless_told_so(shell: Shell, archive: Path) -> None:
    _takes_away(shell)
    shell.set(DATA_DIR=str(shell.folder / "new"))
    shutil.copy(shell.folder / "var" / LIST, shell.folder / LIST)

    ran = shell("restore", str(archive))

    assert ran.code == 1
    assert f"--list {shell.folder / LIST}" in ran.err
    assert not (shell.folder / "new").exists() or list((shell.folder / "new").iterdir()) == []
    assert elsewhere(shell, "restore", str(archive), "--list", str(shell.folder / "nowhere")).code in {1, 2}
    assert shell("restore", str(archive), "--without-list").code == 0


def test_with_something_to_take_away_the_key_is_needed_first(shell: Shell, archive: Path) -> None:
    _takes_away(shell)

    ran = elsewhere(shell, "restore", str(archive))

    assert ran.code == 1
    assert "Put the saved key there first" in ran.err
    assert list((shell.folder / "new").iterdir()) == []


def test_gaps_of_the_list_are_said(shell: Shell, archive: Path) -> None:
    _takes_away(shell)
    listed = shell.folder / "var" / LIST
    listed.write_bytes(listed.read_bytes() + b"{}\tdamaged\n")
    (shell.folder / "new").mkdir()
    bring_key(shell)

    assert "1 line(s) of the list are damaged" in elsewhere(shell, "restore", str(archive)).out


def test_a_database_put_back_by_its_own_tools_gets_the_list_too(shell: Shell, archive: Path) -> None:
    old = shell.folder / "old.db"
    shutil.copy(shell.folder / "var/ocopbot.db", old)
    person_id = _takes_away(shell)
    shutil.copy(old, shell.folder / "var/ocopbot.db")

    ran = shell("restore")

    assert "1 × messages unwanted, applied again" in ran.out
    with opened(shell.settings) as store:
        found = store.read_now(person, person_id)
        assert found is not None
        assert found.stopped_at == NOW
        assert store.read_now(why_paused).startswith("restored")
    assert "Nothing was taken away since" in shell("restore").out


@pytest.mark.postgres
def test_on_postgresql_a_restore_by_its_own_tools_gets_the_list(shell: Shell, postgres_server: PostgresServer) -> None:
    with postgres_server.database(empty=True) as url:
        shell.set(DATABASE__URL=url)
        assert shell("migrate").code == 0
        with opened(shell.settings) as store:
            found, _ = store.write_now(meet, channel="telegram", account="1", now=NOW)
            store.write_now(set_preference, person_id=found.id, stopped_at=NOW)
            put_back = update(people).values(stopped_at=None)  # as an older copy has it
            store.write_now(lambda db: db.execute(put_back).rowcount)

        ran = shell("restore")

        assert "1 × messages unwanted, applied again" in ran.out
        with opened(shell.settings) as store:
            again = store.read_now(person, found.id)
            assert again is not None
            assert again.stopped_at == NOW
            assert store.read_now(why_paused).startswith("restored")
