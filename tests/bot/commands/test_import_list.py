# ruff: noqa: F811  the fixture is imported by its name
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import Connection, func, select

from bot.commands.lists.sheets import sheets
from registry.applications.applications import Application, events, read_application
from registry.applications.entities import Entity, add_member, entity
from registry.people.people import by_phone, forget, meet, person, set_phone
from registry.products.products import product as product_record
from registry.products.recognitions import Recognition, standing
from registry.store.audit import audit
from registry.store.rows import applications, deliveries, entities, members, people
from tests.bot.shell import Ran, Shell, installed, opened, shell  # noqa: F401  a fixture

pytestmark = pytest.mark.usefixtures("installed")
NOW = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
Rows = Mapping[str, Sequence[Sequence[Any]]]
LIST: Rows = {
    "entities": [
        ["CT-001", "HTX Khoai deo Mẫu", "htx", "hai ninh", "", "Nguyễn Thị Mẫu", 900000001],
        ["CT-002", "Hộ ông Mẫu", "Hộ gia đình", 19225.0, "", "", ""],
    ],
    "products": [
        ["SP-001", "CT-001", "Khoai deo Mẫu", "thuc pham"],
        ["SP-002", "CT-002", "=1+1", "Thực phẩm"],
    ],
    "certificates": [
        ["SP-001", "7/GCN", "3 sao", "28/02/2022", ""],
        ["SP-001", "12/GCN", 4, datetime(2025, 12, 15), ""],
        ["SP-002", "13/GCN", "3", "01/03/2022", "01/03/2025"],
    ],
}


def workbook(path: Path, rows: Rows, **changed: Sequence[Sequence[Any]]) -> Path:
    book = Workbook()
    for key, sheet in sheets().items():
        page = book.create_sheet(sheet.name.upper())  # capitals do not matter
        page.append([column.name for column in sheet.columns.values()])
        for row in changed.get(key, rows[key]):
            page.append(row)
            for cell in page[page.max_row]:
                if isinstance(cell.value, str):
                    cell.data_type = "s"
    book.save(path)
    return path


@pytest.fixture
def imported(shell: Shell) -> Shell:
    shell.set(CLOCK__START="2026-09-15", PACK="quang-tri-2026")
    workbook(shell.folder / "list.xlsx", LIST)
    return shell


def read(shell: Shell, unit: Any) -> Any:
    with opened(shell.settings) as store:
        return store.read_now(unit)


def counted(shell: Shell) -> tuple[int, ...]:
    def unit(db: Connection) -> tuple[int, ...]:
        tables = (entities, applications, people, members, events, audit)
        return tuple(db.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)

    found: tuple[int, ...] = read(shell, unit)
    return found


def product(shell: Shell, number: str) -> Application:
    def unit(db: Connection) -> Application | None:
        key = f"import:{number}"
        found = db.execute(select(applications.c.id).where(applications.c.draft_key == key)).scalar_one()
        return read_application(db, found)

    found = read(shell, unit)
    assert isinstance(found, Application)
    return found


def recognition(shell: Shell, course: Application) -> Recognition:
    found = read(shell, lambda db: standing(db, course.product_id))
    assert isinstance(found, Recognition)
    return found


def maker(shell: Shell, number: str) -> Entity:
    def unit(db: Connection) -> Entity | None:
        return entity(db, db.execute(select(entities.c.id).where(entities.c.imported == number)).scalar_one())

    found = read(shell, unit)
    assert isinstance(found, Entity)
    return found


def take(shell: Shell, *args: str) -> Ran:
    return shell("import", "list.xlsx", *args)


def test_a_dry_run_tells_what_would_be_done_and_writes_nothing(imported: Shell) -> None:
    ran = take(imported)

    assert ran.code == 0
    assert "2 entities added" in ran.out
    assert "2 products added" in ran.out
    assert "Xã Hải Ninh is now Xã Ninh Châu (19225)" in ran.out
    assert counted(imported) == (0, 0, 0, 0, 0, 0)


