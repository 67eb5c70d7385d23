"""The phrases of the program by key, in every language: gettext catalogs, one file per subject."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from content.faults import Fault, PackFaultsError
from content.message import BOLD, PLAIN

LOCALES = Path(__file__).parent / "locales"
BASE = "vi"
"""The language every phrase exists in; others fall back to it."""

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_STRAY_BRACE = re.compile(r"[{}]")
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


class UnknownPhraseError(KeyError):
    """A key that is in no catalog: an error in the code, never of the person."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return f"No phrase is called {self.key!r}. Nothing was said. Add it to content/locales/{BASE}/."


class MissingValueError(KeyError):
    """A phrase whose value is missing."""

    def __init__(self, key: str, value: str) -> None:
        super().__init__(value)
        self.key = key
        self.value = value

    def __str__(self) -> str:
        return f"Phrase {self.key!r} needs a value for {{{self.value}}}. Nothing was said. Give it, or fix the phrase."


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase by key with its values, to be worded inside another one, in the language of the person."""

    key: str
    values: Mapping[str, object]


class Phrases:
    """All catalogs of one folder.  Frozen after loading, so threads share it."""

    def __init__(self, catalogs: Mapping[str, Mapping[str, str]]) -> None:
        self._catalogs = {language: dict(phrases) for language, phrases in catalogs.items()}

    @classmethod
    def load(cls, folder: Path = LOCALES) -> "Phrases":
        """Read every `<language>/*.po`; all faults of all files come together in one PackFaultsError."""
        catalogs, faults = read_catalogs(folder)
        if faults:
            raise PackFaultsError(folder.name, tuple(str(fault) for fault in faults))
        return cls(catalogs)

    def say(self, key: str, language: str = BASE, **values: object) -> str:
        """
        Fill one phrase.

        A missing language or translation falls back to Vietnamese.  Values are inserted as they are: braces, stars and
        markup inside them stay letters.
        """
        return fill(key, self.text(key, language), values)

    def text(self, key: str, language: str = BASE) -> str:
        """The phrase with its placeholders, bold already marked."""
        found = self._catalogs.get(language, {}).get(key) or self._catalogs.get(BASE, {}).get(key)
        if found is None:
            raise UnknownPhraseError(key)
        return found

    def has(self, key: str) -> bool:
        return key in self._catalogs.get(BASE, {})

    def keys(self, language: str = BASE) -> frozenset[str]:
        return frozenset(self._catalogs.get(language, {}))

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted(self._catalogs))

    def placeholders(self, key: str, language: str = BASE) -> frozenset[str]:
        """The values a phrase needs."""
        return frozenset(PLACEHOLDER.findall(self.text(key, language)))


def fill(key: str, text: str, values: Mapping[str, object]) -> str:
    """Put values into `{name}` places, in one pass and by plain replacement: no attributes, no formats."""

    def value(place: re.Match[str]) -> str:
        if place[1] not in values:
            raise MissingValueError(key, place[1])
        return str(values[place[1]])

    return PLACEHOLDER.sub(value, text)


def marked(text: str) -> str:
    """`**words**` as bold markup."""
    return _BOLD.sub(lambda bold: f"{BOLD}{bold[1]}{PLAIN}", text)


def read_catalogs(folder: Path) -> tuple[dict[str, dict[str, str]], list[Fault]]:
    """
    Read all languages and return every fault.

    Faults are: a key in two files of one language, an empty phrase, a stray brace, an unclosed `**`.
    So is a translation of an unknown key or with other placeholders.
    """
    catalogs: dict[str, dict[str, str]] = {}
    faults: list[Fault] = []
    lines: dict[tuple[str, str], tuple[str, int]] = {}
    for path in sorted(folder.glob("*/*.po")):
        language = path.parent.name
        phrases = catalogs.setdefault(language, {})
        file = f"locales/{language}/{path.name}"
        try:
            with path.open("rb") as opened:
                catalog: Catalog = read_po(opened, locale=None, charset="utf-8", abort_invalid=True)
        except (PoFileError, UnicodeDecodeError) as trouble:
            faults.append(Fault(file, getattr(trouble, "lineno", 0) or 0, f"It cannot be read: {trouble}.", "Fix it."))
            continue
        for key, line in _doubled(path):
            faults.append(Fault(file, line, f"Phrase {key!r} occurs twice.", "Keep one of them."))
        for message in catalog:
            if not message.id:
                continue
            key, text = str(message.id), str(message.string)
            line = message.lineno or 0
            if key in phrases:
                other, first = lines[language, key]
                if other != file:
                    what = f"Phrase {key!r} is in {other}:{first} too."
                    faults.append(Fault(file, line, what, "Keep one of them."))
                continue
            lines[language, key] = (file, line)
            phrases[key] = marked(text)
            faults += (Fault(file, line, what, remedy) for what, remedy in _slips(key, text))
    base = catalogs.get(BASE, {})
    for language in sorted(set(catalogs) - {BASE}):
        for key, text in catalogs[language].items():
            file, line = lines[language, key]
            if key not in base:
                what = f"Phrase {key!r} does not exist in {BASE}."
                faults.append(Fault(file, line, what, "Add it there, or remove it."))
            elif set(PLACEHOLDER.findall(text)) - set(PLACEHOLDER.findall(base[key])):
                what = f"Phrase {key!r} asks for values its {BASE} phrase does not have."
                faults.append(Fault(file, line, what, "Use the same placeholders."))
    return catalogs, sorted(faults)


@cache
def _key_line() -> re.Pattern[str]:
    return re.compile(r'^msgid\s+"(.+)"\s*$')


def _doubled(path: Path) -> list[tuple[str, int]]:
    """Keys that occur twice in one file: the gettext reader keeps the first without a warning."""
    seen: set[str] = set()
    twice = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        found = _key_line().match(line)
        if found is None:
            continue
        if found[1] in seen:
            twice.append((found[1], number))
        seen.add(found[1])
    return twice


def _slips(key: str, text: str) -> list[tuple[str, str]]:
    slips = []
    if not text.strip():
        slips.append((f"Phrase {key!r} is empty.", "Write it, or remove its key."))
    if _STRAY_BRACE.search(PLACEHOLDER.sub("", text)):
        slips.append((f"Phrase {key!r} has a brace that is not a {{placeholder}}.", "Name the value, or take it out."))
    if "**" in _BOLD.sub("", text):
        slips.append((f"Phrase {key!r} opens ** and does not close it.", "Close it."))
    return slips
