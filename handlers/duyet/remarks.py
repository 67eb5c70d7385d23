"""Remarks of an official in free words: "tên chưa rõ, sđt sai" names the fields to be fixed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from content.fold import fold
from content.programme.form_spec import Field

MOST_LETTERS = 1000
_NUMBERED = re.compile(r"^\s*(\d{1,2})(?:\s*[.:)\-]\s*|\s+)(\S.*)$")
_NEXT = re.compile(r"[,;.]\s+(?=\d{1,2}\s*[:)]\s*[^\W\d])")
"""Where the next remark begins on the same line: "1: …, 3: …"."""
_PIECES = re.compile(r"\s*[,;]\s*|\.\s+|\s+và\s+")


@dataclass(frozen=True, slots=True)
class Remarks:
    """The remarks of a message by field, and the pieces without a field."""

    named: Mapping[str, str]
    unread: tuple[str, ...]


def read_remarks(numbered: Sequence[Field], asked: Sequence[Field], text: str) -> Remarks:
    """
    Read remarks: a number of `numbered` with words, one per line, or the fields of `asked` by their names.

    A piece without a name belongs to the field before it on its line.  Of two names the longer one counts.
    """
    named: dict[str, list[str]] = {}
    unread: list[str] = []
    for line in filter(str.strip, _NEXT.sub("\n", text).splitlines()):
        found = _NUMBERED.match(line)
        if found is not None:
            if 1 <= int(found[1]) <= len(numbered):
                named[numbered[int(found[1]) - 1].id] = [found[2].strip()]
            else:
                unread.append(line.strip())
            continue
        before = ""
        for piece in filter(None, _PIECES.split(line.strip())):
            field = _field_in(asked, piece)
            before = before if field is None else field.id
            if before:
                named.setdefault(before, []).append(piece.strip(" ."))
            else:
                unread.append(piece)
    return Remarks({field: ", ".join(said)[:MOST_LETTERS] for field, said in named.items()}, tuple(unread))


def _field_in(asked: Sequence[Field], piece: str) -> Field | None:
    words = f" {_plain(piece)} "
    found = [(len(name), field) for field in asked for name in _names(field) if f" {name} " in words]
    return max(found, key=lambda one: one[0])[1] if found else None


def _names(field: Field) -> Iterator[str]:
    return (_plain(name) for name in (field.label, *field.called))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))
