"""A pack: everything particular to one province, year and law, read from one folder."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from content.faults import Fault, PackFaultsError
from content.form_file import read_form
from content.form_spec import Form
from content.places import Places
from content.programme import Programme
from content.programme_file import read_programme
from content.sheet import Sheet, read_sheet
from content.topics import Topic, load_topics

PACKS = Path(__file__).parent / "packs"
DEMO_ROLES = ("producer", "official", "province")


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What a person agrees to, for one purpose.  `version` is a digest of its words: any change is a new version."""

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
    What the guided demo does with the pack: who plays, what is asked, answered and announced.

    `cast` are the identities a visitor may take, in the order of the screens;
    `others` are people of other places, whom an announcement to `announce_to` must not reach.
    `answers` hold what is typed for each required question of the idea form, in its order.
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
    """Everything read; frozen, shared by all threads.  `places` are those known on the day it was loaded for."""

    id: str
    folder: Path
    programme: Programme
    forms: Mapping[str, Form]
    topics: Mapping[str, Topic]
    learned: tuple[tuple[str, str], ...]
    lessons: Mapping[str, tuple[str, ...]]  # topic ids by audience, in the order of the weeks
    consent_texts: Mapping[str, ConsentText]
    demo: Demo | None
    places: Places

    @property
    def papers(self) -> Path:
        return self.folder / "papers"
