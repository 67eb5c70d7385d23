"""Topics of a pack: the subjects the bot can explain, card by card, each with its source."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from content.fold import clean

AUDIENCES = ("new", "completing", "recognised", "official", "everyone")
LONGEST_CARD = 600
MOST_SENTENCES = 4
CARD_BREAK = "---card---"

_KEYS = {"id", "title", "audience", "sources", "valid_from", "valid_to", "synonyms", "related"}
_SOURCE_KEYS = {"document", "article", "date", "history", "in_force"}
"""`in_force` is of packs of an earlier release: false meant history."""
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COMMAND = re.compile(r"(?<![\w/.])/([a-z]+)\b")
_COMMANDS = frozenset(
    [
        *("start", "menu", "trogiup", "gioithieu", "hoi", "dangky", "tieptuc", "trangthai", "hoso", "nhacviec"),
        *("lienhe", "kiemtra", "dulieu", "tamdung", "dung", "ngonngu", "sua", "quaylai", "boqua", "huy"),
    ]
)
_PHONE = re.compile(r"(?<!\d)(?:\+84|0)(?:[ .-]?\d){8,10}(?!\d)")
_MONEY = re.compile(r"\d[\d.,]*\s*(?:đồng|triệu|tỷ|nghìn|vnđ)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)")


@dataclass(frozen=True, slots=True)
class Source:
    """
    A document behind a topic, by its id in the programme; `detail` names the article.

    A text that tells about the past cites its document as `history`; validity itself comes from the document's days.
    """

    document: str
    detail: str = ""
    history: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """
    One subject the bot explains.  Cards are shown one by one.

    `documents` are those of the last cards, one each, in a topic generated from the documents of the programme.
    """

    id: str
    title: str
    audience: tuple[str, ...]
    sources: tuple[Source, ...]
    synonyms: tuple[str, ...]
    cards: tuple[str, ...]
    related: tuple[str, ...]
    documents: tuple[str, ...] = ()

    @property
    def written(self) -> tuple[str, ...]:
        """The cards that were written, without the generated ones."""
        return self.cards[: len(self.cards) - len(self.documents)]

    def document_at(self, number: int) -> str | None:
        """The document a generated card is about; None for a written card."""
        at = number - len(self.written)
        return self.documents[at] if 0 <= at < len(self.documents) else None

    def card_about(self, document: str) -> int | None:
        """The number of the generated card about a document."""
        return len(self.written) + self.documents.index(document) if document in self.documents else None

    def sources_at(self, number: int) -> tuple[Source, ...]:
        """The sources of one card: a generated one rests on its own document."""
        about = self.document_at(number)
        return self.sources if about is None else (Source(about, history=True),)


class TopicsError(ValueError):
    """Topics that cannot be read; the message has every fault, one per line."""


def load_topics(folder: Path) -> dict[str, Topic]:
    """
    Read the topics of a pack, by id, in the order of their file names.

    `folder` is the pack or its `topics` folder. Raises TopicsError with all faults at once.
    """
    found = faults(folder)
    if found:
        raise TopicsError("\n".join(found))
    return readable_topics(folder)


def readable_topics(folder: Path) -> dict[str, Topic]:
    """Read the topics without a fault in their fields; for the checker, so that one broken topic is one fault."""
    read = {}
    for path in _files(folder):
        try:
            head, body, line = _parts(path)
        except ValueError:
            continue
        if not any(_head_faults(head, path.stem)):
            read[path.stem] = _topic(head, body, line)
    return read


def line_of(path: Path, words: str) -> int:
    """The first line of a file with these words; 1 without."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if words in line), 1)


def load_phrasings(path: Path) -> list[tuple[str, str]]:
    """Read questions and their topics, `question<TAB>topic` a line; an absent file is an empty list."""
    if not path.exists():
        return []
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            question, tab, topic = line.partition("\t")
            if not tab or not question.strip() or not topic.strip():
                raise TopicsError(f"{path}:{number}: no topic; write the question, a tab, the topic id")
            pairs.append((clean(question), topic.strip()))
    return pairs


