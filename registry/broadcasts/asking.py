"""The request to the second officials of a broadcast."""

from datetime import datetime

from sqlalchemy import Connection

from content.actions.officials import LookAtBroadcast
from content.programme.pack import Pack
from registry.broadcasts import handing_in
from registry.broadcasts.broadcasts import Broadcast
from registry.deliveries import deliveries, keys
from registry.people.official_names import known_as
from registry.people.roles import Role
from registry.telling import Teller, local_day

MOST_ASKED = 5
"""Officials who are asked, the nearest first."""


def ask_second(
    db: Connection, *, pack: Pack, author: Role | None, known: Broadcast, tell: Teller, now: datetime
) -> tuple[tuple[Role, ...], int]:
    """Ask the nearest officials; return them and the number asked now.  Idempotent per version and official."""
    able = handing_in.approvers_of(db, pack=pack, known=known, on=local_day(pack, now))[:MOST_ASKED]
    place = pack.places.full_name(known.place)
    said = (known_as(db, author) if author is not None else "") or place
    values = {"number": known.number, "author": said, "place": place}
    asked = 0
    for one in able:
        made = deliveries.enqueue(
            db, key=keys.broadcast_approval(known.id, known.version, one.person_id), person_id=one.person_id,
            kind="status", now=now,
            message=tell(
                one.person_id, "thongbao.approval_asked", values, ((LookAtBroadcast(known.id), "thongbao.look_button"),)
            ),
        )  # fmt: skip
        asked += made is not None
    return able, asked
