"""
Who hears that an announcement goes: those above its author, while it can still be stopped.

An account may be in the wrong hands, and who holds it is the last to tell.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.language.saying import number_said
from content.programme.pack import Pack
from registry.deliveries.deliveries import owe
from registry.people.roles import Role, roles_at
from registry.telling import Teller, local_day

if TYPE_CHECKING:
    from registry.broadcasts.broadcasts import Broadcast


def rank(pack: Pack, role: Role) -> int | None:
    """How far down the levels of the programme a role stands, the topmost first; None for one that has no level."""
    level = pack.programme.roles.get(role.role)
    return None if level is None else pack.programme.level(level).order


def tell_above(
    db: Connection,
    *,
    pack: Pack,
    made: "Broadcast",
    text: str,
    role: Role,
    now: datetime,
    tell: Teller,
    seen_by: Role | None = None,
    again: bool = False,
) -> int:
    """
    Tell the nearest officials above who can be reached, once for each version; how many are told.

    Where nobody is above, colleagues of the same office are told.  One that was `seen_by`
    somebody above needs no more eyes.  `again` is for the same version with another hour.
    """
    if not made.people or (seen_by is not None and _above(pack, seen_by, role)):
        return 0
    local = made.due_at.astimezone(ZoneInfo(pack.programme.timezone))
    values = {
        "number": made.number,
        "author": role.title or pack.places.full_name(role.place),
        "count": number_said(made.people),
        "place": pack.places.full_name(made.place),
        "hour": f"{local:%H:%M}",
        "day": local.date(),
        "text": text,
    }
    key = "thongbao.told_above" if seen_by is None else "thongbao.told_above_approved"
    actions = (
        (f"/thongbao dung {made.id} {made.version}", "thongbao.stop"),
        (f"/thongbao so {made.id}", "thongbao.report_button"),
    )
    once = f"{made.version}" + (f":{made.due_at.isoformat()}" if again else "")
    knows = {made.author, "" if seen_by is None else seen_by.person_id}
    for office in _offices(db, pack, role, now):
        told = 0
        for person_id in dict.fromkeys(one.person_id for one in office if one.person_id not in knows):
            told += owe(
                db, key=f"status:alert:{made.id}:{once}:{person_id}", person_id=person_id, kind="status",
                message=tell(person_id, key, values, actions), now=now,
            ) is not None  # fmt: skip
        if told:
            return told
    return 0


def _offices(db: Connection, pack: Pack, role: Role, now: datetime) -> Iterator[tuple[Role, ...]]:
    """The officials above, office by office, the nearest first; then those beside."""
    on = local_day(pack, now)
    chain = (role.place, *(one.code for one in pack.places.ancestors(role.place)))
    for code in chain:
        yield tuple(one for one in roles_at(db, place=code, on=on) if _above(pack, one, role))
    yield tuple(one for one in roles_at(db, place=role.place, on=on) if rank(pack, one) == rank(pack, role))


def _above(pack: Pack, one: Role, other: Role) -> bool:
    ranks = (rank(pack, one), rank(pack, other))
    return ranks[0] is not None and ranks[1] is not None and ranks[0] < ranks[1]
