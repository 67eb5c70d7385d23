"""Messages about roles: to the person concerned, to the giver, and to the officials above, who can end the role."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection

from content.actions.offices import ShowRole
from content.programme.pack import Pack
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.people.official_names import known_as, official_name
from registry.people.people import person
from registry.people.roles import OPERATOR, Role, roles_at
from registry.telling import Offer, Teller, local_day, place_name

What = Literal["taken", "extended", "ended"]


def tell_above(db: Connection, *, pack: Pack, what: What, role: Role, by: str, tell: Teller, now: datetime) -> int:
    """
    Notify the nearest officials above the place, the colleagues of the giver and the giver of a taken role.

    `by` is the person who gave, extended or ended it; they are not told what they have just done themselves.
    """
    readers = {one.person_id for one in nearest_above(db, pack, role.place, on=local_day(pack, now))}
    if what == "taken" and by != OPERATOR:
        readers.add(by)
    else:
        readers.discard(by)
    readers.discard(role.person_id)
    named = bool(known_as(db, role))
    key = f"capquyen.told_{what}" if named else f"capquyen.told_{what}_unnamed"
    values = _values(db, pack, role) | {"by": _name(db, by)}
    buttons: tuple[Offer, ...] = () if what == "ended" else ((ShowRole(role.id), "capquyen.look"),)
    return _queue(db, readers, role, what, key, values, buttons, tell, now)


def tell_concerned(
    db: Connection, *, pack: Pack, what: Literal["extended", "ended"], role: Role, tell: Teller, now: datetime
) -> int:
    """Notify the person whose role was extended or ended."""
    key = "capquyen.yours_extended" if what == "extended" else "capquyen.yours_ended"
    return _queue(db, (role.person_id,), role, f"{what}:own", key, _values(db, pack, role), (), tell, now)


def nearest_above(db: Connection, pack: Pack, place: str, *, on: date) -> tuple[Role, ...]:
    """The officials of the nearest place above that has some; none up to the top."""
    above = pack.places.ancestors(place)
    return next((found for one in above if (found := roles_at(db, place=one.code, on=on))), ())


def _queue(
    db: Connection,
    readers: Iterable[str],
    role: Role,
    what: str,
    key: str,
    values: dict[str, object],
    buttons: tuple[Offer, ...],
    tell: Teller,
    now: datetime,
) -> int:
    """Queue one message per reader; idempotent per role, act and last day."""
    once = f"{what}:{role.until.isoformat()}"
    made = 0
    for person_id in sorted(readers):
        if person(db, person_id) is None:
            continue
        queued = enqueue(
            db, key=keys.role_notice(role.id, once, person_id), person_id=person_id, kind="status",
            message=tell(person_id, key, values, buttons), now=now,
        )  # fmt: skip
        made += queued is not None
    return made


def _values(db: Connection, pack: Pack, role: Role) -> dict[str, object]:
    return {"place": place_name(pack, role.place), "until": role.until, "who": known_as(db, role)}


def _name(db: Connection, by: str) -> str:
    return "" if by == OPERATOR else official_name(db, by).name or ""
