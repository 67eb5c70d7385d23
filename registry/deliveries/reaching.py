"""
The way a due message would take to its person: at once, later, or only by a call.

The channel knows the way (assembly gives the house one forecast per channel); the person's accounts are
read here.  Nothing is reserved, queued or sent.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from content.message import Message
from content.places.places import Places
from registry.deliveries.deliveries import Pending
from registry.people.consents import has_given
from registry.people.people import Account, accounts_of, current, person, reach
from registry.people.roles import Role


class Foreseen(StrEnum):
    """How a message reaches its person."""

    NOW = "now"
    SHORTENED = "shortened"  # at once, in an approved wording that holds only the beginning
    ON_THE_PAGE = "on_the_page"  # when they open the web page again
    WHEN_THEY_WRITE = "when_they_write"  # it waits until their next message
    LATER = "later"  # the way is closed until an operator opens it
    BLOCKED = "blocked"  # they blocked or deleted the bot on every channel
    NO_ACCOUNT = "no_account"  # known from a paper only


Forecast = Callable[[Connection, Pending, datetime], Foreseen | Account]
"""Foresees the way of one message on its channel; an account is the person's other one, which takes it."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A person and how they learn it."""

    person_id: str
    name: str | None
    phone: str | None
    how: Foreseen


def foresee(
    db: Connection, *, person_id: str, message: Message, forecasts: Mapping[str, Forecast], now: datetime,
    kind: str = "status", account: Account | None = None,
) -> Reached:  # fmt: skip
    """Foresee the way of a message to a person, or to one account; a channel without a forecast sends at once."""
    told = person(db, person_id)
    name, phone = (None, None) if told is None else (told.name, told.phone)
    account = account or reach(db, person_id)
    if account is None:
        known = accounts_of(db, person_id) or accounts_of(db, current(db, person_id))
        return Reached(person_id, name, phone, Foreseen.BLOCKED if known else Foreseen.NO_ACCOUNT)
    return Reached(person_id, name, phone, _way(db, account, person_id, message, forecasts, now, kind))


def foresee_each(
    db: Connection, *, person_ids: Collection[str], message: Message, forecasts: Mapping[str, Forecast],
    now: datetime, kind: str,
) -> tuple[Reached, ...]:  # fmt: skip
    """Foresee the way of one message to each of these people."""
    return tuple(
        foresee(db, person_id=one, message=message, forecasts=forecasts, now=now, kind=kind) for one in person_ids
    )


def number_to_call(db: Connection, *, places: Places, role: Role, person_id: str) -> str | None:
    """Return the phone number of a person of the official's place, after consent; None for any other."""
    told = person(db, person_id)
    if told is None or told.place is None or not places.within(told.place, role.place):
        return None
    return told.phone if has_given(db, person_id=told.id, purpose="registration") else None


def _way(
    db: Connection, account: Account, person_id: str, message: Message, forecasts: Mapping[str, Forecast],
    now: datetime, kind: str,
) -> Foreseen:  # fmt: skip
    seen: set[str] = set()
    while account.channel not in seen and (forecast := forecasts.get(account.channel)) is not None:
        seen.add(account.channel)
        pending = Pending("", "", account.channel, account.account, person_id, kind, message, 0, now, None)
        found = forecast(db, pending, now)
        if isinstance(found, Foreseen):
            return found
        account = found
    return Foreseen.NOW
