"""Leave in effect: the stand-in and the official are notified when it is planned, begins and ends."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection

from content.actions.offices import DeclineLeave
from content.actions.officials import ListQuestions, ShowQueue
from content.programme.pack import Pack
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.offices.new_officials import waiting_at
from registry.people import leaves
from registry.people.leaves import Leave
from registry.people.official_names import known_as, official_name
from registry.people.people import person
from registry.people.roles import Role, role_by_id
from registry.telling import Offer, Teller, local_day, place_name

Moment = Literal["planned", "began", "ended", "declined"]
STAND_IN: Mapping[Moment, str] = {
    "planned": "nghiphep.stand_in_planned", "began": "nghiphep.stand_in_began", "ended": "nghiphep.stand_in_ended",
}  # fmt: skip
YOUR: Mapping[Moment, str] = {"ended": "nghiphep.your_ended", "declined": "nghiphep.your_declined"}


def plan(
    db: Connection, *, pack: Pack, role: Role, stand_in_id: str, first: date, last: date, tell: Teller, now: datetime
) -> Leave:
    """Plan a leave and notify the stand-in, also the one it replaces; one from today begins at once."""
    on = local_day(pack, now)
    earlier = leaves.leave_of(db, role_id=role.id, on=on)
    made = leaves.plan_leave(
        db, role=role, stand_in_id=stand_in_id, first=first, last=last, places=pack.places, on=on, now=now
    )
    if earlier is not None:
        _tell(db, pack, earlier, earlier.stand_in_id, "ended", tell, now)
        end_what_is_over(db, pack=pack, tell=tell, now=now)
    if made.from_on > on:
        _tell(db, pack, made, made.stand_in_id, "planned", tell, now)
        return made
    return _begin(db, pack, made, on, tell, now) or made


def end(db: Connection, *, pack: Pack, leave: Leave, by: str, tell: Teller, now: datetime) -> bool:
    """End a leave early: the official is back, or the stand-in cannot; the other one is notified."""
    if not leaves.finish(db, leave=leave, by=by, now=now):
        return False
    if by == leave.stand_in_id:
        _tell(db, pack, leave, leave.person_id, "declined", tell, now)
    else:
        _tell(db, pack, leave, leave.stand_in_id, "ended", tell, now)
    end_what_is_over(db, pack=pack, tell=tell, now=now)
    return True


def end_what_is_over(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> int:
    """
    End the leaves that no longer hold, and those of the roles that came with them; return their number.

    Called when a role ends: a stand-in keeps nothing longer than the reason for it.  Idempotent.
    """
    on, ended = local_day(pack, now), 0
    while found := leaves.over(db, places=pack.places, on=on):
        for one in found:
            if leaves.finish(db, leave=one, by="system", now=now):
                ended += 1
                absent = role_by_id(db, one.role_id)
                away = one.until_on >= on and absent is not None and absent.holds(on)
                _tell(db, pack, one, one.person_id, "declined" if away else "ended", tell, now)
                _tell(db, pack, one, one.stand_in_id, "ended", tell, now)
    return ended


def sweep(db: Connection, *, pack: Pack, tell: Teller, now: datetime) -> int:
    """Begin and end the leaves whose day has come; return their number.  Idempotent."""
    on = local_day(pack, now)
    ended = end_what_is_over(db, pack=pack, tell=tell, now=now)
    begins = leaves.begins(db, on=on)
    for one in begins:
        _begin(db, pack, one, on, tell, now)
    return len(begins) + ended


def _begin(db: Connection, pack: Pack, planned: Leave, on: date, tell: Teller, now: datetime) -> Leave | None:
    begun = leaves.begin(db, leave=planned, places=pack.places, on=on, now=now)
    if begun is None:
        _tell(db, pack, planned, planned.person_id, "declined", tell, now)
        return None
    _tell(db, pack, begun, begun.stand_in_id, "began", tell, now)
    return begun


def _tell(db: Connection, pack: Pack, one: Leave, person_id: str, moment: Moment, tell: Teller, now: datetime) -> None:
    """Notify one of the two, with the work that waits at the place; erased people are left out."""
    if person(db, person_id) is None:
        return
    ideas, asked = waiting_at(db, pack=pack, place=one.place, person_id=person_id)
    absent = role_by_id(db, one.role_id)
    values = {
        "who": (known_as(db, absent) if absent is not None else "") or place_name(pack, one.place),
        "stand_in": official_name(db, one.stand_in_id).name or place_name(pack, one.place),
        "place": place_name(pack, one.place), "first": one.from_on, "last": one.until_on,
        "applications": ideas, "questions": asked,
    }  # fmt: skip
    own = person_id == one.person_id
    key = YOUR[moment] if own else STAND_IN[moment]
    work: tuple[Offer, ...] = ((ShowQueue(), "digest.button.review"), (ListQuestions(), "digest.button.questions"))
    decline: Offer = (DeclineLeave(one.id), "nghiphep.decline")
    buttons = {"planned": (decline,), "began": (*work, decline), "ended": work if own else (), "declined": ()}[moment]
    enqueue(
        db,
        key=keys.role_notice(one.role_id, f"leave:{one.id}:{moment}", person_id),
        person_id=person_id,
        kind="status",
        message=tell(person_id, key, values, buttons),
        now=now,
    )
