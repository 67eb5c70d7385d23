"""Housekeeping: delete old event ids and names on used invitations, expire parked messages, chain the audit."""

from datetime import datetime

from sqlalchemy import Connection

from registry.deliveries import routing as ways
from registry.people import inviting
from registry.store import audit, inbox


def sweep(db: Connection, *, now: datetime) -> dict[str, int]:
    """Delete and close the rows that are old enough.  Idempotent."""
    return {
        "forgotten": inbox.forget_old(db, now=now),
        "expired": ways.expire_held(db, now=now),
        "cards": inviting.wipe_cards(db, now=now),
    }


def chain(db: Connection, *, now: datetime) -> dict[str, int]:
    """Chain the settled entries of the audit: what is not chained can be altered without a trace.  Idempotent."""
    return audit.close_chain(db, now=now)
