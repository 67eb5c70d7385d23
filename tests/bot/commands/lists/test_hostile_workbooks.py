"""A workbook that is not what a spreadsheet program writes: it is refused before it costs memory."""

import zipfile
from datetime import date
from pathlib import Path

import pytest

from bot.commands.lists.package import LIMITS, Limits
from bot.commands.lists.reading import OfficeList, read_workbook
from bot.settings.command_error import CommandError
from content.programme.pack import load_pack
from tests.bot.commands.lists.sheet_files import LIST, MAIN, rows, sheet, write

DAY = date(2026, 12, 1)


def read(path: Path, limits: Limits = LIMITS) -> OfficeList:
    return read_workbook(path, load_pack("quang-tri-2026", DAY), known=frozenset(), today=DAY, limits=limits)


def refused(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(CommandError) as told:
        read(path, limits)
    return str(told.value)


def test_a_usual_list_is_within_small_limits(tmp_path: Path) -> None:
    limits = Limits(part_bytes=5_000, texts_bytes=100, tag_bytes=500, cells=40, kept=40)

    assert len(read(write(tmp_path / "list.xlsx"), limits).products) == 1


@pytest.mark.parametrize("part", ["workbook", "sharedStrings", "styles", "worksheets/sheet1"])
def test_declared_entities_are_refused_in_every_part(tmp_path: Path, part: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    path = write(tmp_path / "list.xlsx", None, **{part: f"{bomb}<sst xmlns='{MAIN}'><si><t>&b;</t></si></sst>"})

    assert "declares XML entities" in refused(path)


@pytest.mark.parametrize(
    ("limits", "sheets", "parts"),
    [
        (Limits(part_bytes=2_000), {"Chủ thể": sheet(" " * 3_000)}, {}),
        (Limits(texts_bytes=2_000), {}, {"sharedStrings": f"<sst xmlns='{MAIN}'>{'<si><t>a</t></si>' * 200}</sst>"}),
        (Limits(cells=100), {"Chủ thể": sheet(f"<row>{'<c/>' * 101}</row>")}, {}),
        (Limits(kept=100), {"Chủ thể": sheet("<row><c><v>1</v></c></row>" * 101)}, {}),
        (Limits(tag_bytes=1_000), {"Chủ thể": sheet(f'<row r="{"1" * 300_000}"/>')}, {}),
    ],
    ids=["a part", "shared texts", "empty cells", "cells", "one tag"],
)  # fmt: skip
def test_what_is_larger_than_any_list_is_refused(
    tmp_path: Path, limits: Limits, sheets: dict[str, str], parts: dict[str, str]
) -> None:
    assert "larger unpacked than any list" in refused(write(tmp_path / "list.xlsx", sheets, **parts), limits)


def test_a_long_text_is_cut_before_it_is_kept(tmp_path: Path) -> None:
    lines = (LIST["Chủ thể"][0], ("CT-001", "a" * 500, *LIST["Chủ thể"][1][2:]))
    book = read(write(tmp_path / "list.xlsx", {"Chủ thể": sheet(rows(lines))}), Limits(letters=310))

    assert [(str(one.place), one.kind.name) for one in book.faults if one.place.letter == "B"] == [
        ("Chủ thể!B2", "TOO_LONG")
    ]


def test_a_directory_of_too_many_files_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for at in range(6_000):
            archive.writestr(f"{'x' * 120}{at}", "")

    assert "holds too many files" in refused(path)


def test_a_size_that_is_declared_too_small_reads_no_more_and_is_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "list.xlsx")
    raw = path.read_bytes()
    size = len(sheet(rows(LIST["Chủ thể"])).encode()).to_bytes(4, "little")
    path.write_bytes(raw.replace(size, (100).to_bytes(4, "little")))

    assert "is damaged" in refused(path)


def test_a_cut_file_is_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "list.xlsx")
    path.write_bytes(path.read_bytes()[:-40])

    assert "is not an .xlsx workbook" in refused(path)


def test_broken_markup_is_damage(tmp_path: Path) -> None:
    assert "is damaged" in refused(write(tmp_path / "list.xlsx", {"Chủ thể": "<worksheet><sheetData>"}))


def test_a_merged_range_over_the_whole_sheet_costs_no_more_than_its_rows(tmp_path: Path) -> None:
    merged = '<mergeCells><mergeCell ref="A2:XFD1048576"/></mergeCells>'
    book = read(write(tmp_path / "list.xlsx", {"Chủ thể": sheet(rows(LIST["Chủ thể"]), merged)}))

    assert len(book.entities) == 1


def test_merged_ranges_within_another_are_left_out(tmp_path: Path) -> None:
    ranges = "".join(f'<mergeCell ref="B{row}:B9"/>' for row in (2, 3, 4))
    lines = (LIST["Sản phẩm"][0], LIST["Sản phẩm"][1], ("SP-002", "", *LIST["Sản phẩm"][1][2:]))
    given = (*LIST["Giấy chứng nhận"], ("SP-002", *LIST["Giấy chứng nhận"][1][1:]))
    sheets = {
        "Sản phẩm": sheet(rows(lines), f"<mergeCells>{ranges}</mergeCells>"),
        "Giấy chứng nhận": sheet(rows(given)),
    }

    book = read(write(tmp_path / "list.xlsx", sheets))

    assert [one.entity for one in book.products] == ["CT-001", "CT-001"]
    assert len(book.remarks) == 1
