"""The offices where something waits: those without an official, and those from which nothing can go up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from content.places.places import Places
from registry.people.roles import OFFICIALS
from registry.store.rows import people, roles


@dataclass(frozen=True, slots=True)
class Offices:
    """
    Offices by what may happen to their overdue work.

    `empty` ones have no official and pass everything up; `passing` ones pass up what is overdue; `last` ones have
    nobody above.  An office without anybody, there and above, is in none of them: its work waits for an official.
    """

    empty: tuple[str, ...]
    passing: tuple[str, ...]
    last: tuple[str, ...]


def offices(db: Connection, *, codes: Iterable[str], places: Places, on: date) -> Offices:
    """Sort offices by who is there and above on a day."""
    staffed = set(
        db.execute(
            select(roles.c.place)
            .join(people, people.c.id == roles.c.person_id)
            .where(
                roles.c.role.in_(OFFICIALS), roles.c.revoked_at.is_(None), roles.c.until >= on,
                people.c.erased_at.is_(None),
            )
        ).scalars()
    )  # fmt: skip
    empty: list[str] = []
    passing: list[str] = []
    last: list[str] = []
    for code in codes:
        found = places.get(code)
        above = found is not None and any(one.code in staffed for one in places.ancestors(found.code))
        if above:
            (passing if code in staffed else empty).append(code)
        elif code in staffed:
            last.append(code)
    return Offices(tuple(empty), tuple(passing), tuple(last))
