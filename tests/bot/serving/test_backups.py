# ruff: noqa: F811  the fixture is imported by its name
"""The program's own backups: in time, whole, thinned out, and a failure is said where the operator looks."""

import errno
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.serving import backups
from bot.serving.archives import read_again
from bot.serving.backups import Backups, backs_up, prune, standing, why
from bot.settings.command_error import CommandError
from registry.applications import files
from registry.people.people import meet, set_preference
from registry.store.tombstones import NAME
from tests.bot.shell import Shell, opened, shell  # noqa: F401  a fixture

START = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
PHOTO = b"%PDF-1.7\n" + bytes(64) + b"\n%%EOF\n"


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hand:
    return Hand()


def _photo(shell: Shell, ref: str) -> str:
    with opened(shell.settings) as store:
        person, _ = store.write_now(meet, channel="telegram", account="1", now=START)
        asked = {"channel": "telegram", "mime": "image/png", "size": len(PHOTO), "now": START}
        made = store.write_now(files.want, person_id=person.id, ref=ref, **asked)
        store.write_now(files.keep, folder=shell.settings.data_dir, file_id=made.id, content=PHOTO)
    return made.id


def _made(shell: Shell) -> list[str]:
    return sorted(path.name for path in shell.settings.backup_folder.glob("*.tar"))


def test_a_backup_is_due_at_once_and_then_at_each_interval(shell: Shell, clock: Hand) -> None:
    _photo(shell, "a")
    made = Backups(shell.settings, clock)
    assert made.is_due()
    assert made.make() is not None
    clock.now += timedelta(minutes=14)
    assert not made.is_due()
    clock.now += timedelta(minutes=1)
    assert made.is_due()

    assert Backups(shell.settings, clock).make() is not None

    assert _made(shell) == ["auto-20260915T010000Z.tar", "auto-20260915T011500Z.tar"]


def test_it_restores_with_files_that_are_stored_once(shell: Shell, clock: Hand) -> None:
    first, made = _photo(shell, "a"), Backups(shell.settings, clock)
    made.make()
    kept = shell.settings.backup_folder / "files" / first
    before = kept.stat().st_ino
    second = _photo(shell, "b")
    clock.now += timedelta(minutes=15)
    made.make()
    newest = standing(shell.settings).newest
    assert newest is not None
    assert kept.stat().st_ino == before
    assert newest.stat().st_size < shell.settings.data_dir.joinpath("ocopbot.db").stat().st_size * 2

    shell.set(DATA_DIR=str(shell.folder / "new"))
    ran = shell("restore", str(newest), "--list", str(shell.folder / "var" / NAME))

    assert ran.code == 0, ran.err
    assert "2 file(s)" in ran.out
    for one in (first, second):
        there = (shell.folder / "new/files" / one).read_bytes()
        assert there == (shell.folder / "var/files" / one).read_bytes()


def test_a_backup_whose_files_were_not_copied_along_is_refused(shell: Shell, clock: Hand) -> None:
    _photo(shell, "a")
    Backups(shell.settings, clock).make()
    shutil.copy(next(shell.settings.backup_folder.glob("*.tar")), shell.folder / "alone.tar")

    shell.set(DATA_DIR=str(shell.folder / "new"))
    ran = shell("restore", str(shell.folder / "alone.tar"), "--without-list")

    assert ran.code == 1
    assert "which is missing" in ran.err
    assert list((shell.folder / "new").iterdir()) == []


def test_the_list_of_tombstones_goes_along(shell: Shell, clock: Hand) -> None:
    with opened(shell.settings) as store:
        person, _ = store.write_now(meet, channel="telegram", account="1", now=START)
        store.write_now(set_preference, person_id=person.id, stopped_at=START)

    Backups(shell.settings, clock).make()

    listed = shell.settings.data_dir / NAME
    assert (shell.settings.backup_folder / NAME).read_bytes() == listed.read_bytes()


