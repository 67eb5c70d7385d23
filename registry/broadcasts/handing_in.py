"""
Handing in a broadcast, and the decision of the second official: the two ways by which it goes.

The audience is frozen when it goes: one delivery per person, under a unique key, written by one INSERT.
The text is kept once, sealed, in the row of the broadcast.
"""

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from content.programme.pack import Pack
from registry.addressing.ends import EndedError, usual_end
from registry.broadcasts import approvals
from registry.broadcasts.alerts import tell_above
from registry.broadcasts.approvals import OwnApprovalError
from registry.broadcasts.audiences import Wanted, reached
from registry.broadcasts.broadcasts import (
    NOT_EDITED,
    Broadcast,
    Draft,
    MovedOnError,
    Trigger,
    broadcast_of,
    change_one,
    editable,
    forget_reminders,
    leaves_at,
    lock,
    paused_above,
    reasons_for,
    written,
)
from registry.deliveries import of_broadcasts
from registry.people.roles import NotAllowedError, Role, may
from registry.store.audit import record
from registry.store.installation import count_up
from registry.store.rows import broadcasts, new_id, people
from registry.store.sealing import vault_of
from registry.telling import Teller, local_day


def hand_in(
    db: Connection, *, pack: Pack, role: Role, wanted: Wanted, draft: Draft, now: datetime, tell: Teller
) -> Broadcast:
    """
    Take a broadcast: it goes, or waits for a second official where one is needed.

    Officials above its author are notified when it goes. `EndedError` when it would leave after its end. Not
    idempotent: handed in twice it is two, so the confirming question carries a stamp.
    """
    broadcast_id = new_id()
    year = local_day(pack, now).year
    number = f"{count_up(db, f'broadcast:{year}')}/{year}"
    values = _content(db, pack, role, wanted, draft, broadcast_id, number, now)
    row = {
        "id": broadcast_id, "number": number, "author": role.person_id, "role_id": role.id, "state": "waiting",
        "version": 1, "people": 0, "rounds": 0, "confirmed_at": now,
    }  # fmt: skip
    made = broadcast_of(db.execute(insert(broadcasts).values(**row, **values).returning(broadcasts)).one())
    return _next(db, pack, role, made, now, tell)


def hand_in_again(
    db: Connection,
    *,
    pack: Pack,
    role: Role,
    broadcast_id: str,
    version: int,
    draft: Draft,
    wanted: Wanted,
    now: datetime,
    tell: Teller,
) -> Broadcast:
    """
    Put another text, audience or hour in the place of what waits or has not left yet; every approval is void.

    Only its author may, and only before its hour; `MovedOnError` when it has gone or was changed meanwhile.
    """
    known = lock(db, broadcast_id)
    if known is None or known.author != role.person_id:
        raise NotAllowedError("announce.send")
    if known.version != version or not editable(known, now):
        raise MovedOnError
    values = _content(db, pack, role, wanted, draft, broadcast_id, known.number, now)
    _free(db, broadcast_id)
    forget_reminders(db, broadcast_id)
    changed = change_one(
        db, known.id, Trigger.HAND_IN_AGAIN, **values, role_id=role.id, version=version + 1, people=0, rounds=0,
        confirmed_at=now, **NOT_EDITED,
    )  # fmt: skip
    return _next(db, pack, role, changed, now, tell)


def approve(
    db: Connection,
    *,
    pack: Pack,
    broadcast_id: str,
    version: int,
    people: int,
    role: Role,
    now: datetime,
    tell: Teller,
) -> Broadcast:
    """
    Approve it as the second official who has seen this version and this number of people.

    `OwnApprovalError` for its author. `MovedOnError` when it was edited, decided, or reaches another number of
    people; then it has to be looked at again. `EndedError` when its end comes before it could leave.
    """
    known = _decidable(db, pack, broadcast_id, role, now)
    authors = approvals.role_in_force(db, known.role_id, local_day(pack, now))
    if known.state != "waiting" or known.version != version or authors is None:
        raise MovedOnError
    with db.begin_nested():  # the people are counted by freezing them; when they are others, none of them was
        approvals.note(db, broadcast_id=known.id, version=version, role=role, approved=True, reason="", now=now)
        record(
            db, now=now, actor=role.person_id, act="announce.approve", noun="broadcast", noun_id=known.id,
            version=version, people=people, role=role.id,
        )  # fmt: skip
        going = _go(db, pack, authors, known, now)
        if going.people != people:
            raise MovedOnError
    text, _ = written(db, going.id)
    tell_above(db, pack=pack, made=going, text=text, role=authors, seen_by=role, now=now, tell=tell)
    return going


