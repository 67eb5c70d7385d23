"""Weekly lessons: chosen and stopped by the person; their rows are notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from registry.deliveries import notices
from registry.deliveries.notices import Notice
from registry.people.people import set_preference
from registry.store.rows import people

KIND = "lesson"


@dataclass(frozen=True, slots=True)
class Learner:
    person_id: str
    audience: str

    @property
    def subject(self) -> str:
        return subject_of(self.person_id, self.audience)


def subject_of(person_id: str, audience: str) -> str:
    return f"{person_id}:{audience}"


def begin(db: Connection, *, person_id: str, audience: str) -> None:
    """Subscribe to the lessons of one situation; lessons already sent are not repeated."""
    set_preference(db, person_id=person_id, lessons=audience)


def stop(db: Connection, *, person_id: str) -> None:
    """Unsubscribe; a later subscription continues after the last lesson."""
    set_preference(db, person_id=person_id, lessons=None)


def finish(db: Connection, *, learner: Learner) -> None:
    """End the course after its last lesson, unless the person chose other lessons meanwhile."""
    db.execute(
        update(people)
        .where(people.c.id == learner.person_id, people.c.lessons == learner.audience)
        .values(lessons=None)
    )


def learners(db: Connection, *, behind: str, most: int) -> tuple[Learner, ...]:
    """The people who want lessons, behind an id, in the order of their ids."""
    rows = db.execute(
        select(people.c.id, people.c.lessons)
        .where(people.c.lessons.is_not(None), people.c.erased_at.is_(None), people.c.id > behind)
        .order_by(people.c.id)
        .limit(most)
    )
    return tuple(Learner(*row) for row in rows)


def learner(db: Connection, *, person_id: str) -> Learner | None:
    """The course of a person; None when they want no lessons, or are erased."""
    row = db.execute(
        select(people.c.id, people.c.lessons).where(
            people.c.id == person_id, people.c.lessons.is_not(None), people.c.erased_at.is_(None)
        )
    ).one_or_none()
    return None if row is None else Learner(*row)


def heard(known: Mapping[str, Notice], topics: Sequence[str]) -> int:
    """Count the lessons of a course already sent; the first unsent one is the next."""
    return sum(known[topic].state == "said" for topic in topics if topic in known)


def progress(db: Connection, *, learner: Learner, topics: Sequence[str]) -> int:
    known = notices.of_subjects(db, kind=KIND, subjects=[learner.subject])
    return heard(known.get(learner.subject, {}), topics)
