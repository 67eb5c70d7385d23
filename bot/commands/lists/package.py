"""
An .xlsx workbook as a package of XML parts: its sheets by title, its shared texts and the formats of its numbers.

Colours, fonts, comments and formulas are never read, so none of them can keep a list from being read.
Parts and their relations: ECMA-376, part 1, 12.3 (transitional and strict).
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar
from urllib.parse import unquote

from bot.commands.lists.markup import DamagedError, DeclarationError, Reader, TooLargeError, read
from bot.commands.lists.nature import refuse_other_files
from bot.settings.command_error import CommandError


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest workbook that is read.  The sum of these keeps an import below 300 MB of memory."""

    part_bytes: int = 64_000_000
    """Of one part, uncompressed; 20,000 rows of ten columns are 12 million."""
    texts_bytes: int = 32_000_000
    """Of the shared texts, which stay in memory."""
    tag_bytes: int = 1_000_000
    cells: int = 2_000_000
    """Cells of a sheet, empty ones too."""
    kept: int = 300_000
    """Cells of a sheet that hold something."""
    letters: int = 1_000
    """Letters kept of a cell; a longer one is a fault anyway."""


LIMITS = Limits()
R = TypeVar("R", bound=Reader)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # ECMA-376, part 1, 22.9.2.19


@dataclass(frozen=True, slots=True)
class Tab:
    """A sheet of a workbook: its title, whether it is hidden, and its part."""

    title: str
    hidden: bool
    part: str


class Package:
    """The parts of an open workbook."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, limits: Limits) -> None:
        self.path, self.limits = path, limits
        self._archive = archive
        main = self._main()
        relations = self._relations(main)
        found = self._all(main, _Tabs(relations))
        self.tabs = tuple(found.tabs)
        self.from_1904 = found.from_1904
        kinds = dict(relations.values())
        self.formats = self._formats(kinds.get("styles"))
        self.texts = self._texts(kinds.get("sharedStrings"))

    def parts(self, part: str, reader: Reader, *, most_bytes: int = 0) -> Iterator[None]:
        """Hand the elements of a part to its reader, piece by piece.  A missing part is empty."""
        try:
            stored = self._archive.getinfo(part)
        except KeyError:
            return
        if stored.file_size > (most_bytes or self.limits.part_bytes):  # zipfile reads no more than this
            raise TooLargeError
        with self._archive.open(stored) as opened:
            yield from read(_Sound(opened), reader, longest_tag=self.limits.tag_bytes)

    def _all(self, part: str, reader: R, *, most_bytes: int = 0) -> R:
        for _ in self.parts(part, reader, most_bytes=most_bytes):
            pass
        return reader

    def _main(self) -> str:
        targets = self._relations("")
        return next((part for kind, part in targets.values() if kind == "officeDocument"), "xl/workbook.xml")

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the kind and the part of each relation of a part, by its id."""
        folder, name = posixpath.split(part)
        return self._all(posixpath.join(folder, "_rels", f"{name}.rels"), _Relations(folder)).found

    def _formats(self, part: str | None) -> tuple[str, ...]:
        return () if part is None else self._all(part, _Formats()).of_cells()

    def _texts(self, part: str | None) -> list[str]:
        if part is None:
            return []
        return self._all(part, _Texts(self.limits.letters), most_bytes=self.limits.texts_bytes).found


@contextmanager
def opened(path: Path, limits: Limits = LIMITS) -> Iterator[Package]:
    """
    Open an .xlsx workbook.

    Raises `CommandError` with the nature of any other file, for a damaged one and for one beyond the limits.
    This may also happen while its parts are read, within the `with`.
    """
    refuse_other_files(path)
    try:
        with zipfile.ZipFile(path) as archive:
            yield Package(path, archive, limits)
    except DeclarationError:
        raise CommandError(
            f"{path} declares XML entities, which no spreadsheet program writes. Nothing was imported. "
            "Do not trust this file: take the list from its sender again."
        ) from None
    except TooLargeError:
        raise CommandError(
            f"{path} is larger unpacked than any list. Nothing was imported. "
            "Copy the rows of the list alone into a new workbook, and save it as .xlsx."
        ) from None
    except (DamagedError, zipfile.BadZipFile):
        raise CommandError(
            f"{path} is damaged. Nothing was imported. Open it in Excel or LibreOffice and save it under a new name."
        ) from None


