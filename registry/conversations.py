"""What waits for a person's answer.  One conversation a person, the same on all their channels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from content.message import Choice
from registry.rows import conversations
from registry.sealing import seal_for, unseal_for


@dataclass(frozen=True, slots=True)
class Talk:
    """
    The question that waits.

    `version` grows with every question and is the stamp on its buttons, so that
    a button of an earlier question answers nothing.  `offered` are the choices
    last shown: their numbers and labels answer too.
    """

    person_id: str
    version: int = 0
    topic: str | None = None
    step: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    offered: tuple[Choice, ...] = ()
    numbered: bool = True


def load_talk(db: Connection, person_id: str) -> Talk:
    """What waits for this person; an empty talk when nothing ever did."""
    row = db.execute(select(conversations).where(conversations.c.person_id == person_id)).one_or_none()
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
    )


def save_talk(db: Connection, talk: Talk, now: datetime) -> None:
    """Keep what waits.  Its version must be newer than the one kept; intake runs one turn a person at a time."""
    state = {
        "step": talk.step,
        "data": dict(talk.data),
        "offered": [[choice.label, choice.action] for choice in talk.offered],
        "numbered": talk.numbered,
    }
    values = {
        "version": talk.version,
        "topic": talk.topic,
        "state_sealed": seal_for(db, talk.person_id, f"conversations:state:{talk.person_id}", state),
        "updated_at": now,
    }
    changed = db.execute(update(conversations).where(conversations.c.person_id == talk.person_id).values(**values))
    if not changed.rowcount:
        db.execute(insert(conversations).values(person_id=talk.person_id, **values))