def load_lessons(path: Path) -> dict[str, tuple[str, ...]]:
    """Read the order of the weekly lessons, topic ids by audience."""
    try:
        read = yaml.load(path.read_text(encoding="utf-8"), Loader=_loader())  # noqa: S506 - a safe loader
    except yaml.YAMLError as fault:
        raise TopicsError(f"{path}:1: not YAML ({' '.join(str(fault).split())}); correct it") from fault
    if not isinstance(read, dict) or not all(isinstance(order, list) for order in read.values()):
        raise TopicsError(f"{path}:1: no lists of topics by audience; write new: and topic ids after dashes")
    return {str(audience): tuple(str(topic) for topic in order) for audience, order in read.items()}


def faults(folder: Path) -> list[str]:
    """List every fault of the topics, phrasings and lessons: 'file:line: fault; remedy'."""
    found: list[str] = []
    files = _files(folder)
    ids = {path.stem: path for path in files}
    related: list[tuple[Path, int, str]] = []
    if not files:
        return [f"{folder}:1: no topics; add topics/<id>.md"]
    for path in files:
        try:
            head, body, body_line = _parts(path)
        except ValueError as fault:
            found.append(f"{path}:1: {fault}")
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [f"{path}:{_line(lines, key)}: {fault}" for key, fault in _head_faults(head, path.stem)]
        found += [f"{path}:{line}: {fault}" for line, fault in _body_faults(body, body_line)]
        related += [(path, _line(lines, "related"), str(other)) for other in head.get("related") or ()]
    for path, line, other in related:
        if other not in ids:
            found.append(f"{path}:{line}: related topic {other!r} does not exist; name one of topics/*.md")
    return found + _neighbour_faults(_folder(folder).parent, ids)


def _folder(folder: Path) -> Path:
    inner = folder / "topics"
    return inner if inner.is_dir() else folder


def _files(folder: Path) -> list[Path]:
    return sorted(_folder(folder).glob("*.md"))


def _parts(path: Path) -> tuple[dict[str, Any], str, int]:
    """Split a file into its front matter, its text, and the line at which the text begins."""
    lines = clean(path.read_text(encoding="utf-8")).split("\n")
    if lines[0] != "---" or "---" not in lines[1:]:
        raise ValueError("no front matter; begin with a line ---, the fields, and a line ---")
    end = lines.index("---", 1)
    try:
        head = yaml.load("\n".join(lines[1:end]), Loader=_loader())  # noqa: S506 - a safe loader
    except yaml.YAMLError as fault:
        raise ValueError(f"front matter is not YAML ({' '.join(str(fault).split())}); correct it") from fault
    if not isinstance(head, dict):
        raise ValueError("front matter holds no fields; write id, title, audience, sources")  # noqa: TRY004
    return head, "\n".join(lines[end + 1 :]), end + 2


def _topic(head: Mapping[str, Any], body: str, _line_of_body: int) -> Topic:
    return Topic(
        id=str(head["id"]),
        title=str(head["title"]),
        audience=tuple(head["audience"]),
        sources=tuple(
            Source(
                document=str(source["document"]),
                detail=", ".join(str(source[key]) for key in ("article", "date") if source.get(key)),
                history=bool(source.get("history", not source.get("in_force", True))),
            )
            for source in head["sources"]
        ),
        synonyms=tuple(str(phrase) for phrase in head.get("synonyms") or ()),
        cards=tuple(card for card, _ in _cards(body, 0)),
        related=tuple(str(other) for other in head.get("related") or ()),
    )


def _cards(body: str, first_line: int) -> Iterator[tuple[str, int]]:
    """The cards of a text and the line each begins at."""
    line = first_line
    for part in body.split(f"\n{CARD_BREAK}\n"):
        yield part.strip(), line + (len(part) - len(part.lstrip("\n")))
        line += part.count("\n") + 2


