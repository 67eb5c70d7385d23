"""
Questions that were asked back ("Ý chị là …?"): what was shown, and what was pressed or that nothing was.

For the pack's editor; nothing changes by itself.  The words are those of the unanswered question.
It is on the officials' list while nothing is pressed; a press takes it off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import JSON, Column, Connection, ForeignKey, Index, Integer, Table, Text, delete, insert, select, update

from registry.answers.unanswered import REMEMBERED, answered_by_press, note_question, words_by_id
from registry.store.rows import UTCDateTime, id_column, metadata, new_id

asked_back = Table(
    "asked_back",
    metadata,
    id_column(),
    Column("unanswered_id", Text, ForeignKey("unanswered.id"), nullable=False, index=True),
    Column("shown", JSON, nullable=False),  # [kind, id] of each choice, in their order
    Column("asked_at", UTCDateTime, nullable=False),
    Column("pressed", Integer),  # the place of the choice, counted from 0
    Column("pressed_at", UTCDateTime),
    Index("ix_asked_back_asked_at", "asked_at"),
)
Kind = Literal["topic", "answer"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A topic of the pack, or an answer of an office, by its id."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class AskedBack:
    """One question without a name, what was shown, and what was pressed."""

    id: str
    text: str
    place: str | None
    asked_at: datetime
    shown: tuple[Choice, ...]
    pressed: Choice | None


def note_asked_back(
    db: Connection, *, text: str, place: str | None, person_id: str, shown: Sequence[Choice], now: datetime
) -> str | None:
    """
    Store a question that is asked back and return its id; None when this person has asked too many within a day.

    What is older than a year is removed.  The same question of the same person again is a second row.
    """
    db.execute(delete(asked_back).where(asked_back.c.asked_at < now - REMEMBERED))
    question = note_question(db, text=text, place=place, now=now, person_id=person_id)
    if question is None:
        return None
    asked_id = new_id()
    choices = [[one.kind, one.id] for one in shown]
    db.execute(insert(asked_back).values(id=asked_id, unanswered_id=question, shown=choices, asked_at=now))
    return asked_id


def press(db: Connection, *, asked_id: str, number: int, now: datetime) -> Choice | None:
    """Store which choice was pressed and return it; None for an unknown one.  Of several presses the last is kept."""
    row = db.execute(select(asked_back).where(asked_back.c.id == asked_id)).one_or_none()
    if row is None or not 0 <= number < len(row.shown):
        return None
    db.execute(update(asked_back).where(asked_back.c.id == asked_id).values(pressed=number, pressed_at=now))
    answered_by_press(db, unanswered_id=row.unanswered_id, now=now)
    return _choice(row.shown[number])


def asked_back_lately(db: Connection, *, since: datetime, limit: int = 1000) -> tuple[AskedBack, ...]:
    """Return what was asked back since a moment, the newest first, for the editor at the command line."""
    rows = db.execute(
        select(asked_back)
        .where(asked_back.c.asked_at >= since)
        .order_by(asked_back.c.asked_at.desc(), asked_back.c.id)
        .limit(limit)
    ).all()
    words = words_by_id(db, {row.unanswered_id for row in rows})
    found = []
    for row in rows:
        shown = tuple(_choice(one) for one in row.shown)
        text, place = words[row.unanswered_id]
        pressed = None if row.pressed is None else shown[row.pressed]
        found.append(AskedBack(row.id, text, place, row.asked_at, shown, pressed))
    return tuple(found)


def _choice(pair: Sequence[str]) -> Choice:
    return Choice(cast("Kind", pair[0]), pair[1])
