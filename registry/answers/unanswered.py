"""
Questions the bot could not answer, without a name; and, in a separate table, the people to notify of an answer.

The text is sealed under the installation's key, because it belongs to everybody who asked it.  Erasing a person removes
the row that says that they asked.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    LargeBinary,
    Row,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from content.finder.alike import SURE, likeness_of
from content.fold import fold
from content.places.places import Places
from registry.people.roles import NotAllowedError, Role, may
from registry.store.audit import record
from registry.store.rows import UTCDateTime, id_column, metadata, new_id
from registry.store.sealing import vault_of

unanswered = Table(
    "unanswered",
    metadata,
    id_column(),
    Column("text_sealed", LargeBinary, nullable=False),  # under the installation's key; nobody's name beside it
    Column("place", Text),
    Column("asked_at", UTCDateTime, nullable=False),
    Column("answer_id", Text),  # the office's answer, written or waiting for the second official
    Column("dismissed_at", UTCDateTime),  # an official decided that no answer is needed
)
askers = Table(
    "askers",
    metadata,
    Column("unanswered_id", Text, ForeignKey("unanswered.id"), primary_key=True),
    Column("person_id", Text, ForeignKey("people.id"), primary_key=True, index=True),
    Column("asked_at", UTCDateTime, nullable=False),
)

_LONG_NUMBER = re.compile(r"[(+]*\d(?:[\s().–-]{0,3}\d){8,}")
"""
A phone or identity number, however it is grouped; two years with a dash are none.

These texts belong to no person, so an erasure would not remove it.
"""
MOST_A_DAY = 10
"""Questions of one person that are stored within a day; a flood fills nobody's list."""
REMEMBERED = timedelta(days=365)
"""The time for which a question remembers its askers."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """One question of the list, with how often it was asked."""

    id: str
    text: str
    place: str | None
    asked_at: datetime
    asked: int


def note_unanswered(
    db: Connection, *, text: str, place: str | None, now: datetime, person_id: str | None = None
) -> bool:
    """
    Store a text the bot could not answer, with its place, and separately who asked it.

    Idempotent for the same person and text while it is open.  False when it is not on the list: this person has asked
    too many within a day.
    """
    return note_question(db, text=text, place=place, now=now, person_id=person_id) is not None


def note_question(
    db: Connection, *, text: str, place: str | None, now: datetime, person_id: str | None = None
) -> str | None:
    """Store a text as `note_unanswered` does, and return its id; None when this person has asked too many."""
    text = _LONG_NUMBER.sub("…", text)
    if person_id is not None:
        db.execute(delete(askers).where(askers.c.asked_at < now - REMEMBERED))
        mine = db.execute(
            select(unanswered)
            .join(askers, askers.c.unanswered_id == unanswered.c.id)
            .where(askers.c.person_id == person_id)
        ).all()
        open_ones = [one for one in mine if one.dismissed_at is None and one.answer_id is None]
        known = next((one for one in open_ones if fold(_words(db, one)) == fold(text)), None)
        if known is not None:
            return str(known.id)
        if sum(one.asked_at > now - timedelta(days=1) for one in mine) >= MOST_A_DAY:
            return None
    question_id = new_id()
    sealed = vault_of(db).seal_common(f"unanswered:text:{question_id}", text)
    db.execute(insert(unanswered).values(id=question_id, text_sealed=sealed, place=place, asked_at=now))
    if person_id is not None:
        db.execute(insert(askers).values(unanswered_id=question_id, person_id=person_id, asked_at=now))
    return question_id


def answered_by_press(db: Connection, *, unanswered_id: str, now: datetime) -> None:
    """Take a question off the list whose asker pressed one of the titles that were offered.  Idempotent."""
    open_one = unanswered.c.answer_id.is_(None), unanswered.c.dismissed_at.is_(None)
    db.execute(update(unanswered).where(unanswered.c.id == unanswered_id, *open_one).values(dismissed_at=now))


def words_by_id(db: Connection, ids: Collection[str]) -> dict[str, tuple[str, str | None]]:
    """The words and the place of some questions, for the pack's editor."""
    rows = db.execute(select(unanswered).where(unanswered.c.id.in_(ids))).all()
    return {row.id: (_words(db, row), row.place) for row in rows}


def unanswered_in(db: Connection, *, role: Role, places: Places, on: date, limit: int = 100) -> tuple[Unanswered, ...]:
    """Return the open questions in an official's place, the newest first, the same words once."""
    if not may(role, "unanswered.see", role.place, places, on=on):
        return ()
    found: dict[str, Unanswered] = {}
    for row in _open(db):
        if _reaches(role, row.place, places):
            words = _words(db, row)
            known = found.get(fold(words))
            if known is not None:
                found[fold(words)] = Unanswered(known.id, known.text, known.place, known.asked_at, known.asked + 1)
            elif len(found) < limit:
                found[fold(words)] = Unanswered(row.id, words, row.place, row.asked_at, 1)
    return tuple(found.values())


