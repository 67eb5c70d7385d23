"""The office's Monday message: changes in its place, open work, and people whom a call would help."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select

from content.places.places import Places
from content.programme.pack import Pack
from registry.applications.applications import defects_of, events, places_seen, read_application
from registry.applications.assisted import FOR_OTHERS
from registry.applications.changes import waits_for_level
from registry.applications.drafts import draft as draft_of
from registry.applications.own_cases import own_cases
from registry.applications.questions import questions
from registry.deadlines import papers
from registry.people.consents import consents
from registry.people.people import person
from registry.people.roles import OFFICIALS, Role
from registry.store.distinct import values_in
from registry.store.rows import applications, drafts, people, roles

STUCK_AFTER = timedelta(days=3)
STUCK_AT_MOST = timedelta(days=60)
CALLED = 5
"""People named at most: a list one can call through before the first coffee is cold."""
_LOOKED_AT = 100
_MENDED = ("resubmit", "complete", "plan_resubmit", "dossier_resubmit")
_HANDED_IN = ("submit", "plan_submit", "dossier_submit")
_KINDS = {
    **dict.fromkeys(("return", "plan_return", "dossier_return"), "returned"),
    **dict.fromkeys(
        (
            "accept", "decline", "plan_select", "plan_decline", "dossier_score", "dossier_forward", "dossier_decline",
            "recognise", "not_recognise",
        ),
        "decided",
    ),
    "withdraw": "withdrawn",
    "escalate": "went_up",
}  # fmt: skip
"""The kind of change an act is, in the digest's words; any other act is "other"."""
_AGREED = select(consents.c.person_id).where(consents.c.purpose == "registration", consents.c.withdrawn_at.is_(None))


@dataclass(frozen=True, slots=True)
class Changes:
    """Counts of one place over a time."""

    begun: int
    handed_in: int
    mended: int
    returned: int
    decided: int
    withdrawn: int
    went_up: int
    other: int
    asked: int

    @property
    def any(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True)
class Waits:
    """The open work of one office."""

    applications: int
    overdue: int
    questions: int
    papers: int

    @property
    def any(self) -> bool:
        return bool(self.applications or self.questions or self.papers)


@dataclass(frozen=True, slots=True)
class Stuck:
    """Somebody who does not get on by themselves: who, how to reach them, and the field where they stand."""

    person_id: str
    name: str
    phone: str | None
    product: str
    form: str
    field: str
    done: int


def holders_of_roles(db: Connection, *, on: date, since: datetime) -> Mapping[str, tuple[Role, ...]]:
    """The officials who had their role already at a moment and have it still: roles by person."""
    rows = db.execute(
        select(roles)
        .join(people, people.c.id == roles.c.person_id)
        .where(
            roles.c.role.in_(OFFICIALS),
            roles.c.revoked_at.is_(None),
            roles.c.until >= on,
            roles.c.granted_at <= since,
            people.c.erased_at.is_(None),
        )
        .order_by(roles.c.granted_at, roles.c.id)
    )
    found: dict[str, list[Role]] = {}
    for row in rows:
        held = found.setdefault(row.person_id, [])
        if row.place not in {one.place for one in held}:
            held.append(Role(row.id, row.person_id, row.role, row.place, row.title, row.until))
    return {person_id: tuple(held) for person_id, held in found.items()}


def changes(db: Connection, *, role: Role, places: Places, on: date, since: datetime) -> Changes:
    """Count the events in a role's place since a moment."""
    seen = places_seen(db, role=role, places=places, on=on)
    rows = db.execute(
        select(events.c.act, events.c.application_id)
        .join(applications, applications.c.id == events.c.application_id)
        .where(
            events.c.at >= since, applications.c.place.in_(seen), events.c.act != "import",
            events.c.version > 0,  # steps before the handing in are reported with it
        )
    ).all()  # fmt: skip
    handed_in = len({row.application_id for row in rows if row.act in _HANDED_IN})
    mended = len({row.application_id for row in rows if row.act in _MENDED})
    by_kind: dict[str, set[str]] = {}
    for row in rows:
        if row.act not in (*_HANDED_IN, *_MENDED):
            by_kind.setdefault(_KINDS.get(row.act, "other"), set()).add(row.application_id)
    counted = {kind: len(by_kind.get(kind, ())) for kind in ("returned", "decided", "withdrawn", "went_up", "other")}
    from_there = [place for place in values_in(db, questions.c.place) if places.within(place, role.place)]
    asked = db.execute(
        select(func.count())
        .select_from(questions)
        .where(questions.c.place.in_(from_there), questions.c.asked_at >= since)
    ).scalar_one()
    begun = db.execute(
        select(func.count())
        .select_from(people)
        .join(drafts, drafts.c.person_id == people.c.id)
        .where(
            people.c.place.in_(_homes(db, places, role)),
            drafts.c.created_at >= since,
            drafts.c.application_id.is_(None),
        )
    ).scalar_one()
    return Changes(begun=begun, handed_in=handed_in, mended=mended, asked=asked, **counted)


