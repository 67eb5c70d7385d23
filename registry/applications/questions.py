"""
Questions to the official in charge, answered through the bot.

A question comes from a person ("asked"), from a checklist ("help"), or is a complaint about an office ("report"). A
complaint belongs to the office above.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    Table,
    Text,
    and_,
    insert,
    or_,
    select,
    text,
    update,
)

from content.actions.producers import AnswerQuestion, StopAnswer
from content.places.places import Places
from content.programme.pack import Pack
from content.working_days import add_working_days
from registry.addressing import alerts, series
from registry.applications.askers import asker_of
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.people.official_names import known_as
from registry.people.roles import NotAllowedError, Reviewers, Role, may, officials_for, roles_at
from registry.people.staffing import offices
from registry.store.audit import record
from registry.store.distinct import values_in
from registry.store.rows import UTCDateTime, id_column, metadata, new_id
from registry.store.sealing import data_key, seal_for, unseal_for
from registry.store.slices import Place, Room, Slice, each
from registry.telling import Teller, local_day, place_name

questions = Table(
    "questions",
    metadata,
    id_column(),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False, index=True),
    Column("place", Text, nullable=False),
    Column("holder", Text, nullable=False, index=True),
    Column("application_id", Text, ForeignKey("applications.id")),
    Column("kind", Text, nullable=False),  # asked (by a person), help (a checklist item), report
    Column("item", Text),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("asked_at", UTCDateTime, nullable=False),
    Column("answer_sealed", LargeBinary),
    Column("answered_at", UTCDateTime),
    Column("answered_by", Text),
    Column("escalated_at", UTCDateTime),
    Index("ix_questions_place", "place", "asked_at"),
    Index(
        "ix_questions_waiting",
        "holder",
        "escalated_at",
        "asked_at",
        sqlite_where=text("answered_at IS NULL"),
        postgresql_where=text("answered_at IS NULL"),
    ),
)

ANSWER_WITHIN = 3
"""Working days until a question goes one level up."""


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    person_id: str
    place: str
    holder: str
    application_id: str | None
    kind: str  # asked, help, report (a complaint; `item` is the office it is about)
    item: str | None
    text: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None
    answered_by: str | None


def ask(
    db: Connection,
    *,
    pack: Pack,
    person_id: str,
    place: str,
    text: str,
    now: datetime,
    tell: Teller,
    kind: str = "asked",
    application_id: str | None = None,
    item: str | None = None,
    values: Mapping[str, object] | None = None,
) -> tuple[Question, Reviewers]:
    """
    Put a question to the office nearest to a place, and notify its officials.

    Idempotent while the same text waits for an answer.
    """
    level = (pack.programme.roles.get("commune_official")) or pack.programme.root.id
    reviewers = officials_for(db, pack.places, place=place, level=level, on=local_day(pack, now))
    key = "help.arrived" if kind == "help" else "question.arrived"
    question = Question(
        new_id(), person_id, place, reviewers.holder, application_id, kind, item, text, now, None, None, None
    )
    return _put(db, pack, question, reviewers.roles, key, dict(values or {}), tell), reviewers


def complained_of(db: Connection, *, pack: Pack, place: str, level: str, on: date) -> str:
    """
    The office a complaint from a place is about: the one of the level that was named.

    Without a level, or with one this place has none of, it is the office that would get its questions.
    """
    found = pack.places.get(place)
    chain = () if found is None else (found, *pack.places.ancestors(found.code))
    named = next((one.code for one in chain if one.level == level), None)
    return in_charge(db, pack=pack, place=place, on=on).holder if named is None else named


def above(db: Connection, *, pack: Pack, office: str, on: date, author: str | None = None) -> Reviewers:
    """
    Return the nearest office above the one complained about, with its officials; none up to the top.

    An office is skipped when an official of the lower one has a role there too: they would read the complaint.
    It is also skipped when the author works there: an official does not get their own complaint.
    """
    theirs = {role.person_id for role in roles_at(db, place=office, on=on, also_away=True)} | {author}
    for place in pack.places.ancestors(office):
        officials = roles_at(db, place=place.code, on=on)
        if officials and theirs.isdisjoint(role.person_id for role in officials):
            return Reviewers(officials, place.code, went_up=True)
    return Reviewers((), office, went_up=False)


def report(
    db: Connection, *, pack: Pack, person_id: str, office: str, text: str, now: datetime, tell: Teller
) -> Question | None:
    """
    Put a complaint about an office to the one above it, and notify its officials; None where no office is above.

    Its place is the office above, so that the lower one neither sees nor answers it. Idempotent while the same text
    waits for an answer.
    """
    higher = above(db, pack=pack, office=office, on=local_day(pack, now), author=person_id)
    if not higher.roles:
        return None
    question = Question(
        new_id(), person_id, higher.holder, higher.holder, None, "report", office, text, now, None, None, None
    )
    about = {"about": place_name(pack, office)}
    return _put(db, pack, question, higher.roles, "question.reported", about, tell)


def _put(
    db: Connection,
    pack: Pack,
    question: Question,
    officials: tuple[Role, ...],
    key: str,
    values: Mapping[str, object],
    tell: Teller,
) -> Question:
    """Store a question and notify its officials; idempotent while the same one is unanswered."""
    for known in questions_of(db, person_id=question.person_id, waiting=True):
        if (known.kind, known.application_id, known.item, known.text) == (
            question.kind,
            question.application_id,
            question.item,
            question.text,
        ):
            return known
    person_id, now = question.person_id, question.asked_at
    db.execute(
        insert(questions).values(
            id=question.id,
            person_id=person_id,
            place=question.place,
            holder=question.holder,
            application_id=question.application_id,
            kind=question.kind,
            item=question.item,
            text_sealed=seal_for(db, person_id, f"questions:text:{question.id}", question.text),
            asked_at=now,
        )
    )
    act = f"question.{question.kind}"
    record(db, now=now, actor=person_id, act=act, noun="question", noun_id=question.id, item=question.item)
    _tell_officials(db, pack, question, officials, key, values, tell, now)
    return question


def answer(
    db: Connection, *, pack: Pack, question_id: str, role: Role, text: str, now: datetime, tell: Teller
) -> Question | None:
    """
    Answer a question and queue the answer for the person who asked.

    None when it was answered before (the first answer counts), and when the person who asked was erased. An official
    of another place is refused. One in a series is delayed, and read above at once (`registry.addressing.series`).
    """
    row = db.execute(select(questions).where(questions.c.id == question_id)).one_or_none()
    if row is None or not may(role, "question.answer", row.place, pack.places, on=local_day(pack, now)):
        raise NotAllowedError("question.answer")
    if data_key(db, row.person_id) is None:
        return None
    sealed = seal_for(db, row.person_id, f"questions:answer:{question_id}", text)
    done = db.execute(
        update(questions)
        .where(questions.c.id == question_id, questions.c.answered_at.is_(None))
        .values(answer_sealed=sealed, answered_at=now, answered_by=role.person_id)
    )
    if done.rowcount != 1:
        return None
    record(db, now=now, actor=role.person_id, act="question.answer", noun="question", noun_id=question_id)
    others = _answered_lately(db, role.person_id, row.person_id, now)
    delayed = series.is_delayed(pack, text=text, title=role.title or "", others=others)
    asked = unseal_for(db, row.person_id, f"questions:text:{row.id}", row.text_sealed) or ""
    values = {
        "asked": asked,
        "answer": text,
        "official": known_as(db, role) or place_name(pack, role.place),
        "item": row.item or "",
    }
    enqueue(
        db,
        key=keys.question_answer(question_id, now),
        person_id=row.person_id,
        kind="status",
        message=tell(row.person_id, "question.answered", values, (("/lienhe", "button.ask_official"),)),
        now=now,
        due_at=series.leaves_at(pack, now=now) if delayed else now,
    )
    if delayed:
        alerts.tell_above(
            db, pack=pack, role=role, subject=keys.Subject.QUESTION, subject_id=question_id,
            edition=f"{now:%Y%m%d%H%M%S}", phrase="lienhe.answer_told_above",
            values={"author": values["official"], "answer": text, "place": place_name(pack, row.place)},
            actions=((StopAnswer(question_id), "lienhe.answer_stop"),), tell=tell, now=now,
        )  # fmt: skip
    answered = db.execute(select(questions).where(questions.c.id == question_id)).one()
    return _question(db, answered)


def _answered_lately(db: Connection, official: str, asker: str, now: datetime) -> list[str]:
    """The answers this official gave to other people within a day, one per person."""
    rows = db.execute(
        select(questions).where(
            questions.c.answered_by == official,
            questions.c.answered_at > now - series.COUNTED_WITHIN,
            questions.c.person_id != asker,
        )
    ).all()
    return list({row.person_id: _question(db, row).answer or "" for row in rows}.values())


def questions_of(db: Connection, *, person_id: str, waiting: bool = False) -> tuple[Question, ...]:
    """Return the questions of a person, the newest first; `waiting` leaves out answered ones."""
    query = select(questions).where(questions.c.person_id == person_id)
    if waiting:
        query = query.where(questions.c.answered_at.is_(None))
    rows = db.execute(query.order_by(questions.c.asked_at.desc(), questions.c.id)).all()
    return tuple(_question(db, row) for row in rows)


def waiting_for(
    db: Connection, *, role: Role, places: Places, on: date, held_here: bool = False
) -> tuple[Question, ...]:
    """Return the unanswered questions in an official's place, oldest first; `held_here` only those of their office."""
    if not may(role, "question.see", role.place, places, on=on):
        return ()
    query = select(questions).where(questions.c.answered_at.is_(None)).order_by(questions.c.asked_at, questions.c.id)
    if held_here:
        query = query.where(questions.c.holder == role.place)
    rows = db.execute(query).all()
    found = (_question(db, row) for row in rows if places.within(row.place, role.place))
    return tuple(one for one in found if one.text)  # of one who was erased there are no words, and nobody to answer


