import contextlib
import os
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from content.message import Message
from registry.applications.file_room.kinds import BrokenFileError, bare, kind_of
from registry.applications.file_room.upkeep import lose_overdue, remove_leaving, repair
from registry.applications.files import (
    LARGEST,
    NotTakenError,
    attach,
    content_of,
    files,
    files_of,
    keep,
    let_go,
    try_later,
    want,
    wanted,
)
from registry.identity.erasing import erase
from registry.store.sealing import Vault
from tests.registry.town import NOW, Town, days

SECRET = b"GPS 17.4833N"


def segment(mark: int, content: bytes) -> bytes:
    return bytes([0xFF, mark]) + struct.pack(">H", len(content) + 2) + content


JPEG = (
    b"\xff\xd8"
    + segment(0xE0, b"JFIF\0\x01\x02")
    + segment(0xE1, b"Exif\0\0" + SECRET)
    + segment(0xE2, b"MPF\0" + SECRET)
    + segment(0xE2, b"ICC_PROFILE\0\x01\x01colours")
    + segment(0xFE, b"comment " + SECRET)
    + segment(0xDB, b"table")
    + segment(0xDA, b"scan")
    + b"\x12\xff\x00\x34\xff\xd0\x56"
    + segment(0xC4, b"between \xff\xd9 scans")
    + segment(0xDA, b"scan")
    + b"\x78\xff\x00"
    + b"\xff\xd9"
)
JPEG_BARE = (
    b"\xff\xd8"
    + segment(0xE0, b"JFIF\0\x01\x02")
    + segment(0xE2, b"ICC_PROFILE\0\x01\x01colours")
    + segment(0xDB, b"table")
    + segment(0xDA, b"scan")
    + b"\x12\xff\x00\x34\xff\xd0\x56"
    + segment(0xC4, b"between \xff\xd9 scans")
    + segment(0xDA, b"scan")
    + b"\x78\xff\x00"
    + b"\xff\xd9"
)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", b"0" * 13)
    + chunk(b"eXIf", SECRET)
    + chunk(b"IDAT", b"x")
    + chunk(b"IEND", b"")
)
WEBP_BODY = (
    b"WEBPVP8X" + struct.pack("<I", 10) + b"\x0c" + b"\0" * 9
    + b"VP8 " + struct.pack("<I", 3) + b"abc\0"
    + b"EXIF" + struct.pack("<I", len(SECRET)) + SECRET
)  # fmt: skip
WEBP = b"RIFF" + struct.pack("<I", len(WEBP_BODY)) + WEBP_BODY
DOCX = b"PK\x03\x04....[Content_Types].xml....word/document.xml"
PDF = b"%PDF-1.7 x"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (WEBP, "image/webp"),
        (PDF, "application/pdf"),
        (DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"OggS....", "audio/ogg"),
        (b"#!AMR\n....", "audio/amr"),
        (b"#!AMR-WB\n...", "audio/amr"),
        (b"\xff\xf1P\x80..", "audio/aac"),
        (b"\0\0\0 ftypM4A ....", "audio/mp4"),
        (b"ID3\x04....", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\0\0\0 ftypisom....", None),
        (b"<svg onload='x'/>", None),
        (b"<html><script>", None),
        (b"PK\x03\x04....xl/workbook.xml", None),
        (b"MZ\x90", None),
        (b"\x7fELF", None),
        (b"GIF89a", None),
        (b"RIFF....WAVE", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content: bytes, kind: str | None) -> None:
    assert kind_of(content) == kind


def test_a_photo_loses_its_place_and_keeps_its_picture() -> None:
    assert bare(JPEG + b"trailing " + SECRET) == JPEG_BARE
    assert bare(JPEG_BARE) == JPEG_BARE


@pytest.mark.parametrize("content", [PNG, WEBP])
def test_other_pictures_lose_their_place_too(content: bytes) -> None:
    kept = bare(content)

    assert SECRET not in kept
    assert kind_of(kept) == kind_of(content)
    assert (b"IDAT" in kept) or (b"abc" in kept)


def test_a_webp_without_its_exif_does_not_claim_one() -> None:
    kept = bare(WEBP)

    assert kept[20] == 0
    assert struct.unpack_from("<I", kept, 4)[0] == len(kept) - 8


@given(cut=st.integers(3, len(JPEG) - 1))
def test_a_picture_cut_off_anywhere_is_refused(cut: int) -> None:
    with pytest.raises(BrokenFileError):
        bare(JPEG[:cut])


@given(st.binary(max_size=200), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\0\0\0WEBP"]))
def test_hostile_bytes_are_taken_or_refused_and_nothing_else(content: bytes, start: bytes) -> None:
    with contextlib.suppress(BrokenFileError):
        bare(start + content)


def wanting(town: Town, person_id: str, ref: str = "r1", size: int = 1000, now=NOW, **more):
    return town.do(
        want, person_id=person_id, channel="telegram", ref=ref, mime="image/jpeg", size=size, now=now, **more
    )


def keeping(town: Town, folder: Path, file, content: bytes = JPEG):
    return town.do(keep, folder=folder, file_id=file.id, content=content)


def test_a_kept_file_is_sealed_on_disk_and_read_back_without_its_place(town: Town, tmp_path: Path) -> None:
    file = wanting(town, town.person(), name="anh.jpg")

    kept = keeping(town, tmp_path, file)

    on_disk = (tmp_path / "files" / file.id).read_bytes()
    assert b"JFIF" not in on_disk
    assert kept is not None
    assert (kept.state, kept.mime, kept.size, kept.name) == ("kept", "image/jpeg", len(JPEG_BARE), "anh.jpg")
    assert town.do(content_of, folder=tmp_path, file=kept) == JPEG_BARE
    assert [path.name for path in (tmp_path / "files").iterdir()] == [file.id]


def test_the_same_reference_again_is_the_same_file(town: Town, tmp_path: Path) -> None:
    lai = town.person()

    assert wanting(town, lai).id == wanting(town, lai).id
    file = wanting(town, lai)
    assert keeping(town, tmp_path, file) is not None
    assert keeping(town, tmp_path, file) is None


def test_too_large_over_quota_and_other_kinds_are_not_taken(town: Town, tmp_path: Path) -> None:
    lai = town.person()

    def why(act) -> str:
        with pytest.raises(NotTakenError) as refusal:
            act()
        return refusal.value.why

    assert why(lambda: wanting(town, lai, size=LARGEST + 1)) == "too_large"
    for number in range(10):
        wanting(town, lai, f"big{number}", LARGEST)
    assert why(lambda: wanting(town, lai, "one more", 1)) == "quota"
    other = wanting(town, town.person())
    assert why(lambda: keeping(town, tmp_path, other, b"<svg/>")) == "kind"
    assert why(lambda: keeping(town, tmp_path, other, JPEG[:30])) == "broken"
    assert not (tmp_path / "files").exists()


def test_somebody_with_many_files_is_not_served_before_everybody_else(town: Town) -> None:
    many, one = town.person(), town.person()
    for number in range(30):
        wanting(town, many, f"many{number}")
    late = wanting(town, one, "one", now=NOW + days(1))

    assert late.id in [file.id for file in town.do(wanted, now=NOW + days(1), limit=2)]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """The forced writes, in order: the folder or file, and the names in it (or next to it) at that moment."""
    seen: list[tuple[str, list[str]]] = []
    fsync = os.fsync

    def recorded(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        folder = path if path.is_dir() else path.parent
        seen.append((path.name, sorted(one.name for one in folder.iterdir())))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", recorded)
    return seen


def test_a_file_and_its_name_are_on_disk_before_it_counts_as_kept(town: Town, tmp_path: Path, synced: list) -> None:
    file = wanting(town, town.person())
    synced.clear()

    keeping(town, tmp_path, file)

    mine = [(name, names) for name, names in synced if name in {"files", tmp_path.name} or name.startswith(file.id)]
    assert mine[1:] == [(f"{file.id}.part", [f"{file.id}.part"]), ("files", [file.id])]
    assert mine[0][0] == tmp_path.name
    assert "files" in mine[0][1]


def test_a_new_key_is_on_disk_under_its_name(tmp_path: Path, synced: list) -> None:
    Vault.create_file(tmp_path / "new" / "secret.key")

    assert synced[-1] == ("new", ["secret.key"])
    assert [name for name, _ in synced] == [tmp_path.name, "secret.key", "new"]


def halved(folder: Path, file_id: str, *, old: bool = False, cut: int | None = None) -> Path:
    """The power went before the name was on disk."""
    whole, half = folder / "files" / file_id, folder / "files" / f"{file_id}.part"
    half.write_bytes(whole.read_bytes()[:cut])
    whole.unlink()
    if old:
        os.utime(half, (NOW.timestamp() - 7200,) * 2)
    else:
        os.utime(half, (NOW.timestamp(),) * 2)
    return half


@pytest.mark.parametrize("old", [False, True])
def test_a_photo_whose_name_was_lost_in_a_power_cut_is_there_again(town: Town, tmp_path: Path, old: bool) -> None:
    kept = keeping(town, tmp_path, wanting(town, town.person()))
    halved(tmp_path, kept.id, old=old)
    assert town.do(content_of, folder=tmp_path, file=kept) is None

    assert town.do(repair, folder=tmp_path, now=NOW) == {"repaired": 1}

    assert town.do(content_of, folder=tmp_path, file=kept) == JPEG_BARE
    assert [one.name for one in (tmp_path / "files").iterdir()] == [kept.id]
    assert town.do(repair, folder=tmp_path, now=NOW) == {}


def test_a_photo_cut_off_in_the_middle_is_never_put_in_place(town: Town, tmp_path: Path) -> None:
    kept = keeping(town, tmp_path, wanting(town, town.person()))
    half = halved(tmp_path, kept.id, cut=40)

    assert town.do(repair, folder=tmp_path, now=NOW) == {"wanted": 1}
    assert half.exists()
    assert town.do(repair, folder=tmp_path, now=NOW + days(1)) == {"removed": 1}
    assert town.do(content_of, folder=tmp_path, file=kept) is None


def test_a_photo_cut_off_in_the_middle_is_fetched_again_or_asked_for(town: Town, tmp_path: Path) -> None:
    lai = town.person()
    kept = keeping(town, tmp_path, wanting(town, lai))
    halved(tmp_path, kept.id, cut=40)
    town.do(repair, folder=tmp_path, now=NOW)

    (again,) = town.do(wanted, now=NOW)
    assert town.do(content_of, folder=tmp_path, file=keeping(town, tmp_path, again)) == JPEG_BARE
    halved(tmp_path, kept.id, cut=40)
    town.do(repair, folder=tmp_path, now=NOW)
    town.do(lose_overdue, now=NOW + days(1), tell=town.told)
    assert town.told == [(lai, "file.lost")]


def test_what_another_process_may_be_writing_is_left_and_strays_go_after_an_hour(town: Town, tmp_path: Path) -> None:
    waits = wanting(town, town.person())
    kept = keeping(town, tmp_path, wanting(town, town.person()))
    room = tmp_path / "files"
    for name in (waits.id, kept.id, "nobodys"):
        (room / f"{name}.part").write_bytes(b"half")
        os.utime(room / f"{name}.part", (NOW.timestamp(),) * 2)

    assert town.do(repair, folder=tmp_path, now=NOW + days(0.01)) == {}
    assert town.do(repair, folder=tmp_path, now=NOW + days(1)) == {"removed": 3}
    assert [one.name for one in room.iterdir()] == [kept.id]
    assert town.do(content_of, folder=tmp_path, file=kept) == JPEG_BARE


def test_the_half_of_somebody_who_was_erased_is_not_put_in_place(town: Town, tmp_path: Path) -> None:
    lai = town.person()
    kept = keeping(town, tmp_path, wanting(town, lai))
    half = halved(tmp_path, kept.id, old=True)
    town.do(erase, pack=town.pack, person_id=lai, now=NOW, tell=town.told)

    assert town.do(repair, folder=tmp_path, now=NOW) == {"removed": 1}
    assert not half.exists()


def test_no_file_room_is_nothing_to_repair(town: Town, tmp_path: Path) -> None:
    assert town.do(repair, folder=tmp_path / "none", now=NOW) == {}


def test_what_is_wanted_is_tried_again_later_each_time(town: Town) -> None:
    file = wanting(town, town.person())
    assert [one.id for one in town.do(wanted, now=NOW)] == [file.id]

    town.do(try_later, file_id=file.id, now=NOW)

    assert town.do(wanted, now=NOW) == ()
    assert [one.attempts for one in town.do(wanted, now=NOW + days(1))] == [1]


def test_a_file_that_never_came_is_given_up_after_a_day_and_its_person_told_once(town: Town) -> None:
    lai = town.person()
    file = wanting(town, lai)

    assert town.do(lose_overdue, now=NOW + days(0.9), tell=town.told) == {"lost": 0, "left": 0}
    assert town.do(lose_overdue, now=NOW + days(1), tell=town.told) == {"lost": 1, "left": 0}
    assert town.do(lose_overdue, now=NOW + days(2), tell=town.told) == {"lost": 0, "left": 0}

    assert town.told == [(lai, "file.lost")]
    assert town.pending(lai) == [f"file:{file.id}:lost"]


def test_a_file_is_laid_only_with_its_sender_s_application(town: Town) -> None:
    lai, stranger = town.person(), town.person()
    idea = town.idea(lai)
    file = wanting(town, lai)

    assert town.do(attach, file_ids=[file.id], person_id=stranger, application_id=idea.id) == 0
    assert town.do(attach, file_ids=[file.id], person_id=lai, application_id=idea.id) == 1
    assert [one.id for one in town.do(files_of, application_id=idea.id)] == [file.id]


def test_the_files_of_an_erased_person_cannot_be_read_and_go(town: Town, tmp_path: Path) -> None:
    lai = town.person()
    kept = keeping(town, tmp_path, wanting(town, lai))
    assert kept is not None

    town.do(erase, pack=town.pack, person_id=lai, now=NOW, tell=lambda *_: Message("?"))

    assert town.do(content_of, folder=tmp_path, file=kept) is None
    assert town.do(remove_leaving, folder=tmp_path) == {"removed": 1, "left": 0}
    assert town.do(remove_leaving, folder=tmp_path) == {"removed": 0, "left": 0}
    assert list((tmp_path / "files").iterdir()) == []
    assert town.do(lambda db: db.execute(select(files.c.state)).scalar_one()) == "lost"


def test_only_ones_own_file_that_lies_with_no_application_is_let_go(town: Town, tmp_path: Path) -> None:
    lai, ong = town.person(), town.person()
    needed, loose, others = (
        keeping(town, tmp_path, wanting(town, who, ref=ref)) for who, ref in ((lai, "a"), (lai, "b"), (ong, "c"))
    )
    assert needed is not None
    assert loose is not None
    assert others is not None
    town.do(attach, file_ids=[needed.id], person_id=lai, application_id=town.idea(lai).id)

    assert town.do(let_go, file_ids=[needed.id, loose.id, others.id], person_id=lai) == 1

    assert town.do(remove_leaving, folder=tmp_path) == {"removed": 1, "left": 0}
    assert sorted(one.name for one in (tmp_path / "files").iterdir()) == sorted([needed.id, others.id])
