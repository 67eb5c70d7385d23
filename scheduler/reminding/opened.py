"""The open deadlines, and who of some people and applications they concern."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection

from content.programme.pack import Pack
from content.programme.programme import ReminderRule
from registry.applications import drafts
from registry.applications.applications import Application, read_application
from registry.deadlines import certificates, deadlines, occurrences, pauses, rounds
from registry.deadlines.deadlines import Among, Concerned, Deadline
from registry.deadlines.occurrences import Occurrence
from registry.deadlines.pauses import Pause
from registry.people.people import Person
from registry.telling import Teller
from scheduler.slicing import Work


@dataclass(frozen=True, slots=True)
class Open:
    """An open deadline with its rules, and those of the subjects in question that it concerns."""

    deadline: Deadline
    rules: tuple[ReminderRule, ...]
    subjects: Mapping[str, Concerned]


@dataclass(slots=True)
class Sweep:
    """The values of one slice, and its counts."""

    db: Connection
    pack: Pack
    tell: Teller
    now: datetime
    held: tuple[Pause, ...]
    ahead: tuple[Deadline, ...]
    """The open deadlines with rules in the pack; one of a place comes before that of the place above."""
    fresh: frozenset[tuple[str, str]]
    """Deadlines changed within the last minutes: the official may still take it back, so nobody is notified yet."""
    counts: Counter[str] = field(default_factory=Counter)

    def is_fresh(self, deadline: Deadline) -> bool:
        return (deadline.spec, deadline.round) in self.fresh

    def skip(self, one: Occurrence, reason: str) -> None:
        self.counts["skipped"] += occurrences.skip(self.db, occurrence_id=one.id, reason=reason, now=self.now)

    @property
    def planned_for(self) -> str:
        """A fingerprint of what is planned: it changes with the deadlines and their rules, not with their days."""
        rules = {spec.id: [rule.id for rule in spec.rules] for spec in self.pack.programme.deadlines}
        shown = sorted((one.id, one.place, one.spec, rules[one.spec]) for one in self.ahead)
        return sha256(repr(shown).encode()).hexdigest()[:16]


def begin(work: Work) -> Sweep:
    deadlines.lock(work.db)
    specs = {spec.id for spec in work.pack.programme.deadlines}  # one of an earlier edition of the pack has no rules
    opened = deadlines.open_deadlines(work.db, places=work.pack.places, place=None, now=work.now)
    deepest = sorted(opened, key=lambda one: -len(tuple(work.pack.places.ancestors(one.place))))
    fresh = rounds.changed_lately(work.db, since=work.now - rounds.GRACE, now=work.now)
    held = pauses.pauses_now(work.db, now=work.now)
    ahead = tuple(one for one in deepest if one.spec in specs)
    return Sweep(work.db, work.pack, work.tell, work.now, held, ahead, fresh)


def opened_among(work: Sweep, among: Among, only: Collection[tuple[str, str]] | None = None) -> dict[str, Open]:
    """
    Return the open deadlines with those of some subjects they concern; perhaps only deadlines of some specs and rounds.

    A place's own deadline replaces the one of the place above.
    """
    specs = {spec.id: spec for spec in work.pack.programme.deadlines}
    taken: set[tuple[str, str, str]] = set()
    found: dict[str, Open] = {}
    for deadline in work.ahead:
        if only is not None and (deadline.spec, deadline.round) not in only:
            continue
        spec = specs[deadline.spec]
        whom = deadlines.concerned(work.db, places=work.pack.places, deadline=deadline, spec=spec, among=among)
        subjects = {one.subject: one for one in whom if (deadline.spec, deadline.round, one.subject) not in taken}
        taken |= {(deadline.spec, deadline.round, subject) for subject in subjects}
        found[deadline.id] = Open(deadline, spec.rules, subjects)
    return found


def certificates_of(work: Sweep, ids: Collection[str]) -> dict[str, Open]:
    ordered = work.pack.programme.evaluation.certificates
    if ordered is None or not ids:
        return {}
    return {
        deadline.id: Open(deadline, certificates.rules(ordered), {one.subject: one for one in whom})
        for deadline, whom in certificates.ending(work.db, now=work.now, ids=ids)
    }


def about_subjects(subjects: Iterable[str]) -> Among:
    """The applications ("a:<id>", or "a:<id>:<member>") and people ("p:<id>") of some subjects."""
    parts = [subject.split(":") for subject in subjects]
    return Among([one[1] for one in parts if one[0] == "a"], [one[1] for one in parts if one[0] == "p"])


def applications_of(db: Connection, whom: Iterable[Concerned]) -> list[Application]:
    read = (read_application(db, one.application_id) for one in whom if one.application_id is not None)
    return [one for one in read if one is not None]


def place_of(db: Connection, told: Person, about: Sequence[Application]) -> str | None:
    """Return the place of a reminder; for a draft it is the place given in it."""
    return about[0].place if about else told.place or drafts.place_begun(db, person_id=told.id)