def question_for(db: Connection, *, question_id: str, role: Role, places: Places, on: date) -> Question | None:
    """Return one question to an official whose place reaches over it; None to any other."""
    row = db.execute(select(questions).where(questions.c.id == question_id)).one_or_none()
    if row is None or not may(role, "question.see", row.place, places, on=on):
        return None
    return _question(db, row)


def escalate_overdue(
    db: Connection, *, pack: Pack, now: datetime, tell: Teller, holder: str | None = None, room: Room | None = None
) -> Slice:
    """
    Send questions beyond three working days, or at an office without an official, one level up, again and again.

    A question at the top stays there; `holder` looks at one office only. Idempotent.  Those beyond the room wait for
    the next slice.
    """
    on = local_day(pack, now)
    codes = values_in(db, questions.c.holder) if holder is None else (holder,)
    found = offices(db, codes=codes, places=pack.places, on=on)
    since = _overdue_since(pack, on)
    late = or_(and_(questions.c.escalated_at.is_(None), questions.c.asked_at < since), questions.c.escalated_at < since)
    waiting = select(questions).where(questions.c.answered_at.is_(None))

    def find(_after: Place, most: int) -> list[Row[Any]]:
        rows = list(db.execute(waiting.where(questions.c.holder.in_(found.empty)).limit(most)))
        return rows + list(db.execute(waiting.where(questions.c.holder.in_(found.passing), late).limit(most)))

    def act(row: Row[Any]) -> Mapping[str, int]:
        office = roles_at(db, place=row.holder, on=on)
        above = pack.places.ancestors(row.holder)
        kept_from = _kept_from(db, row, on)
        higher = next(
            (
                (place, staff)
                for place in above
                if (staff := roles_at(db, place=place.code, on=on))
                and kept_from.isdisjoint(role.person_id for role in staff)
            ),
            None,
        )
        if higher is None:
            return {}
        place, officials = higher
        db.execute(update(questions).where(questions.c.id == row.id).values(holder=place.code, escalated_at=now))
        record(
            db, now=now, actor="system", act="question.escalate", noun="question", noun_id=row.id,
            before=row.holder, after=place.code,
        )  # fmt: skip
        before = {"before": place_name(pack, row.holder)}
        question = _question(db, row)
        _tell_officials(db, pack, question, office, "question.overdue", before, tell, now)
        _tell_officials(db, pack, question, officials, "question.went_up", before, tell, now)
        return {"escalated": 1}

    return each(find, act, room=room or Room())


