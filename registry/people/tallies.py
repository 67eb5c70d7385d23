"""Figures counted as things happen: per day, kind and place, with nobody's id."""

from collections.abc import Collection
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
    """Count one more; it belongs to the caller's transaction, so what is undone was not counted."""
    _TALLY.count(db, day=day, what=what, place=place, more=count)


def totals(
    db: Connection,
    *,
    since: date,
    until: date,
    places: Collection[str] | None = None,
) -> dict[str, int]:
    """Sums by kind from one day to another, both counted; `places` None takes all."""
    query = (
        select(tallies.c.what, func.sum(tallies.c.count))
        .where(tallies.c.day >= since, tallies.c.day <= until)
        .group_by(tallies.c.what)
    )
    if places is not None:
        query = query.where(tallies.c.place.in_(places))
    return {what: int(count) for what, count in db.execute(query)}


def totals_by_place(db: Connection, *, what: str, since: date, until: date) -> dict[str, int]:
    """Sums of one kind by place: where many heard and few began is where people are lost."""
    rows = db.execute(
        select(tallies.c.place, func.sum(tallies.c.count))
        .where(tallies.c.what == what, tallies.c.day >= since, tallies.c.day <= until)
        .group_by(tallies.c.place)
    )
    return {place: int(count) for place, count in rows}
