"""The shapes of sheets that offices make: hidden parts, titles, two rows of headings, merged cells, damaged cells."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from bot.commands.chosen import Words
from bot.commands.lists.found import said
from bot.commands.lists.reading import OfficeList, read_workbook
from bot.commands.lists.shown import shown
from content.programme.pack import load_pack
from tests.bot.commands.lists.sheet_files import LIST, MAIN, cell, rows, sheet, write

DAY = date(2026, 12, 1)
ENTITIES, PRODUCTS, GIVEN = LIST
Lines = tuple[tuple[str, ...], ...]
ENTITY = LIST[ENTITIES][1]


def read(path: Path, sheets: dict[str, str], **parts: str) -> OfficeList:
    pack = load_pack("quang-tri-2026", DAY)
    return read_workbook(write(path / "list.xlsx", sheets, **parts), pack, known=frozenset(), today=DAY)


def remarks(book: OfficeList) -> list[str]:
    assert [said(one, Words("en")) for one in book.faults] == []
    return [said(one, Words("en")) for one in book.remarks]


def faults(book: OfficeList) -> list[tuple[str, str]]:
    return [(str(one.place), one.kind.name) for one in book.faults]


def entity(**changed: str) -> tuple[str, ...]:
    """A row of the entities with some cells changed, by the letter of their column."""
    return tuple(changed.get("ABCDEFG"[at], value) for at, value in enumerate(ENTITY))


def with_entities(path: Path, *lines: Sequence[str], head: Sequence[str] = LIST[ENTITIES][0]) -> OfficeList:
    return read(path, {ENTITIES: sheet(rows((tuple(head), *map(tuple, lines))))})


def with_given(path: Path, **changed: str) -> OfficeList:
    line = tuple(changed.get("ABCDE"[at], value) for at, value in enumerate(LIST[GIVEN][1]))
    return read(path, {GIVEN: sheet(rows((LIST[GIVEN][0], line)))})


def test_hidden_rows_columns_and_sheets_are_read_and_named(tmp_path: Path) -> None:
    head, line = (
        f"<row{hidden}>{''.join(map(cell, one))}</row>"
        for one, hidden in zip(LIST[ENTITIES], ("", ' hidden="1"'), strict=True)
    )
    columns = '<cols><col min="7" max="7" hidden="1"/></cols>'

    book = read(tmp_path, {ENTITIES: sheet(head + line, before=columns), "hidden Nháp": sheet("")})

    assert book.entities[0].phone == "+84900000001"
    assert remarks(book) == [
        "Chủ thể!G: This column is hidden; it was read.",
        "Chủ thể: Hidden rows were read: 2.",
        "Nháp: This sheet was not taken.",
    ]


def test_a_column_that_is_not_taken_is_named_with_the_name_it_resembles(tmp_path: Path) -> None:
    head = (*LIST[ENTITIES][0][:6], "Điện thọi", "Số căn cước", "SĐT", "", "Cần sửa")

    found = remarks(with_entities(tmp_path, (*ENTITY[:6], "", "1", "0900000001", "x", "y"), head=head))

    assert found == [
        "Chủ thể!G: The column 'Điện thọi' was not taken: 'Điện thoại' is read from column I.",
        "Chủ thể!H: The column 'Số căn cước' was not taken.",
        "Chủ thể!J: This column has no heading and was not taken.",
    ]


def test_titles_numbering_totals_and_signatures_are_left_and_named(tmp_path: Path) -> None:
    lines = (
        ("UBND TỈNH",), LIST[ENTITIES][0], ("(1)", "(2)", "(3)", "(4)", "(5)"), ("", "I. XÃ NINH CHÂU"), ENTITY,
        LIST[ENTITIES][0], ("Tổng cộng", "1", "", "1"), ("", "", "Ngày 3 tháng 11 năm 2026"),
        ("", "Người lập biểu", "", "", "Thủ trưởng đơn vị"),
    )  # fmt: skip

    book = read(tmp_path, {ENTITIES: sheet(rows(lines))})

    assert [one.number for one in book.entities] == ["CT-001"]
    assert [line.partition(":")[0] for line in remarks(book)] == [f"Chủ thể!{row}" for row in (1, 3, 4, 6, 7, 8, 9)]


def test_a_record_without_its_number_is_a_fault_and_no_total(tmp_path: Path) -> None:
    assert faults(with_entities(tmp_path, ENTITY, entity(A="", B="Cộng đồng Mẫu"))) == [("Chủ thể!A3", "EMPTY")]


def test_two_rows_of_headings_are_read_as_one(tmp_path: Path) -> None:
    lines = (
        ("Mã số sản phẩm", "Giấy chứng nhận", "", "", "Hạng sao"),
        ("", "Số", "Ngày cấp", "Hết hạn", ""),
        ("SP-001", "12/QĐ-UBND", "15/12/2025", "", "3"),
    )
    merged = "".join(f'<mergeCell ref="{one}"/>' for one in ("A1:A2", "B1:D1", "E1:E2"))

    book = read(tmp_path, {GIVEN: sheet(rows(lines), f"<mergeCells>{merged}</mergeCells>")})

    assert remarks(book) == []
    assert (book.mapped[2].headings, book.products[0].certificate) == ("1-2", "12/QĐ-UBND")


def test_a_sheet_without_headings_is_told_once(tmp_path: Path) -> None:
    assert faults(read(tmp_path, {ENTITIES: sheet("")})) == [("Chủ thể", "NO_HEADINGS")]


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        ('<c t="e"><v>#REF!</v></c>', "ERROR_CELL"),
        ("#N/A", "ERROR_CELL"),
        ("<c><f>VLOOKUP(A1,B:B,1)</f></c>", "UNSAVED"),
        ('<c t="d"><v>2025-12-01</v></c>', "BECAME_DAY"),
        ("Nguyễn Thị Mẫu 044185001234", "CITIZEN"),
        ("C�ng ty", "LOST_LETTERS"),
    ],
)  # fmt: skip
def test_a_damaged_cell_is_no_name(tmp_path: Path, xml: str, kind: str) -> None:
    assert faults(with_entities(tmp_path, entity(F=xml)))[0] == ("Chủ thể!F2", kind)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("<c><v>100109106</v></c>", "0100109106"),
        ("0100109106001", "0100109106-001"),
        ("<c><v>100109106001</v></c>", "0100109106-001"),
        ("044185001234", "CITIZEN"),
        ("<c><v>44185001234</v></c>", "CITIZEN"),
        ("CCCD 044 185 001 234", "CITIZEN"),
        ("<c><v>100109107</v></c>", "LOST_ZERO"),
        ("12", "NO_TAX_CODE"),
    ],
)
def test_a_tax_code_gets_its_lost_zero_and_an_identity_card_is_refused(
    tmp_path: Path, written: str, read_as: str
) -> None:
    book = with_entities(tmp_path, entity(E=written))

    assert ([one.tax_code for one in book.entities] or [one.kind.name for one in book.faults])[0] == read_as
    assert not any("1850" in value for one in book.faults for value in one.values)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("HTX", "cooperative"), ("Hộ kinh doanh", "household"), ("Công ty TNHH MTV", "company"),
        ("Tổ hợp tác xã viên Mẫu và công ty", None), ("2", None), ("vương quốc", None),
    ],
)  # fmt: skip
def test_a_kind_is_read_as_people_write_it_and_never_counted(tmp_path: Path, written: str, kind: str | None) -> None:
    book = with_entities(tmp_path, entity(C=written))

    assert [one.kind for one in book.entities] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("written", "stars"),
    [
        ("3", 3), ("<c><v>4</v></c>", 4), ("5 sao", 5), ("Ba sao", 3), ("hạng 4 sao", 4), ("***", 3), ("★★★★", 4), ("3*", 3),
        ("OCOP năm sao", 5), ("<c><v>3.5</v></c>", None), ("3/5", None), ("2 sao", None), ("34", None), ("sao", None),
        ("3 sao năm 2023", None), ("ba bốn sao", None),
    ],
)  # fmt: skip
def test_stars_are_one_number_alone(tmp_path: Path, written: str, stars: int | None) -> None:
    assert [one.stars for one in with_given(tmp_path, C=written).products] == ([stars] if stars else [])


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("mai", "NO_DAY"), ("15/3", "NO_DAY"), ("5/5/2021 âm lịch", "NO_DAY"), ("03/25/2021", "NO_DAY"), ("2021", "NO_DAY"),
        ("15/12/2025 và 16/12/2025", "NO_DAY"), ("02/12/2026", "DAY_AHEAD"), ("15/12/2017", "DAY_BEFORE"),
    ],
)  # fmt: skip
def test_a_day_has_its_year_and_is_of_the_programme(tmp_path: Path, written: str, kind: str) -> None:
    assert faults(with_given(tmp_path, D=written)) == [("Giấy chứng nhận!D2", kind)]


def test_an_end_far_away_is_told(tmp_path: Path) -> None:
    assert faults(with_given(tmp_path, E="15/12/2055")) == [("Giấy chứng nhận!E2", "ENDS_LATE")]


def test_a_number_is_read_as_its_format_shows_it(tmp_path: Path) -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="&quot;SP-&quot;000"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    product, given = '<c s="1"><v>1</v></c>', '<c s="2"><v>45992</v></c>'
    lines = {
        PRODUCTS: (LIST[PRODUCTS][0], (product, *LIST[PRODUCTS][1][1:])),
        GIVEN: (LIST[GIVEN][0], ("SP-001", "12/QĐ-UBND", "3", given)),
    }

    book = read(tmp_path, {title: sheet(rows(one)) for title, one in lines.items()}, styles=styles)

    assert (book.products[0].number, book.products[0].certified_on) == ("SP-001", date(2025, 12, 1))


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        (1, "000", "001"), (900000001, "0000 000 000", "0900 000 001"), (12, "00-00", "00-12"), (1234567, "#,##0", "1234567"),
        (3, '0" sao"', "3 sao"), (5, "_(* #,##0_);_(* (#,##0)", "5"), (4.5, "0", "4.5"), (0.5, "0%", "0.5"), (12, "0.00", "12"),
        (8.5e11, "General", "850000000000"), (-1, "000", "-1"), (1, '"không"', "1"), (7, "[Red]00", "07"),
    ],
)  # fmt: skip
def test_a_format_never_changes_the_number(number: float, form: str, text: str) -> None:
    assert shown(number, form) == text
