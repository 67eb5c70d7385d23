"""
One product's way through the cycle (hồ sơ), from the idea on.

Everything that belongs to somebody is reached through the guarded functions
here; no page and no handler writes its own select for it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    Row,
    Table,
    Text,
    UniqueConstraint,
    select,
    update,
)

from content.places.places import Places
from registry.applications.entities import part_of
from registry.people.roles import Role, may, may_own
from registry.store.distinct import values_in
from registry.store.rows import UTCDateTime, applications, id_column, members, metadata
from registry.store.sealing import seal_for, unseal_for

events = Table(
    "events",
    metadata,
    id_column(),
    Column("application_id", Text, ForeignKey("applications.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("actor", Text, nullable=False),  # a person's id, or "system"
    Column("act", Text, nullable=False),  # submit, return, accept, decline, resubmit, withdraw, escalate, complete
    Column("status", Text, nullable=False),
    Column("note_sealed", LargeBinary),  # under the applicant's key
    UniqueConstraint("application_id", "version"),
)

defects = Table(
    "defects",
    metadata,
    id_column(),
    Column("application_id", Text, ForeignKey("applications.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),  # of the return
    Column("field", Text, nullable=False),
    Column("remark_sealed", LargeBinary, nullable=False),
    Column("mended_at", UTCDateTime),
)


PRODUCT_FIELDS = ("product", "product_name")


@dataclass(frozen=True, slots=True)
class Application:
    """
    One application. Its texts are sealed under the key of `person_id`, who entered it, and unreadable after their
    erasure.
    """

    id: str
    code: str
    draft_key: str
    entity_id: str
    product_id: str
    person_id: str
    place: str
    kind: str
    product_group: str | None
    status: str
    version: int
    answers: Mapping[str, Any]
    holder: str
    holder_since: datetime
    due_on: date | None
    submitted_at: datetime
    updated_at: datetime

    @property
    def product(self) -> str:
        """The name the producer gave it, on one line among others'; its code when the words are gone."""
        return product_named(self.answers) or self.code


def product_named(answers: Mapping[str, Any]) -> str:
    """The name of the product in these answers, on one line; empty without one."""
    named = next((str(answers[field]) for field in PRODUCT_FIELDS if answers.get(field)), "")
    return " ".join(named.split())


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of an application's history; `changed` has the earlier values of the changed fields."""

    version: int
    at: datetime
    actor: str
    act: str
    status: str
    note: str
    changed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Defect:
    """One field that a reviewer wants corrected."""

    field: str
    remark: str
    mended: bool = False


def applications_of(db: Connection, *, person_id: str) -> tuple[Application, ...]:
    """The applications of all entities a person acts for, the newest first."""
    rows = db.execute(
        select(applications)
        .join(members, members.c.entity_id == applications.c.entity_id)
        .where(members.c.person_id == person_id)
        .order_by(applications.c.submitted_at.desc(), applications.c.code.desc())
    )
    return tuple(application_of(db, row) for row in rows)


def applications_of_entity(db: Connection, *, entity_id: str) -> tuple[Application, ...]:
    """The applications of one entity, for callers that checked the right to it; the newest first."""
    rows = db.execute(
        select(applications)
        .where(applications.c.entity_id == entity_id)
        .order_by(applications.c.submitted_at.desc(), applications.c.code.desc())
    )
    return tuple(application_of(db, row) for row in rows)


def applications_seen_by(
    db: Connection,
    *,
    role: Role,
    places: Places,
    on: date,
    statuses: Collection[str] | None = None,
    held_by: str | None = None,
    limit: int | None = None,
) -> tuple[Application, ...]:
    """
    Return the applications an official may see, the soonest due first; none once the role has ended.

    `held_by` selects only applications that are now with one office.
    """
    query = select(applications).where(applications.c.place.in_(places_seen(db, role=role, places=places, on=on)))
    if statuses is not None:
        query = query.where(applications.c.status.in_(statuses))
    if held_by is not None:
        query = query.where(applications.c.holder == held_by)
    query = query.order_by(
        applications.c.due_on.asc().nulls_last(), applications.c.submitted_at, applications.c.code
    ).limit(limit)
    return tuple(application_of(db, row) for row in db.execute(query))


def places_seen(db: Connection, *, role: Role, places: Places, on: date) -> tuple[str, ...]:
    """The places of applications an official may see; none once the role has ended."""
    if not may(role, "review.see", role.place, places, on=on):
        return ()
    return places_of_applications(db, places, role.place)


def places_of_applications(db: Connection, places: Places, top: str) -> tuple[str, ...]:
    """The places under `top` that have applications: a short list for a query, whatever the size of the tree."""
    return tuple(place for place in values_in(db, applications.c.place) if places.within(place, top))


