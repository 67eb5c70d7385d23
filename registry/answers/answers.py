"""
The answers of an office to questions the bot could not answer: written by one official, approved by a second one.

An answer is said while it is published and its last day has not passed, to people of its place only.  Its text is the
office's, under the installation's key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    ForeignKey,
    LargeBinary,
    Row,
    Table,
    Text,
    insert,
    select,
    update,
)

from content.language.risky_words import Risk, risks_of
from content.programme.pack import Pack
from registry.answers import unanswered
from registry.people.roles import NotAllowedError, Role, may, role_by_id, roles_at
from registry.store.audit import record
from registry.store.rows import UTCDateTime, id_column, metadata, new_id
from registry.store.rows import roles as role_rows
from registry.store.sealing import vault_of
from registry.store.tombstones import Kind, note
from registry.telling import local_day

office_answers = Table(
    "office_answers",
    metadata,
    id_column(),
    Column("state", Text, nullable=False, index=True),
    Column("place", Text, nullable=False),
    Column("author", Text, ForeignKey("people.id"), nullable=False),
    Column("role_id", Text, ForeignKey("roles.id"), nullable=False),
    Column("question_sealed", LargeBinary, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("source_sealed", LargeBinary, nullable=False),
    Column("until", Date, nullable=False),  # its last day
    Column("written_at", UTCDateTime, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", UTCDateTime),
    Column("reason_sealed", LargeBinary),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", UTCDateTime),
)

LONGEST = timedelta(days=366)
"""An answer ends after twelve months at most, and is then written again or not at all."""


class State(StrEnum):
    """The states of an answer.  That its last day has passed is computed and is not a state."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Trigger(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


TRANSITIONS: Mapping[Trigger, tuple[frozenset[State], State]] = {
    Trigger.APPROVE: (frozenset({State.WAITING}), State.PUBLISHED),
    Trigger.REFUSE: (frozenset({State.WAITING}), State.REFUSED),
    Trigger.WITHDRAW: (frozenset({State.WAITING, State.PUBLISHED}), State.WITHDRAWN),
}


