"""Housekeeping: delete old event ids, close messages parked too long; and, more often, close the chain of the audit."""

from datetime import datetime

from sqlalchemy import Connection

from registry.deliveries import routing as ways
from registry.store import audit, inbox


def sweep(db: Connection, *, now: datetime) -> dict[str, int]:
    """Delete and close the rows that are old enough.  Idempotent."""
    return {"forgotten": inbox.forget_old(db, now=now), "expired": ways.expire_held(db, now=now)}


def chain(db: Connection, *, now: datetime) -> dict[str, int]:
    """Chain the settled entries of the audit: what is not chained can be altered without a trace.  Idempotent."""
    return audit.close_chain(db, now=now)
