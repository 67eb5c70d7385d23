"""A plain announcement to everyone of a place, for tests that are about something else."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from content.message import Message
from content.pack import Pack
from registry.audiences import Wanted
from registry.broadcasts import Broadcast, Draft, hand_in
from registry.roles import Role


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
    """Hand it in as an official does; with a link or a number in it, it waits as any other."""
    draft = Draft(say("").plain, say, due_at)
    return hand_in(db, pack=pack, role=role, wanted=Wanted(place), draft=draft, now=now)