class OwnAnswerError(Exception):
    """Nobody approves what they wrote themselves; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("The author cannot be the second official. Nothing was changed.")


class UnfitAnswerError(ValueError):
    """A text, a source or a last day that cannot be said; nothing was stored."""


@dataclass(frozen=True, slots=True)
class OfficeAnswer:
    id: str
    state: State
    place: str
    author: str
    role_id: str
    question: str
    text: str
    source: str
    until: date
    written_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    @property
    def code(self) -> str:
        """Its id among the topics, as `ocopbot ask` prints it."""
        return f"dap:{self.id}"

    def valid(self, on: date) -> bool:
        return self.state is State.PUBLISHED and on <= self.until


@dataclass(frozen=True, slots=True)
class Written:
    """The words of an official: the question as people will read it, the answer, its source, its end, its place."""

    question: str
    text: str
    source: str
    until: date
    place: str


def hand_in(
    db: Connection, *, pack: Pack, role: Role, unanswered_id: str, written: Written, now: datetime
) -> OfficeAnswer:
    """
    Store an answer that waits for a second official, and take its questions off the list.

    An official of another place is refused.  Raises UnfitAnswerError for an empty text, an empty source or a day that
    has passed or is more than a year away.
    """
    on = local_day(pack, now)
    question = unanswered.unanswered_for(db, unanswered_id=unanswered_id, role=role, places=pack.places, on=on)
    if question is None or not may(role, "answer.write", written.place, pack.places, on=on):
        raise NotAllowedError("answer.write")
    if not written.text.strip() or not written.source.strip() or not on <= written.until <= on + LONGEST:
        raise UnfitAnswerError("The answer needs a text, a source and a last day within a year. Nothing was stored.")
    answer_id = new_id()
    vault = vault_of(db)
    db.execute(
        insert(office_answers).values(
            id=answer_id,
            state=State.WAITING,
            place=written.place,
            author=role.person_id,
            role_id=role.id,
            question_sealed=vault.seal_common(f"office_answers:question:{answer_id}", written.question.strip()),
            text_sealed=vault.seal_common(f"office_answers:text:{answer_id}", written.text.strip()),
            source_sealed=vault.seal_common(f"office_answers:source:{answer_id}", written.source.strip()),
            until=written.until,
            written_at=now,
        )
    )
    place, places = written.place, pack.places
    unanswered.attach(db, text=question.text, answer_id=answer_id, place=place, places=places, first=unanswered_id)
    record(
        db, now=now, actor=role.person_id, act="answer.write", noun="office_answer", noun_id=answer_id,
        role=role.id, place=written.place, until=written.until.isoformat(),
    )  # fmt: skip
    found = answer(db, answer_id)
    assert found is not None  # noqa: S101  it was inserted above
    return found


def approve(db: Connection, *, pack: Pack, role: Role, answer_id: str, now: datetime) -> OfficeAnswer | None:
    """
    Publish an answer as the second official; None when it was decided before, or its last day has passed.

    Questions that asked the same while it waited get it too.  An answer of a revoked or ended role is refused.
    """
    known, on = _to_decide(db, pack, role, answer_id, now), local_day(pack, now)
    authors = role_by_id(db, known.role_id)
    if authors is None or not authors.holds(on):
        raise NotAllowedError("answer.approve")
    if known.until < on:
        return None
    done = _decided(db, known, Trigger.APPROVE, role, now)
    if done is not None:
        for text in (known.question, *unanswered.texts_by_answer(db, [known.id]).get(known.id, ())):
            unanswered.attach(db, text=text, answer_id=known.id, place=known.place, places=pack.places)
    return done


def refuse(
    db: Connection, *, pack: Pack, role: Role, answer_id: str, reason: str, now: datetime
) -> OfficeAnswer | None:
    """Refuse an answer with a reason; its questions return to the list.  None when it was decided before."""
    known = _to_decide(db, pack, role, answer_id, now)
    decided = _decided(db, known, Trigger.REFUSE, role, now)
    if decided is not None:
        sealed = vault_of(db).seal_common(f"office_answers:reason:{answer_id}", reason)
        db.execute(update(office_answers).where(office_answers.c.id == answer_id).values({"reason_sealed": sealed}))
        unanswered.detach(db, answer_id=answer_id)
    return decided


def withdraw(db: Connection, *, pack: Pack, role: Role, answer_id: str, now: datetime) -> OfficeAnswer | None:
    """
    Stop an answer from being said, at once; its questions return to the list.  None when it was withdrawn before.

    Every official who may write for its place may.
    """
    known = answer(db, answer_id)
    on = local_day(pack, now)
    if known is None or not may(role, "answer.write", known.place, pack.places, on=on):
        raise NotAllowedError("answer.write")
    if not change(db, office_answers.c.id == answer_id, Trigger.WITHDRAW):
        return None
    db.execute(
        update(office_answers)
        .where(office_answers.c.id == answer_id)
        .values({"withdrawn_by": role.person_id, "withdrawn_at": now})
    )
    unanswered.detach(db, answer_id=answer_id)
    record(db, now=now, actor=role.person_id, act="answer.withdraw", noun="office_answer", noun_id=answer_id)
    return answer(db, answer_id)


def change(db: Connection, which: ColumnElement[bool], trigger: Trigger) -> int:
    """Change the matching answers and return their number.  Idempotent: other states are left alone."""
    sources, target = TRANSITIONS[trigger]
    rows = update(office_answers).where(which, office_answers.c.state.in_(sources))
    changed = db.execute(rows.values(state=target).returning(office_answers.c.id)).scalars().all()
    if trigger is not Trigger.APPROVE:
        for one in changed:
            note(db, Kind.ANSWER, one, trigger=trigger.value)
    return len(changed)


def risks(pack: Pack, written: Written | OfficeAnswer) -> tuple[Risk, ...]:
    """The risky parts of an answer, shown to its author and to the second official."""
    texts = (written.question, written.text, written.source)
    return risks_of(*texts, offices=pack.programme.announcements.links)


def approvers_for(db: Connection, *, pack: Pack, known: OfficeAnswer, on: date) -> tuple[Role, ...]:
    """The officials who may be the second one, the nearest first; the author and their appointees are excluded."""
    found = pack.places.get(known.place)
    chain = () if found is None else (known.place, *(one.code for one in pack.places.ancestors(known.place)))
    able: dict[str, Role] = {}
    for code in chain:
        for role in roles_at(db, place=code, on=on):
            if may_approve(db, pack=pack, role=role, known=known, on=on):
                able.setdefault(role.person_id, role)
    return tuple(able.values())


def may_approve(db: Connection, *, pack: Pack, role: Role, known: OfficeAnswer, on: date) -> bool:
    """True when this official may be the second one; never the author or the author's appointee."""
    if role.person_id == known.author or not may(role, "answer.approve", known.place, pack.places, on=on):
        return False
    giver = db.execute(select(role_rows.c.granted_by).where(role_rows.c.id == role.id)).scalar_one_or_none()
    return giver is not None and giver != known.author


