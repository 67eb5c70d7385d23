"""
Broadcasts of officials to the people of their place: the record, its states, and the one function that changes them.

A caller `lock`s a broadcast before it changes it, so that two who decide at once take turns. Handing in and approving
is in `handing_in.py`, stopping and resuming in `running.py`, editing in `edits.py`, the result in `reports.py`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.sql.elements import ColumnElement

from content.decent_hours import next_decent
from content.message import Message
from content.programme.pack import Pack
from registry.addressing.alerts import is_above
from registry.broadcasts import approvals
from registry.broadcasts.approvals import Reason
from registry.broadcasts.audiences import Wanted
from registry.deliveries.deliveries import cancel as cancel_pending
from registry.deliveries.keys import Purpose, Subject
from registry.deliveries.states import Reason as Why
from registry.people.roles import Role, role_by_id
from registry.store.rows import broadcasts
from registry.store.sealing import vault_of
from registry.store.tombstones import Kind, note

"""The first word of a delivery's key: what may not arrive in the quiet hours is held back by the pump."""


class State(StrEnum):
    WAITING = "waiting"  # for a second official
    EDITING = "editing"
    REFUSED = "refused"
    GOING = "going"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class Trigger(StrEnum):
    GO = "go"
    REFUSE = "refuse"
    HAND_IN_AGAIN = "hand in again"
    TAKE_UP = "take up"
    BACK_TO_WAITING = "back to waiting"
    BACK_TO_REFUSED = "back to refused"
    BACK_TO_GOING = "back to going"
    BACK_TO_PAUSED = "back to paused"
    PAUSE = "pause"
    RESUME = "resume"
    SEND_AGAIN = "send again"
    FINISH = "finish"
    RUN_OUT = "run out"
    CANCEL = "cancel"


_EDITABLE = frozenset({State.WAITING, State.REFUSED, State.GOING, State.PAUSED})
TRANSITIONS: Mapping[Trigger, tuple[frozenset[State], State]] = {
    Trigger.GO: (frozenset({State.WAITING}), State.GOING),
    Trigger.REFUSE: (frozenset({State.WAITING}), State.REFUSED),
    Trigger.HAND_IN_AGAIN: (_EDITABLE | {State.EDITING}, State.WAITING),
    Trigger.TAKE_UP: (_EDITABLE, State.EDITING),
    Trigger.BACK_TO_WAITING: (frozenset({State.EDITING}), State.WAITING),
    Trigger.BACK_TO_REFUSED: (frozenset({State.EDITING}), State.REFUSED),
    Trigger.BACK_TO_GOING: (frozenset({State.EDITING}), State.GOING),
    Trigger.BACK_TO_PAUSED: (frozenset({State.EDITING}), State.PAUSED),
    Trigger.PAUSE: (frozenset({State.GOING}), State.PAUSED),
    Trigger.RESUME: (frozenset({State.PAUSED}), State.GOING),
    Trigger.SEND_AGAIN: (frozenset({State.GOING, State.DONE}), State.GOING),
    Trigger.FINISH: (frozenset({State.GOING}), State.DONE),
    Trigger.RUN_OUT: (frozenset({State.PAUSED}), State.DONE),  # its end passed during the pause
    Trigger.CANCEL: (frozenset(State), State.CANCELLED),  # also of a finished one with messages that still wait
}
"""From which states each trigger leads, and to which one.  A cancelled broadcast stays cancelled."""
PUT_BACK: Mapping[State, Trigger] = {
    State.WAITING: Trigger.BACK_TO_WAITING,
    State.REFUSED: Trigger.BACK_TO_REFUSED,
    State.GOING: Trigger.BACK_TO_GOING,
    State.PAUSED: Trigger.BACK_TO_PAUSED,
}
"""The trigger that gives up an edit, by the state the broadcast had before."""
UNSENT = ("waiting", "editing", "refused")
NOT_EDITED: Mapping[str, Any] = {"taken_from": None, "edited_at": None, "edit_sealed": None}
"""The columns of an edit, once it is handed in, given up or stopped."""


