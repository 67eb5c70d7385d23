"""
One product's way through the cycle (hồ sơ), from the idea on.

Everything that belongs to somebody is reached through the guarded functions
here; no page and no handler writes its own select for it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from content.actions.producers import ShowStatus
from content.places.places import Places
from content.programme.pack import Pack
from registry.applications.changes import (
    Change,
    holder_now,
    reviewers_for,
    tell_members,
    tell_officials,
    term_end,
    values_of,
    write_event,
)
from registry.applications.drafts import close_draft
from registry.applications.entities import NewEntity, add_entity, entity_for, part_of
from registry.people.roles import NotAllowedError, Role, at_level, may, may_own
from registry.store.codes import next_code
from registry.store.prepared import Prepared, inserting
from registry.store.rows import applications, defects, events, members, new_id
from registry.store.sealing import seal_for, unseal_for
from registry.telling import Teller, local_day

PRODUCT_FIELDS = ("product", "product_name")


@dataclass(frozen=True, slots=True)
class Application:
    """`person_id` entered it: its words lie under their key, and are gone when they are erased."""

    id: str
    code: str
    draft_key: str
    entity_id: str
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
    stars: int | None
    certified_on: date | None
    expires_on: date | None
    certificate: str | None
    submitted_at: datetime
    updated_at: datetime

    @property
    def product(self) -> str:
        """The name the producer gave it, on one line among others'; its code when the words are gone."""
        named = next((str(self.answers[field]) for field in PRODUCT_FIELDS if self.answers.get(field)), self.code)
        return " ".join(named.split())


_ADD = inserting(applications, *(name for name in Application.__slots__ if name != "answers"), "answers_sealed")
_OF_DRAFT = Prepared(select(applications).where(applications.c.draft_key == bindparam("of_draft")))


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an application; `changed` holds what stood in the fields before."""

    version: int
    at: datetime
    actor: str
    act: str
    status: str
    note: str
    changed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing a reviewer wants mended."""

    field: str
    remark: str
    mended: bool = False


def submit_idea(
    db: Connection,
    *,
    pack: Pack,
    draft_key: str,
    person_id: str,
    entity: str | NewEntity,
    place: str,
    kind: str,
    product_group: str | None,
    answers: Mapping[str, Any],
    now: datetime,
    tell: Teller,
) -> Application:
    """
    Turn a finished draft into a submitted idea and tell the officials who have it now.

    The same draft submitted twice is one application: a producer on a slow
    line taps "Gửi" twice.  `entity` is the id of one the person acts for, or
    what is needed to make one.
    """
    # the draft's row is locked first, so that of two at once the second finds what the first made
    close_draft(db, key=draft_key, state="submitted", now=now)
    known = _OF_DRAFT.row(db, of_draft=draft_key)
    if known is not None:
        if not _may_see_own(db, known.entity_id, person_id):
            raise NotAllowedError("application.see_own")
        return _application(db, known)
    transition = pack.programme.transition("submit", "idea_draft")
    status = "idea_submitted" if transition is None else transition.end
    today = local_day(pack, now)
    reviewers = reviewers_for(db, pack, place=place, status=status, on=today)
    holder = at_level(pack, place, pack.programme.decision("idea").level) if reviewers is None else reviewers.holder
    if isinstance(entity, NewEntity):
        entity_id = add_entity(db, keeper_id=person_id, new=entity, now=now).id
    else:
        found = entity_for(db, entity_id=entity, person_id=person_id)
        if found is None:
            raise NotAllowedError("entity.see_own")
        entity_id = found.id
    application = Application(
        id=new_id(),
        code=next_code(db, today.year),
        draft_key=draft_key,
        entity_id=entity_id,
        person_id=person_id,
        place=place,
        kind=kind,
        product_group=product_group,
        status=status,
        version=1,
        answers=dict(answers),
        holder=holder,
        holder_since=now,
        due_on=term_end(pack, status, today),
        stars=None,
        certified_on=None,
        expires_on=None,
        certificate=None,
        submitted_at=now,
        updated_at=now,
    )
    row = {name: getattr(application, name) for name in Application.__slots__ if name != "answers"}
    row["answers_sealed"] = seal_for(db, person_id, f"applications:answers:{application.id}", dict(answers))
    _ADD.count(db, **row)
    write_event(
        db,
        application_id=application.id,
        person_id=person_id,
        version=1,
        change=Change("submit", status, person_id),
        now=now,
    )
    values = values_of(pack, application)
    tell_members(
        db,
        application=application,
        key=transition.tells if transition is not None else "",
        values=values | holder_now(db, pack, application, today),
        actions=((ShowStatus(application.code), "button.status"),),
        tell=tell,
        now=now,
        besides=person_id,
    )
    if reviewers is not None:
        key = "review.went_up" if reviewers.went_up else "review.arrived"
        tell_officials(
            db, application=application, officials=reviewers.roles, key=key, values=values, tell=tell, now=now
        )
    return application


