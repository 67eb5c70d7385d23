"""A pack: everything particular to one province, year and law, read from one folder."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from content.faults import Fault, PackFaultsError
from content.places.faults import faults as place_faults
from content.places.places import Places
from content.programme.form_reader import read_form
from content.programme.form_spec import Form
from content.programme.notice_templates import NoticeTemplate, read_notice_templates
from content.programme.programme import Programme
from content.programme.programme_reader import read_programme
from content.programme.sheet import Sheet, read_sheet
from content.programme.topic_documents import with_documents
from content.programme.topics import Topic, TopicsError, load_lessons, load_phrasings, readable_topics
from content.programme.topics import faults as topic_faults

PACKS = Path(__file__).parents[1] / "packs"
PURPOSES = ("registration", "reminders")
"""The purposes of consent; each pack has a text for each."""

_NO_FILE = "the file does not exist; add it"
_TOLD = re.compile(r"(?P<file>.+?):(?P<line>\d+): (?P<what>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ConsentText:
    """The text a person agrees to, for one purpose.  `version` is a digest: any change is a new version."""

    purpose: str
    text: str
    more: str

    @property
    def version(self) -> str:
        return hashlib.sha256(f"{self.text}\n\n{self.more}".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A made-up person of the demo.  `role` "" is a producer; `phone` "" for officials."""

    id: str
    name: str
    address_form: str
    phone: str
    role: str
    title: str
    place: str


@dataclass(frozen=True, slots=True)
class Demo:
    """
    The pack's part of the guided demo: people, questions, answers and the broadcast.

    `cast` are the identities a visitor may take, in the order of the screens.
    `others` are people of other places; a broadcast to `announce_to` must not reach them.
    `answers` has the typed answer to each required question of the idea form, in its order.
    """

    cast: tuple[DemoPerson, ...]
    others: tuple[DemoPerson, ...]
    question: str
    answers: Mapping[str, str]
    announcement: str
    announce_to: str
    days_ahead: int

    def person(self, person: str) -> DemoPerson:
        for one in (*self.cast, *self.others):
            if one.id == person:
                return one
        raise KeyError(person)


@dataclass(frozen=True, slots=True)
class Pack:
    """The parsed pack; frozen, shared by all threads.  `places` are those of the day it was loaded for."""

    id: str
    folder: Path
    programme: Programme
    forms: Mapping[str, Form]
    topics: Mapping[str, Topic]
    learned: tuple[tuple[str, str], ...]
    lessons: Mapping[str, tuple[str, ...]]  # topic ids by audience, in the order of the weeks
    consent_texts: Mapping[str, ConsentText]
    notice_templates: Mapping[str, NoticeTemplate]
    demo: Demo | None
    places: Places

    @property
    def papers(self) -> Path:
        return self.folder / "papers"


def load_pack(pack: str | Path, on: date, packs: Path = PACKS) -> Pack:
    """
    Read a pack by its id (or folder), for the clock's day.

    Raises PackFaultsError with all faults of all files at once; nothing half-read is served.
    """
    folder = pack if isinstance(pack, Path) else packs / pack
    read, faults = read_pack(folder, on)
    if read is None or faults:
        raise PackFaultsError(folder.name, tuple(str(fault) for fault in faults))
    return read


