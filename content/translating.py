"""
Messages to operators in another language, found by their English template.

The program writes these messages in English, with values inside.  The catalogs in `content/messages/` have the
English template as the key, with its values as {1}, {2} …; everything else is `content.phrases`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

MESSAGES = Path(__file__).parent / "messages"
_HOLE = re.compile(r"\{(\d+)\}")
_PLACE = re.compile(r"^(?:[^:!\n]{1,60}![A-Z?]*\d+|\S+?:\d+): ")
"""A file and a line, or a sheet and a cell, before a fault."""
_SHORT = 8
"""A template with fewer letters fits only values without blanks: it would fit too much."""
_DEPTH = 3


@dataclass(frozen=True, slots=True)
class _Template:
    shape: re.Pattern[str]
    translation: str
    holes: tuple[int, ...]


class Translator:
    """The messages of one language.  Frozen after loading."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        self._messages = messages
        self._plain = {key: text for key, text in messages.items() if not _HOLE.search(key)}
        holed = sorted((key for key in messages if _HOLE.search(key)), key=lambda one: -len(_HOLE.sub("", one)))
        self._templates = tuple(_Template(_shape(key), messages[key], _holes(key)) for key in holed)

    def __call__(self, text: str) -> str:
        """Translate a message.  A message without a translation stays as it is."""
        return self._text(text, _DEPTH)

    def filled(self, template: str, values: Sequence[str]) -> str:
        """Fill a template of the program, translated; one without a translation is filled as it is."""
        return _filled(self._messages.get(template, template), dict(enumerate(values, 1)))

    def _text(self, text: str, depth: int) -> str:
        """Translate a text as a whole, or else line by line."""
        found = self._known(text, depth)
        if found is not None:
            return found
        return "\n".join(self._line(line, depth) for line in text.split("\n"))

    def _line(self, line: str, depth: int) -> str:
        found = self._known(line, depth)
        if found is not None:
            return found
        blank = line[: len(line) - len(line.lstrip())]
        place = _PLACE.match(line[len(blank) :])
        start = blank + (place[0] if place else "")
        return start + self._sentences(line[len(start) :], depth)

    def _known(self, text: str, depth: int) -> str | None:
        if text in self._plain:
            return self._plain[text]
        for template in self._templates:
            found = template.shape.fullmatch(text)
            if found is not None:
                values = [self._text(value, depth - 1) if depth else value for value in found.groups()]
                return _filled(template.translation, dict(zip(template.holes, values, strict=True)))
        return None

    def _sentences(self, text: str, depth: int) -> str:
        """Translate a text as a whole, or else its longest known beginning and then the rest."""
        found = self._known(text, depth)
        if found is not None or not depth:
            return text if found is None else found
        for end in _ends(text):
            head = self._known(text[:end], depth)
            if head is not None:
                rest = text[end:]
                blank = len(rest) - len(rest.lstrip())
                return head + rest[:blank] + self._sentences(rest[blank:], depth)
        return text


def _filled(translation: str, values: Mapping[int, str]) -> str:
    return _HOLE.sub(lambda hole: values[int(hole[1])], translation)


def _holes(key: str) -> tuple[int, ...]:
    """The numbers of a key's values, in the order of the key: a sentence may have the second value alone."""
    return tuple(int(hole[1]) for hole in _HOLE.finditer(key))


def _ends(text: str) -> Iterator[int]:
    """The ends of sentences inside a text, the last one first."""
    yield from reversed([end.start() + 1 for end in re.finditer(r"[.?!](?= )", text)])


def _shape(key: str) -> re.Pattern[str]:
    hole = r"(\S+?)" if len(re.findall(r"\w", _HOLE.sub("", key))) < _SHORT else r"(.*?)"
    parts = _HOLE.split(key)
    return re.compile("".join(hole if place % 2 else re.escape(part) for place, part in enumerate(parts)), re.DOTALL)


def read_messages(language: str, folder: Path = MESSAGES) -> dict[str, str]:
    """Read the catalog of a language; empty for English, which needs none."""
    file = folder / f"{language}.po"
    if not file.exists():
        return {}
    with file.open("rb") as opened:
        catalog = read_po(opened, locale=None, charset="utf-8", abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalog if message.id}


@cache
def translator(language: str) -> Translator:
    """Return the translator into a language, read once."""
    return Translator(read_messages(language))
