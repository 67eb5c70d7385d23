"""Questions about a document itself, by its number: what it is, and whether it is still in force."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from content.fold import fold
from content.language.words import words
from content.programme.documents import Document

_NUMBER = re.compile(
    r"(?<![\w/.-])(?P<number>\d{1,5})(?:\s*[/-]\s*(?P<year>\d{4}))?(?P<rest>(?:\s*[/-]\s*[a-z][a-z0-9]*)*)(?![\w/])"
)
_DAY = re.compile(r"(?:ngay\s*)?\b\d{1,2}[/-]\d{1,2}(?:[/-]\d{4})?\b|\b(?:nam\s*)?(?P<year>(?:19|20)\d\d)\b")
_WORD = re.compile(r"[a-z0-9]+")
_PLAIN_NUMBER = 100
"""A number without the kind of its document is only read as one from three digits on."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A document a question is about, with the topic that explains it; None for one the pack does not know."""

    document: str | None
    topic: str = ""


class DocumentFinder:
    """
    Finds the document a question is about.

    A question with any other subject, such as "hồ sơ theo quyết định 26 gồm gì", belongs to the topics.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        documents = tuple(documents)
        self._topics = {document.id: document.topic for document in documents}
        self._by_number: dict[str, list[_Numbered]] = {}
        for document in documents:
            for number in document.numbers:
                first, _, rest = number.partition("/")
                years = {rest[:4]} if rest[:4].isdigit() else set()
                if document.on is not None:
                    years.add(str(document.on.year))
                kind = next((one for one in _kinds().values() if fold(document.name).startswith(one)), "")
                self._by_number.setdefault(str(int(first)), []).append(_Numbered(document.id, kind, frozenset(years)))

    def ask(self, question: str) -> Asked | None:
        """The document a question is about; None when its subject is another one."""
        text = fold(question)
        found = _NUMBER.search(text)
        if found is None:
            return None
        kind, before = _kind_before(text[: found.start()])
        year = found["year"]
        after = text[found.end() :]
        named = _DAY.search(after)
        if named is not None:
            year = year or named["year"]
            after = f"{after[: named.start()]} {after[named.end() :]}"
        if not (kind or year or found["rest"] or int(found["number"]) >= _PLAIN_NUMBER):
            return None
        if not _only_about(before) or not _only_about(after):
            return None
        meant = {
            one.document
            for one in self._by_number.get(str(int(found["number"])), ())
            if (year is None or year in one.years) and (kind in {"", "any", one.kind} or year is not None)
        }
        if len(meant) == 1:
            document = meant.pop()
            return Asked(document, self._topics[document])
        return Asked(None) if kind or found["rest"] else None


@dataclass(frozen=True, slots=True)
class _Numbered:
    document: str
    kind: str
    years: frozenset[str]


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, str]:
    """Each spelling of a kind of document, with the kind."""
    return {fold(spelling): kind for kind, spellings in words()["documents"]["kinds"].items() for spelling in spellings}


@lru_cache(maxsize=1)
def _about() -> frozenset[str]:
    """The single words of all phrases a question about a document may have."""
    return frozenset(word for phrase in words()["documents"]["about"] for word in _WORD.findall(fold(phrase)))


def _kind_before(text: str) -> tuple[str, str]:
    """The kind named directly before a number, and what remains before it."""
    rest = text.rstrip(" :.")
    rest = rest.removesuffix(" so") if rest.endswith(" so") else rest
    for spelling, kind in sorted(_kinds().items(), key=lambda pair: -len(pair[0])):
        if rest == spelling or rest.endswith(f" {spelling}"):
            return kind, rest[: len(rest) - len(spelling)]
    return "", text


def _only_about(text: str) -> bool:
    return all(word in _about() for word in _WORD.findall(text))
