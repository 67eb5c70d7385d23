"""A file that is not an .xlsx workbook is told for what it is, with the remedy."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.commands.lists.nature import refuse_other_files
from bot.settings.command_error import CommandError
from content.translating import translator

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
FILES: Mapping[str, tuple[bytes, str]] = {
    "an old workbook": (OLE + b"\0" * 600 + "Workbook".encode("utf-16-le"), "is an .xls workbook"),
    "a password": (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "is protected by a password"),
    "an old document": (OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "is not an .xlsx workbook"),
    "a text file": ("Mã số;Tên\nCT-001;HTX".encode(), "is a text file (CSV)"),
    "a text file of Excel": ("\ufeffMã số\tTên\n".encode("utf-16"), "is a text file (CSV)"),
    "a page of a web system": (b"<html><table><tr><td>1</td></tr></table>", "is a web page or XML"),
    "nothing": (b"", "is empty"),
    "zeros": (b"\0" * 5000, "is empty"),
    "a scan": (b"%PDF-1.7\n1,2", "is not an .xlsx workbook"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "is not an .xlsx workbook"),
}
ARCHIVES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "a file of LibreOffice": (("mimetype", "content.xml"), "is a file of LibreOffice (.ods)"),
    "a binary workbook": (("[Content_Types].xml", "xl/workbook.bin"), "is a binary workbook (.xlsb)"),
    "a document": (("[Content_Types].xml", "word/document.xml"), "is not an .xlsx workbook"),
    "an archive of lists": (("a.xlsx", "b.xlsx"), "is not an .xlsx workbook"),
}


def told(path: Path) -> str:
    with pytest.raises(CommandError) as error:
        refuse_other_files(path)
    return str(error.value)


@pytest.mark.parametrize("what", FILES)
def test_another_file_is_told_for_what_it_is(tmp_path: Path, what: str) -> None:
    content, words = FILES[what]
    path = tmp_path / "list.xlsx"
    path.write_bytes(content)

    said = told(path)

    assert words in said
    assert "Nothing was imported." in said
    assert "Chưa nhập gì." in translator("vi")(said)


@pytest.mark.parametrize("what", ARCHIVES)
def test_another_archive_is_told_for_what_it_is(tmp_path: Path, what: str) -> None:
    names, words = ARCHIVES[what]
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")

    said = told(path)

    assert words in said
    assert "Chưa nhập gì." in translator("vi")(said)


def test_a_very_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    with path.open("wb") as opened:
        opened.truncate(60_000_000)

    assert "has more than 50 MB" in told(path)
