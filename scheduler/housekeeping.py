"""Housekeeping: delete old event ids and names on used invitations, close parked messages and the audit's chain."""

from datetime import datetime

from sqlalchemy import Connection

from registry.deliveries import routing as ways
from registry.people import inviting
from registry.store import audit, inbox


def sweep(db: Connection, *, now: datetime) -> dict[str, int]:
    """Delete, close and chain the rows that are old enough.  Idempotent."""
    return {
        "forgotten": inbox.forget_old(db, now=now),
        "expired": ways.expire_held(db, now=now),
        "cards": inviting.wipe_cards(db, now=now),
    } | audit.close_chain(db, now=now)