def test_a_damaged_archive_is_noticed_when_it_is_read_again(shell: Shell, clock: Hand) -> None:
    _photo(shell, "a")
    Backups(shell.settings, clock).make()
    archive = next(shell.settings.backup_folder.glob("*.tar"))
    read_again(archive)
    content = bytearray(archive.read_bytes())
    content[len(content) // 3] ^= 1
    archive.write_bytes(content)

    with pytest.raises(CommandError, match="damaged"):
        read_again(archive)


def test_every_archive_of_a_day_is_kept_and_of_earlier_days_the_last_one(tmp_path: Path) -> None:
    stamps = [START - timedelta(hours=6 * number) for number in range(40 * 4)]
    for at in stamps:
        (tmp_path / f"auto-{at:%Y%m%dT%H%M%SZ}.tar").touch()
    (tmp_path / "ocopbot-20200101T000000Z.tar").touch()

    prune(tmp_path, keep=timedelta(days=30), now=START)

    kept = sorted((path.name for path in tmp_path.glob("auto-*")), reverse=True)
    assert kept[:5] == [f"auto-{at:%Y%m%dT%H%M%SZ}.tar" for at in stamps[:5]]
    older = [name[5:13] for name in kept[5:]]
    assert len(older) == len(set(older)) >= 28
    assert kept[-1] >= f"auto-{START - timedelta(days=30):%Y%m%d}"
    assert (tmp_path / "ocopbot-20200101T000000Z.tar").exists()  # made by hand


def test_a_file_goes_once_it_was_in_no_archive_for_that_long(shell: Shell, clock: Hand) -> None:
    gone = _photo(shell, "a")
    clock.now = datetime.now(UTC)  # the age of a file is the machine's
    made = Backups(shell.settings, clock)
    made.make()
    (shell.settings.data_dir / "files" / gone).unlink()

    clock.now += timedelta(days=30)
    made.make()
    assert (shell.settings.backup_folder / "files" / gone).exists()
    clock.now += timedelta(days=2)
    made.make()

    assert not (shell.settings.backup_folder / "files" / gone).exists()


def test_a_failure_is_noted_told_and_forgotten_once_it_works(shell: Shell, clock: Hand) -> None:
    _photo(shell, "a")
    shell.set(BACKUP__TO=str(shell.folder / "elsewhere"))
    (shell.folder / "elsewhere").write_text("a file where the folder should be")
    made = Backups(shell.settings, clock)
    assert made.trouble() == ""

    assert made.make() is None

    assert "elsewhere" in made.trouble()
    fault = next(line for line in shell("check").lines if " backup " in line)
    assert fault.startswith("fault")
    assert "no backup yet" in fault
    (shell.folder / "elsewhere").unlink()
    assert made.make() is not None
    assert made.trouble() == ""
    assert next(line for line in shell("check").lines if " backup " in line).startswith(("ok", "warning"))


def test_a_full_disk_is_said_so(tmp_path: Path) -> None:
    assert "is full" in why(OSError(errno.ENOSPC, "No space left on device"), tmp_path)
    assert "is full" in why(backups.sqlite3.OperationalError("database or disk is full"), tmp_path)
    assert "is full" not in why(OSError(errno.EACCES, "Permission denied", "x"), tmp_path)


def test_without_a_backup_for_three_intervals_it_is_said(shell: Shell, clock: Hand) -> None:
    _photo(shell, "a")
    made = Backups(shell.settings, clock)
    made.make()
    clock.now += timedelta(minutes=46)

    assert made.trouble() == "no backup since 2026-09-15T01:00+00:00"


def test_it_can_be_switched_off_and_is_not_for_postgresql(shell: Shell) -> None:
    assert backs_up(shell.settings)
    shell.set(BACKUP__EVERY="0")
    assert not backs_up(shell.settings)
    shell.set(BACKUP__EVERY="15", DATABASE__URL="postgresql://bot@db/ocop")
    assert not backs_up(shell.settings)


# --- the drill --------------------------------------------------------------------------------------------------------


def test_a_drill_restores_the_newest_backup_and_leaves_nothing_behind(shell: Shell, clock: Hand) -> None:
    _photo(shell, "a")
    Backups(shell.settings, clock).make()
    before = sorted(path.name for path in shell.settings.data_dir.iterdir())
    with opened(shell.settings) as store:
        store.write_now(meet, channel="telegram", account="2", now=START)

    ran = shell("backup", "drill")

    assert ran.code == 0, ran.err
    assert re.search(r"^people +1 of +2 rows$", ran.out, re.MULTILINE)
    assert "The backup can be restored." in ran.out
    assert sorted(path.name for path in shell.settings.data_dir.iterdir()) == before


def test_a_drill_takes_away_again_what_was_taken_away_since(shell: Shell, clock: Hand) -> None:
    _photo(shell, "a")
    Backups(shell.settings, clock).make()
    with opened(shell.settings) as store:
        person, _ = store.write_now(meet, channel="telegram", account="1", now=START)
        store.write_now(set_preference, person_id=person.id, stopped_at=START)

    assert "1 × messages unwanted, applied again" in shell("backup", "drill").out


def test_a_drill_names_a_backup_that_cannot_be_restored(shell: Shell, clock: Hand) -> None:
    assert "There is no backup" in shell("backup", "drill").err
    photo = _photo(shell, "a")
    Backups(shell.settings, clock).make()
    (shell.settings.backup_folder / "files" / photo).unlink()

    ran = shell("backup", "drill")

    assert ran.code == 1
    assert "which is missing" in ran.err


def test_a_file_that_is_missing_is_listed_by_check(shell: Shell) -> None:
    photo = _photo(shell, "a")
    assert "are missing" not in shell("check").out
    (shell.settings.data_dir / "files" / photo).unlink()

    assert f"1 kept file(s) are missing in {shell.settings.data_dir / 'files'}: {photo}" in shell("check").out
