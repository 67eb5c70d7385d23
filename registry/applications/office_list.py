"""An office's list of ideas, to take along: the one place that cuts it to what an official may see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, select

from content.programme.pack import Pack
from registry.applications.applications import Application, places_of_applications, read_application
from registry.applications.checklists import checklist
from registry.applications.entities import entity
from registry.applications.exports import note_export
from registry.people.roles import OPERATOR, NotAllowedError, Role, may
from registry.store.rows import applications
from registry.telling import local_day


@dataclass(frozen=True, slots=True)
class ListedIdea:
    """One line: the application, its entity's name, and the labels of what help is asked for."""

    application: Application
    entity: str
    help: tuple[str, ...]


def office_list(
    db: Connection, *, pack: Pack, place: str, by: Role | Literal["operator"], on: date
) -> tuple[ListedIdea, ...]:
    """
    Return the ideas of a place and all below it, by place and code; unconfirmed entries are left out.

    An official gets only those of the place of their role. `NotAllowedError` without a right to it.
    """
    _check(pack, place, by, on)
    codes: Collection[str] = places_of_applications(db, pack.places, place)
    found = db.execute(
        select(applications.c.id)
        .where(applications.c.place.in_(codes))
        .order_by(applications.c.place, applications.c.code)
    ).scalars()
    listed = []
    for application_id in found.all():
        one = read_application(db, application_id)
        if one is None:
            continue
        maker = entity(db, one.entity_id)
        wanted = tuple(
            ticked.item.label for ticked in checklist(db, pack=pack, application=one) if ticked.state == "need_help"
        )
        listed.append(ListedIdea(one, (maker.name if maker else None) or "", wanted))
    return tuple(listed)


def note_taken(
    db: Connection,
    *,
    pack: Pack,
    place: str,
    by: Role | Literal["operator"],
    now: datetime,
    most: int | None = None,
) -> None:
    """Record an export of the list, `most` times per day; `NotAllowedError` without the right."""
    _check(pack, place, by, local_day(pack, now))
    note_export(db, pack=pack, by=by, noun="place", noun_id=place, what="ideas", now=now, most=most)


def _check(pack: Pack, place: str, by: Role | Literal["operator"], on: date) -> None:
    if pack.places.get(place) is None:
        raise NotAllowedError("export.run")
    if isinstance(by, Role):
        if not may(by, "export.run", place, pack.places, on=on):
            raise NotAllowedError("export.run")
    elif by != OPERATOR:
        raise NotAllowedError("export.run")
