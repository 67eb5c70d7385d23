# ruff: noqa: F811  the fixture is imported by its name
"""Workbooks as offices send them, taken in by the command; `tests/cases/xlsx/expected.tsv` says how each should end."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from registry.people.people import person
from registry.store.rows import applications, entities
from tests.bot.commands.lists.sheet_files import LIST, rows, sheet, write
from tests.bot.commands.test_import_list import maker, product, read, recognition
from tests.bot.shell import Ran, Shell, installed, shell  # noqa: F401  a fixture

pytestmark = pytest.mark.usefixtures("installed")
CASES = Path(__file__).resolve().parents[3] / "cases" / "xlsx"
NAME, PERSON, PHONE = "Hợp tác xã Khoai deo Mẫu", "Nguyễn Thị Mẫu", "+84900000001"
STARS = "Giấy chứng nhận!C2: These stars make no certificate."

TOLD: Mapping[str, tuple[str, ...]] = {
    "03_error_cells": (
        "Chủ thể!B2: It holds the error #N/A", "Chủ thể!F2: It holds the error #REF!",
        "Sản phẩm!C2: It holds the error #VALUE!",
    ),
    "04_half_swapped_days": tuple(f"Giấy chứng nhận!{cell}: Day and month of" for cell in ("D2", "D3", "D6")),
    "05_day_given_ahead": ("Giấy chứng nhận!D2: 15/03/2035 is ahead.",),
    "06_tcvn3": (
        "Chủ thể!B2: It is written in an old font; in Unicode it would be 'Hợp tác xã Khoai deo Hải Ninh'.",
        "Chủ thể!F2: It is written in an old font; in Unicode it would be 'Nguyễn Thị Mẫu'.",
        "Sản phẩm!C2: It is written in an old font; in Unicode it would be 'Nước mắm Cảnh Dương'.",
    ),
    "10_stars_4_5": (STARS,),
    "11_stars_points": (STARS,),
    "12_stars_range": (STARS,),
    "13_stars_words": (STARS,),
    "14_certificate_became_day": ("Giấy chứng nhận!B2: The spreadsheet made a day of it, 01/12/2025.",),
}  # fmt: skip
"""The faults of the workbooks that are not taken: these and no others."""


def counted(shell: Shell) -> tuple[int, ...]:
    def unit(db: Connection) -> tuple[int, ...]:
        return tuple(db.execute(select(func.count()).select_from(one)).scalar_one() for one in (entities, applications))

    found: tuple[int, ...] = read(shell, unit)
    return found


def keeper(shell: Shell, number: str) -> tuple[str | None, str | None]:
    found = read(shell, lambda db: person(db, maker(shell, number).keeper_id))
    return found.name, found.phone


def certificate(shell: Shell, number: str) -> tuple[str, int, date, date | None]:
    one = recognition(shell, product(shell, number))
    return one.certificate, one.stars, one.issued_on, one.ends_on


def of_the_day(shell: Shell) -> bool:
    return certificate(shell, "SP-001")[2] == date(2021, 3, 15)


TAKEN: Mapping[str, tuple[tuple[int, ...], Callable[[Shell], bool], tuple[str, ...]]] = {
    "00_plain": ((1, 1), lambda shell: keeper(shell, "CT-001") == (PERSON, PHONE), ()),
    "01_dimension_stale": ((50, 50), lambda shell: maker(shell, "CT-050").name == "HTX số 50", ()),
    "02_empty_fill": ((1, 1), lambda shell: maker(shell, "CT-001").name == NAME, ()),
    "07_column_sdt": ((1, 1), lambda shell: keeper(shell, "CT-001") == (PERSON, PHONE), ("G SĐT (Điện thoại)",)),
    "08_column_eth": ((1, 1), lambda shell: keeper(shell, "CT-001") == (PERSON, PHONE), ()),
    "09_column_end": (
        (1, 1),
        lambda shell: (certificate(shell, "SP-001")[3], product(shell, "SP-001").status) == (date(2025, 6, 15), "expired"),
        ("E Ngày hết hạn (Có hiệu lực đến)",),
    ),
    "15a_number_shown_001": (
        (1, 1), lambda shell: maker(shell, "001").name == NAME, ("Chủ thể!A2: 1 was read as it is shown, 001.",),
    ),
    "16a_maker": ((2, 1), lambda shell: product(shell, "SP-001").entity_id == maker(shell, "CT-001").id, ()),
    "18_one_phone_two_people": (
        (2, 2), lambda shell: (keeper(shell, "CT-001"), keeper(shell, "CT-002"))
        == ((PERSON, PHONE), ("Trần Văn Mẫu", PHONE)), (),
    ),
    "19_title_and_total_rows": (
        (1, 1), lambda shell: maker(shell, "CT-001").name == NAME,
        (
            "Chủ thể: Headings in row 5, rows of the list: 1.",
            "Sản phẩm!8: This row was not taken: Tổng cộng: 1.",
            "Giấy chứng nhận!9: This row was not taken: Người lập biểu.",
        ),
    ),
    "20_merged_maker": (
        (1, 2), lambda shell: product(shell, "SP-002").entity_id == maker(shell, "CT-001").id,
        ("Sản phẩm!B2: B2:B3 is merged; each of its rows was read with CT-001.",),
    ),
    **{f"21{letter}_day": ((1, 1), of_the_day, ()) for letter in "abcdefg"},
    "22_certificate_number_format": (
        (1, 1), lambda shell: certificate(shell, "SP-001")[0] == "1234/QĐ-UBND",
        ("Giấy chứng nhận!B2: 1234 was read as it is shown, 1234/QĐ-UBND.",),
    ),
    "23_x000D": ((1, 1), lambda shell: maker(shell, "CT-001").name == NAME, ()),
    "24_tax_code_lost_zero": (
        (1, 1), lambda shell: maker(shell, "CT-001").tax_code == "0100109106",
        ("Chủ thể!E2: A 0 at its beginning was lost and added: 0100109106.",),
    ),
}  # fmt: skip
"""The records, a fact about them, and the lines that must be said, of the workbooks that are taken."""

CORRECTED: Mapping[str, tuple[str, Callable[[Shell], bool]]] = {
    "16b_maker_corrected": (
        "16a_maker",
        lambda shell: (
            (product(shell, "SP-001").entity_id, product(shell, "SP-001").person_id)
            == (maker(shell, "CT-002").id, maker(shell, "CT-002").keeper_id)
        ),
    ),
    "15b_number_text_001": ("15a_number_shown_001", lambda shell: counted(shell) == (1, 1)),
    "17_entity_moved": (
        "00_plain",
        lambda shell: (product(shell, "SP-001").place, product(shell, "SP-001").holder) == ("18880", "18880"),
    ),
}
"""The workbook taken before, and a fact afterwards."""


@pytest.fixture
def office(shell: Shell) -> Shell:
    shell.set(CLOCK__START="2026-12-01", PACK="quang-tri-2026")
    return shell


def take(office: Shell, name: str, *args: str) -> Ran:
    path = office.folder / f"{name}.xlsx"  # a copy with faults is written next to it
    path.write_bytes((CASES / path.name).read_bytes())
    return office("import", path.name, *args)


def test_every_workbook_has_an_outcome() -> None:
    assert {*TOLD, *TAKEN, *CORRECTED} == {path.stem for path in CASES.glob("*.xlsx")}


@pytest.mark.parametrize("name", TAKEN)
def test_a_workbook_is_taken_and_what_was_read_otherwise_is_said(office: Shell, name: str) -> None:
    records, holds, said = TAKEN[name]

    ran = take(office, name, "--apply")

    assert (ran.code, ran.err) == (0, "")
    assert "Imported." in ran.out
    assert counted(office) == records
    assert holds(office)
    assert [words for words in said if words not in ran.out] == []


@pytest.mark.parametrize("name", TOLD)
def test_a_damaged_workbook_is_told_cell_by_cell_and_nothing_is_taken(office: Shell, name: str) -> None:
    ran = take(office, name, "--apply")

    assert ran.code == 1
    faults = [line for line in ran.lines if "Headings in row" not in line and not line.startswith("A copy")]
    assert len(faults) == len(TOLD[name]), ran.out
    assert [words for words in TOLD[name] if not any(line.startswith(words) for line in faults)] == []
    assert "Imported." not in ran.out
    assert counted(office) == (0, 0)


@pytest.mark.parametrize("name", CORRECTED)
def test_a_corrected_workbook_corrects_what_was_taken(office: Shell, name: str) -> None:
    before, holds = CORRECTED[name]
    assert take(office, before, "--apply").code == 0

    assert take(office, name, "--apply").code == 0

    assert holds(office)


def test_a_number_that_differs_by_its_zeros_from_a_known_one_is_told(office: Shell) -> None:
    lines = {
        "Chủ thể": (LIST["Chủ thể"][0], ("1", *LIST["Chủ thể"][1][1:])),
        "Sản phẩm": (LIST["Sản phẩm"][0], ("SP-001", "1", *LIST["Sản phẩm"][1][2:])),
    }
    path = write(office.folder / "list.xlsx", {title: sheet(rows(one)) for title, one in lines.items()})
    assert office("import", str(path), "--apply").code == 0

    ran = take(office, "15b_number_text_001", "--apply")

    assert ran.code == 1
    assert "Chủ thể!A2: 001 is another number than 1 and looks like it." in ran.out
    assert counted(office) == (1, 1)


def test_two_people_with_one_telephone_stay_unchanged_the_second_time(office: Shell) -> None:
    take(office, "18_one_phone_two_people", "--apply")

    assert "2 entities unchanged" in take(office, "18_one_phone_two_people", "--apply").out


def test_a_preview_shows_the_headings_and_columns_and_takes_nothing(office: Shell) -> None:
    ran = take(office, "19_title_and_total_rows")

    assert ran.lines[0].startswith("Chủ thể: Headings in row 5, rows of the list: 1. Columns: A Mã số, B Tên chủ thể,")
    assert "Imported." not in ran.out
    assert counted(office) == (0, 0)
