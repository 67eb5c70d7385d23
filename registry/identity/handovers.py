"""
Handing a paper-confirmed application to its producer: by a code, to an account of the producer.

Until then the producer is a person without an account, and the helper gets every message instead.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, exists, select

from content.places.places import Places
from registry.applications.applications import read_application
from registry.applications.assisted import entries
from registry.identity.linking import link_code
from registry.people.invitations import INVITATION_LASTS
from registry.people.roles import Role, may
from registry.store.audit import record
from registry.store.rows import accounts, people


@dataclass(frozen=True, slots=True)
class Handover:
    """An application whose producer has no account yet."""

    entry_id: str
    helper_id: str
    person_id: str
    product: str


def handovers(
    db: Connection, *, helper_id: str, roles: Collection[Role], places: Places, on: date, entry_id: str | None = None
) -> tuple[Handover, ...]:
    """Return a helper's paper-confirmed entries whose producer has no account, within the helper's place."""
    rows = db.execute(
        select(entries.c.id, entries.c.person_id, entries.c.place, entries.c.application_id)
        .join(people, people.c.id == entries.c.person_id)
        .where(
            entries.c.helper_id == helper_id,
            entries.c.state == "confirmed",
            entries.c.way == "paper",
            people.c.erased_at.is_(None),
            ~exists().where(accounts.c.person_id == entries.c.person_id),
            *(() if entry_id is None else (entries.c.id == entry_id,)),
        )
        .order_by(entries.c.entered_at, entries.c.id)
    ).all()
    found: list[Handover] = []
    for row in rows:
        made = read_application(db, row.application_id)
        if made is not None and any(may(role, "entry.for_others", row.place, places, on=on) for role in roles):
            found.append(Handover(row.id, helper_id, row.person_id, made.product))
    return tuple(found)


def handover_code(db: Connection, *, handover: Handover, now: datetime) -> str:
    """A code that makes the account it is sent from the producer's own; for a day, once, the latest only."""
    record(db, now=now, actor=handover.helper_id, act="entry.hand_over", noun="entry", noun_id=handover.entry_id)
    return link_code(db, person_id=handover.person_id, now=now, lasts=INVITATION_LASTS)
