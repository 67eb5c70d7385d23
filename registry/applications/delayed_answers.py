"""An answer that is delayed, since it is one of a series (`registry.addressing.series`): its moment, and its stop."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from content.actions.producers import AnswerQuestion
from content.programme.pack import Pack
from registry.applications.questions import questions
from registry.deliveries import keys
from registry.deliveries.deliveries import cancel, enqueue
from registry.deliveries.states import Reason, State
from registry.people.roles import NotAllowedError, Role, may
from registry.store.audit import record
from registry.store.rows import deliveries
from registry.telling import Teller, local_day, place_name


def leaves_later(db: Connection, *, question_id: str, now: datetime) -> datetime | None:
    """Return the moment a delayed answer leaves; None for one that has left or waits for nothing."""
    answer_of = (deliveries.c.subject == keys.Subject.QUESTION.value, deliveries.c.subject_id == question_id)
    found = select(deliveries.c.due_at).where(
        *answer_of, deliveries.c.purpose == keys.Purpose.ANSWER.value, deliveries.c.state == State.QUEUED.value
    )
    due: datetime | None = db.execute(found).scalars().first()
    return due if due is not None and due > now else None


def stop_answer(db: Connection, *, pack: Pack, question_id: str, role: Role, now: datetime, tell: Teller) -> bool:
    """
    Stop a delayed answer, as an official in charge of its place; the question waits again.

    False when it has left or was stopped before. Its author is notified.
    """
    row = db.execute(select(questions).where(questions.c.id == question_id)).one_or_none()
    if row is None or not may(role, "question.answer", row.place, pack.places, on=local_day(pack, now)):
        raise NotAllowedError("question.answer")
    stopped = leaves_later(db, question_id=question_id, now=now) is not None and cancel(
        db, subject=keys.Subject.QUESTION, subject_id=question_id, purposes=(keys.Purpose.ANSWER,),
        reason=Reason.ANSWER_STOPPED,
    )  # fmt: skip
    if not stopped:
        return False
    # the key of the stopped message stays taken: the answer that follows has another one
    waits = {"answer_sealed": None, "answered_at": None, "answered_by": None}
    db.execute(update(questions).where(questions.c.id == question_id).values(**waits))
    record(db, now=now, actor=role.person_id, act="question.stop", noun="question", noun_id=question_id)
    if row.answered_by is not None and row.answered_by != role.person_id:
        values = {"official": role.title or place_name(pack, role.place)}
        key = keys.question_asked(question_id, f"stopped:{now:%Y%m%d%H%M%S}", row.answered_by)
        message = tell(
            row.answered_by, "lienhe.answer_stopped_told", values, ((AnswerQuestion(question_id), "button.answer"),)
        )
        enqueue(db, key=key, person_id=row.answered_by, kind="status", message=message, now=now)
    return True
