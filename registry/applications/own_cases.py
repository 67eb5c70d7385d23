"""Four eyes: an official does not decide on their own cases; others do, or the office above."""

from datetime import date, datetime

from sqlalchemy import Connection, select, union

from content.programme.pack import Pack
from registry.applications.applications import Application
from registry.applications.assisted import entries
from registry.applications.changes import (
    Change,
    forget_review,
    move,
    tell_officials,
    term_end,
    values_of,
    waits_for_level,
)
from registry.people.roles import NotAllowedError, Role, may, roles_at
from registry.store.rows import applications, members
from registry.telling import Teller, local_day, place_name


class OwnCaseError(NotAllowedError):
    """An official would decide on their own case or on their own entry; `others` may decide it."""

    def __init__(self, act: str, others: tuple[Role, ...]) -> None:
        super().__init__(act)
        self.others = others


def own_cases(db: Connection, person_id: str) -> frozenset[str]:
    """
    Return the applications a person may not decide on: those of their entities, and those they entered for somebody.
    """
    theirs = (
        select(applications.c.id)
        .join(members, members.c.entity_id == applications.c.entity_id)
        .where(members.c.person_id == person_id)
    )
    entered = select(entries.c.application_id).where(
        entries.c.helper_id == person_id, entries.c.application_id.is_not(None)
    )
    return frozenset(db.execute(union(theirs, entered)).scalars())


def others_who_decide(
    db: Connection, *, pack: Pack, application: Application, excluding: str, on: date
) -> tuple[Role, ...]:
    """Return the officials who may decide instead: at the office that has it, else the nearest above."""
    holder = pack.places.get(application.holder)
    if holder is None:
        return ()
    for place in (holder, *pack.places.ancestors(holder.code)):
        found = _judges(db, pack, application, place.code, on)
        if found := tuple(role for role in found if role.person_id != excluding):
            return found
    return ()


def pass_on(db: Connection, *, pack: Pack, application: Application, now: datetime, tell: Teller) -> Application:
    """
    Send an application one level up when every official at its office is disqualified.

    Where nobody above can take it either, it stays. Idempotent.
    """
    on = local_day(pack, now)
    holder = pack.places.get(application.holder)
    if (
        holder is None
        or waits_for_level(pack, application.status) is None
        or not roles_at(db, place=holder.code, on=on)
        or _judges(db, pack, application, holder.code, on)
    ):
        return application
    for place in pack.places.ancestors(holder.code):
        judges = _judges(db, pack, application, place.code, on)
        if not judges:
            continue
        columns = {"holder": place.code, "holder_since": now, "due_on": term_end(pack, application.status, on)}
        moved = move(db, application, Change("escalate", application.status, "system", columns=columns), now)
        if moved is None:
            return application
        forget_review(db, pack, moved)
        values = values_of(pack, moved) | {"before": place_name(pack, application.holder)}
        tell_officials(
            db, application=moved, officials=judges, key="review.own_case", values=values, tell=tell, now=now
        )
        return moved
    return application


def _judges(db: Connection, pack: Pack, application: Application, place: str, on: date) -> tuple[Role, ...]:
    return tuple(
        role
        for role in roles_at(db, place=place, on=on)
        if may(role, "review.accept", application.place, pack.places, on=on)
        and application.id not in own_cases(db, role.person_id)
    )
