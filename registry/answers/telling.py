"""Messages about the answers of an office: to everybody who asked, to the second officials, to the author."""

from collections.abc import Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from content.actions.office_answers import LookAtAnswer
from content.places.places import inline
from content.programme.pack import Pack
from registry.answers import answers
from registry.answers.answers import OfficeAnswer, Written, approvers_for
from registry.answers.search import readable
from registry.answers.unanswered import askers_of
from registry.deliveries import keys
from registry.deliveries.deliveries import cancel, enqueue
from registry.deliveries.keys import Purpose, Subject
from registry.deliveries.states import Reason, State
from registry.people.people import person
from registry.people.roles import Role
from registry.store.rows import deliveries
from registry.telling import Offer, Teller, local_day, place_name


def tell_askers(db: Connection, *, pack: Pack, known: OfficeAnswer, tell: Teller, now: datetime) -> int:
    """
    Notify everybody who asked, if they are of the answer's place; return their number.

    Idempotent per person and answer.  The message ends with the answer's last day.
    """
    told = 0
    for person_id in askers_of(db, known.id):
        asker = person(db, person_id)
        if asker is None or not readable(known, place=asker.place, places=pack.places, on=local_day(pack, now)):
            continue
        told += enqueue(
            db, key=keys.office_answer(known.id, person_id), person_id=person_id, kind="status",
            message=tell(person_id, "answer.arrived", values_of(pack, known), ()), now=now,
            not_after=_end(pack, known),
        ) is not None  # fmt: skip
    return told


def publish(
    db: Connection, *, pack: Pack, role: Role, answer_id: str, tell: Teller, now: datetime
) -> tuple[OfficeAnswer, int] | None:
    """
    Publish an answer as the second official, and notify everybody who asked and the author.

    Returns it with the number of people notified; None when it was decided before or its last day has passed.
    """
    known = answers.approve(db, pack=pack, role=role, answer_id=answer_id, now=now)
    if known is None:
        return None
    told = tell_askers(db, pack=pack, known=known, tell=tell, now=now)
    _tell_author(db, known, "soandap.approved", {"count": told}, tell, now)
    return known, told


def turn_down(
    db: Connection, *, pack: Pack, role: Role, answer_id: str, reason: str, tell: Teller, now: datetime
) -> OfficeAnswer | None:
    """Refuse an answer as the second official, and notify the author; None when it was decided before."""
    known = answers.refuse(db, pack=pack, role=role, answer_id=answer_id, reason=reason, now=now)
    if known is not None:
        _tell_author(db, known, "soandap.refused", {"note": reason}, tell, now)
    return known


def take_back(
    db: Connection, *, pack: Pack, role: Role, answer_id: str, tell: Teller, now: datetime
) -> tuple[OfficeAnswer, int] | None:
    """
    Withdraw an answer: what was not sent yet is stopped, and everybody who got it is notified that it no longer holds.

    Returns it with the number of people notified; None when it was withdrawn before.
    """
    known = answers.withdraw(db, pack=pack, role=role, answer_id=answer_id, now=now)
    if known is None:
        return None
    cancel(db, subject=Subject.OFFICE_ANSWER, subject_id=known.id, reason=Reason.DECIDED)
    told = 0
    for person_id in _who_got(db, known):
        if person(db, person_id) is not None:
            told += enqueue(
                db, key=keys.office_answer_withdrawn(known.id, person_id), person_id=person_id, kind="status",
                message=tell(person_id, "answer.no_longer", {"question": known.question}, ()), now=now,
            ) is not None  # fmt: skip
    return known, told


def _who_got(db: Connection, known: OfficeAnswer) -> tuple[str, ...]:
    """The people to whom an answer was sent, or is being sent."""
    rows = db.execute(
        select(deliveries.c.person_id)
        .where(
            deliveries.c.subject == Subject.OFFICE_ANSWER.value,
            deliveries.c.subject_id == known.id,
            deliveries.c.purpose == Purpose.ANSWER.value,
            deliveries.c.state.in_((State.SENT.value, State.DOUBTFUL.value, State.CLAIMED.value)),
        )
        .order_by(deliveries.c.id)
    )
    return tuple(dict.fromkeys(row.person_id for row in rows))


def ask_second(db: Connection, *, pack: Pack, known: OfficeAnswer, tell: Teller, now: datetime) -> tuple[Role, ...]:
    """Ask the possible second officials; return them."""
    return request_second(db, pack=pack, known=known, tell=tell, now=now)[0]


def request_second(
    db: Connection, *, pack: Pack, known: OfficeAnswer, tell: Teller, now: datetime
) -> tuple[tuple[Role, ...], int]:
    """Enqueue the request to each possible second official who has none; return all and the number."""
    able = approvers_for(db, pack=pack, known=known, on=local_day(pack, now))
    values = {"question": known.question, "place": inline(place_name(pack, known.place))}
    look: tuple[Offer, ...] = ((LookAtAnswer(known.id), "soandap.button.look"),)
    asked = 0
    for role in able:
        made = enqueue(
            db, key=keys.office_answer_approval(known.id, role.person_id), person_id=role.person_id, kind="status",
            message=tell(role.person_id, "soandap.to_approve", values, look), now=now,
        )  # fmt: skip
        asked += made is not None
    return able, asked


def _tell_author(
    db: Connection, known: OfficeAnswer, phrase: str, values: Mapping[str, object], tell: Teller, now: datetime
) -> None:
    """Notify the author of the verdict, and stop asking the other officials."""
    cancel(db, subject=Subject.OFFICE_ANSWER, subject_id=known.id, reason=Reason.DECIDED, purposes=(Purpose.APPROVAL,))
    enqueue(
        db, key=keys.office_answer_verdict(known.id), person_id=known.author, kind="status",
        message=tell(known.author, phrase, {"question": known.question, **values}, ()), now=now,
    )  # fmt: skip


def values_of(pack: Pack, known: OfficeAnswer | Written) -> dict[str, object]:
    """The values of the phrases that say an answer."""
    return {
        "question": known.question,
        "text": known.text,
        "source": known.source,
        "place": inline(place_name(pack, known.place)),
        "until": f"{known.until:%d/%m/%Y}",
    }


def _end(pack: Pack, known: OfficeAnswer) -> datetime:
    return datetime.combine(known.until, time(23, 59), ZoneInfo(pack.programme.timezone))