class _Sound:
    """A stored part; damage to it is always a `DamagedError`."""

    def __init__(self, opened: IO[bytes]) -> None:
        self._opened = opened

    def read(self, size: int, /) -> bytes:
        try:
            return self._opened.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise DamagedError from error


class _Nothing:
    """A reader that keeps nothing; others say what they keep."""

    def start(self, name: str, given: Mapping[str, str]) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    def text(self, words: str) -> None:
        pass


class _Relations(_Nothing):
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.found: dict[str, tuple[str, str]] = {}

    def start(self, name: str, given: Mapping[str, str]) -> None:
        if name == "Relationship" and given.get("TargetMode") != "External":
            target = unquote(given.get("Target", ""))
            part = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(self._folder, target))
            self.found[given.get("Id", "")] = (given.get("Type", "").rpartition("/")[2], part)


class _Tabs(_Nothing):
    """The sheets of a workbook in their order, without chart sheets."""

    def __init__(self, relations: Mapping[str, tuple[str, str]]) -> None:
        self._relations = relations
        self.tabs: list[Tab] = []
        self.from_1904 = False

    def start(self, name: str, given: Mapping[str, str]) -> None:
        if name == "workbookPr":
            self.from_1904 = given.get("date1904", "0") in {"1", "true"}
        elif name == "sheet":
            own = next((value for key, value in given.items() if key.endswith(":id")), "")
            kind, part = self._relations.get(own, ("", ""))
            if kind == "worksheet":
                self.tabs.append(Tab(given.get("name", ""), given.get("state", "visible") != "visible", part))


class _Formats(_Nothing):
    """The number formats of the cells' styles; nothing else of a style."""

    def __init__(self) -> None:
        self._own: dict[int, str] = {}
        self._styles: list[int] = []
        self._within = False

    def start(self, name: str, given: Mapping[str, str]) -> None:
        if name == "numFmt":
            self._own[_number(given.get("numFmtId"))] = given.get("formatCode", "")
        elif name == "cellXfs":
            self._within = True
        elif name == "xf" and self._within:
            self._styles.append(_number(given.get("numFmtId")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._within = False

    def of_cells(self) -> tuple[str, ...]:
        """The format of each style of a cell; those without code are built in."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        return tuple(self._own.get(one) or BUILTIN_FORMATS.get(one, "General") for one in self._styles)


@dataclass(slots=True)
class Words:
    """The words of one text, cut to a length; the reading of its signs (rPh) is left out."""

    longest: int
    _kept: list[str] = field(default_factory=list)
    _letters: int = 0
    _inside: int = 0
    _phonetic: int = 0

    def begin(self) -> None:
        """Start a new text."""
        self._kept.clear()
        self._letters = self._inside = self._phonetic = 0

    def start(self, name: str) -> None:
        """Follow the elements within a text."""
        self._inside += name == "t"
        self._phonetic += name == "rPh"

    def end(self, name: str) -> None:
        """Follow the elements within a text."""
        self._inside -= name == "t"
        self._phonetic -= name == "rPh"

    def text(self, words: str) -> None:
        """Keep words of a text, up to its length."""
        if self._inside and not self._phonetic and self._letters <= self.longest:
            self._kept.append(words)
            self._letters += len(words)

    def whole(self) -> str:
        """Return the text."""
        return unescaped("".join(self._kept)[: self.longest])


def unescaped(text: str) -> str:
    """Return a text with the letters that XML cannot write: `_x000D_` is a carriage return."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _Texts(_Nothing):
    """The shared texts, in their order."""

    def __init__(self, longest: int) -> None:
        self.found: list[str] = []
        self._words = Words(longest)

    def start(self, name: str, given: Mapping[str, str]) -> None:
        del given
        if name == "si":
            self._words.begin()
        self._words.start(name)

    def end(self, name: str) -> None:
        self._words.end(name)
        if name == "si":
            self.found.append(self._words.whole())

    def text(self, words: str) -> None:
        self._words.text(words)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
