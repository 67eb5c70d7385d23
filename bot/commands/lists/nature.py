"""The nature of a file that is given as a workbook: what it really is, and how to make an .xlsx of it."""

import struct
import zipfile
from pathlib import Path

from bot.settings.command_error import CommandError

LARGEST = 50_000_000
"""Bytes of a file; a list of 20,000 rows has about 2 million, photographs make it larger."""
LARGEST_DIRECTORY = 1_000_000
"""Bytes of a ZIP file's own directory; it is read into memory as a whole."""
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb
_END = b"PK\x05\x06"  # APPNOTE 4.3.16, the end of central directory
_LONGEST_END = 22 + 0xFFFF
_HEAD = 4096


def refuse_other_files(path: Path) -> None:
    """Raise `CommandError` for a file that is not an .xlsx workbook, with its nature and the remedy."""
    size = path.stat().st_size
    if size > LARGEST:
        raise CommandError(
            f"{path} has more than {LARGEST // 1_000_000} MB. Nothing was imported. "
            "Keep the sheets of the list alone, without pictures, and save it again."
        )
    with path.open("rb") as opened:
        head = opened.read(_HEAD)
        if not head.strip(b"\0"):
            raise CommandError(f"{path} is empty. Nothing was imported. Take the file from its sender again.")
        if not head.startswith(b"PK"):
            raise CommandError(_said(path, head, opened.read() if head.startswith(_OLE) else b""))
        opened.seek(max(0, size - _LONGEST_END))
        _refuse_large_directory(path, opened.read())
    _refuse_other_archives(path)


def _said(path: Path, head: bytes, rest: bytes) -> str:
    """Say what a file is that is not an archive, by its first bytes."""
    again = "Nothing was imported. Open it in Excel or LibreOffice and save it as .xlsx."
    if head.startswith(_OLE):
        entries = [name for name in ("EncryptedPackage", "Workbook", "Book") if name.encode("utf-16-le") in head + rest]
        if "EncryptedPackage" in entries:
            return (
                f"{path} is protected by a password. Nothing was imported. "
                "Open it, remove the password, and save it as .xlsx."
            )
        return f"{path} is an .xls workbook of an older Excel. {again}" if entries else _no_workbook(path)
    words = _words(head)
    if words is None:
        return _no_workbook(path)
    start = words.lstrip("\ufeff \r\n\t").casefold()
    if start.startswith("<"):
        return f"{path} is a web page or XML with the name of a workbook. {again}"
    if any(mark in words for mark in ",;\t"):
        return f"{path} is a text file (CSV). {again}"
    return _no_workbook(path)


def _words(head: bytes) -> str | None:
    """Return the first bytes as text; None for anything else."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if b"\0" in head or head.startswith(b"%PDF"):
        return None
    return head.decode("utf-8", "replace")


def _no_workbook(path: Path) -> str:
    return f"{path} is not an .xlsx workbook. Nothing was imported. Save it as .xlsx."


def _refuse_large_directory(path: Path, tail: bytes) -> None:
    at = len(tail) - 22 if tail[-22:].startswith(_END) else tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise CommandError(_no_workbook(path))
    (size,) = struct.unpack_from("<L", tail, at + 12)
    if size > LARGEST_DIRECTORY:
        raise CommandError(
            f"{path} holds too many files for a workbook. Nothing was imported. "
            "Open it in Excel or LibreOffice and save it under a new name."
        )


def _refuse_other_archives(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        raise CommandError(_no_workbook(path)) from None
    again = "Nothing was imported. Open it in Excel or LibreOffice and save it as .xlsx."
    if "xl/workbook.bin" in names:
        raise CommandError(f"{path} is a binary workbook (.xlsb). {again}")
    if "content.xml" in names:
        raise CommandError(f"{path} is a file of LibreOffice (.ods). {again}")
    if "[Content_Types].xml" not in names or any(name.startswith(("word/", "ppt/")) for name in names):
        raise CommandError(_no_workbook(path))