def _head_faults(head: Mapping[str, Any], stem: str) -> Iterator[tuple[str, str]]:
    """Faults of the fields, each with the field it belongs to."""
    for key in head.keys() - _KEYS:
        yield str(key), f"unknown field {key!r}; known are {', '.join(sorted(_KEYS))}"
    if head.get("id") != stem or not _ID.fullmatch(stem):
        yield "id", f"id {head.get('id')!r} is not the file's name; write id: {stem}"
    if not str(head.get("title") or "").strip():
        yield "title", "no title; write the question people ask"
    audience = head.get("audience")
    if not isinstance(audience, list) or not audience or set(audience) - set(AUDIENCES):
        yield "audience", f"audience {audience!r} is not a list out of {', '.join(AUDIENCES)}; correct it"
    sources = head.get("sources")
    if not isinstance(sources, list) or not sources:
        yield "sources", "no source; name the document the text rests on"
    else:
        yield from (("sources", fault) for source in sources for fault in _source_faults(source))
    for key in ("synonyms", "related"):
        if not isinstance(head.get(key) or [], list):
            yield key, f"{key} is not a list; put each on its own line after a dash"
    days = [head.get(key) for key in ("valid_from", "valid_to")]
    if any(day is not None and not isinstance(day, date) for day in days):
        yield "valid_from", "a validity is not a day; write it as 2026-05-22"
    elif isinstance(days[0], date) and isinstance(days[1], date) and days[0] > days[1]:
        yield "valid_to", "valid_to lies before valid_from; swap them"


def _source_faults(source: object) -> Iterator[str]:
    if not isinstance(source, dict) or not str(source.get("document") or "").strip():
        yield "a source names no document; write document: …"
        return
    for key in source.keys() - _SOURCE_KEYS:
        yield f"unknown field {key!r} in a source; known are {', '.join(sorted(_SOURCE_KEYS))}"
    for key in ("history", "in_force"):
        if not isinstance(source.get(key, True), bool):
            yield f"{key} is neither true nor false; write one of them"


def _body_faults(body: str, first_line: int) -> Iterator[tuple[int, str]]:
    for card, line in _cards(body, first_line):
        if not card:
            yield line, "an empty card; write its text or take the break away"
        if len(card) > LONGEST_CARD:
            yield line, f"a card of {len(card)} letters; at most {LONGEST_CARD}, split it by a line {CARD_BREAK}"
        sentences = len(_SENTENCE_END.findall(card))
        if sentences > MOST_SENTENCES:
            yield line, f"a card of {sentences} sentences; at most {MOST_SENTENCES}, split it by a line {CARD_BREAK}"
        for command in _COMMAND.findall(card):
            if command not in _COMMANDS:
                yield line, f"unknown command /{command}; name one that exists"
        if _PHONE.search(card):
            yield line, "a phone number; let people ask /lienhe"
        if _MONEY.search(card):
            yield line, "an amount of money; the bot promises none, take it out"


def _neighbour_faults(pack: Path, ids: Mapping[str, Path]) -> list[str]:
    """Faults of the files beside the topics that name topics."""
    found: list[str] = []
    phrasings, lessons = pack / "phrasings.tsv", pack / "lessons.yaml"
    if phrasings.exists():
        for number, line in enumerate(phrasings.read_text(encoding="utf-8").splitlines(), start=1):
            topic = line.partition("\t")[2].strip()
            if line.strip() and topic not in ids and topic != "none":
                found.append(f"{phrasings}:{number}: unknown topic {topic!r}; write one of topics/*.md, or none")
    if lessons.exists():
        try:
            order_of = load_lessons(lessons)
        except TopicsError as fault:
            return [*found, str(fault)]
        lines = lessons.read_text(encoding="utf-8").splitlines()
        for audience, order in order_of.items():
            line_of = _line(lines, audience)
            if audience not in AUDIENCES:
                found.append(f"{lessons}:{line_of}: unknown audience {audience!r}; use {', '.join(AUDIENCES)}")
            found += [
                f"{lessons}:{line_of}: unknown topic {topic!r}; write one of topics/*.md"
                for topic in order
                if topic not in ids
            ]
    return found


def _line(lines: list[str], key: str) -> int:
    return next((number for number, line in enumerate(lines, start=1) if line.startswith(f"{key}:")), 1)


def _loader() -> type[yaml.SafeLoader]:
    """The C reader where PyYAML was built with it: ten times faster, the same result."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
