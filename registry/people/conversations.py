"""The question that waits for a person's answer: one conversation per person, the same on all their channels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from content.message import Choice
from registry.store.prepared import Prepared, inserting
from registry.store.rows import UTCDateTime, metadata
from registry.store.sealing import seal_for, unseal_for

conversations = Table(
    "conversations",
    metadata,
    Column("person_id", Text, ForeignKey("people.id"), primary_key=True),
    Column("version", Integer, nullable=False),  # also the stamp on buttons: an older one answers nothing
    Column("topic", Text),  # which conversation waits; NULL when none does
    Column("state_sealed", LargeBinary),  # {"step", "data", "offered", "numbered", "earlier", "pressed"}
    Column("updated_at", UTCDateTime, nullable=False),
)


_OF_PERSON = Prepared(select(conversations).where(conversations.c.person_id == bindparam("of_person")))
_KEEP = Prepared(
    update(conversations)
    .where(conversations.c.person_id == bindparam("of_person"))
    .values({name: bindparam(name) for name in ("version", "topic", "state_sealed", "updated_at")})
)
_BEGIN = inserting(conversations, "person_id", "version", "topic", "state_sealed", "updated_at")


@dataclass(frozen=True, slots=True)
class Earlier:
    """A choice of a list before the last one, with the number it keeps (0: none) and when it was shown."""

    choice: Choice
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Pressed:
    """The press that was answered last: its action, the platform's id of its message (or empty), and when."""

    action: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """
    The question that waits.

    `version` grows with every question and is the stamp on its buttons, so that
    a button of an earlier question answers nothing.  `offered` are the choices
    last shown, in the order of their numbers; numbers and labels answer too.
    `earlier` are commands of lists before, good while nothing waits.  `asked_at` is when
    `offered` were shown.  `pressed` is the last press, None when something else came after it.
    """

    person_id: str
    version: int = 0
    topic: str | None = None
    step: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    offered: tuple[Choice, ...] = ()
    numbered: bool = True
    earlier: tuple[Earlier, ...] = ()
    asked_at: datetime | None = field(default=None, compare=False)
    pressed: Pressed | None = None


def load_talk(db: Connection, person_id: str) -> Talk:
    """Return the waiting question of a person; an empty talk without one."""
    row = _OF_PERSON.row(db, of_person=person_id)
    if row is None:
        return Talk(person_id)
    state = unseal_for(db, person_id, f"conversations:state:{person_id}", row.state_sealed) or {}
    return Talk(
        person_id,
        row.version,
        row.topic,
        state.get("step", ""),
        state.get("data", {}),
        tuple(Choice(*pair) for pair in state.get("offered", ())),
        state.get("numbered", True),
        tuple(
            Earlier(Choice(label, action), number, datetime.fromisoformat(at))
            for label, action, number, at in state.get("earlier", ())
        ),
        row.updated_at,
        _pressed(state),
    )


def _pressed(state: Mapping[str, Any]) -> Pressed | None:
    if state.get("pressed") is None:
        return None
    action, message, at = state["pressed"]
    return Pressed(action, message, datetime.fromisoformat(at))


def save_talk(db: Connection, talk: Talk, now: datetime) -> None:
    """
    Store the waiting question. Its version must be newer than the stored one; intake runs one turn per person at a
    time.
    """
    pressed = talk.pressed
    state = {
        "step": talk.step,
        "data": dict(talk.data),
        "offered": [[choice.label, choice.action] for choice in talk.offered],
        "numbered": talk.numbered,
        "pressed": None if pressed is None else [pressed.action, pressed.message, pressed.at.isoformat()],
        "earlier": [[one.choice.label, one.choice.action, one.number, one.at.isoformat()] for one in talk.earlier],
    }
    values = {
        "version": talk.version,
        "topic": talk.topic,
        "state_sealed": seal_for(db, talk.person_id, f"conversations:state:{talk.person_id}", state),
        "updated_at": now,
    }
    if not _KEEP.count(db, of_person=talk.person_id, **values):
        _BEGIN.count(db, person_id=talk.person_id, **values)


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Keep the later of the two conversations; buttons of both are older than its next question."""
    row = db.execute(select(conversations).where(conversations.c.person_id == gone)).one_or_none()
    if row is None:
        return
    mine = db.execute(select(conversations).where(conversations.c.person_id == keep)).one_or_none()
    state = unseal_for(db, gone, f"conversations:state:{gone}", row.state_sealed)
    db.execute(delete(conversations).where(conversations.c.person_id == gone))
    version = max(row.version, mine.version if mine is not None else 0) + 1
    if mine is not None and (row.topic is None or mine.updated_at >= row.updated_at) and mine.topic is not None:
        db.execute(update(conversations).where(conversations.c.person_id == keep).values(version=version))
        return
    sealed = seal_for(db, keep, f"conversations:state:{keep}", state)
    values = {"version": version, "topic": row.topic, "state_sealed": sealed, "updated_at": row.updated_at}
    if mine is None:
        db.execute(insert(conversations).values(person_id=keep, **values))
    else:
        db.execute(update(conversations).where(conversations.c.person_id == keep).values(**values))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Delete the waiting question with everything typed for it."""
    db.execute(delete(conversations).where(conversations.c.person_id == person_id))
