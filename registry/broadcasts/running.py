"""
A broadcast under way: paused, resumed, stopped, sent again to people it did not reach.

Its author may, and officials of a level above; every official in charge may stop one. Each act locks the broadcast
first, so that the state it reads still holds when it writes.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, select, union

from content.programme.pack import Pack
from registry.addressing.alerts import in_charge
from registry.broadcasts import approvals
from registry.broadcasts.audiences import Wanted, reached
from registry.broadcasts.broadcasts import (
    NOT_EDITED,
    UNSENT,
    Broadcast,
    MovedOnError,
    Trigger,
    change_one,
    forget_reminders,
    leaves_at,
    lock,
    paused_above,
)
from registry.deliveries import of_broadcasts
from registry.deliveries.states import FAILED, Reason, State
from registry.people.people import Account, accounts_of, current
from registry.people.roles import NotAllowedError, Role, may, role_by_id
from registry.store.audit import record
from registry.store.rows import broadcasts, people
from registry.telling import local_day

Again = Literal["failed", "doubtful", "elsewhere"]
_AGAIN: Mapping[Again, tuple[State, ...]] = {
    "failed": FAILED,
    "doubtful": (State.DOUBTFUL,),
    "elsewhere": (*FAILED, State.PARKED),
}
ALIVE = ("waiting", "editing", "going", "paused")


def cancel_broadcast(db: Connection, *, broadcast_id: str, role: Role, pack: Pack, now: datetime) -> int:
    """
    Stop a broadcast in any version: cancel unsent messages and return their number; sent ones stay sent.

    Idempotent.
    """
    known = _may_run(db, broadcast_id, "announce.cancel", role, pack, now, beside=True)
    spared = of_broadcasts.cancel_all(db, broadcast_id=known.id, reason=Reason.BROADCAST_STOPPED)
    if known.state not in {"done", "cancelled"} or spared:
        _end(db, known)
        record(
            db, now=now, actor=role.person_id, act="announce.cancel", noun="broadcast", noun_id=broadcast_id,
            spared=spared,
        )  # fmt: skip
    return spared


def pause(
    db: Connection, *, broadcast_id: str, role: Role, pack: Pack, now: datetime, version: int | None = None
) -> int:
    """Pause unsent messages and return their number; without any, nothing changes."""
    known = _may_run(db, broadcast_id, "announce.pause", role, pack, now, version=version)
    if known.state != "going":
        return 0
    waiting = of_broadcasts.pause_all(db, broadcast_id=known.id)
    if not waiting:  # it ends by itself, and its author gets the report
        return 0
    change_one(db, known.id, Trigger.PAUSE, paused_role=role.id)
    record(db, now=now, actor=role.person_id, act="announce.pause", noun="broadcast", noun_id=known.id, waiting=waiting)
    return waiting


def resume(
    db: Connection, *, broadcast_id: str, role: Role, pack: Pack, now: datetime, version: int | None = None
) -> int:
    """
    Resume a paused broadcast, except for people who stopped or left meanwhile; return the number queued again.

    `NotAllowedError` for a role below the one that paused it: a stolen account must not undo the pause from above.
    """
    known = _may_run(db, broadcast_id, "announce.pause", role, pack, now, version=version)
    if known.state != "paused":
        return 0
    if paused_above(db, pack, known.id, role):
        raise NotAllowedError("announce.pause")
    if known.is_over(now):  # nothing is left to send; the sweep closes it
        return 0
    change_one(db, known.id, Trigger.RESUME, paused_role=None)
    due = max(known.due_at, leaves_at(pack, at=now, by_night=known.by_night, now=now))
    able = still_reached(db, pack, known, now)
    why = Reason.AUTHOR_LEFT if able is None else Reason.UNWANTED
    pending = of_broadcasts.resume_all(db, broadcast_id=known.id, able=able, due_at=due, reason=why)
    record(
        db, now=now, actor=role.person_id, act="announce.resume", noun="broadcast", noun_id=known.id, pending=pending
    )
    return pending


def still_reached(db: Connection, pack: Pack, known: Broadcast, now: datetime) -> Select[Any] | None:
    """Select the people of its place who may be told now, under the role it was written with; None once that ended."""
    role = approvals.role_in_force(db, known.role_id, local_day(pack, now))
    if role is None:
        return None
    found = reached(pack, role=role, wanted=Wanted(known.place, roles=known.wanted.roles), now=now).subquery()
    # people merged since then count as the person they are now
    merged = select(people.c.id).where(people.c.merged_into.in_(select(found.c.person_id)))
    return select(union(select(found.c.person_id.label("id")), merged).subquery().c.id)


def _may_run(
    db: Connection,
    broadcast_id: str,
    act: str,
    role: Role,
    pack: Pack,
    now: datetime,
    *,
    beside: bool = False,
    version: int | None = None,
) -> Broadcast:
    """
    Return the broadcast to its author and to officials of a level above; `NotAllowedError` for anybody else.

    `beside` admits colleagues of the author's level who are in charge of the whole place. A button acts only on the
    `version` it was shown for.
    """
    known = lock(db, broadcast_id)
    if known is None or not may(role, act, known.place, pack.places, on=local_day(pack, now)):
        raise NotAllowedError(act)
    if not in_charge(db, pack=pack, role=role, author=known.author, role_id=known.role_id, colleagues=beside):
        raise NotAllowedError(act)
    if version is not None and known.version != version:
        raise MovedOnError
    return known


def again(db: Connection, *, pack: Pack, broadcast_id: str, role: Role, which: Again, now: datetime) -> int:
    """
    Queue it once more for the people it did not reach; return their number.

    For "failed" the same channel is used where that is open again, for "elsewhere" another channel of the person.
    People of "doubtful" may have it already; only an official decides it. People who stopped, left or moved away are
    skipped, and everybody after its end. Idempotent.
    """
    known = _may_run(db, broadcast_id, "announce.retry", role, pack, now)
    able = still_reached(db, pack, known, now)
    due = leaves_at(pack, at=now, by_night=False, now=now)
    if able is None or known.state not in {"going", "done"} or known.is_over(due):
        return 0
    states = _AGAIN[which]
    rows = of_broadcasts.not_reached(db, broadcast_id=known.id, states=states, able=able)
    pending = 0
    for row in rows:
        account = _way(accounts_of(db, current(db, row.person_id)), row.channel, elsewhere=which == "elsewhere")
        if account is not None:
            # a parked copy is sent by itself when its person writes meanwhile
            pending += of_broadcasts.enqueue_again(
                db, delivery_id=row.id, states=states, account=account, due_at=due, ends_at=known.ends_at
            )
    if pending:
        change_one(db, known.id, Trigger.SEND_AGAIN, rounds=known.rounds + 1, reported_at=None, due_at=due)
        record(
            db, now=now, actor=role.person_id, act="announce.retry", noun="broadcast", noun_id=known.id,
            pending=pending, which=which,
        )  # fmt: skip
    return pending


def drop_orphaned(db: Connection, *, on: date, now: datetime) -> int:
    """
    Cancel broadcasts whose author's role ended before they left. Idempotent.

    A revoked role stops one that is under way too: it may have been revoked from the wrong hands.
    """
    dropped = 0
    alive = select(broadcasts.c.id, broadcasts.c.role_id).where(broadcasts.c.state.in_(ALIVE))
    for row in db.execute(alive).all():
        if approvals.role_in_force(db, row.role_id, on) is not None:
            continue
        known = lock(db, row.id)
        if known is None or known.state not in ALIVE or known.role_id != row.role_id:
            continue
        authors = role_by_id(db, known.role_id)
        begun = known.state not in UNSENT and known.due_at <= now
        if begun and authors is not None and not authors.revoked:
            continue
        of_broadcasts.cancel_all(db, broadcast_id=known.id, reason=Reason.AUTHOR_LEFT)
        _end(db, known)
        record(db, now=now, actor="system", act="announce.cancel", noun="broadcast", noun_id=known.id)
        dropped += 1
    return dropped


def _end(db: Connection, known: Broadcast) -> None:
    """Stop it for good, an edit of it too."""
    change_one(db, known.id, Trigger.CANCEL, **NOT_EDITED)
    forget_reminders(db, known.id)


def _way(known: tuple[Account, ...], channel: str, *, elsewhere: bool) -> Account | None:
    """The open account to try: on the channel it went by, or on any other."""
    return next((one for one in known if one.state == "open" and (one.channel != channel) == elsewhere), None)
