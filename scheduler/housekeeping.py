"""What keeps the house in order: old event ids go, what was held too long is closed, the audit's chain too."""

from datetime import datetime

from sqlalchemy import Connection

from registry.deliveries import routing as ways
from registry.store import audit, inbox


def sweep(db: Connection, *, now: datetime) -> dict[str, int]:
    """Forget, close and chain what is old enough for it; again, it finds nothing to do."""
    return {
        "forgotten": inbox.forget_old(db, now=now),
        "expired": ways.expire_held(db, now=now),
    } | audit.close_chain(db, now=now)
