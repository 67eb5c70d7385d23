"""Workbooks written part by part, as programs write that no library imitates."""

import zipfile
from collections.abc import Mapping
from html import escape
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
LIST: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Chủ thể": (
        ("Mã số", "Tên chủ thể", "Loại chủ thể", "Xã, phường", "Mã số thuế", "Người đại diện", "Điện thoại"),
        ("CT-001", "HTX Mẫu", "Hợp tác xã", "19225", "", "Nguyễn Thị Mẫu", "0900000001"),
    ),
    "Sản phẩm": (
        ("Mã số", "Mã số chủ thể", "Tên sản phẩm", "Nhóm sản phẩm", "Bộ sản phẩm"),
        ("SP-001", "CT-001", "Khoai deo Mẫu", "Thực phẩm", ""),
    ),
    "Giấy chứng nhận": (
        ("Mã số sản phẩm", "Số giấy chứng nhận", "Hạng sao", "Ngày cấp", "Có hiệu lực đến"),
        ("SP-001", "12/QĐ-UBND", "3", "15/12/2025", ""),
    ),
}


def cell(text: str) -> str:
    """A cell with a text; one that begins with `<c` is written as it is."""
    return text if text.startswith("<c") else f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' if text else "<c/>"


def rows(lines: tuple[tuple[str, ...], ...]) -> str:
    return "".join(f"<row>{''.join(map(cell, line))}</row>" for line in lines)


def sheet(data: str, after: str = "", before: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{data}</sheetData>{after}</worksheet>'


def write(path: Path, sheets: Mapping[str, str] | None = None, /, **parts: str) -> Path:
    """Write a workbook of sheets by title, as XML; those of `LIST` where none is given; `parts` replace or add one."""
    given = {title: sheet(rows(lines)) for title, lines in LIST.items()} | dict(sheets or {})
    tabs, relations = [], []
    for at, title in enumerate(given, 1):
        tabs.append(f'<sheet name="{title.removeprefix("hidden ")}" sheetId="{at}" r:id="r{at}" '
                    f'state="{"hidden" if title.startswith("hidden ") else "visible"}"/>')  # fmt: skip
        relations.append(f'<Relationship Id="r{at}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>')
    relations += [
        f'<Relationship Id="{name}" Type="{OFFICE}/{name}" Target="{name}.xml"/>'
        for name in ("styles", "sharedStrings")
    ]
    files = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{"".join(tabs)}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{"".join(relations)}</Relationships>',
        **{f"xl/worksheets/sheet{at}.xml": xml for at, xml in enumerate(given.values(), 1)},
        **{f"xl/{name}.xml": xml for name, xml in parts.items()},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in files.items():
            archive.writestr(name, xml)
    return path
