"""The wordings a platform approves: what its review would refuse is a fault of the pack, with its line."""

import shutil
from pathlib import Path

import pytest

from content.programme.notice_templates import FILE, KINDS, read_notice_templates
from content.programme.pack import PACKS

GOOD = """format: 1
reminder:
  title: Nhắc hạn OCOP
  paragraphs:
    - "Anh/chị có việc: <noi_dung>"
  parameters: {noi_dung: address}
  takes_text: noi_dung
"""


def faults(folder: Path, text: str) -> list[str]:
    (folder / FILE).write_text(text, "utf-8")
    found = []
    read_notice_templates(folder, folder.name, found)
    return [str(fault) for fault in found]


@pytest.mark.parametrize("pack", ["quang-binh-2021", "quang-tri-2026"])
def test_the_packs_word_every_kind_of_notice(pack: str) -> None:
    found = []

    read = read_notice_templates(PACKS / pack, pack, found)

    assert found == []
    assert tuple(read) == KINDS
    assert {one.parameters[one.takes_text] for one in read.values()} == {"address"}


def test_what_is_right_is_read_and_a_pack_without_the_file_has_none(tmp_path: Path) -> None:
    assert read_notice_templates(tmp_path, "pack", []) == {}
    assert faults(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("Nhắc hạn OCOP", "Nhắc", "It has 4 letters"),
        ("Nhắc hạn OCOP", "x" * 66, "It has 66 letters"),
        ("Anh/chị có việc: <noi_dung>", "x <noi>", "do not agree: noi, noi_dung"),
        ("Anh/chị có việc: <noi_dung>", "x" * 380 + " <noi_dung> và vài chữ nữa", "has 406 letters"),
        ("{noi_dung: address}", "{noi_dung: address, ten: name}", "Nothing fills the hole 'ten'"),
        ("{noi_dung: address}", "{noi_dung: poem}", "cannot hold 'poem'"),
        ("takes_text: noi_dung", "takes_text: loi", "'loi' is not a hole"),
        ("reminder:", "remider:", "'remider' is not known here"),
    ],
)
def test_what_a_review_would_refuse_is_told_with_its_line(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    found = faults(tmp_path, GOOD.replace(right, wrong))

    assert any(told in fault for fault in found), found
    assert all(f"{FILE}:" in fault for fault in found)


def test_a_pack_with_a_wording_that_is_refused_is_not_in_order(tmp_path: Path) -> None:
    from content.programme.pack import read_pack

    folder = tmp_path / "quang-tri-2026"
    shutil.copytree(PACKS / "quang-tri-2026", folder)
    (folder / FILE).write_text(GOOD.replace("address", "poem"), "utf-8")

    assert any("poem" in str(fault) for fault in read_pack(folder)[1])