def waits(db: Connection, *, pack: Pack, role: Role, on: date, now: datetime) -> Waits:
    """Return the open work of an office, excluding cases this official may not decide."""
    statuses = [one.id for one in pack.programme.statuses if waits_for_level(pack, one.id) is not None]
    held = db.execute(
        select(applications.c.id, applications.c.due_on).where(
            applications.c.holder == role.place, applications.c.status.in_(statuses)
        )
    ).all()
    own = own_cases(db, role.person_id)
    held = [row for row in held if row.id not in own]
    asked = db.execute(
        select(func.count())
        .select_from(questions)
        .where(questions.c.holder == role.place, questions.c.answered_at.is_(None))
    ).scalar_one()
    said = papers.waiting_for(db, pack=pack, role=role, now=now)
    return Waits(len(held), sum(row.due_on is not None and row.due_on < on for row in held), asked, len(said))


def stuck(db: Connection, *, pack: Pack, role: Role, on: date, now: datetime) -> tuple[Stuck, ...]:
    """
    Return at most five people whom a call would help, the nearest to the end of the form first.

    They agreed to be registered and called back, and are in the role's place. People who said "not now" or "stop", or
    gave no place, are left out. So are people a helper writes for: they have confirmed nothing yet.
    """
    if not role.holds(on):
        return ()
    found = [*_in_a_form(db, pack, role, now), *_with_something_to_mend(db, pack, role, on, now)]
    one_each: dict[str, Stuck] = {}
    for one in sorted(found, key=lambda one: -one.done):
        one_each.setdefault(one.person_id, one)
    return tuple(one_each.values())[:CALLED]


def _in_a_form(db: Connection, pack: Pack, role: Role, now: datetime) -> list[Stuck]:
    rows = db.execute(
        select(drafts.c.key, drafts.c.person_id, people.c.place)
        .join(people, people.c.id == drafts.c.person_id)
        .where(
            drafts.c.state == "open",
            drafts.c.left_at.is_(None),
            drafts.c.application_id.is_(None),
            drafts.c.updated_at.between(now - STUCK_AT_MOST, now - STUCK_AFTER),
            people.c.stopped_at.is_(None),
            people.c.erased_at.is_(None),
            people.c.id.in_(_AGREED),
            or_(people.c.place.is_(None), people.c.place.in_(_homes(db, pack.places, role))),
        )
        .order_by(drafts.c.updated_at.desc(), drafts.c.key)
    ).all()
    found: list[Stuck] = []
    for row in rows:
        if len(found) == _LOOKED_AT:
            break
        draft = draft_of(db, key=row.key, person_id=row.person_id)
        if draft is None or draft.form not in pack.forms or FOR_OTHERS in draft.answers:
            continue
        where = str(draft.answers.get("place") or row.place or "")
        if not where or not pack.places.within(where, role.place):
            continue
        form = pack.forms[draft.form]
        required = [field for field in form.required if field.shown(draft.answers)]
        left = [field for field in required if draft.answers.get(field.id) is None]
        at = next((field for field in left if field.id == draft.field), None) or next(iter(left), None)
        found.append(
            _stuck(db, row.person_id, draft.answers, "" if at is None else at.label, len(required) - len(left))
        )
    return found


def _homes(db: Connection, places: Places, role: Role) -> list[str]:
    """The places within an office's where anybody lives."""
    return [place for place in values_in(db, people.c.place) if places.within(place, role.place)]


def _with_something_to_mend(db: Connection, pack: Pack, role: Role, on: date, now: datetime) -> list[Stuck]:
    seen = places_seen(db, role=role, places=pack.places, on=on)
    ids = db.execute(
        select(applications.c.id)
        .join(people, people.c.id == applications.c.person_id)
        .where(
            people.c.stopped_at.is_(None),
            people.c.erased_at.is_(None),
            people.c.id.in_(_AGREED),
            applications.c.place.in_(seen),
            applications.c.status == "idea_needs_changes",
            applications.c.updated_at.between(now - STUCK_AT_MOST, now - STUCK_AFTER),
        )
        .order_by(applications.c.updated_at, applications.c.id)
        .limit(_LOOKED_AT)
    ).scalars()
    found: list[Stuck] = []
    for application in [read_application(db, one) for one in ids.all()]:
        if application is None:
            continue
        open_ones = [defect.field for defect in defects_of(db, application) if not defect.mended]
        known = {field.id: field.label for field in pack.forms["idea"].fields}
        label = known.get(open_ones[0], open_ones[0]) if open_ones else ""
        found.append(_stuck(db, application.person_id, application.answers, label, len(known)))
    return found


def _stuck(db: Connection, person_id: str, answers: Mapping[str, Any], label: str, done: int) -> Stuck:
    known = person(db, person_id)
    name = str(answers.get("entity_name") or (known.name if known else None) or "")
    phone = answers.get("phone") or (known.phone if known else None)
    product = str(answers.get("product_name") or "")
    return Stuck(person_id, name, None if phone is None else str(phone), product, "idea", label, done)
