"""
Trial mode: the whole bot works, and only invited people are answered or written to.

The mode is a fact of the database, so that every process and every command keeps it.  `trial: true` begins it;
only `ocopbot trial end` ends it.  Invited are people with a role in force, and testers.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, Connection, ForeignKey, Table, Text, bindparam, delete, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from registry.people.invitations import invitations, new_invitation, take_invitation
from registry.people.roles import OPERATOR
from registry.store.audit import record
from registry.store.installation import fact, forget_facts, set_fact
from registry.store.prepared import Prepared, inserting_or
from registry.store.rows import UTCDateTime, installation, metadata, people, roles

trial_people = Table(
    "trial_people",
    metadata,
    Column("person_id", Text, ForeignKey("people.id"), primary_key=True),
    Column("standing", Text, nullable=False),  # tester, visitor (wrote without an invitation)
    Column("since", UTCDateTime, nullable=False),
)

CODE_LASTS = timedelta(days=7)
"""A tester's code may be handed out on paper at a meeting."""
_FACT: Final = "trial"
_ON, _ENDED = "on", "ended"
TESTER, VISITOR = "tester", "visitor"


class Mode(StrEnum):
    """The state of the trial in this database."""

    OFF = "off"
    ON = "on"
    ENDED = "ended"
    """It was ended, and the configuration still asks for it."""


_STANDS = inserting_or(
    lambda insert: (
        insert(trial_people)
        .values({name: bindparam(name) for name in ("person_id", "standing", "since")})
        .on_conflict_do_nothing(index_elements=["person_id"])
        .returning(trial_people.c.person_id)
    )
)
_INVITED = Prepared(
    select(people.c.id)
    .where(
        people.c.id == bindparam("of_person"),
        or_(
            people.c.id.in_(
                select(roles.c.person_id).where(
                    roles.c.person_id == bindparam("of_person"),
                    roles.c.revoked_at.is_(None),
                    roles.c.until >= bindparam("on_day"),
                )
            ),
            people.c.id.in_(
                select(trial_people.c.person_id).where(
                    trial_people.c.person_id == bindparam("of_person"), trial_people.c.standing == TESTER
                )
            ),
        ),
    )
    .limit(1)
)


def follow(db: Connection, *, wanted: bool, now: datetime) -> Mode:
    """
    Follow the configuration when the program starts, and return the mode.  Idempotent.

    `wanted` begins a trial, once.  A trial never ends by a changed setting: strangers would be answered, and
    parked messages would stay parked.
    """
    found = mode(db)
    if wanted and found is Mode.OFF:
        set_fact(db, _FACT, f"{_ON}:{now.isoformat()}")
        record(db, now=now, actor=OPERATOR, act="trial.begin", noun="installation", noun_id="trial")
        return Mode.ON
    if not wanted and found is Mode.ENDED:
        forget_facts(db, _FACT)
        return Mode.OFF
    return found


def mode(db: Connection) -> Mode:
    """Return the mode this database is in."""
    word = (fact(db, _FACT) or "").partition(":")[0]
    return Mode.ON if word == _ON else Mode.ENDED if word == _ENDED else Mode.OFF


def begun_at(db: Connection) -> datetime | None:
    """Return when the running trial began; None without one."""
    word, _, since = (fact(db, _FACT) or "").partition(":")
    return datetime.fromisoformat(since) if word == _ON else None


def is_on(db: Connection) -> bool:
    """True while only invited people are answered."""
    return mode(db) is Mode.ON


def close(db: Connection, *, now: datetime) -> None:
    """Mark the trial as ended; `registry.identity.ending_trial` does everything else."""
    set_fact(db, _FACT, f"{_ENDED}:{now.isoformat()}")


def is_invited(db: Connection, *, person_id: str, on: date) -> bool:
    """True for a person with a role in force on a day, and for a tester."""
    return _INVITED.row(db, of_person=person_id, on_day=on) is not None


def shuts_out(db: Connection, *, person_id: str, on: date) -> bool:
    """True while a trial keeps this person out."""
    return is_on(db) and not is_invited(db, person_id=person_id, on=on)


def may_be_told(person_id: ColumnElement[str], *, on: date) -> ColumnElement[bool]:
    """The same as a condition of a query: everybody without a trial, the invited during one."""
    trial = select(installation.c.key).where(installation.c.key == _FACT, installation.c.value.startswith(f"{_ON}:"))
    held = select(roles.c.person_id).where(roles.c.revoked_at.is_(None), roles.c.until >= on)
    testers = select(trial_people.c.person_id).where(trial_people.c.standing == TESTER)
    return or_(~trial.exists(), person_id.in_(held), person_id.in_(testers))


def admit(db: Connection, *, person_id: str, now: datetime) -> None:
    """Make a person a tester.  Idempotent."""
    if _STANDS.row(db, person_id=person_id, standing=TESTER, since=now) is None:
        db.execute(update(trial_people).where(trial_people.c.person_id == person_id).values(standing=TESTER))


def note_visitor(db: Connection, *, person_id: str, now: datetime) -> None:
    """Remember that a person wrote without an invitation, and nothing of what they wrote.  Idempotent."""
    _STANDS.row(db, person_id=person_id, standing=VISITOR, since=now)


def invite_tester(db: Connection, *, by: str, now: datetime) -> str:
    """Make a one-time code for a tester; it is shown here and nowhere again."""
    code = new_invitation(db, kind="trial", by=by, now=now, lasts=CODE_LASTS)
    record(db, now=now, actor=by, act="trial.invite", noun="installation", noun_id="trial")
    return code


def join(db: Connection, *, code: str, person_id: str, now: datetime) -> bool:
    """Use a tester's code; False when it is used, expired or unknown."""
    if take_invitation(db, kind="trial", code=code, person_id=person_id, now=now) is None:
        return False
    admit(db, person_id=person_id, now=now)
    record(db, now=now, actor=person_id, act="trial.join", noun="person", noun_id=person_id)
    return True


def standing(db: Connection, *, of: str) -> tuple[str, ...]:
    """Return the testers, or the visitors, the first one first."""
    which = select(trial_people.c.person_id).where(trial_people.c.standing == of)
    return tuple(db.execute(which.order_by(trial_people.c.since, trial_people.c.person_id)).scalars())


def count_officials(db: Connection, *, on: date) -> int:
    """Return how many people have a role in force."""
    held = select(func.count(roles.c.person_id.distinct())).join(people, people.c.id == roles.c.person_id)
    where = (roles.c.revoked_at.is_(None), roles.c.until >= on, people.c.erased_at.is_(None))
    return int(db.execute(held.where(*where)).scalar_one())


def clear(db: Connection) -> None:
    """Delete the list of testers and visitors, and the unused codes: the trial is over."""
    db.execute(delete(trial_people))
    db.execute(delete(invitations).where(invitations.c.kind == "trial", invitations.c.redeemed_at.is_(None)))


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:
    """A tester stays a tester on all accounts."""
    of_gone = db.execute(select(trial_people).where(trial_people.c.person_id == gone)).one_or_none()
    if of_gone is not None and of_gone.standing == TESTER:
        admit(db, person_id=keep, now=now)
    forget(db, person_id=gone, now=now)


def forget(db: Connection, *, person_id: str, now: datetime) -> Any:  # noqa: ARG001  every noun is called alike
    """Delete the row of a person."""
    db.execute(delete(trial_people).where(trial_people.c.person_id == person_id))
