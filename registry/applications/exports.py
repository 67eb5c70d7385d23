"""Exports of lists of people: each is recorded, with a limit per official and day."""

from datetime import datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select, text

from content.programme.pack import Pack
from registry.people.people import merged_ids
from registry.people.roles import OPERATOR, Role
from registry.store.audit import audit, record
from registry.telling import local_day

_TAKEN = text("audit.act = 'export.run'")
"""Written out and not as a parameter: only so does SQLite see that the partial index serves."""


class EnoughTakenError(Exception):
    """An official took as many lists today as anybody may; nothing was taken."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} lists were taken today. Nothing was taken; tomorrow it can be again.")
        self.most = most


def note_export(
    db: Connection,
    *,
    pack: Pack,
    by: Role | Literal["operator"],
    noun: str,
    noun_id: str,
    what: str,
    now: datetime,
    most: int | None = None,
) -> None:
    """
    Write down that a list is taken along, for the function that checked the right to it.

    `most` is for one official and one local day, over all their roles.
    """
    actor, role = (by.person_id, by.id) if isinstance(by, Role) else (OPERATOR, None)
    if most is not None:
        zone = ZoneInfo(pack.programme.timezone)
        since = datetime.combine(local_day(pack, now), time(), zone)
        who = merged_ids(db, actor)
        taken = select(func.count()).select_from(audit).where(audit.c.actor.in_(who), audit.c.at >= since, _TAKEN)
        if db.execute(taken).scalar_one() >= most:
            raise EnoughTakenError(most)
    record(db, now=now, actor=actor, act="export.run", noun=noun, noun_id=noun_id, what=what, role=role)
