# ruff: noqa: F811  the fixture is imported by its name
"""The lists an office takes along, opened as a spreadsheet program would."""

import asyncio
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Connection, select

from bot.serving.attachments import AttachmentGoneError, Attachments
from content.message import Message
from content.papers.workbook import ListSheet, list_workbook
from content.programme.pack import load_pack
from registry.applications import assisted
from registry.applications.drafts import open_draft
from registry.applications.entities import NewEntity
from registry.applications.submitting import submit_idea
from registry.gatherings import seats
from registry.gatherings.gatherings import Planned
from registry.people import roles
from registry.people.people import meet
from registry.people.roles import OPERATOR
from registry.store import audit
from registry.store.audit import audit as audit_rows
from tests.announced import gathered
from tests.bot.shell import Shell, opened, shell  # noqa: F401  a fixture
from tests.handlers.desk import COMMUNE, DISTRICT, OTHER_COMMUNE, Village, open_village

FORMULA = "=cmd|'/c calc'!A1"
LINK = "https://example.vn/trang"


def sheet_of(content: bytes) -> list[list[Any]]:
    page = load_workbook(io.BytesIO(content)).worksheets[0]
    assert page.freeze_panes == "A2"
    return [[cell.value for cell in row] for row in page.iter_rows()]


def inside(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def test_words_that_look_like_formulas_or_links_stay_words() -> None:
    words = [
        FORMULA,
        "+1",
        "-1",
        "@SUM(A1)",
        LINK,
        "mailto:a@b.vn",
        '=HYPERLINK("x")',
        "Đậu phụ ⚡",
        "x" * 40_000,
        "a\x07b",
    ]
    content = list_workbook(ListSheet("Thử", ("Cột",), [[one] for one in words]))
    assert [row[0] for row in sheet_of(content)[1:]] == [*words[:-2], "x" * 32_767, "ab"]
    assert "<f>" not in inside(content)
    assert "hyperlink" not in inside(content).lower()


def test_days_are_days_and_columns_are_wide_enough() -> None:
    content = list_workbook(ListSheet("Thử", ("Ngày", "Tên"), [[date(2021, 6, 15), "Hợp tác xã Khoai deo Hải Ninh"]]))
    page = load_workbook(io.BytesIO(content)).worksheets[0]
    assert page["A2"].value == datetime(2021, 6, 15)
    assert page.column_dimensions["B"].width >= 29


def test_a_long_foot_is_cut_and_not_left_out() -> None:
    content = list_workbook(ListSheet("Thử", ("Cột",), [["a"]], "Hội chợ & " + "&" * 300))
    assert "&amp;LHội chợ &amp;&amp; &amp;&amp;" in inside(content)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with open_village(tmp_path) as made:
        yield made


def fetched(village: Village, key: str) -> list[list[Any]]:
    attachments = Attachments(village.store, village.house, village.file.parent, lambda: village.now)
    return sheet_of(asyncio.run(attachments(key)))


def test_an_office_takes_along_the_ideas_of_its_own_place_and_no_unconfirmed_entry(village: Village) -> None:
    held = village.official("office", "commune_official", COMMUNE, "Cán bộ xã")
    village.official("district", "district_official", DISTRICT, "Cán bộ huyện")
    mine = village.idea(village.person("a"), COMMUNE, product_name=FORMULA, entity_name="Hộ bà Lài")
    village.idea(village.person("b"), OTHER_COMMUNE, product_name="Nước mắm nơi khác")
    draft = village.do(open_draft, person_id=held.person_id, form="idea", now=village.now)
    village.do(
        assisted.enter, pack=village.pack, role=held, draft_key=draft.key, consent_version="v", now=village.now,
        answers={"product_name": "Chưa xác nhận", "phone": "+84912345678", "place": COMMUNE},
        tell=lambda *_: Message("?"),
    )  # fmt: skip
    village.deliver()
    village.say("office", "/duyet")
    village.tap("office", "Tải danh sách")
    (file,) = village.last("office").attachments
    rows = fetched(village, file.file)
    assert rows[0][:3] == ["Mã hồ sơ", "Sản phẩm", "Chủ thể"]
    assert [row[0] for row in rows[1:]] == [mine.code]
    assert rows[1][1:5] == [FORMULA, "Hộ bà Lài", "Xã Võ Ninh, huyện Quảng Ninh", "Sản phẩm mới"]
    assert rows[1][6:8] == [village.house.phrases.say("status.name.idea_submitted"), "Huyện Quảng Ninh"]
    assert rows[1][9] == datetime(2021, 6, 15)
    taken = [row.act for row in village.do(audit.entries, noun="place", noun_id=COMMUNE)]
    assert taken == ["export.run"]


def test_a_list_made_for_a_role_that_ended_is_not_opened(village: Village) -> None:
    held = village.official("office", "commune_official", COMMUNE)
    key = f"ideas:{held.person_id}:{held.id}"
    assert len(fetched(village, key)) == 1
    village.do(
        roles.revoke, role_id=held.id, by=OPERATOR, places=village.pack.places, on=village.now.date(), now=village.now
    )
    with pytest.raises(AttachmentGoneError):
        fetched(village, key)
    assert not village.say("office", "/duyet tai")[-1].attachments


def test_of_two_places_both_lists_are_taken_or_none_once_a_day_holds_no_more(village: Village) -> None:
    village.house = replace(village.house, exports_per_day=3)
    village.official("office", "commune_official", COMMUNE)
    village.official("office", "commune_official", OTHER_COMMUNE)
    assert len(village.say("office", "/duyet tai")[-1].attachments) == 2
    told = village.say("office", "/duyet tai")[-1]
    assert not told.attachments
    assert "3 danh sách" in told.plain
    assert len(village.do(audit.entries, noun="place", noun_id=COMMUNE)) == 1


def test_the_attendance_names_who_came(village: Village) -> None:
    held = village.official("office", "commune_official", COMMUNE)
    village.person("lai", "Nguyễn Thị Lài", place=COMMUNE, phone="+84912345678")
    village.person("ong", FORMULA, place=COMMUNE)
    planned = Planned("producers", COMMUNE, "Tập huấn", "Nhà văn hóa", village.now + timedelta(days=2), 9)
    made = village.do(gathered, pack=village.pack, role=held, planned=planned, now=village.now)
    village.do(
        seats.answer, pack=village.pack, gathering_id=made.id, person_id=village.person("lai"), given="yes",
        now=village.now, tell=lambda *_: Message("?"),
    )  # fmt: skip
    rows = fetched(village, f"attendance:{held.person_id}:{held.id}:{made.id}")
    assert rows[0] == ["STT", "Họ tên", "Xã, phường", "Điện thoại", "Trả lời", "Có mặt"]
    place = "Xã Võ Ninh, huyện Quảng Ninh"
    assert rows[1] == [1, "Nguyễn Thị Lài", place, None, "Nhận lời", None]
    assert rows[2] == [2, FORMULA, place, None, "Chưa trả lời", None]


def test_the_operator_exports_the_ideas_of_a_place_and_keeps_what_is_there(shell: Shell) -> None:
    shell.set(CLOCK__START="2026-09-15", PACK="quang-tri-2026")
    assert shell("migrate").code == 0
    now = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)
    pack = load_pack("quang-tri-2026", date(2026, 9, 15))
    communes = [one.code for one in pack.places.all("commune")][:2]

    def unit(db: Connection) -> list[str]:
        met, _ = meet(db, channel="webchat", account="a", now=now)
        return [
            submit_idea(
                db, pack=pack, draft_key=open_draft(db, person_id=met.id, form="idea", now=now).key, person_id=met.id,
                entity=NewEntity("household", place, "Hộ Mẫu"), place=place, kind="new", product_group=None,
                answers={"product_name": "Bánh tét Đông Hà"}, now=now, tell=lambda *_: Message("?"),
            ).code
            for place in communes
        ]  # fmt: skip

    with opened(shell.settings) as store:
        codes = store.write_now(unit)
    out = shell.folder / "ra.xlsx"
    ran = shell("export", "ideas", "--place", communes[0], "--out", str(out))
    assert (ran.code, "1 idea(s)" in ran.out) == (0, True)
    assert [row[0] for row in sheet_of(out.read_bytes())[1:]] == codes[:1]
    again = shell("export", "ideas", "--out", str(out))
    assert again.code == 1
    assert "was not changed" in again.err
    assert out.stat().st_mode & 0o077 == 0
    assert "no folder" in shell("export", "ideas", "--out", str(shell.folder / "none" / "ra.xlsx")).err
    assert shell("export", "ideas", "--out", str(shell.folder / "ra.csv")).code == 1
    assert shell("export", "ideas", "--place", "nowhere at all", "--out", str(shell.folder / "b.xlsx")).code == 1
    with opened(shell.settings) as store:
        acts = store.read_now(lambda db: db.execute(select(audit_rows.c.actor, audit_rows.c.act)).all())
    assert ("operator", "export.run") in [tuple(row) for row in acts]