def _kept_from(db: Connection, row: Row[Any], on: date) -> set[str]:
    """The people who must not get a complaint when it goes further up: its author, and the office it is about."""
    if row.kind != "report":
        return set()
    return {row.person_id} | {role.person_id for role in roles_at(db, place=row.item or "", on=on, also_away=True)}


def _overdue_since(pack: Pack, on: date) -> datetime:
    """The end of the last day from which the working days for an answer are over."""
    programme = pack.programme
    day = on
    while add_working_days(day, ANSWER_WITHIN, programme.holidays, programme.workdays) >= on:
        day -= timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(programme.timezone))


def _tell_officials(
    db: Connection,
    pack: Pack,
    question: Question,
    officials: tuple[Role, ...],
    key: str,
    values: Mapping[str, object],
    tell: Teller,
    now: datetime,
) -> None:
    told = {"asked": question.text, "place": place_name(pack, question.place), "item": question.item or ""}
    asker = asker_of(db, person_id=question.person_id, application_id=question.application_id, kind=question.kind)
    told["asker"] = f"\n{asker}" if asker else ""
    for person_id in dict.fromkeys(role.person_id for role in officials):
        enqueue(
            db,
            key=keys.question_asked(question.id, key, person_id),
            person_id=person_id,
            kind="status",
            message=tell(person_id, key, told | dict(values), ((AnswerQuestion(question.id), "button.answer"),)),
            now=now,
        )


def _question(db: Connection, row: Row[Any]) -> Question:
    return Question(
        id=row.id,
        person_id=row.person_id,
        place=row.place,
        holder=row.holder,
        application_id=row.application_id,
        kind=row.kind,
        item=row.item,
        text=unseal_for(db, row.person_id, f"questions:text:{row.id}", row.text_sealed) or "",
        asked_at=row.asked_at,
        answer=unseal_for(db, row.person_id, f"questions:answer:{row.id}", row.answer_sealed),
        answered_at=row.answered_at,
        answered_by=row.answered_by,
    )


def in_charge(db: Connection, *, pack: Pack, place: str, on: date) -> Reviewers:
    """Whose desk a question from this place comes to: the nearest office with an official."""
    level = pack.programme.roles.get("commune_official") or pack.programme.root.id
    return officials_for(db, pack.places, place=place, level=level, on=on)


def take_over(db: Connection, *, keep: str, gone: str, now: datetime) -> None:  # noqa: ARG001  every noun is called alike
    """Move the answers an official gave over; questions stay under the key of the person who asked."""
    db.execute(update(questions).where(questions.c.answered_by == gone).values(answered_by=keep))


def forget(db: Connection, *, person_id: str, now: datetime) -> None:
    """Keep the rows: the texts are unreadable once the key is gone, and an answer belongs to the person who asked."""
