"""
A broadcast its author takes up for editing: withdrawn at once, and restored when the edit is given up.

In the state `editing` no second official can approve it and its deliveries are paused: neither text can leave. The
text typed so far is kept with it, sealed; another command, a restart or a week's pause loses nothing. It leaves only
after the author hands it in (`hand_in_again`) or restores it (`put_back`), never by the clock.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from content.programme.pack import Pack
from registry.broadcasts import approvals
from registry.broadcasts.alerts import tell_above
from registry.broadcasts.broadcasts import (
    NOT_EDITED,
    PUT_BACK,
    Broadcast,
    MovedOnError,
    State,
    Trigger,
    broadcast_of,
    change_one,
    editable,
    forget_reminders,
    leaves_at,
    lock,
    set_values,
    written,
)
from registry.broadcasts.running import still_reached
from registry.deliveries import of_broadcasts
from registry.deliveries.states import Reason
from registry.people.roles import NotAllowedError, Role
from registry.store.audit import record
from registry.store.rows import broadcasts
from registry.store.sealing import vault_of
from registry.telling import Teller

REMIND_AFTER = (timedelta(minutes=30), timedelta(days=1))
"""Since the last change, when the author is reminded of an edit that was left; the hour it had is a further moment."""


@dataclass(frozen=True, slots=True)
class Edit:
    """
    An edit so far.

    `data` is the conversation with the text typed so far, None while nothing is changed. `turned_away` are officials
    who wanted to approve meanwhile and were asked to wait.
    """

    data: Mapping[str, Any] | None = None
    turned_away: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """An abandoned edit, and the moment of the next reminder to its author."""

    broadcast: Broadcast
    edited_at: datetime
    moment: datetime
    hour_passed: bool


def take_up(db: Connection, *, role: Role, broadcast_id: str, version: int, now: datetime) -> Broadcast:
    """
    Withdraw the request or the schedule, because its author begins to edit. Idempotent while it is edited.

    `MovedOnError` when it has begun to leave, was stopped, or the button was shown for another version.
    """
    known = _own(db, role, broadcast_id, version)
    if known.state == "editing":
        return known
    if not editable(known, now):
        raise MovedOnError
    if not of_broadcasts.nothing_sent(db, broadcast_id=known.id):
        raise MovedOnError
    of_broadcasts.pause_all(db, broadcast_id=known.id)
    record(
        db, now=now, actor=role.person_id, act="announce.take_up", noun="broadcast", noun_id=known.id,
        version=version, state=known.state,
    )  # fmt: skip
    edited = {**NOT_EDITED, "taken_from": known.state.value, "edited_at": now}
    return change_one(db, known.id, Trigger.TAKE_UP, **edited)


def keep_edit(db: Connection, *, broadcast_id: str, version: int, data: Mapping[str, Any], now: datetime) -> None:
    """Keep the text typed so far; ignored when the announcement is no longer being edited."""
    known = lock(db, broadcast_id)
    if known is None or known.state != "editing" or known.version != version:
        return
    _seal(db, known.id, replace(edit_of(db, known.id), data=data))
    set_values(db, known.id, edited_at=now)
    forget_reminders(db, known.id)


def edit_of(db: Connection, broadcast_id: str) -> Edit:
    """The edit so far; an empty one when nothing was changed."""
    sealed = db.execute(select(broadcasts.c.edit_sealed).where(broadcasts.c.id == broadcast_id)).scalar_one_or_none()
    if sealed is None:
        return Edit()
    kept = json.loads(vault_of(db).unseal_common(f"broadcasts:edit:{broadcast_id}", sealed))
    return Edit(kept["data"], tuple(kept["turned_away"]))


def turn_away(db: Connection, *, broadcast_id: str, person_id: str) -> None:
    """Remember an official who wanted to approve while it is edited, to notify them once it waits again."""
    known = lock(db, broadcast_id)
    if known is None or known.state != "editing":
        return
    edit = edit_of(db, known.id)
    if person_id not in edit.turned_away:
        _seal(db, known.id, replace(edit, turned_away=(*edit.turned_away, person_id)))


def put_back(
    db: Connection, *, pack: Pack, role: Role, broadcast_id: str, version: int, now: datetime, tell: Teller
) -> Broadcast:
    """
    Give up the edit: the request, the refusal, the pause or the schedule is again as before.

    When the delay ended meanwhile it begins again, and officials above get the new moment. It stays withdrawn with
    its old text (state `editing`) when a chosen hour or its end passed, or a second official would now be needed.
    Only its author can judge whether it is still right.
    """
    known = _own(db, role, broadcast_id, version)
    if known.state != "editing":
        raise MovedOnError
    before = taken_from(db, known.id)
    due = known.due_at
    if before == "going" and due <= now:
        later = leaves_at(pack, at=None, by_night=known.by_night, now=now, alone=True)
        stays = hour_was_chosen(pack, known) or known.is_over(later)
        if stays or _needs_second_now(db, pack, role, known, now):
            forget_reminders(db, known.id)
            return set_values(db, known.id, edit_sealed=None, edited_at=now)
        due = later
    if before == "going":
        _enqueue_again(db, pack, known, due, now)
    forget_reminders(db, known.id)
    record(
        db, now=now, actor=role.person_id, act="announce.put_back", noun="broadcast", noun_id=known.id,
        version=version, state=before,
    )  # fmt: skip
    confirmed_at = known.confirmed_at if due == known.due_at else now
    values = {**NOT_EDITED, "due_at": due, "confirmed_at": confirmed_at}
    values |= {"dated_at": due} if before == "going" else {}
    back = change_one(db, known.id, PUT_BACK[State(before)], **values)
    if due != known.due_at:
        seen_by = approvals.approved_under(db, broadcast_id=known.id, version=version)
        text, _ = written(db, known.id)
        tell_above(db, pack=pack, made=back, text=text, role=role, now=now, tell=tell, seen_by=seen_by, again=True)
    return back


def taken_from(db: Connection, broadcast_id: str) -> str:
    """The state it had before its author took it up; empty when it is not being edited."""
    found = select(broadcasts.c.taken_from).where(broadcasts.c.id == broadcast_id)
    return db.execute(found).scalar_one_or_none() or ""


def left_edits(db: Connection, *, now: datetime) -> tuple[Left, ...]:
    """
    Return the abandoned edits, each with the latest moment its author is to be reminded at.

    After an outage only the latest moment counts.
    """
    rows = db.execute(
        select(broadcasts)
        .where(broadcasts.c.state == "editing", broadcasts.c.edited_at <= now - REMIND_AFTER[0])
        .order_by(broadcasts.c.edited_at, broadcasts.c.id)
    ).all()
    found = []
    for row in rows:
        known = broadcast_of(row)
        moments = [row.edited_at + after for after in REMIND_AFTER]
        scheduled = row.taken_from in {"going", "paused"}
        if scheduled and known.due_at > moments[0]:
            moments.append(known.due_at)
        latest = max(moment for moment in moments if moment <= now)
        found.append(Left(known, row.edited_at, latest, scheduled and known.due_at <= now))
    return tuple(found)


def _own(db: Connection, role: Role, broadcast_id: str, version: int) -> Broadcast:
    known = lock(db, broadcast_id)
    if known is None or known.author != role.person_id:
        raise NotAllowedError("announce.send")
    if known.version != version:
        raise MovedOnError
    return known


def hour_was_chosen(pack: Pack, known: Broadcast) -> bool:
    """True when its author chose the hour; else it is the end of the delay, or of the night."""
    by_itself = leaves_at(pack, at=None, by_night=known.by_night, now=known.confirmed_at, alone=not known.reasons)
    return known.due_at != by_itself


def _needs_second_now(db: Connection, pack: Pack, role: Role, known: Broadcast, now: datetime) -> bool:
    """True when its author has told enough other people meanwhile that this one needs a second official."""
    if known.reasons:  # it has one
        return False
    due = leaves_at(pack, at=None, by_night=known.by_night, now=now, alone=True)
    return bool(
        approvals.reasons_for(
            db, pack=pack, role=role, wanted=known.wanted, texts=(), due_at=due, now=now, excluding=known.id
        )
    )


def _enqueue_again(db: Connection, pack: Pack, known: Broadcast, due: datetime, now: datetime) -> None:
    """Schedule the frozen audience again, without people who stopped or left meanwhile."""
    able = still_reached(db, pack, known, now)
    if able is None:
        raise NotAllowedError("announce.send")
    of_broadcasts.resume_all(db, broadcast_id=known.id, able=able, due_at=due, reason=Reason.UNWANTED)


def _seal(db: Connection, broadcast_id: str, edit: Edit) -> None:
    kept = json.dumps({"data": edit.data, "turned_away": list(edit.turned_away)}, ensure_ascii=False)
    sealed = vault_of(db).seal_common(f"broadcasts:edit:{broadcast_id}", kept)
    set_values(db, broadcast_id, edit_sealed=sealed)
