"""Figures counted as things happen: per day, kind and place, without any id of a person."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import Column, Connection, Date, Integer, Table, Text, bindparam, func, select

from registry.store.prepared import inserting_or
from registry.store.rows import metadata

tallies = Table(
    "tallies",
    metadata,
    Column("day", Date, primary_key=True),
    Column("what", Text, primary_key=True),  # poster, heard, started, submitted, …
    Column("place", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)

DANGER: Mapping[str, str] = {
    "emergency": "danger_emergency",
    "despair": "danger_despair",
    "bribe": "danger_bribe",
    "swindle": "danger_swindle",
    "complaint": "danger_complaint",
}
"""The figure of each danger people report."""

_TALLY = inserting_or(
    lambda insert: (
        insert(tallies)
        .values(day=bindparam("day"), what=bindparam("what"), place=bindparam("place"), count=bindparam("more"))
        .on_conflict_do_update(
            index_elements=["day", "what", "place"], set_={"count": tallies.c.count + bindparam("more")}
        )
    )
)


def tally(db: Connection, *, day: date, what: str, place: str = "", count: int = 1) -> None:
    """Add to a figure, in the caller's transaction: a rolled back act was not counted."""
    _TALLY.count(db, day=day, what=what, place=place, more=count)


def counted(db: Connection, *, what: Collection[str], first: date, last: date) -> Mapping[tuple[str, str], int]:
    """The sums of some figures over days, the last one included, by figure and place."""
    rows = db.execute(
        select(tallies.c.what, tallies.c.place, func.sum(tallies.c.count))
        .where(tallies.c.what.in_(what), tallies.c.day.between(first, last))
        .group_by(tallies.c.what, tallies.c.place)
    )
    return {(name, place): int(total) for name, place, total in rows}
