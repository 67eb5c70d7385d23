"""Handing in an idea: the draft becomes an application, and the officials in charge are notified."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from content.actions.producers import ShowStatus
from content.programme.pack import Pack
from content.programme.programme import Transition
from registry.applications.applications import Application, application_of, may_see_own, product_named
from registry.applications.certificates import SUBMITTED, report_certificate
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
from registry.applications.entities import NewEntity, add_entity, entity_for
from registry.applications.known_products import recognised_like
from registry.people.roles import NotAllowedError, Reviewers, at_level
from registry.products.products import add_product
from registry.store.codes import next_code
from registry.store.prepared import Prepared, inserting
from registry.store.rows import applications, new_id
from registry.store.sealing import seal_for
from registry.telling import Teller, local_day

_ADD = inserting(applications, *(name for name in Application.__slots__ if name != "answers"), "answers_sealed")
_OF_DRAFT = Prepared(select(applications).where(applications.c.draft_key == bindparam("of_draft")))


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
    after: tuple[date, bool] | None = None,
) -> Application:
    """
    Turn a finished draft into a submitted idea and notify the officials who have it now.

    Idempotent per draft: a second tap on "Gửi" returns the same application.  `entity` is
    the id of one the person acts for, or the facts to make one.  `after` is the last day for
    ideas that has passed, and whether it is a sample; the officials read it.
    """
    # the draft's row is locked first, so that of two at once the second finds the application of the first
    close_draft(db, key=draft_key, state="submitted", now=now)
    known = _OF_DRAFT.row(db, of_draft=draft_key)
    if known is not None:
        if not may_see_own(db, known.entity_id, person_id):
            raise NotAllowedError("application.see_own")
        return application_of(db, known)
    transition = first_change(pack, kind)
    status = "idea_submitted" if transition is None else transition.end
    today = local_day(pack, now)
    reviewers = reviewers_for(db, pack, place=place, status=status, on=today)
    entity_id = _entity_id(db, entity, person_id, now)
    product_id = add_product(
        db, entity_id=entity_id, keeper_id=person_id, name=product_named(answers), place=place,
        product_group=product_group, now=now,
    )  # fmt: skip
    application = Application(
        id=new_id(), code=next_code(db, today.year), draft_key=draft_key, entity_id=entity_id,
        product_id=product_id, person_id=person_id, place=place, kind=kind, product_group=product_group,
        status=status, version=1, answers=dict(answers),
        holder=at_level(pack, place, pack.programme.decision("idea").level) if reviewers is None else reviewers.holder,
        holder_since=now, due_on=term_end(pack, status, today), submitted_at=now, updated_at=now,
    )  # fmt: skip
    _write(db, application, now)
    report_certificate(db, pack, application, now)
    tells = "" if transition is None else transition.tells
    _notify(db, pack, application, tells=tells, reviewers=reviewers, after=after, tell=tell, now=now)
    return application


def first_change(pack: Pack, kind: str) -> Transition | None:
    """The change by which a product of this kind enters: a recognised one by its certificate, others as an idea."""
    by_certificate = pack.programme.transition("certificate_submit", "idea_draft") if kind == "recognised" else None
    return by_certificate or pack.programme.transition("submit", "idea_draft")


def _entity_id(db: Connection, entity: str | NewEntity, person_id: str, now: datetime) -> str:
    if isinstance(entity, NewEntity):
        return add_entity(db, keeper_id=person_id, new=entity, now=now).id
    found = entity_for(db, entity_id=entity, person_id=person_id)
    if found is None:
        raise NotAllowedError("entity.see_own")
    return found.id


def _write(db: Connection, application: Application, now: datetime) -> None:
    """Write the row and its first event."""
    row = {name: getattr(application, name) for name in Application.__slots__ if name != "answers"}
    place = f"applications:answers:{application.id}"
    row["answers_sealed"] = seal_for(db, application.person_id, place, dict(application.answers))
    _ADD.count(db, **row)
    change = Change("submit", application.status, application.person_id)
    write_event(db, application_id=application.id, person_id=application.person_id, version=1, change=change, now=now)


def _notify(
    db: Connection, pack: Pack, application: Application, *, tells: str, reviewers: Reviewers | None,
    after: tuple[date, bool] | None, tell: Teller, now: datetime,
) -> None:  # fmt: skip
    """Notify the other members of the entity, and the officials whose turn it is."""
    values = values_of(pack, application)
    tell_members(
        db, application=application, key=tells,
        values=values | holder_now(db, pack, application, local_day(pack, now)),
        actions=((ShowStatus(application.code), "button.status"),), tell=tell, now=now,
        excluding=application.person_id,
    )  # fmt: skip
    if reviewers is not None:
        key = "review.went_up" if reviewers.went_up else "review.arrived"
        known = recognised_like(db, name=application.product, place=application.place, but=application.product_id)
        if application.status == SUBMITTED and key == "review.arrived":
            key = "review.certificate_arrived"
        elif after is not None and key == "review.arrived":
            key = "review.arrived.late_sample" if after[1] else "review.arrived.late"
            values["closed_on"] = after[0]
        elif known and key == "review.arrived":  # of a late one /duyet shows it
            key = "review.arrived_known"
            values |= {"known": ", ".join(f'"{one.name}" ({one.code})' for one in known[:3])}
        tell_officials(
            db, application=application, officials=reviewers.roles, key=key, values=values, tell=tell, now=now
        )
