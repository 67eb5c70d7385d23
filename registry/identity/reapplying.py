"""
After a restore: the acts on the list of tombstones are applied to the older database, one kind after another.

Nobody is notified: the people concerned were, when the act was done. Rows made after the backup are not there, and
their lines change nothing. Erasures come last, since other acts may need the key of their person.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from registry.answers import answers
from registry.answers.unanswered import detach
from registry.applications import claims, drafts, files
from registry.applications.applications import read_application
from registry.applications.assisted import close, entry
from registry.applications.changes import Change, move
from registry.applications.questions import questions
from registry.broadcasts import broadcasts
from registry.broadcasts.broadcasts import NOT_EDITED, State
from registry.deadlines.occurrences import stop_reminding
from registry.deadlines.pauses import pauses
from registry.deliveries import of_broadcasts
from registry.deliveries.deliveries import cancel, cancel_unasked
from registry.deliveries.keys import WHILE_IT_STANDS, Purpose, Subject
from registry.deliveries.states import Reason
from registry.identity.nouns import NOUNS
from registry.imports.runs import give_up
from registry.people import official_names
from registry.people.consents import consents
from registry.people.invitations import invitations
from registry.people.people import new_person, set_preference
from registry.people.roles import OPERATOR
from registry.store.audit import record
from registry.store.rows import accounts, gatherings, leaves, new_id, people, roles
from registry.store.tombstones import Kind, Tombstone, forget_noted, last_of

_WITHDRAWN: Final = frozenset({State.PAUSED, State.EDITING, State.WAITING, State.REFUSED})
"""States of a broadcast in which nothing of it is sent."""


def apply_tombstones(db: Connection, *, tombstones: Sequence[Tombstone], now: datetime) -> Mapping[Kind, int]:
    """
    Take away again what the list says; return the number of changes by kind. Idempotent.

    A list of an office that was being taken in is given up: a staged row may name a person who was erased since.
    """
    give_up(db)
    counts: dict[Kind, int] = {}
    for kind, again in _AGAIN.items():
        changed = sum(again(db, one, now) for one in last_of(_together(kind, tombstones), kind))
        if changed:
            counts[kind] = changed
    forget_noted(db)  # they come from the list
    record(
        db, now=now, actor=OPERATOR, act="tombstones.apply", noun="installation", noun_id="",
        lines=len(tombstones), changed=sum(counts.values()),
    )  # fmt: skip
    return counts


def _together(kind: Kind, tombstones: Sequence[Tombstone]) -> Sequence[Tombstone]:
    """The wishes of a person are on several lines; the last word on each of them counts."""
    if kind is not Kind.MESSAGES:
        return tombstones
    wishes: dict[str, dict[str, Any]] = {}
    for one in tombstones:
        if one.kind is kind:
            wishes.setdefault(one.of, {}).update(one.facts)
    return [Tombstone(kind, person_id, "", facts) for person_id, facts in wishes.items()]


def _application(db: Connection, line: Tombstone, now: datetime) -> bool:
    known = read_application(db, line.of)
    if known is None or known.version >= line.facts["version"] or known.status == line.facts["status"]:
        return False
    cancel(db, subject=Subject.APPLICATION, subject_id=known.id, reason=Reason.SUPERSEDED)
    return move(db, known, Change("withdraw", line.facts["status"], line.facts["by"]), now) is not None


def _entry(db: Connection, line: Tombstone, now: datetime) -> bool:
    known = entry(db, line.of)
    return known is not None and close(db, known, line.facts["state"], now=now)


def _draft(db: Connection, line: Tombstone, now: datetime) -> bool:
    return line.facts["dropped"] and drafts.change(db, key=line.of, trigger=drafts.Trigger.DROP, now=now)


def _file(db: Connection, line: Tombstone, now: datetime) -> bool:  # noqa: ARG001  every kind is called alike
    return files.let_go_again(db, file_id=line.of)


def _reminders(db: Connection, line: Tombstone, now: datetime) -> bool:
    deadline_id, _, person_id = line.of.partition(" ")
    return stop_reminding(db, deadline_id=deadline_id, person_id=person_id, now=now) > 0


def _consent(db: Connection, line: Tombstone, now: datetime) -> bool:
    which = consents.c.id == line.of, consents.c.withdrawn_at.is_(None)
    person_id = db.execute(
        update(consents).where(*which).values(withdrawn_at=_moment(line, now)).returning(consents.c.person_id)
    ).scalar_one_or_none()
    if person_id is None:
        return False
    cancel_unasked(db, person_id=person_id, reason=Reason.CONSENT_WITHDRAWN)
    return True


def _messages(db: Connection, line: Tombstone, now: datetime) -> bool:  # noqa: ARG001  every kind is called alike
    row = db.execute(select(people).where(people.c.id == line.of)).one_or_none()
    if row is None or row.data_key is None:
        return False
    wished: dict[str, Any] = {}
    for name in ("stopped_at", "paused_until"):
        moment = line.facts.get(name)
        if moment is not None and (getattr(row, name) is None or getattr(row, name) < datetime.fromisoformat(moment)):
            wished[name] = datetime.fromisoformat(moment)
    if line.facts.get("reminders") is False and row.reminders:
        wished["reminders"] = False
    if "lessons" in line.facts and line.facts["lessons"] is None and row.lessons is not None:
        wished["lessons"] = None
    if not wished:
        return False
    set_preference(db, person_id=line.of, **wished)
    cancel_unasked(db, person_id=line.of, reason=Reason.PERSON_STOPPED)
    return True


def _role(db: Connection, line: Tombstone, now: datetime) -> bool:
    standing = update(roles).where(roles.c.id == line.of, roles.c.revoked_at.is_(None))
    return db.execute(standing.values(revoked_at=_moment(line, now))).rowcount == 1


def _term(db: Connection, line: Tombstone, now: datetime) -> bool:  # noqa: ARG001  every kind is called alike
    until = date.fromisoformat(line.facts["until"])
    return (
        db.execute(update(roles).where(roles.c.id == line.of, roles.c.until > until).values(until=until)).rowcount > 0
    )


def _code(db: Connection, line: Tombstone, now: datetime) -> bool:
    unused = invitations.c.code_print == line.of, invitations.c.redeemed_at.is_(None)
    return db.execute(update(invitations).where(*unused).values(redeemed_at=_moment(line, now))).rowcount == 1


def _account(db: Connection, line: Tombstone, now: datetime) -> bool:
    """Give the account to a new person, unless it was joined again or is not theirs in this database."""
    if line.facts["linked"]:
        return False
    theirs = accounts.c.id == line.of, accounts.c.person_id == line.facts["person"]
    if db.execute(select(accounts.c.id).where(*theirs)).first() is None:
        return False
    db.execute(update(accounts).where(accounts.c.id == line.of).values(person_id=new_person(db, now=now)))
    return True


def _broadcast(db: Connection, line: Tombstone, now: datetime) -> bool:  # noqa: ARG001  every kind is called alike
    known, state = broadcasts.lock(db, line.of), State(line.facts["state"])
    if known is None or known.state is State.CANCELLED:
        return False
    if state is State.CANCELLED:
        of_broadcasts.cancel_all(db, broadcast_id=known.id, reason=Reason.BROADCAST_STOPPED)
        broadcasts.change_one(db, known.id, broadcasts.Trigger.CANCEL, **NOT_EDITED)
        return True
    if state in _WITHDRAWN and known.state is State.GOING:
        of_broadcasts.pause_all(db, broadcast_id=known.id)
        broadcasts.change_one(db, known.id, broadcasts.Trigger.PAUSE, paused_role=line.facts.get("role"))
        return True
    if state is State.REFUSED and known.state is State.WAITING:
        broadcasts.change_one(db, known.id, broadcasts.Trigger.REFUSE)
        return True
    return False


def _gathering(db: Connection, line: Tombstone, now: datetime) -> bool:  # noqa: ARG001  every kind is called alike
    standing = update(gatherings).where(gatherings.c.id == line.of, gatherings.c.state != "cancelled")
    changed = db.execute(standing.values(state="cancelled", version=gatherings.c.version + 1, taken_up_by=None))
    if changed.rowcount != 1:
        return False
    cancel(db, subject=Subject.GATHERING, subject_id=line.of, purposes=WHILE_IT_STANDS, reason=Reason.CALLED_OFF)
    return True


def _place(db: Connection, line: Tombstone, now: datetime) -> bool:
    """Pause a place again until the day that was set last."""
    until = datetime.fromisoformat(line.facts["until"])
    under_way = pauses.c.place == line.of, pauses.c.ends_at > now
    if until <= now or db.execute(select(pauses.c.id).where(*under_way, pauses.c.ends_at >= until)).first() is not None:
        return False
    known = db.execute(select(people.c.id).where(people.c.id == line.facts["by"])).scalar_one_or_none()
    by = known or new_person(db, now=now)  # an official who is newer than the backup
    db.execute(insert(pauses).values(id=new_id(), place=line.of, by=by, began_at=now, ends_at=until))
    return True


def _answer(db: Connection, line: Tombstone, now: datetime) -> bool:
    """Stop an answer of an office from being said; its questions return to the list."""
    trigger = answers.Trigger(line.facts["trigger"])
    if not answers.change(db, answers.office_answers.c.id == line.of, trigger):
        return False
    if trigger is answers.Trigger.WITHDRAW:
        stopped = update(answers.office_answers).where(answers.office_answers.c.id == line.of)
        db.execute(stopped.values({"withdrawn_at": now}))
    detach(db, answer_id=line.of)
    cancel(db, subject=Subject.OFFICE_ANSWER, subject_id=line.of, reason=Reason.DECIDED)
    return True


def _stopped(db: Connection, line: Tombstone, now: datetime) -> bool:
    """Let a question wait again whose answer was stopped; an answer given later stays."""
    written = questions.c.id == line.of, questions.c.answered_at <= _moment(line, now)
    waits = {"answer_sealed": None, "answered_at": None, "answered_by": None}
    if db.execute(update(questions).where(*written).values(**waits)).rowcount != 1:
        return False
    cancel(db, subject=Subject.QUESTION, subject_id=line.of, purposes=(Purpose.ANSWER,), reason=Reason.ANSWER_STOPPED)
    return True


def _claim(db: Connection, line: Tombstone, now: datetime) -> bool:
    return claims.change(db, claims.claims.c.id == line.of, claims.Trigger(line.facts["trigger"]), now=now) > 0


def _leave(db: Connection, line: Tombstone, now: datetime) -> bool:
    """End a leave again: its sweep would give the stand-in a role a second time."""
    open_one = leaves.c.id == line.of, leaves.c.ended_at.is_(None)
    return db.execute(update(leaves).where(*open_one).values(ended_at=_moment(line, now))).rowcount == 1


def _number(db: Connection, line: Tombstone, now: datetime) -> bool:
    if line.facts["kept"] or official_names.official_name(db, line.of).phone is None:
        return False
    official_names.set_official_name(db, person_id=line.of, phone="", by=OPERATOR, now=now)
    return True


def _erased(db: Connection, line: Tombstone, now: datetime) -> bool:
    standing = people.c.id == line.of, people.c.erased_at.is_(None)
    if db.execute(select(people.c.id).where(*standing)).first() is None:
        return False
    for noun in reversed(NOUNS):
        noun.forget(db, person_id=line.of, now=now)
    return True


def _moment(line: Tombstone, now: datetime) -> datetime:
    return datetime.fromisoformat(line.at) if line.at else now


_AGAIN: Final[Mapping[Kind, Callable[[Connection, Tombstone, datetime], bool]]] = {
    Kind.APPLICATION: _application,
    Kind.ENTRY: _entry,
    Kind.DRAFT: _draft,
    Kind.FILE: _file,
    Kind.REMINDERS: _reminders,
    Kind.CONSENT: _consent,
    Kind.MESSAGES: _messages,
    Kind.ROLE: _role,
    Kind.TERM: _term,
    Kind.CODE: _code,
    Kind.ACCOUNT: _account,
    Kind.BROADCAST: _broadcast,
    Kind.GATHERING: _gathering,
    Kind.PLACE: _place,
    Kind.ANSWER: _answer,
    Kind.STOPPED: _stopped,
    Kind.CLAIM: _claim,
    Kind.LEAVE: _leave,
    Kind.NUMBER: _number,
    Kind.ERASED: _erased,
}