class MovedOnError(Exception):
    """The broadcast was edited, decided or removed since it was shown, or reaches others; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("The broadcast has changed since it was shown. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Draft:
    """
    An author's text; `say` makes the message from the broadcast's number.

    `at` is a chosen hour; without one it leaves at once, or in the morning. `by_night` lets it arrive in the quiet
    hours, which a second official has to approve. Nothing is delivered after `ends_at`; without one the end is the
    usual one of the pack.
    """

    text: str
    say: Callable[[str], Message]
    at: datetime | None = None
    by_night: bool = False
    files: tuple[Mapping[str, str], ...] = ()  # kind, file, name
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Broadcast:
    id: str
    number: str  # "12/2026": a double reads as a double
    author: str
    role_id: str
    place: str
    wanted: Wanted
    state: State
    version: int
    reasons: tuple[Reason, ...]
    people: int
    confirmed_at: datetime
    due_at: datetime
    by_night: bool
    corrects: str | None
    rounds: int
    reported_at: datetime | None
    ends_at: datetime | None
    dated_at: datetime | None

    def is_over(self, moment: datetime) -> bool:
        """True when its end has come by a moment."""
        return self.ends_at is not None and self.ends_at <= moment


def leaves_at(pack: Pack, *, at: datetime | None, by_night: bool, now: datetime, alone: bool = False) -> datetime:
    """
    Return the moment it would leave: the chosen hour, else now; out of the quiet hours unless `by_night`.

    A broadcast sent `alone` is delayed first, so that officials above can stop it.
    """
    moment = max(at or now, now + pack.programme.announcements.delay if alone else now)
    if by_night:
        return moment
    zone = ZoneInfo(pack.programme.timezone)
    if at is None:
        return next_decent(
            moment, pack.programme.quiet, zone, pack.programme.holidays, workdays=pack.programme.workdays
        )
    return next_decent(moment, pack.programme.quiet, zone, on_holidays=True)


def editable(known: Broadcast, now: datetime) -> bool:
    """True while its author may change it: it waits, is being edited, was refused, or its first hour is ahead."""
    ahead = known.due_at > now and known.rounds <= 1
    return known.state in UNSENT or (known.state in {State.GOING, State.PAUSED} and ahead)


def has_begun(known: Broadcast, now: datetime) -> bool:
    """True when it has left, or leaves right now; before its hour it can still be changed, and nobody reads it."""
    return known.state not in UNSENT and (known.rounds > 1 or (known.rounds == 1 and known.due_at <= now))


def reasons_for(
    db: Connection, *, pack: Pack, role: Role, wanted: Wanted, draft: Draft, now: datetime, excluding: str = ""
) -> tuple[Reason, ...]:
    """
    Return the reasons why a draft needs a second official; the broadcast it replaces is not counted.

    One that an official above paused needs one who is not below that official.
    """
    due = leaves_at(pack, at=draft.at, by_night=draft.by_night, now=now)
    texts = (draft.text, role.title or "", *(file["name"] for file in draft.files))  # signed with the title
    found = approvals.reasons_for(
        db, pack=pack, role=role, wanted=wanted, texts=texts, files=len(draft.files), due_at=due, now=now,
        excluding=excluding,
    )  # fmt: skip
    return (*found, "paused") if paused_above(db, pack, excluding, role) else found


def paused_above(db: Connection, pack: Pack, broadcast_id: str, role: Role) -> bool:
    """True where an official of a level above this role paused it, also while it is edited or waits after that."""
    by = db.execute(select(broadcasts.c.paused_role).where(broadcasts.c.id == broadcast_id)).scalar_one_or_none()
    paused = None if by is None else role_by_id(db, by)
    return paused is not None and is_above(pack, paused, role)


def forget_reminders(db: Connection, broadcast_id: str) -> None:
    """Cancel the unsent reminders of an edit that continues or has ended."""
    cancel_pending(
        db, subject=Subject.BROADCAST, subject_id=broadcast_id, purposes=(Purpose.EDITING,), reason=Why.SUPERSEDED
    )


def lock(db: Connection, broadcast_id: str) -> Broadcast | None:
    """
    Return one broadcast and lock its row until the end of the transaction.

    Every change of its state begins here; read everything the change depends on after it.
    """
    row = db.execute(select(broadcasts).where(broadcasts.c.id == broadcast_id).with_for_update()).one_or_none()
    return None if row is None else broadcast_of(row)


def change(db: Connection, which: ColumnElement[bool], trigger: Trigger, **values: Any) -> tuple[Broadcast, ...]:
    """
    Change the state of the matching broadcasts, with other columns; return those that were changed.

    Nothing else writes the state.  Idempotent: broadcasts in other states are left alone.
    """
    sources, target = TRANSITIONS[trigger]
    rows = update(broadcasts).where(which, broadcasts.c.state.in_([one.value for one in sources]))
    found = db.execute(rows.values(state=target.value, **values).returning(broadcasts)).all()
    if trigger is not Trigger.FINISH:
        for row in found:
            note(db, Kind.BROADCAST, row.id, state=target.value, role=values.get("paused_role"))
    return tuple(map(broadcast_of, found))


def change_one(db: Connection, broadcast_id: str, trigger: Trigger, **values: Any) -> Broadcast:
    """Change the state of one that is locked, or new; `MovedOnError` where its state forbids that."""
    changed = change(db, broadcasts.c.id == broadcast_id, trigger, **values)
    if not changed:
        raise MovedOnError
    return changed[0]


def set_values(db: Connection, broadcast_id: str, **values: Any) -> Broadcast:
    """Change other columns than the state, of one that is locked."""
    if "state" in values:
        raise ValueError("The state of a broadcast is changed by a trigger. Nothing was changed.")
    changed = update(broadcasts).where(broadcasts.c.id == broadcast_id).values(values).returning(broadcasts)
    return broadcast_of(db.execute(changed).one())


def one(db: Connection, broadcast_id: str) -> Broadcast | None:
    """Return a broadcast by its id; the caller checks the right to see it."""
    row = db.execute(select(broadcasts).where(broadcasts.c.id == broadcast_id)).one_or_none()
    return None if row is None else broadcast_of(row)


def words_of(db: Connection, broadcast_id: str) -> Message | None:
    """Return the message of a broadcast, for people who may see its report."""
    sealed = db.execute(select(broadcasts.c.text_sealed).where(broadcasts.c.id == broadcast_id)).scalar_one_or_none()
    if sealed is None:
        return None
    return Message.from_json(json.loads(vault_of(db).unseal_common(f"broadcasts:text:{broadcast_id}", sealed)))


def written(db: Connection, broadcast_id: str) -> tuple[str, tuple[Mapping[str, str], ...]]:
    """Return the author's text and attachments, to be edited, pasted or read out."""
    sealed = db.execute(select(broadcasts.c.draft_sealed).where(broadcasts.c.id == broadcast_id)).scalar_one()
    kept = json.loads(vault_of(db).unseal_common(f"broadcasts:draft:{broadcast_id}", sealed))
    return kept["text"], tuple(kept["files"])


def broadcast_of(row: Row[Any]) -> Broadcast:
    """Read a row of the table."""
    return Broadcast(
        row.id, row.number, row.author, row.role_id, row.place, Wanted.from_json(row.wanted), State(row.state),
        row.version, tuple(row.reasons), row.people, row.confirmed_at, row.due_at, row.by_night, row.corrects,
        row.rounds, row.reported_at, row.ends_at, row.dated_at,
    )  # fmt: skip


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move the authorship over: nobody approves under one account what they wrote under another."""
    db.execute(update(broadcasts).where(broadcasts.c.author == gone).values(author=keep))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Keep the rows: a broadcast belongs to the office."""