def test_an_import_makes_entities_and_recognised_products_with_their_latest_certificate(imported: Shell) -> None:
    assert take(imported, "--apply").code == 0

    found, over = product(imported, "SP-001"), product(imported, "SP-002")
    stands = recognition(imported, found)
    assert (found.status, stands.stars, stands.certificate) == ("recognised", 4, "12/GCN")
    assert (stands.issued_on, stands.ends_on, stands.issued_by) == (date(2025, 12, 15), date(2028, 12, 15), "province")
    assert (found.product, found.product_group, found.place, found.kind) == (
        "Khoai deo Mẫu", "food", "19225", "recognised",
    )  # fmt: skip
    assert (over.status, over.product) == ("expired", "=1+1")
    assert maker(imported, "CT-001") == Entity(
        maker(imported, "CT-001").id, found.person_id, "cooperative", "19225", "HTX Khoai deo Mẫu", None
    )


def test_the_keeper_is_kept_sealed_and_found_by_phone(imported: Shell) -> None:
    take(imported, "--apply")

    keeper = read(imported, lambda db: person(db, by_phone(db, "+84900000001") or ""))
    assert (keeper.name, keeper.phone) == ("Nguyễn Thị Mẫu", "+84900000001")
    for file in (imported.folder / "var").iterdir():
        content = file.read_bytes()
        assert not any(word in content for word in (b"900000001", "Nguyễn Thị Mẫu".encode(), b"Khoai deo"))


def test_the_same_list_twice_changes_nothing_but_the_note_that_it_was_taken(imported: Shell) -> None:
    take(imported, "--apply")
    before = counted(imported)
    again = take(imported, "--apply")

    assert "2 entities unchanged" in again.out
    assert "2 products unchanged" in again.out
    assert counted(imported) == (*before[:-1], before[-1] + 1)


def test_a_corrected_list_corrects_by_the_offices_numbers(imported: Shell) -> None:
    take(imported, "--apply")
    code = product(imported, "SP-001").code
    workbook(
        imported.folder / "list.xlsx",
        LIST,
        entities=[["CT-001", "HTX Mới", "htx", "19207", "", "Nguyễn Thị Mẫu", "0900 000 009"], LIST["entities"][1]],
        certificates=[["SP-001", "14/GCN", "5", "01/09/2026", ""], LIST["certificates"][2]],
    )

    ran = take(imported, "--apply")

    found = product(imported, "SP-001")
    assert "1 entities changed" in ran.out
    assert "1 products changed" in ran.out
    stands = recognition(imported, found)
    assert (found.code, stands.stars, stands.certificate, found.place) == (code, 5, "14/GCN", "19207")
    assert found.version == 2
    assert found.answers["entity_name"] == "HTX Mới"
    assert read(imported, lambda db: by_phone(db, "+84900000009")) == found.person_id


def test_an_import_lists_what_nobody_has_claimed_and_a_code_is_made_for_it(imported: Shell) -> None:
    taken = take(imported, "--apply")
    assert "2 entities have nobody yet" in taken.out
    assert "CT-001  HTX Khoai deo Mẫu, Xã Ninh Châu" in taken.out

    first, second = imported("claim-code", "CT-001"), imported("claim-code", product(imported, "SP-001").code)

    code = first.lines[0]
    assert (first.code, second.code) == (0, 0)
    assert code.startswith("/nhan ")
    assert code != second.lines[0]
    assert "HTX Khoai deo Mẫu" in first.out
    assert "2 entities have nobody yet" in imported("claim-code").out
    assert imported("claim-code", "CT-999").code == 1


def test_a_corrected_maker_gets_the_product_and_a_moved_one_its_office(imported: Shell) -> None:
    take(imported, "--apply")
    other = [["SP-001", "CT-002", "Khoai deo Mẫu", "thuc pham"], LIST["products"][1]]
    entities = [LIST["entities"][0], ["CT-002", "Hộ ông Mẫu", "Hộ gia đình", "19207", "", "", ""]]
    workbook(imported.folder / "list.xlsx", LIST, entities=entities, products=other)

    assert "2 products changed" in take(imported, "--apply").out
    assert "2 products unchanged" in take(imported, "--apply").out

    found, second = product(imported, "SP-001"), maker(imported, "CT-002")
    assert (found.entity_id, found.person_id, found.place, found.holder) == (
        second.id, second.keeper_id, "19207", "19207",
    )  # fmt: skip
    assert found.product == "Khoai deo Mẫu"
    assert recognition(imported, found).certificate == "12/GCN"


