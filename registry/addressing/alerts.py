"""
The notice to officials above of every message to many people, and the right to stop it.

An account may be in the wrong hands, and its holder is the last to report it. Broadcasts
(`registry.broadcasts.alerts`) and gatherings (`registry.gatherings.delays`) both use it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from content.programme.pack import Pack
from registry.deliveries.deliveries import enqueue
from registry.deliveries.keys import Subject, alert
from registry.people.roles import Role, role_by_id, roles_at
from registry.telling import Offer, Teller, local_day


def rank(pack: Pack, role: Role) -> int | None:
    """Return the order of a role's level in the programme, the topmost first; None for a role without a level."""
    level = pack.programme.roles.get(role.role)
    return None if level is None else pack.programme.level(level).order


def is_above(pack: Pack, one: Role, other: Role) -> bool:
    """True when the level of one role is nearer to the top than that of the other."""
    ranks = (rank(pack, one), rank(pack, other))
    return ranks[0] is not None and ranks[1] is not None and ranks[0] < ranks[1]


def in_charge(db: Connection, *, pack: Pack, role: Role, author: str, role_id: str, colleagues: bool = False) -> bool:
    """
    True for the author and for officials of a level above; with `colleagues` for those of the author's level too.

    The caller has checked that the role reaches the whole place.
    """
    if author == role.person_id:
        return True
    authors = role_by_id(db, role_id)
    theirs, own = (None if authors is None else rank(pack, authors)), rank(pack, role)
    return theirs is not None and own is not None and (own < theirs or (own == theirs and colleagues))


def tell_above(
    db: Connection, *, pack: Pack, role: Role, subject: Subject, subject_id: str, edition: str, phrase: str,
    values: Mapping[str, object], actions: tuple[Offer, ...], tell: Teller, now: datetime, seen_by: Role | None = None,
    knows: frozenset[str] = frozenset(),
) -> int:  # fmt: skip
    """
    Notify the nearest officials above who can be reached, once per edition of the subject; return their number.

    Where nobody is above, colleagues of the same office are notified. A text approved by an official above
    (`seen_by`) needs no more eyes. People in `knows` are left out.
    """
    if seen_by is not None and is_above(pack, seen_by, role):
        return 0
    knows |= {role.person_id, "" if seen_by is None else seen_by.person_id}
    for office in _offices(db, pack, role, now):
        told = 0
        for person_id in dict.fromkeys(one.person_id for one in office if one.person_id not in knows):
            told += enqueue(
                db, key=alert(subject, subject_id, edition, person_id), person_id=person_id, kind="status",
                message=tell(person_id, phrase, values, actions), now=now,
            ) is not None  # fmt: skip
        if told:
            return told
    return 0


def _offices(db: Connection, pack: Pack, role: Role, now: datetime) -> Iterator[tuple[Role, ...]]:
    """The officials above, office by office, the nearest first; then the colleagues."""
    on = local_day(pack, now)
    chain = (role.place, *(one.code for one in pack.places.ancestors(role.place)))
    for code in chain:
        yield tuple(one for one in roles_at(db, place=code, on=on) if is_above(pack, one, role))
    yield tuple(one for one in roles_at(db, place=role.place, on=on) if rank(pack, one) == rank(pack, role))
