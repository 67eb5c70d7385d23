"""`places convert`: a whole list, into a copy."""

# ruff: noqa: F811  the fixture is imported by its name
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.bot.shell import Shell, shell  # noqa: F401  a fixture

LIST = [
    ["UBND huyện"],
    ["TT", "Xã, phường", "Huyện", "Chủ thể"],
    [1, "Hải Ninh", "Quảng Ninh", "=1+1"],
    [2, "Hòa Trạch", "", ""],
    [3, "Không Có", "", ""],
    [4, "19225", "", ""],
    [5, "N?m Tr?ch", "", ""],
    [6, "H¶i Ninh", "", ""],
]


@pytest.fixture
def listed(shell: Shell) -> Path:
    shell.set(CLOCK__START="2026-12-01", PACK="quang-tri-2026")
    book = Workbook()
    page = book.active
    assert page is not None
    for row in LIST:
        page.append(row)
    page["D3"].data_type = "s"
    page["E3"] = "=A3+1"
    path = shell.folder / "xa.xlsx"
    book.save(path)
    return path


def rows(path: Path) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in load_workbook(path)["Sheet"].iter_rows(min_row=2)]


def test_a_list_is_converted_into_a_copy_and_counted(shell: Shell, listed: Path):
    before = listed.read_bytes()
    ran = shell("places", "convert", "xa.xlsx")

    assert ran.code == 0, ran.err
    assert listed.read_bytes() == before
    head, first, second, third, fourth, damaged, typed = rows(shell.folder / "xa.doi-ten.xlsx")
    assert head[5:] == ["Tên nay", "Mã nay", "Các nơi cũ", "Ghi chú đổi tên"]
    assert first[5:8] == ["Xã Ninh Châu", "19225", "Xã Hải Ninh, huyện Quảng Ninh"]
    assert second[5:8] == [None] * 3
    assert "19111" in second[8]
    assert "19033" in second[8]
    assert third[5:8] == [None] * 3
    assert fourth[5] == typed[5] == "Xã Ninh Châu"
    assert damaged[5:8] == [None] * 3
    assert "     1 damaged letters, marked" in ran.lines
    assert "     2 old name(s), converted" in ran.lines
    assert "     1 uncertain, marked with all candidates" in ran.lines
    assert "     1 unknown, marked" in ran.lines


def test_an_office_formula_stays_and_a_text_like_one_stays_text(shell: Shell, listed: Path):
    shell("places", "convert", "xa.xlsx")
    page = load_workbook(shell.folder / "xa.doi-ten.xlsx")["Sheet"]

    assert (page["E3"].value, page["E3"].data_type) == ("=A3+1", "f")
    assert (page["D3"].value, page["D3"].data_type) == ("=1+1", "s")
    assert {cell.data_type for row in page.iter_rows(min_col=6) for cell in row if cell.value is not None} == {"s"}


def test_no_file_is_overwritten(shell: Shell, listed: Path):
    shell("places", "convert", "xa.xlsx")
    again = shell("places", "convert", "xa.xlsx")
    same = shell("places", "convert", "xa.xlsx", "--out", "xa.xlsx")

    assert again.code == 0
    assert (shell.folder / "xa.doi-ten-2.xlsx").exists()
    assert same.code == 1
    assert "exists and was not changed" in same.err


def test_a_column_can_be_named(shell: Shell, listed: Path):
    missing = shell("places", "convert", "xa.xlsx", "--column", "Nơi ở")
    named = shell("places", "convert", "xa.xlsx", "--column", "b", "--names", "old")

    assert missing.code == 1
    assert "has no column of communes" in missing.err
    assert named.code == 0
    assert rows(shell.folder / "xa.doi-ten.xlsx")[2][6] == "19111"


def test_what_is_no_workbook_is_said_so(shell: Shell, listed: Path):
    (shell.folder / "xa.csv").write_text("TT,Xã\n1,Hải Ninh\n", "utf-8")

    assert "There is no file" in shell("places", "convert", "missing.xlsx").err
    assert "is a text file (CSV)" in shell("places", "convert", "xa.csv").err
