"""What keeps the house in order: old event ids go, the audit's chain is closed."""

from datetime import datetime

from sqlalchemy import Connection

from registry import audit, inbox


def sweep(db: Connection, *, now: datetime) -> dict[str, int]:
    """Forget events done long ago and chain the settled entries of the audit; again, it finds nothing to do."""
    return {"forgotten": inbox.forget_old(db, now=now)} | audit.close_chain(db, now=now)