def applications_of(db: Connection, *, person_id: str) -> tuple[Application, ...]:
    """The applications of all entities a person acts for, the newest first."""
    rows = db.execute(
        select(applications)
        .join(members, members.c.entity_id == applications.c.entity_id)
        .where(members.c.person_id == person_id)
        .order_by(applications.c.submitted_at.desc(), applications.c.code.desc())
    )
    return tuple(_application(db, row) for row in rows)


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
    What an official may see, what is due soonest first; nothing once the role has ended.

    `held_by` takes only what lies with one office now.
    """
    query = select(applications).where(applications.c.place.in_(places_seen(db, role=role, places=places, on=on)))
    if statuses is not None:
        query = query.where(applications.c.status.in_(statuses))
    if held_by is not None:
        query = query.where(applications.c.holder == held_by)
    query = query.order_by(
        applications.c.due_on.asc().nulls_last(), applications.c.submitted_at, applications.c.code
    ).limit(limit)
    return tuple(_application(db, row) for row in db.execute(query))


def places_seen(db: Connection, *, role: Role, places: Places, on: date) -> tuple[str, ...]:
    """The places of applications an official may see; none once the role has ended."""
    if not may(role, "review.see", role.place, places, on=on):
        return ()
    return places_of_applications(db, places, role.place)


def places_of_applications(db: Connection, places: Places, top: str) -> tuple[str, ...]:
    """The places under `top` that have applications: a short list for a query, whatever the size of the tree."""
    known = db.execute(select(applications.c.place).distinct()).scalars()
    return tuple(sorted(place for place in known if places.within(place, top)))


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
    if not official and not _may_see_own(db, row.entity_id, person_id):
        return None
    return _application(db, row)


def read_application(db: Connection, application_id: str) -> Application | None:
    """One application, for functions of this room that checked the right to it."""
    row = db.execute(select(applications).where(applications.c.id == application_id)).one_or_none()
    return None if row is None else _application(db, row)


def events_of(db: Connection, application: Application) -> tuple[Event, ...]:
    """What happened to an application, oldest first."""
    rows = db.execute(select(events).where(events.c.application_id == application.id).order_by(events.c.version)).all()
    told = []
    for row in rows:
        words = unseal_for(db, application.person_id, f"events:note:{row.id}", row.note_sealed) or {}
        told.append(
            Event(row.version, row.at, row.actor, row.act, row.status, words.get("note", ""), words.get("changed", {}))
        )
    return tuple(told)


def changed_since_return(db: Connection, application: Application) -> Mapping[str, Any]:
    """
    The fields that changed since an office last looked, with what stood there before.

    Of a field changed twice the oldest words count: those the office has read.
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


def _may_see_own(db: Connection, entity_id: str, person_id: str) -> bool:
    return may_own(part_of(db, entity_id=entity_id, person_id=person_id), "application.see_own")


def _application(db: Connection, row: Row[Any]) -> Application:
    kept = row._asdict()
    sealed = kept.pop("answers_sealed")
    answers = unseal_for(db, row.person_id, f"applications:answers:{row.id}", sealed) or {}
    return Application(answers=answers, **kept)
