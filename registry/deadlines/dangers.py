"""The dangers people reported in a month, for the Monday message: only numbers, and none below five."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import Connection

from content.places.places import Places
from registry.people.roles import Role
from registry.people.tallies import DANGER, counted

TOLD_FROM = 5
"""Fewer reports could lead to the one who made them."""
_ABOUT_AN_OFFICE = frozenset({"bribe", "complaint"})


def month_of(monday: date) -> tuple[date, date]:
    """The month of a Monday message: the running one up to yesterday, in its first week the one before."""
    if monday.day > 7:
        return monday.replace(day=1), monday - timedelta(days=1)
    last = monday.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def dangers(db: Connection, *, role: Role, places: Places, on: date, monday: date) -> Mapping[str, int]:
    """
    Count the dangers of a month in a role's place, those with at least five reports; none once the role has ended.

    A bribe or a complaint from the very place of an office is left out: the office above is told.
    What was reported without a place belongs to the top.
    """
    if not role.holds(on):
        return {}
    first, last = month_of(monday)
    found = counted(db, what=tuple(DANGER.values()), first=first, last=last)
    told = {}
    for danger, what in DANGER.items():
        number = sum(
            count
            for (name, place), count in found.items()
            if name == what
            and places.within(place or places.root.code, role.place)
            and not (danger in _ABOUT_AN_OFFICE and place == role.place)
        )
        if number >= TOLD_FROM:
            told[danger] = number
    return told
