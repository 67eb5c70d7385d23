"""
The notice to officials above the author that a broadcast goes, while it can still be stopped.

An account may be in the wrong hands, and its holder is the last to report it.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.actions.officials import ShowBroadcast, StopBroadcast
from content.language.saying import number_said
from content.programme.pack import Pack
from registry.addressing import alerts
from registry.broadcasts.broadcasts import Broadcast
from registry.deliveries.keys import Subject
from registry.people.official_names import known_as
from registry.people.roles import Role
from registry.telling import Teller


def tell_above(
    db: Connection,
    *,
    pack: Pack,
    made: Broadcast,
    text: str,
    role: Role,
    now: datetime,
    tell: Teller,
    seen_by: Role | None = None,
    again: bool = False,
) -> int:
    """
    Notify the nearest officials above who can be reached, once per version; return their number.

    Where nobody is above, colleagues of the same office are notified. A broadcast approved by an official above
    (`seen_by`) needs no more eyes. `again` is for the same version with another hour.
    """
    if not made.people:
        return 0
    local = made.due_at.astimezone(ZoneInfo(pack.programme.timezone))
    values = {
        "number": made.number,
        "author": known_as(db, role) or pack.places.full_name(role.place),
        "count": number_said(made.people),
        "place": pack.places.full_name(made.place),
        "hour": f"{local:%H:%M}",
        "day": local.date(),
        "text": text,
    }
    key = "thongbao.told_above" if seen_by is None else "thongbao.told_above_approved"
    actions = (
        (StopBroadcast(made.id, made.version), "thongbao.stop"),
        (ShowBroadcast(made.id), "thongbao.report_button"),
    )
    once = f"{made.version}" + (f":{made.due_at.isoformat()}" if again else "")
    return alerts.tell_above(
        db, pack=pack, role=role, subject=Subject.BROADCAST, subject_id=made.id, edition=once, phrase=key,
        values=values, actions=actions, tell=tell, now=now, seen_by=seen_by, knows=frozenset({made.author}),
    )  # fmt: skip