def test_a_list_takes_no_product_from_somebody_who_has_it(imported: Shell) -> None:
    take(imported, "--apply")
    with opened(imported.settings) as store:
        owner, _ = store.write_now(meet, channel="telegram", account="1", now=NOW)
        first = maker(imported, "CT-001").id
        store.write_now(add_member, entity_id=first, person_id=owner.id, part="owner", now=NOW)
    other = [["SP-001", "CT-002", "Khoai deo Mẫu", "thuc pham"], LIST["products"][1]]
    workbook(imported.folder / "list.xlsx", LIST, products=other)

    assert "not changed: SP-001. A person has taken it over" in take(imported, "--apply").out
    assert product(imported, "SP-001").entity_id == first


def test_a_set_is_noted_and_a_list_without_one_leaves_it(imported: Shell) -> None:
    take(imported, "--apply")
    named = [[*LIST["products"][0], "Chế biến từ rau, củ, quả, hạt"], [*LIST["products"][1], 7]]
    workbook(imported.folder / "list.xlsx", LIST, products=named)
    assert "2 products changed" in take(imported, "--apply").out
    workbook(imported.folder / "list.xlsx", LIST)
    assert "2 products unchanged" in take(imported, "--apply").out

    for number in ("SP-001", "SP-002"):
        of = product(imported, number).product_id
        assert read(imported, lambda db, of=of: product_record(db, of)).product_set == 7


def test_two_people_with_one_phone_stay_two_people(imported: Shell) -> None:
    both = [["CT-001", "HTX Một", "htx", "19225", "", "Người Một", "0900000001"],
            ["CT-002", "Hộ Hai", "Hộ gia đình", "19225", "", "Người Hai", "0900000001"]]  # fmt: skip
    workbook(imported.folder / "list.xlsx", LIST, entities=both)
    take(imported, "--apply")

    named = [read(imported, lambda db, of=of: person(db, of)).name for of in
             (maker(imported, "CT-001").keeper_id, maker(imported, "CT-002").keeper_id)]  # fmt: skip
    assert named == ["Người Một", "Người Hai"]
    assert "2 entities unchanged" in take(imported, "--apply").out


def test_a_number_in_a_list_makes_nobody_who_speaks_with_the_bot_an_owner(imported: Shell) -> None:
    with opened(imported.settings) as store:
        somebody, _ = store.write_now(meet, channel="telegram", account="1", now=NOW)
        store.write_now(set_phone, person_id=somebody.id, phone="+84900000001")

    take(imported, "--apply")

    assert maker(imported, "CT-001").keeper_id != somebody.id


def test_what_was_erased_by_its_person_stays_erased(imported: Shell) -> None:
    take(imported, "--apply")
    keeper = maker(imported, "CT-001").keeper_id
    with opened(imported.settings) as store:
        store.write_now(forget, person_id=keeper, now=NOW)

    ran = take(imported, "--apply")

    assert ran.code == 0
    assert "not changed: SP-001. Its person erased it" in ran.out
    assert product(imported, "SP-001").answers == {}


def test_nobody_is_told_anything(imported: Shell) -> None:
    take(imported, "--apply")

    assert read(imported, lambda db: db.execute(select(func.count()).select_from(deliveries)).scalar_one()) == 0


