"""Who learns what, one lesson a week: chosen and stopped by the person; the rows of it are notices."""

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
    """Want the lessons of one situation; what was heard of them before is not heard again."""
    set_preference(db, person_id=person_id, lessons=audience)


def stop(db: Connection, *, person_id: str) -> None:
    """Want no lessons any more; wanted again, they go on where they stopped."""
    set_preference(db, person_id=person_id, lessons=None)


def finish(db: Connection, *, learner: Learner) -> None:
    """The last one was heard; a person who chose other lessons meanwhile goes on with those."""
    db.execute(
        update(people)
        .where(people.c.id == learner.person_id, people.c.lessons == learner.audience)
        .values(lessons=None)
    )


def learners(db: Connection) -> tuple[Learner, ...]:
    rows = db.execute(
        select(people.c.id, people.c.lessons)
        .where(people.c.lessons.is_not(None), people.c.erased_at.is_(None))
        .order_by(people.c.created_at, people.c.id)
    )
    return tuple(Learner(*row) for row in rows)


def heard(known: Mapping[str, Notice], topics: Sequence[str]) -> int:
    """How many of a course somebody has heard; the first that was not said is the next."""
    return sum(known[topic].state == "said" for topic in topics if topic in known)


def progress(db: Connection, *, learner: Learner, topics: Sequence[str]) -> int:
    return heard(notices.of_kind(db, kind=KIND).get(learner.subject, {}), topics)
