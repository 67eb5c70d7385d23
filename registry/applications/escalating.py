"""Escalation: an application that waits too long, or at an office without an official, goes one level up."""

from datetime import date, datetime

from sqlalchemy import Connection, or_, select, true

from content.actions.producers import ShowStatus
from content.programme.pack import Pack
from registry.applications.applications import Application, read_application
from registry.applications.changes import (
    Change,
    move,
    tell_members,
    tell_officials,
    term_end,
    values_of,
    waits_for_level,
)
from registry.people.roles import OFFICIALS, roles_at
from registry.store.rows import applications, roles
from registry.telling import Teller, local_day, place_name


def escalate_overdue(
    db: Connection, *, pack: Pack, now: datetime, tell: Teller, holder: str | None = None
) -> dict[str, int]:
    """
    Send applications beyond their term, or at an office without an official, one level up; notify both offices once.

    An application that nobody above can take stays where it is, and its office is reminded once. Idempotent.
    `holder` looks at one office only.
    """
    on = local_day(pack, now)
    waiting = [status.id for status in pack.programme.statuses if waits_for_level(pack, status.id) is not None]
    staffed = select(roles.c.place).where(
        roles.c.role.in_(OFFICIALS), roles.c.revoked_at.is_(None), roles.c.until >= on
    )
    late = db.execute(
        select(applications.c.id).where(
            applications.c.status.in_(waiting),
            or_(applications.c.due_on < on, applications.c.holder.not_in(staffed)),
            true() if holder is None else applications.c.holder == holder,
        )
    ).scalars()
    counts = {"escalated": 0, "kept": 0}
    for application_id in late.all():
        application = read_application(db, application_id)
        if application is not None:
            counts["escalated" if _go_up(db, pack, application, on, now, tell) else "kept"] += 1
    return counts


def _go_up(db: Connection, pack: Pack, application: Application, on: date, now: datetime, tell: Teller) -> bool:
    office = roles_at(db, place=application.holder, on=on)
    holder = pack.places.get(application.holder)
    above = () if holder is None else pack.places.ancestors(holder.code)
    higher, officials = next(
        ((place, found) for place in above if (found := roles_at(db, place=place.code, on=on))), (None, ())
    )
    values = values_of(pack, application)
    if higher is None:
        tell_officials(
            db, application=application, officials=office, key="review.overdue", values=values, tell=tell, now=now
        )
        return False
    transition = pack.programme.transition("escalate", application.status)
    columns = {"holder": higher.code, "holder_since": now, "due_on": term_end(pack, application.status, on)}
    moved = move(db, application, Change("escalate", application.status, "system", columns=columns), now)
    if moved is None:
        return False
    values = values_of(pack, moved) | {"before": place_name(pack, application.holder), "unstaffed": not office}
    tell_officials(db, application=moved, officials=office, key="review.overdue", values=values, tell=tell, now=now)
    tell_officials(db, application=moved, officials=officials, key="review.went_up", values=values, tell=tell, now=now)
    tell_members(
        db,
        application=moved,
        key="" if transition is None else transition.tells,
        values=values,
        actions=((ShowStatus(moved.code), "button.status"),),
        tell=tell,
        now=now,
    )
    return True
