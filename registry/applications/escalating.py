"""Escalation: an application that waits too long, or at an office without an official, goes one level up."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, and_, select, update

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
from registry.people.roles import roles_at
from registry.people.staffing import offices
from registry.store.distinct import values_in
from registry.store.rows import applications
from registry.store.slices import Place, Room, Slice, each
from registry.telling import Teller, local_day, place_name


def escalate_overdue(
    db: Connection, *, pack: Pack, now: datetime, tell: Teller, holder: str | None = None, room: Room | None = None
) -> Slice:
    """
    Send applications beyond their term, or at an office without an official, one level up; notify both offices once.

    An application that nobody above can take stays where it is, and its office is reminded once. Idempotent.
    `holder` looks at one office only.  Those beyond the room wait for the next slice.
    """
    on = local_day(pack, now)
    waiting = [status.id for status in pack.programme.statuses if waits_for_level(pack, status.id) is not None]
    codes = values_in(db, applications.c.holder) if holder is None else (holder,)
    found = offices(db, codes=codes, places=pack.places, on=on)
    late = and_(applications.c.status.in_(waiting), applications.c.due_on < on)
    untold = applications.c.overdue_told_at.is_(None)
    searches = [
        and_(applications.c.holder.in_(found.empty), applications.c.status.in_(waiting)),
        and_(applications.c.holder.in_((*found.passing, *found.last)), late, untold),
        # somebody above can take them since
        and_(applications.c.holder.in_(found.passing), late, applications.c.overdue_told_at.is_not(None)),
    ]

    def find(_after: Place, most: int) -> list[str]:
        rows: list[str] = []
        for which in searches:
            rows += db.execute(select(applications.c.id).where(which).limit(most - len(rows))).scalars()
        return rows

    def act(application_id: str) -> Mapping[str, int]:
        application = read_application(db, application_id)
        if application is None:
            return {}
        return {"escalated" if _go_up(db, pack, application, on, now, tell) else "kept": 1}

    return each(find, act, room=room or Room())


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
        db.execute(update(applications).where(applications.c.id == application.id).values(overdue_told_at=now))
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
