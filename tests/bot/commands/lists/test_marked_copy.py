"""The faults of a list come back as a copy of its workbook; corrected there, the copy is taken."""

# ruff: noqa: F811  the fixture is imported by its name
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from bot.commands.chosen import Words
from bot.commands.lists.marking import write_marked
from bot.commands.lists.reading import OfficeList, read_workbook
from content.programme.pack import Pack, load_pack
from tests.bot.shell import Shell, installed, shell  # noqa: F401  fixtures

CASES = Path(__file__).parents[3] / "cases" / "xlsx"
TODAY = date(2026, 12, 1)
CORRECTED: Mapping[str, Mapping[tuple[str, str], str]] = {
    "03_error_cells": {
        ("Chủ thể", "B2"): "Hợp tác xã Khoai deo Mẫu",
        ("Chủ thể", "F2"): "Nguyễn Thị Mẫu",
        ("Sản phẩm", "C2"): "Khoai deo Mẫu",
    },
    "04_half_swapped_days": {
        ("Giấy chứng nhận", "D2"): "03/04/2025",
        ("Giấy chứng nhận", "D3"): "05/06/2025",
        ("Giấy chứng nhận", "D6"): "12/01/2025",
    },
    "05_day_given_ahead": {("Giấy chứng nhận", "D2"): "15/03/2025"},
    "06_tcvn3": {
        ("Chủ thể", "B2"): "Hợp tác xã Khoai deo Hải Ninh",
        ("Chủ thể", "F2"): "Nguyễn Thị Mẫu",
        ("Sản phẩm", "C2"): "Nước mắm Cảnh Dương",
    },
    "10_stars_4_5": {("Giấy chứng nhận", "C2"): "4"},
    "11_stars_points": {("Giấy chứng nhận", "C2"): "4"},
    "12_stars_range": {("Giấy chứng nhận", "C2"): "4"},
    "13_stars_words": {("Giấy chứng nhận", "C2"): "4"},
    "14_certificate_became_day": {("Giấy chứng nhận", "B2"): "12/GCN-UBND"},
}
"""The corrections of an office in the marked cells of the lists that are not taken as they are."""


@cache
def pack() -> Pack:
    return load_pack("quang-tri-2026", TODAY)


def read(path: Path) -> OfficeList:
    return read_workbook(path, pack(), known=set(), today=TODAY)


def copied(path: Path, book: OfficeList, out: Path) -> Path:
    write_marked(path, out, book.faults, book.mapped, Words("vi"))
    return out


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.xlsx")))
def test_a_list_goes_through_its_copy_and_is_taken(name: str, tmp_path: Path):
    path = CASES / f"{name}.xlsx"
    first = read(path)
    copy = copied(path, first, tmp_path / "copy.xlsx")
    again = read(copy)

    assert [(str(one.place), one.kind) for one in again.faults] == [(str(one.place), one.kind) for one in first.faults]
    assert {(one.kind, one.place.sheet) for one in again.remarks} <= {
        (one.kind, one.place.sheet) for one in first.remarks
    }
    corrected = CORRECTED.get(name, {})
    book = load_workbook(copy)
    marks = {
        (page.title, cell.coordinate)
        for page in book
        for row in page.iter_rows()
        for cell in row
        if cell.comment is not None and cell.comment.author == "ocopbot"
    }
    assert marks == set(corrected)
    for (sheet, cell), words in corrected.items():
        book[sheet][cell].value = words
    book.save(copy)
    taken = read(copy)

    assert taken.faults == []
    assert len(taken.products) >= max(1, len(first.products))
    if not first.faults:
        assert (taken.entities, taken.products) == (first.entities, first.products)


def office_list(path: Path) -> Path:
    """A list with titles above, a formula of the office, texts that look like formulas, and two faulty rows."""
    book = Workbook()
    makers = book.active
    assert makers is not None
    makers.title = "Chủ thể"
    for row in (
        ["UBND tỉnh"],
        ["Mã số", "Tên chủ thể", "Loại chủ thể", "Xã, phường", "Điện thoại", "Tổng"],
        ["CT-001", "=1+1", "Hộ gia đình", "=cmd|' /C calc'!A0", "12", None],
        ["CT-002", "HTX Mẫu", "htx", "Ninh Châu", "0900000001", None],
    ):
        makers.append(row)
    makers["B3"].data_type = makers["D3"].data_type = "s"
    makers["F4"] = "=LEN(A4)"
    products = book.create_sheet("Sản phẩm")
    products.append(["Mã số", "Mã số chủ thể", "Tên sản phẩm", "Nhóm sản phẩm"])
    products.append(["SP-001", "CT-002", "Khoai deo", "Thực phẩm"])
    certificates = book.create_sheet("Giấy chứng nhận")
    certificates.append(["Mã số sản phẩm", "Số giấy chứng nhận", "Hạng sao", "Ngày cấp"])
    certificates.append(["SP-001", "12/GCN", "4", "15/12/2025"])
    book.save(path)
    return path


