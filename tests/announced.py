"""Announcements and gatherings for tests that are about something else, and packs with other figures for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from content.message import Message
from content.programme.pack import Pack
from registry.broadcasts.audiences import Wanted
from registry.broadcasts.broadcasts import Broadcast, Draft
from registry.broadcasts.handing_in import hand_in
from registry.gatherings.delays import open_due
from registry.gatherings.gatherings import Gathering, Planned, gathering
from registry.gatherings.planning import convene
from registry.people.roles import Role
from registry.telling import Offer


def alone(pack: Pack, **figures: Any) -> Pack:
    """A pack where one official may announce more or less alone."""
    programme = pack.programme
    return replace(pack, programme=replace(programme, announcements=replace(programme.announcements, **figures)))


def announced(
    db: Connection,
    *,
    pack: Pack,
    role: Role,
    place: str,
    say: Callable[[str], Message],
    now: datetime,
    due_at: datetime | None = None,
) -> Broadcast:
    """
    Hand it in as an official does; with a link or a number in it, it waits as any other.

    A plain one was handed in so long ago that its hold is over and it leaves right now.
    """
    draft = Draft(say("").plain, say, due_at)
    before = now - pack.programme.announcements.delay
    return hand_in(db, pack=pack, role=role, wanted=Wanted(place), draft=draft, now=before, tell=words_of)


def gathered(db: Connection, *, pack: Pack, role: Role, planned: Planned, now: datetime) -> Gathering:
    """Set up a gathering so long ago that its delay is over; one that needs a second official waits as any other."""
    before = now - pack.programme.announcements.delay
    made = convene(db, pack=pack, role=role, planned=planned, tell=words_of, now=before)
    open_due(db, pack=pack, tell=words_of, now=now)
    return gathering(db, made.id) or made


def words_of(_person: str, key: str, _values: Mapping[str, object], _actions: Sequence[Offer]) -> Message:
    """A teller that says which phrase it would be."""
    return Message(key)