def refuse(
    db: Connection, *, pack: Pack, broadcast_id: str, version: int, reason: str, role: Role, now: datetime
) -> Broadcast:
    """Send it back to its author with a reason; no recipient learns about it."""
    known = _decidable(db, pack, broadcast_id, role, now)
    if known.state != "waiting" or known.version != version:
        raise MovedOnError
    approvals.note(db, broadcast_id=known.id, version=version, role=role, approved=False, reason=reason, now=now)
    record(
        db, now=now, actor=role.person_id, act="announce.refuse", noun="broadcast", noun_id=known.id, version=version
    )
    return change_one(db, known.id, Trigger.REFUSE)


def _content(
    db: Connection, pack: Pack, role: Role, wanted: Wanted, draft: Draft, broadcast_id: str, number: str, now: datetime
) -> dict[str, Any]:
    """The columns that an edit replaces; the place is asked here, and again when it goes."""
    # two of one author at the same moment: the second is counted with the first
    db.execute(select(people.c.id).where(people.c.id == role.person_id).with_for_update())
    reasons = reasons_for(db, pack=pack, role=role, wanted=wanted, draft=draft, now=now, excluding=broadcast_id)
    due = leaves_at(pack, at=draft.at, by_night=draft.by_night, now=now, alone=not reasons)
    by_night = approvals.at_night(pack, due)  # by day it has no need of it, nor of a second official for it
    ends = draft.ends_at or usual_end(pack, leaves=due, urgent=by_night)
    if ends <= due:
        raise EndedError(due)
    vault = vault_of(db)
    words = json.dumps(draft.say(number).to_json(), ensure_ascii=False)
    kept = json.dumps({"text": draft.text, "files": [dict(file) for file in draft.files]}, ensure_ascii=False)
    return {
        "place": wanted.place,
        "wanted": wanted.to_json(),
        "text_sealed": vault.seal_common(f"broadcasts:text:{broadcast_id}", words),
        "draft_sealed": vault.seal_common(f"broadcasts:draft:{broadcast_id}", kept),
        "reasons": list(reasons),
        "due_at": due,
        "ends_at": ends,
        "by_night": by_night,
        "corrects": wanted.corrects or None,
    }


def _next(db: Connection, pack: Pack, role: Role, made: Broadcast, now: datetime, tell: Teller) -> Broadcast:
    if not made.reasons:
        going = _go(db, pack, role, made, now)
        text, _ = written(db, going.id)
        tell_above(db, pack=pack, made=going, text=text, role=role, now=now, tell=tell)
        return going
    record(
        db, now=now, actor=role.person_id, act="announce.ask", noun="broadcast", noun_id=made.id, version=made.version,
        place=made.place, role=role.id,
    )  # fmt: skip
    return made


def _decidable(db: Connection, pack: Pack, broadcast_id: str, role: Role, now: datetime) -> Broadcast:
    on = local_day(pack, now)
    known = lock(db, broadcast_id)
    if known is None or not may(role, "announce.approve", known.place, pack.places, on=on):
        raise NotAllowedError("announce.approve")
    if role.person_id == known.author:
        raise OwnApprovalError
    if not approvals.may_approve(db, role=role, author=known.author, place=known.place, pack=pack, on=on):
        raise NotAllowedError("announce.approve")
    if paused_above(db, pack, known.id, role):
        raise NotAllowedError("announce.approve")
    return known


def approvers_of(db: Connection, *, pack: Pack, known: Broadcast, on: date) -> tuple[Role, ...]:
    """Return the officials who may be the second one for it, the nearest first; none below one who paused it."""
    able = approvals.approvers_for(db, pack=pack, author=known.author, place=known.place, on=on)
    return tuple(role for role in able if not paused_above(db, pack, known.id, role))


def _go(db: Connection, pack: Pack, role: Role, made: Broadcast, now: datetime) -> Broadcast:
    """Freeze the audience: one delivery per person, in one INSERT."""
    due = leaves_at(pack, at=made.due_at, by_night=made.by_night, now=now)
    if made.is_over(due):
        raise EndedError(due)
    found = reached(pack, role=role, wanted=made.wanted, now=now).subquery()
    pending = of_broadcasts.enqueue(
        db, broadcast_id=made.id, people=found, by_night=made.by_night, due_at=due, ends_at=made.ends_at, now=now
    )
    record(
        db, now=now, actor=role.person_id, act="announce.send", noun="broadcast", noun_id=made.id,
        place=made.place, people=pending, role=role.id,
    )  # fmt: skip
    return change_one(
        db, made.id, Trigger.GO, people=pending, due_at=due, dated_at=due, rounds=1, confirmed_at=now,
        reported_at=None, paused_role=None,
    )  # fmt: skip


def _free(db: Connection, broadcast_id: str) -> None:
    """Delete the unsent deliveries, so that the next version gets a new audience."""
    if not of_broadcasts.nothing_sent(db, broadcast_id=broadcast_id):
        raise MovedOnError
    of_broadcasts.remove_all(db, broadcast_id=broadcast_id)