def application_for(
    db: Connection,
    *,
    person_id: str,
    roles: Collection[Role],
    places: Places,
    on: date,
    code: str | None = None,
    application_id: str | None = None,
) -> Application | None:
    """
    One application, for a member of its entity or an official whose place reaches over it.

    Not there and not yours are the same answer, so that codes cannot be tried out.
    """
    if (code is None) == (application_id is None):
        raise ValueError("An application is looked for by its code or by its id, by one of them.")
    by = applications.c.code == code if code is not None else applications.c.id == application_id
    row = db.execute(select(applications).where(by)).one_or_none()
    if row is None:
        return None
    official = any(may(role, "review.see", row.place, places, on=on) for role in roles)
    if not official and not may_see_own(db, row.entity_id, person_id):
        return None
    return application_of(db, row)


def application_of_draft(db: Connection, *, draft_key: str) -> str | None:
    """The id of the application a form became; the caller guards who may see it."""
    found: str | None = db.execute(
        select(applications.c.id).where(applications.c.draft_key == draft_key)
    ).scalar_one_or_none()
    return found


def read_application(db: Connection, application_id: str) -> Application | None:
    """One application, for functions of this room that checked the right to it."""
    row = db.execute(select(applications).where(applications.c.id == application_id)).one_or_none()
    return None if row is None else application_of(db, row)


def events_of(db: Connection, application: Application) -> tuple[Event, ...]:
    """Return the history of an application, oldest first."""
    rows = db.execute(select(events).where(events.c.application_id == application.id).order_by(events.c.version)).all()
    told = []
    for row in rows:
        words = unseal_for(db, application.person_id, f"events:note:{row.id}", row.note_sealed) or {}
        told.append(
            Event(row.version, row.at, row.actor, row.act, row.status, words.get("note", ""), words.get("changed", {}))
        )
    return tuple(told)


def reason_of(db: Connection, application: Application) -> str:
    """Return the words with which an application got its present status; empty without any, or after an erasure."""
    last = next((one for one in reversed(events_of(db, application)) if one.status == application.status), None)
    return "" if last is None else last.note


def reseal_events(db: Connection, application: Application, *, person_id: str, without: Collection[str]) -> None:
    """Seal the texts of a history under another person's key, for a course that changes hands; drop these fields."""
    rows = db.execute(
        select(events).where(events.c.application_id == application.id, events.c.note_sealed.is_not(None))
    ).all()
    for row in rows:
        where = f"events:note:{row.id}"
        words = dict(unseal_for(db, application.person_id, where, row.note_sealed) or {})
        kept = {name: value for name, value in words.pop("changed", {}).items() if name not in without}
        words |= {"changed": kept} if kept else {}
        sealed = seal_for(db, person_id, where, words) if words else None
        db.execute(update(events).where(events.c.id == row.id).values(note_sealed=sealed))


def changed_since_return(db: Connection, application: Application) -> Mapping[str, Any]:
    """
    Return the fields that changed since an office last looked, with their earlier values.

    For a field changed twice the oldest value counts: that is the one the office has read.
    """
    before: dict[str, Any] = {}
    for event in reversed(events_of(db, application)):
        if event.act not in {"resubmit", "complete", "escalate"}:
            break
        before |= event.changed
    return before


def defects_of(db: Connection, application: Application) -> tuple[Defect, ...]:
    """The defects of the last return, in the order the reviewer named them."""
    rows = db.execute(
        select(defects)
        .where(defects.c.application_id == application.id)
        .order_by(defects.c.version.desc(), defects.c.id)
    ).all()
    last = rows[0].version if rows else 0
    named = []
    for row in rows:
        words = unseal_for(db, application.person_id, f"defects:remark:{row.id}", row.remark_sealed)
        if row.version == last and words is not None:
            named.append((words["order"], Defect(row.field, words["remark"], row.mended_at is not None)))
    return tuple(defect for _order, defect in sorted(named, key=lambda pair: pair[0]))


def may_see_own(db: Connection, entity_id: str, person_id: str) -> bool:
    """True for the owner and the helpers of an entity."""
    return may_own(part_of(db, entity_id=entity_id, person_id=person_id), "application.see_own")


def application_of(db: Connection, row: Row[Any]) -> Application:
    """The application a row holds, its answers unsealed; without answers once its person was erased."""
    kept = row._asdict()
    sealed = kept.pop("answers_sealed")
    del kept["overdue_told_at"], kept["planned_for"]  # of the sweeps alone
    answers = unseal_for(db, row.person_id, f"applications:answers:{row.id}", sealed) or {}
    return Application(answers=answers, **kept)