def read_pack(folder: Path, on: date | None = None) -> tuple[Pack | None, list[Fault]]:
    """
    Read all files of a pack and note every fault.

    A pack with faults is returned for the checker only and must not be served.
    It is None when the programme or the places cannot be read at all.
    Without a day, the pack's demo day is used.
    """
    faults: list[Fault] = []
    name = folder.resolve().name
    top = read_sheet(folder / "programme.yaml", f"{name}/programme.yaml", faults)
    misplaced = place_faults(folder) if (folder / "places.csv").exists() else [f"{folder / 'places.csv'}:0: {_NO_FILE}"]
    faults += (parse_fault(fault, folder) for fault in misplaced)
    topics = _topics(folder, faults)
    if top is None:
        return None, sorted(set(faults))
    programme = read_programme(top, name)
    topics = with_documents(programme, topics, folder, faults)
    consents = _consents(top)
    top.done()
    forms = {}
    for path in sorted((folder / "forms").glob("*.yaml")):
        sheet = read_sheet(path, f"{name}/forms/{path.name}", faults)
        if sheet is not None:
            forms[path.stem] = read_form(sheet, path.stem, programme)
    if "idea" not in forms:
        faults.append(Fault(f"{name}/forms/idea.yaml", 0, "There is no idea form.", "Add it."))
    demo = _read_demo(folder, name, faults)
    notice_templates = read_notice_templates(folder, name, faults)
    if misplaced:
        return None, sorted(set(faults))
    read = Pack(
        id=name,
        folder=folder,
        programme=programme,
        forms=forms,
        topics=topics,
        learned=_learned(folder, faults),
        lessons=_lessons(folder, faults),
        consent_texts=consents,
        notice_templates=notice_templates,
        demo=demo,
        places=Places.load(folder, on or programme.demo_start),
    )
    return read, sorted(set(faults))


def parse_fault(said: str, folder: Path) -> Fault:
    """A fault that another reader of this room wrote as 'file:line: what; remedy'."""
    found = _TOLD.fullmatch(said)
    if found is None:
        return Fault(folder.name, 0, said, "Correct it.")
    file = Path(found["file"])
    inside = file.relative_to(folder.parent) if file.is_relative_to(folder.parent) else file
    what, _, remedy = found["what"].partition("; ")
    return Fault(str(inside), int(found["line"]), _sentence(what), _sentence(remedy or "correct it"))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(".") + "."


def _topics(folder: Path, faults: list[Fault]) -> dict[str, Topic]:
    found = topic_faults(folder)
    faults += (parse_fault(fault, folder) for fault in found)
    return readable_topics(folder)


def _learned(folder: Path, faults: list[Fault]) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(load_phrasings(folder / "phrasings.tsv"))
    except TopicsError as fault:
        faults.append(parse_fault(str(fault), folder))
        return ()


def _lessons(folder: Path, faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    path = folder / "lessons.yaml"
    try:
        return load_lessons(path) if path.exists() else {}
    except TopicsError as fault:
        faults.append(parse_fault(str(fault), folder))
        return {}


def _consents(sheet: Sheet) -> dict[str, ConsentText]:
    part = sheet.sheet("consent")
    if part is None:
        sheet.fault("consent", "The key 'consent' is missing.", "Say what a registration and reminders ask for.")
        return {}
    read = {}
    for purpose in PURPOSES:
        asked = part.sheet(purpose)
        if asked is None:
            part.fault(purpose, f"There is no consent text for {purpose!r}.", "Write `text` and `more`.")
            continue
        read[purpose] = ConsentText(purpose, asked.text("text"), asked.text("more"))
        asked.done()
    part.done()
    return read


def _read_demo(folder: Path, name: str, faults: list[Fault]) -> Demo | None:
    path = folder / "demo.yaml"
    if not path.exists():
        return None
    sheet = read_sheet(path, f"{name}/demo.yaml", faults)
    if sheet is None:
        return None
    sheet.number("format")
    answers = sheet.sheet("answers")
    demo = Demo(
        cast=tuple(_person(one) for one in sheet.sheets("cast", required=True)),
        others=tuple(_person(one) for one in sheet.sheets("others")),
        question=sheet.text("question"),
        answers={} if answers is None else {field: answers.text(field) for field in answers.keys()},  # noqa: SIM118
        announcement=sheet.text("announcement"),
        announce_to=sheet.text("announce_to"),
        days_ahead=sheet.number("days_ahead"),
    )
    sheet.done()
    return demo


def _person(sheet: Sheet) -> DemoPerson:
    person = DemoPerson(
        id=sheet.text("id"),
        name=sheet.text("name"),
        address_form=sheet.text("address_form", ""),
        phone=sheet.text("phone", ""),
        role=sheet.text("role", ""),
        title=sheet.text("title", ""),
        place=sheet.text("place"),
    )
    sheet.done()
    return person
