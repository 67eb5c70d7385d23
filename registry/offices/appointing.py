"""
Roles that begin, are extended or end, with what follows at once: the waiting cases change hands, people are notified.

`registry/people/roles.py` keeps the roles and checks the right to give them; every giver goes through here.
"""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection

from content.programme.pack import Pack
from registry.offices import handing_over, role_notices, standing_in
from registry.people import inviting, roles, subordinates
from registry.people.inviting import NO_CARD, Card
from registry.people.roles import Role
from registry.telling import Teller, local_day


def appoint(
    db: Connection,
    *,
    pack: Pack,
    person_id: str,
    role: str,
    place: str,
    by: str,
    tell: Teller,
    now: datetime,
    until: date | None = None,
    card: Card = NO_CARD,
) -> Role:
    """Give a role, or extend it, without asking further: for the command line.  Idempotent."""
    held = roles.grant(
        db, person_id=person_id, role=role, place=place, granted_by=by, now=now, until=until,
        title=card.title or None,
    )  # fmt: skip
    inviting.introduce(db, person_id=person_id, card=card, by=by, now=now)
    handing_over.role_began(db, pack=pack, role=held, tell=tell, now=now)
    return held


def redeem(db: Connection, *, pack: Pack, code: str, person_id: str, tell: Teller, now: datetime) -> Role | None:
    """Take the role of an invitation; None when the code is used, expired, of another kind or unknown."""
    on = local_day(pack, now)
    held = inviting.redeem(db, code=code, person_id=person_id, places=pack.places, on=on, now=now)
    if held is not None:
        handing_over.role_began(db, pack=pack, role=held, tell=tell, now=now)
        by = subordinates.granted_by(db, held.id)
        role_notices.tell_above(db, pack=pack, what="taken", role=held, by=by, tell=tell, now=now)
    return held


def extend(
    db: Connection, *, pack: Pack, role_id: str, by: Role, until: date, tell: Teller, now: datetime
) -> Role | None:
    """Extend a role below one's own and notify both sides; None when there is nothing to extend."""
    on = local_day(pack, now)
    held = subordinates.extend(db, role_id=role_id, by=by, until=until, places=pack.places, on=on, now=now)
    if held is not None:
        handing_over.role_began(db, pack=pack, role=held, tell=tell, now=now)
        role_notices.tell_concerned(db, pack=pack, what="extended", role=held, tell=tell, now=now)
        role_notices.tell_above(db, pack=pack, what="extended", role=held, by=by.person_id, tell=tell, now=now)
    return held


def end(
    db: Connection, *, pack: Pack, role_id: str, by: Role | Literal["operator"], tell: Teller, now: datetime
) -> bool:
    """
    End a role at once; False when it had ended.  Leaves that depend on it end with it.

    The cases of an office that loses its last official go up.
    """
    held = roles.role_by_id(db, role_id)
    if not roles.revoke(db, role_id=role_id, by=by, places=pack.places, on=local_day(pack, now), now=now):
        return False
    standing_in.end_what_is_over(db, pack=pack, tell=tell, now=now)
    if held is not None:
        handing_over.role_ended(db, pack=pack, place=held.place, tell=tell, now=now)
        actor = by.person_id if isinstance(by, Role) else by
        role_notices.tell_concerned(db, pack=pack, what="ended", role=held, tell=tell, now=now)
        role_notices.tell_above(db, pack=pack, what="ended", role=held, by=actor, tell=tell, now=now)
    return True
