"""Nothing fills the disk: quotas of one and of all, and nothing that is kept without being needed."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from registry.applications.drafts import open_draft, save_draft
from registry.applications.file_room.upkeep import remove_leaving, strays, sweep_loose, without_row
from registry.applications.files import (
    LOOSE_FOR,
    NotTakenError,
    Quota,
    attach,
    bytes_here,
    file_by_id,
    files,
    keep,
    let_go,
    lose,
    want,
)
from registry.identity.erasing import erase
from tests.registry.town import NOW, Town, days

PHOTO = b"%PDF-1.7\n" + bytes(64) + b"\n%%EOF\n"
LATER = NOW + LOOSE_FOR + timedelta(hours=1)


def sent(town: Town, person_id: str, ref: str, size: int = len(PHOTO), **more: object) -> str:
    asked = {"channel": "telegram", "ref": ref, "mime": "application/pdf", "size": size, "now": NOW} | more
    return town.do(want, person_id=person_id, **asked).id


def kept(town: Town, folder: Path, person_id: str, ref: str) -> str:
    one = sent(town, person_id, ref)
    town.do(keep, folder=folder, file_id=one, content=PHOTO)
    return one


def really_here(db) -> int:
    here = files.c.state.in_(("wanted", "kept"))
    return db.execute(select(func.coalesce(func.sum(files.c.size), 0)).where(here)).scalar_one()


def test_everybody_together_has_a_quota(town: Town) -> None:
    quota = Quota(person=1000, together=1500)
    sent(town, town.person("mai"), "a", 900, quota=quota)

    with pytest.raises(NotTakenError) as refusal:
        sent(town, town.person("tuan"), "b", 700, quota=quota)
    assert refusal.value.why == "full"
    sent(town, town.person("tuan"), "c", 600, quota=quota)


def test_the_bytes_that_come_count_and_not_those_announced(town: Town, tmp_path: Path) -> None:
    one = sent(town, town.person("mai"), "a", 1)
    with pytest.raises(NotTakenError) as refusal:
        town.do(keep, folder=tmp_path, file_id=one, content=PHOTO, quota=Quota(person=1000, together=50))
    assert refusal.value.why == "full"
    assert not (tmp_path / "files" / one).exists()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(["want", "keep", "lose", "let_go", "sweep", "erase"]), max_size=12))
def test_the_count_of_bytes_is_always_the_sum(town: Town, tmp_path: Path, acts: list[str]) -> None:
    person = town.person("mai")
    waiting: list[str] = []
    for number, act in enumerate(acts, 1):
        match act:
            case "want":
                waiting.append(sent(town, person, f"{person}{number}", 10 * number))
            case "keep" if waiting:
                town.do(keep, folder=tmp_path, file_id=waiting[-1], content=PHOTO)
            case "lose" if waiting:
                found = town.do(file_by_id, waiting.pop())
                town.do(lose, file=found, why="lost", now=NOW, tell=town.told)
            case "let_go" if waiting:
                town.do(let_go, file_ids=[waiting.pop()], person_id=person)
            case "sweep":
                town.do(sweep_loose, now=LATER)
            case "erase":
                town.do(erase, person_id=person, pack=town.pack, now=NOW, tell=town.told)
                break
    assert town.do(bytes_here) == town.do(really_here)


def test_a_file_that_nothing_names_is_let_go_after_its_time(town: Town, tmp_path: Path) -> None:
    one = kept(town, tmp_path, town.person("mai"), "a")

    assert town.do(sweep_loose, now=NOW + LOOSE_FOR - timedelta(hours=1)) == {"unattached": 0, "left": 0}
    assert town.do(sweep_loose, now=LATER) == {"unattached": 1, "left": 0}
    assert town.do(sweep_loose, now=LATER) == {"unattached": 0, "left": 0}
    town.do(remove_leaving, folder=tmp_path)
    assert not (tmp_path / "files" / one).exists()


def test_an_upload_that_no_message_followed_is_let_go_after_a_day(town: Town, tmp_path: Path) -> None:
    mai = town.person("mai")
    for ref in ("followed", "forgotten"):
        one = sent(town, mai, ref, loose_for=timedelta(days=1))
        town.do(keep, folder=tmp_path, file_id=one, content=PHOTO)
    followed = sent(town, mai, "followed")  # the turn of the message that names it

    assert town.do(sweep_loose, now=NOW + days(2)) == {"unattached": 1, "left": 0}
    assert town.do(file_by_id, followed).state == "kept"


def test_a_photo_of_a_form_that_was_left_for_months_stays(town: Town, tmp_path: Path) -> None:
    mai = town.person("mai")
    one = kept(town, tmp_path, mai, "a")
    draft = town.do(open_draft, person_id=mai, form="idea", now=NOW)
    town.do(save_draft, draft=draft, answers={"photos": [one]}, waits_for=None, now=NOW)

    for months in range(1, 7):
        assert town.do(sweep_loose, now=NOW + months * (LOOSE_FOR + timedelta(days=1)))["unattached"] == 0
    assert town.do(file_by_id, one).state == "kept"


def test_a_file_of_an_application_is_never_looked_at(town: Town, tmp_path: Path) -> None:
    mai = town.person("mai")
    one = kept(town, tmp_path, mai, "a")
    assert town.do(attach, file_ids=[one], person_id=mai, application_id=town.idea(mai).id) == 1

    assert town.do(sweep_loose, now=LATER) == {"unattached": 0, "left": 0}


def test_a_sweep_takes_a_slice_and_says_that_more_is_left(town: Town, tmp_path: Path) -> None:
    mai = town.person("mai")
    for number in range(5):
        kept(town, tmp_path, mai, str(number))

    assert [town.do(sweep_loose, now=LATER, limit=2) for _ in range(3)] == [
        {"unattached": 2, "left": 1},
        {"unattached": 2, "left": 1},
        {"unattached": 1, "left": 0},
    ]


def test_bytes_without_a_row_are_found_once_they_are_old(town: Town, tmp_path: Path) -> None:
    one = kept(town, tmp_path, town.person("mai"), "a")
    stray = tmp_path / "files" / "no-row-knows-it"
    stray.write_bytes(b"x")

    assert strays(tmp_path, NOW - timedelta(days=9999)) == []
    for file in (stray, tmp_path / "files" / one):
        os.utime(file, (0, 0))
    found = strays(tmp_path, NOW)
    assert sorted(found) == sorted([one, stray.name])
    assert town.do(without_row, names=found) == [stray.name]
    assert strays(tmp_path / "nowhere", NOW) == []
