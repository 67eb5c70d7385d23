"""Figures counted as things happen: per day, kind and place, without any id of a person."""

from datetime import date

from sqlalchemy import Column, Connection, Date, Integer, Table, Text, bindparam

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