def answer(db: Connection, answer_id: str) -> OfficeAnswer | None:
    """One answer, whatever its state; without a check, for the rules of this package and the command line."""
    row = db.execute(select(office_answers).where(office_answers.c.id == answer_id)).one_or_none()
    return None if row is None else _read(db, row)


def answers_seen_by(db: Connection, *, role: Role, pack: Pack, on: date) -> tuple[OfficeAnswer, ...]:
    """The answers of an official's place that wait or are said, the newest first."""
    live = select(office_answers).where(office_answers.c.state.in_((State.WAITING, State.PUBLISHED)))
    rows = db.execute(live.order_by(office_answers.c.written_at.desc(), office_answers.c.id)).all()
    return tuple(
        one
        for row in rows
        if may(role, "answer.write", row.place, pack.places, on=on) and (one := _read(db, row)).until >= on
    )


def answer_for(db: Connection, *, answer_id: str, role: Role, pack: Pack, on: date) -> OfficeAnswer | None:
    """One answer for an official whose place reaches over it; None for any other."""
    known = answer(db, answer_id)
    return known if known is not None and may(role, "answer.write", known.place, pack.places, on=on) else None


@dataclass(frozen=True, slots=True)
class Asked:
    """A published answer as the search compares it: its place and the words in which it is asked."""

    id: str
    place: str
    questions: tuple[str, ...]


def published(db: Connection, *, on: date) -> tuple[Asked, ...]:
    """Every answer that may be said on a day, the newest first; two queries, whatever their number."""
    rows = db.execute(
        select(office_answers.c.id, office_answers.c.place, office_answers.c.question_sealed)
        .where(office_answers.c.state == State.PUBLISHED, office_answers.c.until >= on)
        .order_by(office_answers.c.decided_at.desc(), office_answers.c.id)
    ).all()
    if not rows:
        return ()
    texts, vault = unanswered.texts_by_answer(db, [row.id for row in rows]), vault_of(db)
    return tuple(
        Asked(
            row.id,
            row.place,
            (
                str(vault.unseal_common(f"office_answers:question:{row.id}", row.question_sealed)),
                *texts.get(row.id, ()),
            ),
        )
        for row in rows
    )


def _to_decide(db: Connection, pack: Pack, role: Role, answer_id: str, now: datetime) -> OfficeAnswer:
    known = answer(db, answer_id)
    if known is None:
        raise NotAllowedError("answer.approve")
    if known.author == role.person_id:
        raise OwnAnswerError
    if not may_approve(db, pack=pack, role=role, known=known, on=local_day(pack, now)):
        raise NotAllowedError("answer.approve")
    return known


def _decided(db: Connection, known: OfficeAnswer, trigger: Trigger, role: Role, now: datetime) -> OfficeAnswer | None:
    if not change(db, office_answers.c.id == known.id, trigger):
        return None
    db.execute(
        update(office_answers)
        .where(office_answers.c.id == known.id)
        .values({"decided_by": role.person_id, "decided_at": now})
    )
    act = f"answer.{trigger}"
    record(db, now=now, actor=role.person_id, act=act, noun="office_answer", noun_id=known.id, author=known.author)
    return answer(db, known.id)


def _read(db: Connection, row: Row[Any]) -> OfficeAnswer:
    vault = vault_of(db)
    return OfficeAnswer(
        id=row.id,
        state=State(row.state),
        place=row.place,
        author=row.author,
        role_id=row.role_id,
        question=str(vault.unseal_common(f"office_answers:question:{row.id}", row.question_sealed)),
        text=str(vault.unseal_common(f"office_answers:text:{row.id}", row.text_sealed)),
        source=str(vault.unseal_common(f"office_answers:source:{row.id}", row.source_sealed)),
        until=row.until,
        written_at=row.written_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move what an official wrote, decided and withdrew over."""
    for column in (office_answers.c.author, office_answers.c.decided_by, office_answers.c.withdrawn_by):
        db.execute(update(office_answers).where(column == gone).values({column.name: keep}))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Keep the rows: an answer belongs to the office."""
