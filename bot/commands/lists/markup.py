"""Read the XML of a workbook in pieces, so that the memory needed does not grow with the file."""

from collections.abc import Iterator, Mapping
from typing import Protocol
from xml.parsers.expat import ExpatError, ParserCreate

_PIECE = 64 * 1024  # bytes


class DamagedError(Exception):
    """The XML is not well-formed, or ends early."""


class DeclarationError(Exception):
    """The XML declares a document type or entities, which a spreadsheet program never writes."""


class TooLargeError(Exception):
    """A part of a workbook is larger than a list of an office can be."""


class Source(Protocol):
    """The bytes of a part."""

    def read(self, size: int, /) -> bytes: ...


class Reader(Protocol):
    """Takes the elements of a part, by their names without prefix."""

    def start(self, name: str, given: Mapping[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, words: str) -> None: ...


def read(source: Source, reader: Reader, *, longest_tag: int) -> Iterator[None]:
    """
    Hand the elements of a part to its reader; yields after each piece, so that a caller may stop.

    A declared document type is refused before anything of it is expanded.  `longest_tag` is in bytes: the parser keeps
    a tag in memory until it ends.
    """
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = lambda name, given: reader.start(_local(name), given)
    parser.EndElementHandler = lambda name: reader.end(_local(name))
    parser.CharacterDataHandler = reader.text
    fed = 0
    try:
        while piece := source.read(_PIECE):
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > longest_tag + _PIECE:
                raise TooLargeError
            yield
        parser.Parse(b"", True)
    except ExpatError as error:
        raise DamagedError from error
    yield


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _refuse(*_: object) -> None:
    raise DeclarationError
