"""
Announcements of officials to the people of their place: handed in, approved by a second official, sent.

An audience is frozen when the announcement goes: one delivery a person, under a
unique key, written by one set-based insert; the text lies once, sealed, with the
broadcast.  Whoever changes one has it `lock`ed, so that two who decide at once take turns.
Stopping and going on is `broadcast_runs`, taking one up and giving the edit up `broadcast_edits`,
what became of it `broadcast_reports`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, update

from content.decent_hours import next_decent
from content.message import Message
from content.programme.pack import Pack
from registry.broadcasts import approvals
from registry.broadcasts.alerts import tell_above
from registry.broadcasts.approvals import OwnApprovalError, Reason
from registry.broadcasts.audiences import Wanted, reached
from registry.deliveries import of_broadcasts
from registry.deliveries.deliveries import cancel as cancel_owed
from registry.deliveries.keys import Purpose, Subject
from registry.deliveries.states import Reason as Why
from registry.people.roles import NotAllowedError, Role, may
from registry.store.audit import record
from registry.store.installation import count_up
from registry.store.rows import broadcasts, new_id, people
from registry.store.sealing import vault_of
from registry.telling import Teller, local_day

"""The first word of a delivery's key: what may not arrive in the quiet hours is held back by the pump."""

UNSENT = ("waiting", "editing", "refused")
NOT_EDITED: Mapping[str, Any] = {"taken_from": None, "edited_at": None, "edit_sealed": None}
"""The columns of an edit, once it is handed in, given up or stopped."""


class MovedOnError(Exception):
    """It is not as it was shown any more: edited, decided, grown or gone; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("The broadcast has changed since it was shown. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Draft:
    """
    What an author wrote; `say` makes the message from the broadcast's number.

    `at` is a chosen hour; without one it leaves at once, or in the morning.  `by_night` lets it arrive
    in the quiet hours, which a second official has to approve.
    """

    text: str
    say: Callable[[str], Message]
    at: datetime | None = None
    by_night: bool = False
    files: tuple[Mapping[str, str], ...] = ()  # kind, file, name


@dataclass(frozen=True, slots=True)
class Broadcast:
    id: str
    number: str  # "12/2026": a double reads as a double
    author: str
    role_id: str
    place: str
    wanted: Wanted
    state: str  # waiting, editing, going, paused, done, cancelled, refused
    version: int
    reasons: tuple[Reason, ...]
    people: int
    confirmed_at: datetime
    due_at: datetime
    by_night: bool
    corrects: str | None
    rounds: int
    reported_at: datetime | None


def leaves_at(pack: Pack, *, at: datetime | None, by_night: bool, now: datetime, alone: bool = False) -> datetime:
    """
    When it would leave: at the chosen hour, else now; out of the quiet hours unless it may arrive by night.

    What its author sends `alone` is held for a while first, so that those in charge can stop it.
    """
    moment = max(at or now, now + pack.programme.announcements.hold if alone else now)
    if by_night:
        return moment
    zone = ZoneInfo(pack.programme.timezone)
    if at is None:
        return next_decent(
            moment, pack.programme.quiet, zone, pack.programme.holidays, workdays=pack.programme.workdays
        )
    return next_decent(moment, pack.programme.quiet, zone, on_holidays=True)


def hand_in(
    db: Connection, *, pack: Pack, role: Role, wanted: Wanted, draft: Draft, now: datetime, tell: Teller
) -> Broadcast:
    """
    Take an announcement: it goes, or waits for a second official where one is needed.

    Those above its author are told when it goes.  Handed in twice it is two, with two numbers, so the
    question that confirms it carries its stamp.
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
    changed = set_values(
        db, known.id, **values, role_id=role.id, state="waiting", version=version + 1, people=0, rounds=0,
        confirmed_at=now, **NOT_EDITED,
    )  # fmt: skip
    return _next(db, pack, role, changed, now, tell)


def editable(known: Broadcast, now: datetime) -> bool:
    """Whether its author may still change it: it waits, is being edited, was refused, or its first hour is to come."""
    ahead = known.due_at > now and known.rounds <= 1
    return known.state in UNSENT or (known.state in {"going", "paused"} and ahead)


def has_begun(known: Broadcast, now: datetime) -> bool:
    """Whether it has left, or leaves right now; before its hour it can still be changed, and nobody reads it."""
    return known.state not in UNSENT and (known.rounds > 1 or (known.rounds == 1 and known.due_at <= now))


def reasons_for(
    db: Connection, *, pack: Pack, role: Role, wanted: Wanted, draft: Draft, now: datetime, besides: str = ""
) -> tuple[Reason, ...]:
    """Why a draft needs a second official; `besides` is the broadcast it takes the place of."""
    due = leaves_at(pack, at=draft.at, by_night=draft.by_night, now=now)
    texts = (draft.text, *(file["name"] for file in draft.files))
    return approvals.reasons_for(
        db, pack=pack, role=role, wanted=wanted, texts=texts, files=len(draft.files), due_at=due, now=now,
        besides=besides,
    )  # fmt: skip


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
    Let it go, as the second official who has seen this version and this number of people.

    `OwnApprovalError` for its author.  `MovedOnError` when it was edited, decided, or reaches
    more or fewer people than were shown; then it has to be looked at again.
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
    """Send it back to its author with a reason; nobody is told anything of it."""
    known = _decidable(db, pack, broadcast_id, role, now)
    if known.state != "waiting" or known.version != version:
        raise MovedOnError
    approvals.note(db, broadcast_id=known.id, version=version, role=role, approved=False, reason=reason, now=now)
    record(
        db, now=now, actor=role.person_id, act="announce.refuse", noun="broadcast", noun_id=known.id, version=version
    )
    return set_values(db, known.id, state="refused")