def test_no_text_becomes_a_formula_and_the_offices_formula_stays(tmp_path: Path):
    path = office_list(tmp_path / "list.xlsx")
    before = path.read_bytes()
    copy = load_workbook(copied(path, read(path), tmp_path / "copy.xlsx"))

    assert path.read_bytes() == before
    formulas = [cell for page in copy for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    assert [(cell.parent.title, cell.coordinate, cell.value) for cell in formulas] == [("Chủ thể", "F4", "=LEN(A4)")]
    assert copy["Chủ thể"]["B3"].value == "=1+1"


def test_each_fault_is_in_its_row_in_its_cell_and_on_the_list_in_front(tmp_path: Path):
    path = office_list(tmp_path / "list.xlsx")
    first = read(path)
    copy = load_workbook(copied(path, first, tmp_path / "copy.xlsx"))
    page, front = copy["Chủ thể"], copy.worksheets[0]

    assert page["G2"].value == "Cần sửa"
    assert "Điện thoại (E): " in page["G3"].value
    assert "Xã, phường (D): " in page["G3"].value
    assert page["G4"].value is None
    assert page["E3"].comment is not None
    assert page["E3"].fill.fgColor.rgb == "FFFFC7CF"
    assert page["A3"].comment is None
    assert front.title == "Cần sửa"
    assert [row[1].value for row in front.iter_rows(min_row=2)] == [
        f"{one.place.letter}{one.place.row}" for one in first.faults
    ]


def test_a_second_copy_has_the_marks_of_the_faults_that_are_left(tmp_path: Path):
    first = copied(office_list(tmp_path / "list.xlsx"), read(tmp_path / "list.xlsx"), tmp_path / "first.xlsx")
    book = load_workbook(first)
    book["Chủ thể"]["E3"].value = ""
    book.save(first)
    second = load_workbook(copied(first, read(first), tmp_path / "second.xlsx"))
    page = second["Chủ thể"]

    assert [one.title for one in second.worksheets].count("Cần sửa") == 1
    assert page["G2"].value == "Cần sửa"
    assert page["H2"].value is None
    assert page["E3"].comment is None
    assert page["E3"].fill.fill_type is None
    assert "Điện thoại" not in page["G3"].value
    assert page["D3"].comment is not None


def test_a_book_that_openpyxl_cannot_take_comes_back_as_values(tmp_path: Path):
    path = CASES / "02_empty_fill.xlsx"
    with pytest.raises(TypeError):
        load_workbook(path)
    first = read(path)
    as_values = write_marked(path, tmp_path / "copy.xlsx", first.faults, first.mapped, Words("vi"))

    assert as_values
    assert read(tmp_path / "copy.xlsx").products == first.products


@pytest.mark.usefixtures("installed")
def test_the_command_writes_the_copy_says_where_and_takes_it_when_corrected(shell: Shell):
    shell.set(CLOCK__START="2026-12-01", PACK="quang-tri-2026")
    (shell.folder / "danh-sach.xlsx").write_bytes((CASES / "05_day_given_ahead.xlsx").read_bytes())
    refused = shell("import", "danh-sach.xlsx", "--apply")
    copy = shell.folder / "danh-sach.can-sua.xlsx"

    assert refused.code == 1
    assert f"A copy with the faults was written: {copy.name}." in refused.out
    assert copy.stat().st_mode & 0o077 == 0

    book: Any = load_workbook(copy)
    book["Giấy chứng nhận"]["D2"].value = "15/03/2025"
    book.save(copy)
    taken = shell("import", copy.name, "--apply")

    assert taken.code == 0, taken.err
    assert "Imported." in taken.out


@pytest.mark.usefixtures("installed")
def test_a_copy_never_replaces_a_file(shell: Shell):
    shell.set(CLOCK__START="2026-12-01", PACK="quang-tri-2026")
    (shell.folder / "a.xlsx").write_bytes((CASES / "05_day_given_ahead.xlsx").read_bytes())
    shell("import", "a.xlsx")
    shell("import", "a.xlsx")
    given = shell("import", "a.xlsx", "--copy", "a.xlsx")

    assert (shell.folder / "a.can-sua-2.xlsx").exists()
    assert given.code == 1
    assert "exists and was not changed" in given.err
