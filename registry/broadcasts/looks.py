"""The message in which an author sees the progress of a broadcast: edited in place, one at a time."""

from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from registry.broadcasts.broadcasts import Broadcast
from registry.deliveries import keys
from registry.store.rows import deliveries

END = "end"
"""The edition of the last look, after which there is no further one."""


def looks(db: Connection, broadcast: Broadcast) -> tuple[int, Row[Any] | None]:
    """The number of looks at a broadcast so far, and the last of them."""
    which = and_(
        deliveries.c.person_id == broadcast.author,
        deliveries.c.subject == keys.Subject.BROADCAST.value,
        deliveries.c.subject_id == broadcast.id,
        deliveries.c.purpose == keys.Purpose.LOOK.value,
    )
    number = db.execute(select(func.count()).select_from(deliveries).where(which)).scalar_one()
    newest = deliveries.c.created_at.desc(), deliveries.c.key.desc()
    return number, db.execute(select(deliveries).where(which).order_by(*newest).limit(1)).one_or_none()
