"""Entries made for others: papers that arrived, one reminder to the helper, and the end of what nobody confirmed."""

from datetime import datetime

from sqlalchemy import Connection

from content.decent_hours import out_of_the_night
from content.programme.pack import Pack
from registry.applications import confirming
from registry.telling import Teller


def sweep(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> dict[str, int]:
    """Do what is due, by day; a second sweep finds it done."""
    if out_of_the_night(now, pack.programme) > now:
        return {}
    return confirming.sweep(db, pack=pack, tell=tell, now=now)