def forget_reminders(db: Connection, broadcast_id: str) -> None:
    """Cancel reminders of an unfinished edit that are not sent yet: it goes on, or has ended."""
    cancel_owed(
        db, subject=Subject.BROADCAST, subject_id=broadcast_id, purposes=(Purpose.EDITING,), reason=Why.SUPERSEDED
    )


def lock(db: Connection, broadcast_id: str) -> Broadcast | None:
    """
    One broadcast as it is now, and until the end of this unit: whoever else would change it waits.

    Every change of its state begins here, and what it depends on is asked after it.
    """
    row = db.execute(select(broadcasts).where(broadcasts.c.id == broadcast_id).with_for_update()).one_or_none()
    return None if row is None else broadcast_of(row)


def set_values(db: Connection, broadcast_id: str, **values: Any) -> Broadcast:
    """Change one that is locked, or new."""
    changed = update(broadcasts).where(broadcasts.c.id == broadcast_id).values(**values).returning(broadcasts)
    return broadcast_of(db.execute(changed).one())


def one(db: Connection, broadcast_id: str) -> Broadcast | None:
    """A broadcast by its id; who may see it is asked by the caller."""
    row = db.execute(select(broadcasts).where(broadcasts.c.id == broadcast_id)).one_or_none()
    return None if row is None else broadcast_of(row)


def words_of(db: Connection, broadcast_id: str) -> Message | None:
    """What a broadcast says, for those who may see its report."""
    sealed = db.execute(select(broadcasts.c.text_sealed).where(broadcasts.c.id == broadcast_id)).scalar_one_or_none()
    if sealed is None:
        return None
    return Message.from_json(json.loads(vault_of(db).unseal_common(f"broadcasts:text:{broadcast_id}", sealed)))


def written(db: Connection, broadcast_id: str) -> tuple[str, tuple[Mapping[str, str], ...]]:
    """What its author wrote and laid beside it, to be edited, pasted or read out."""
    sealed = db.execute(select(broadcasts.c.draft_sealed).where(broadcasts.c.id == broadcast_id)).scalar_one()
    kept = json.loads(vault_of(db).unseal_common(f"broadcasts:draft:{broadcast_id}", sealed))
    return kept["text"], tuple(kept["files"])


def _content(
    db: Connection, pack: Pack, role: Role, wanted: Wanted, draft: Draft, broadcast_id: str, number: str, now: datetime
) -> dict[str, Any]:
    """The columns that an edit replaces; the place is asked here, and again when it goes."""
    # two of one author at the same moment: the second is counted with the first
    db.execute(select(people.c.id).where(people.c.id == role.person_id).with_for_update())
    reasons = reasons_for(db, pack=pack, role=role, wanted=wanted, draft=draft, now=now, besides=broadcast_id)
    due = leaves_at(pack, at=draft.at, by_night=draft.by_night, now=now, alone=not reasons)
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
        "by_night": approvals.at_night(pack, due),  # by day it has no need of it, nor a second official's word for it
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
    return known


def _go(db: Connection, pack: Pack, role: Role, made: Broadcast, now: datetime) -> Broadcast:
    """Freeze the audience: one delivery a person, in one insert."""
    due = leaves_at(pack, at=made.due_at, by_night=made.by_night, now=now)
    found = reached(pack, role=role, wanted=made.wanted, now=now).subquery()
    owed = of_broadcasts.enqueue(db, broadcast_id=made.id, people=found, by_night=made.by_night, due_at=due, now=now)
    record(
        db, now=now, actor=role.person_id, act="announce.send", noun="broadcast", noun_id=made.id,
        place=made.place, people=owed, role=role.id,
    )  # fmt: skip
    return set_values(db, made.id, state="going", people=owed, due_at=due, rounds=1, confirmed_at=now, reported_at=None)


def _free(db: Connection, broadcast_id: str) -> None:
    """Take back what was frozen and has not begun to leave, so that the next version has an audience of its own."""
    if not of_broadcasts.nothing_sent(db, broadcast_id=broadcast_id):
        raise MovedOnError
    of_broadcasts.remove_all(db, broadcast_id=broadcast_id)


def broadcast_of(row: Row[Any]) -> Broadcast:
    """A row of the table as what it stands for."""
    return Broadcast(
        row.id, row.number, row.author, row.role_id, row.place, Wanted.from_json(row.wanted), row.state, row.version,
        tuple(row.reasons), row.people, row.confirmed_at, row.due_at, row.by_night, row.corrects, row.rounds,
        row.reported_at,
    )  # fmt: skip