def unanswered_for(db: Connection, *, unanswered_id: str, role: Role, places: Places, on: date) -> Unanswered | None:
    """Return one open question to an official whose place reaches over it; None to any other."""
    if not may(role, "unanswered.see", role.place, places, on=on):
        return None
    row = next((one for one in _open(db) if one.id == unanswered_id), None)
    if row is None or not _reaches(role, row.place, places):
        return None
    return Unanswered(row.id, _words(db, row), row.place, row.asked_at, 1)


def dismiss(db: Connection, *, unanswered_id: str, role: Role, places: Places, on: date, now: datetime) -> int:
    """Take a question and those with the same words off the list: no answer is needed.  Idempotent."""
    known = unanswered_for(db, unanswered_id=unanswered_id, role=role, places=places, on=on)
    if known is None or not may(role, "answer.write", role.place, places, on=on):
        raise NotAllowedError("answer.write")
    same = [
        one.id for one in _open(db) if _reaches(role, one.place, places) and fold(_words(db, one)) == fold(known.text)
    ]
    db.execute(update(unanswered).where(unanswered.c.id.in_(same)).values(dismissed_at=now))
    record(db, now=now, actor=role.person_id, act="unanswered.dismiss", noun="unanswered", noun_id=unanswered_id)
    return len(same)


def attach(db: Connection, *, text: str, answer_id: str, place: str, places: Places, first: str = "") -> int:
    """Give an answer to one question and to the open ones of its place that ask the same; return their number."""
    same = [
        one.id
        for one in _open(db)
        if one.id == first or (_is_at(one.place, place, places) and likeness_of(_words(db, one), text) >= SURE)
    ]
    db.execute(update(unanswered).where(unanswered.c.id.in_(same)).values(answer_id=answer_id))
    return len(same)


def texts_asked_by(db: Connection, *, person_id: str) -> tuple[str, ...]:
    """The open and answered questions this person is notified about, the newest first."""
    rows = db.execute(
        select(unanswered)
        .join(askers, askers.c.unanswered_id == unanswered.c.id)
        .where(askers.c.person_id == person_id)
        .order_by(askers.c.asked_at.desc())
    ).all()
    return tuple(_words(db, row) for row in rows)


def detach(db: Connection, *, answer_id: str) -> int:
    """Put the questions of an answer that was refused or withdrawn back on the list; return their number."""
    done = db.execute(update(unanswered).where(unanswered.c.answer_id == answer_id).values(answer_id=None))
    return done.rowcount


def texts_by_answer(db: Connection, answer_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The words in which answered questions were asked, by answer, each once."""
    found: dict[str, dict[str, None]] = {}
    for row in db.execute(select(unanswered).where(unanswered.c.answer_id.in_(answer_ids))).all():
        found.setdefault(row.answer_id, {})[_words(db, row)] = None
    return {answer_id: tuple(texts) for answer_id, texts in found.items()}


def askers_of(db: Connection, answer_id: str) -> tuple[str, ...]:
    """Everybody who asked the questions of an answer."""
    rows = db.execute(
        select(askers.c.person_id)
        .join(unanswered, unanswered.c.id == askers.c.unanswered_id)
        .where(unanswered.c.answer_id == answer_id)
        .group_by(askers.c.person_id)
        .order_by(func.min(askers.c.asked_at), askers.c.person_id)
    )
    return tuple(row.person_id for row in rows)


def _open(db: Connection) -> Collection[Row[Any]]:
    query = select(unanswered).where(unanswered.c.answer_id.is_(None), unanswered.c.dismissed_at.is_(None))
    return db.execute(query.order_by(unanswered.c.asked_at.desc(), unanswered.c.id)).all()


def _reaches(role: Role, place: str | None, places: Places) -> bool:
    """True for a question of the role's place; one without a place belongs to the top."""
    return role.place == places.root.code if place is None else places.within(place, role.place)


def _is_at(place: str | None, at: str, places: Places) -> bool:
    return at == places.root.code if place is None else places.within(place, at)


def _words(db: Connection, row: Row[Any]) -> str:
    return str(vault_of(db).unseal_common(f"unanswered:text:{row.id}", row.text_sealed))


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move what a person asked over; a question both asked stays once."""
    both = select(askers.c.unanswered_id).where(askers.c.person_id == keep).scalar_subquery()
    db.execute(delete(askers).where(askers.c.person_id == gone, askers.c.unanswered_id.in_(both)))
    db.execute(update(askers).where(askers.c.person_id == gone).values(person_id=keep))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Remove that a person asked; the words stay without a name."""
    db.execute(delete(askers).where(askers.c.person_id == person_id))