FAULTS: Mapping[str, tuple[str, list[Any], str]] = {
    "a number that is missing": ("entities", ["", "A", "htx", "19225"], "Chủ thể!A4: It is empty."),
    "a number with a blank": ("entities", ["CT 3", "A", "htx", "19225"], "Chủ thể!A4: 'CT 3' is not a number"),
    "a number twice": ("entities", ["CT-001", "A", "htx", "19225"], "Chủ thể!A4: CT-001 occurs twice."),
    "an unknown kind": ("entities", ["CT-003", "A", "vương quốc", "19225"], "Chủ thể!C4:"),
    "an unknown place": ("entities", ["CT-003", "A", "htx", "Paris"], "Chủ thể!D4: 'Paris' does not name one commune."),
    "no phone number": ("entities", ["CT-003", "A", "htx", "19225", "", "", "12"], "Chủ thể!G4: This is not a phone"),
    "no tax code": ("entities", ["CT-003", "A", "htx", "19225", "123"], "Chủ thể!E4: This is not a tax code"),
    "a maker nobody listed": ("products", ["SP-003", "CT-999", "A", "Thực phẩm"], "Sản phẩm!B4: No entity"),
    "an unknown group": ("products", ["SP-003", "CT-001", "A", "xe hơi"], "Sản phẩm!D4:"),
    "a product without certificate": ("products", ["SP-003", "CT-001", "A", "Thực phẩm"], "Sản phẩm!A4: This product"),
    "a certificate of nothing": ("certificates", ["SP-9", "1", "3", "01/01/2026"], "Giấy chứng nhận!A5: No product"),
    "too many stars": ("certificates", ["SP-001", "1", "6", "01/01/2026"], "Giấy chứng nhận!C5: These stars"),
    "a set of another group": ("products", ["SP-003", "CT-001", "A", "Thực phẩm", "20"], "Sản phẩm!E4: '20' is not a set"),
    "no such day": ("certificates", ["SP-001", "1", "3", "31/02/2026"], "Giấy chứng nhận!D5: '31/02/2026' is not a day."),
    "an end before the beginning": (
        "certificates", ["SP-001", "1", "3", "01/01/2026", "01/01/2025"], "Giấy chứng nhận!E5: It ends before",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTS)
def test_a_faulty_row_is_named_by_its_cell_and_nothing_is_taken_in(imported: Shell, what: str) -> None:
    key, row, words = FAULTS[what]
    workbook(imported.folder / "list.xlsx", LIST, **{key: [*LIST[key], row]})

    ran = take(imported, "--apply")

    assert ran.code == 1
    assert any(line.casefold().startswith(words.casefold()) for line in ran.lines), ran.out
    assert "Nothing was imported" in ran.err
    assert counted(imported)[:2] == (0, 0)


def test_all_faults_are_told_at_once(imported: Shell) -> None:
    workbook(imported.folder / "list.xlsx", LIST, entities=[["", "", "", ""], ["", "A", "B", "C"]])

    assert len([line for line in take(imported).lines if "!" in line]) >= 3


def test_a_missing_sheet_or_column_is_told(imported: Shell) -> None:
    book = Workbook()
    page = book.create_sheet("Chủ thể")
    page.append(["Mã số", "Tên chủ thể"])
    book.save(imported.folder / "list.xlsx")

    ran = take(imported)

    assert "There is no column 'Loại chủ thể'" in ran.out
    assert "Sản phẩm: There is no such sheet." in ran.out


def test_what_is_no_workbook_is_told(imported: Shell) -> None:
    (imported.folder / "list.xlsx").write_bytes(b"PK nothing")

    assert "is not an .xlsx workbook" in take(imported).err
    assert "No such file" in imported("import", "nowhere.xlsx").err


def test_the_template_is_read_back_as_an_empty_list_and_never_replaces_a_file(imported: Shell) -> None:
    made = imported("import", "--template", "new.xlsx")
    again = imported("import", "--template", "new.xlsx")

    assert (made.code, again.code) == (0, 1)
    assert imported("import", "new.xlsx").code == 0
    names = load_workbook(imported.folder / "new.xlsx").sheetnames
    assert names == [sheet.name for sheet in sheets().values()] + ["Hướng dẫn"]


def test_the_examples_of_the_guide_make_a_list_without_fault(imported: Shell) -> None:
    rows = {key: [[column.example for column in sheet.columns.values()]] for key, sheet in sheets().items()}
    workbook(imported.folder / "list.xlsx", rows)

    ran = take(imported)

    assert (ran.code, ran.err) == (0, "")
    assert "1 products added" in ran.out
