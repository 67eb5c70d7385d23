"""
A paper's way from "Tôi đã nộp giấy" to the office's answer: said, told to the officials, confirmed or not seen.

Each function checks the right to it.  The message and the state are written in one unit of work.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, and_, update

from content.actions.papers import AnswerPaper, SayHandedInAgain
from content.actions.producers import ShowStatus
from content.language.saying import phone_said
from content.message import Message
from content.places.places import Places
from content.programme.pack import Pack
from content.working_days import add_working_days
from registry.applications.applications import Application, read_application
from registry.applications.drafts import open_drafts
from registry.applications.entities import members_of, part_of
from registry.applications.own_cases import own_cases
from registry.applications.questions import ANSWER_WITHIN
from registry.deadlines import certificates, deadlines
from registry.deadlines.deadlines import Deadline
from registry.deadlines.handed_papers import HandedPaper, State, Trigger, change, handed_papers, read, waiting_behind
from registry.deliveries import keys
from registry.deliveries.deliveries import cancel, enqueue
from registry.deliveries.states import Reason
from registry.people.people import person
from registry.people.roles import NotAllowedError, Reviewers, Role, may, may_own, officials_for, roles_at
from registry.store.audit import record
from registry.store.installation import insert_or
from registry.store.rows import new_id
from registry.store.slices import Place, Room, Slice, each
from registry.telling import Offer, Teller, local_day, place_name

CONFIRM = "paper.confirm"
SAY = "paper.say_own"
_AFTER_CERTIFICATE = "dossier_submitted"


class MovedOnError(Exception):
    """The paper was answered or said again since the button was shown; that was kept, and nothing was changed."""

    def __init__(self, paper: HandedPaper) -> None:
        super().__init__(f"Paper {paper.id} is {paper.state}, version {paper.version}. Nothing was changed.")
        self.paper = paper


# --- the producer -----------------------------------------------------------------------------------------------------


def say_handed_in(
    db: Connection, *, pack: Pack, person_id: str, deadline: Deadline, application_id: str | None, now: datetime,
    tell: Teller,
) -> tuple[HandedPaper, bool] | None:  # fmt: skip
    """
    Record that a paper was handed in, and notify the office; None where no place of the person is known.

    Without an application it is about an unsent form.  Idempotent while it waits or is confirmed: False says so.
    """
    application = None if application_id is None else read_application(db, application_id)
    if application_id is not None:
        part = None if application is None else part_of(db, entity_id=application.entity_id, person_id=person_id)
        if not may_own(part, SAY):
            raise NotAllowedError(SAY)
    place = _place(db, person_id) if application is None else application.place
    if place is None:
        return None
    known = paper_of(db, deadline=deadline, application_id=application_id, person_id=person_id)
    status = "" if application is None else application.status
    if known is not None and not _may_be_said_again(known, status):
        return known, False
    office = _office(db, pack, place, _first_holder(db, pack, application, place, now), application_id, person_id, now)
    values: dict[str, Any] = {
        "status": status, "place": place, "holder": office.holder, "holder_since": now, "said_at": now,
    }  # fmt: skip
    if known is None:
        db.execute(
            insert_or(db, handed_papers)
            .values(
                id=new_id(), spec=deadline.spec, round=deadline.round, application_id=application_id,
                person_id=person_id, state=State.WAITING.value, version=1, **values,
            )
            .on_conflict_do_nothing()
        )  # fmt: skip
    else:
        again = and_(handed_papers.c.id == known.id, handed_papers.c.version == known.version)
        change(db, again, Trigger.SAY_AGAIN, answered_by=None, answered_at=None, **values)
    paper = paper_of(db, deadline=deadline, application_id=application_id, person_id=person_id)
    if paper is None:
        raise LookupError(f"The paper of {person_id} for {deadline.spec} was not written.")
    _cancel(db, paper)
    record(db, now=now, actor=person_id, act="paper.say", noun="paper", noun_id=paper.id, version=paper.version)
    _tell_office(db, pack, paper, office.roles, tell, now)
    return paper, True


def say_again(
    db: Connection, *, pack: Pack, paper_id: str, person_id: str, now: datetime, tell: Teller
) -> tuple[HandedPaper, bool] | None:
    """Record that a paper the office has not seen was handed in; None for another person's, and when it is closed."""
    paper = next(iter(read(db, handed_papers.c.id == paper_id)), None)
    deadline = None if paper is None else deadline_of(db, pack, paper, now)
    if paper is None or deadline is None:
        return None
    if paper.application_id is None and paper.person_id != person_id:
        return None
    try:
        return say_handed_in(
            db, pack=pack, person_id=person_id, deadline=deadline, application_id=paper.application_id, now=now,
            tell=tell,
        )  # fmt: skip
    except NotAllowedError:
        return None


def paper_of(db: Connection, *, deadline: Deadline, application_id: str | None, person_id: str) -> HandedPaper | None:
    """The paper of one product (or of one person's unsent form) for one deadline."""
    whose = (
        and_(handed_papers.c.application_id.is_(None), handed_papers.c.person_id == person_id)
        if application_id is None
        else handed_papers.c.application_id == application_id
    )
    which = and_(handed_papers.c.spec == deadline.spec, handed_papers.c.round == deadline.round, whose)
    return next(iter(read(db, which)), None)


def papers_of(db: Connection, application: Application) -> tuple[HandedPaper, ...]:
    """The papers of an application in its present state, for those entitled to the application."""
    which = and_(handed_papers.c.application_id == application.id, handed_papers.c.status == application.status)
    return read(db, which)


def _may_be_said_again(known: HandedPaper, status: str) -> bool:
    if known.state is State.NOT_SEEN:
        return True
    return known.status != status  # after a return another paper is due


# --- the office -------------------------------------------------------------------------------------------------------


def paper_for(db: Connection, *, paper_id: str, role: Role, places: Places, on: date) -> HandedPaper | None:
    """One paper, for an official whose place reaches over it; None for any other."""
    paper = next(iter(read(db, handed_papers.c.id == paper_id)), None)
    return paper if paper is not None and may(role, CONFIRM, paper.place, places, on=on) else None


def waiting_for(db: Connection, *, pack: Pack, role: Role, now: datetime) -> tuple[HandedPaper, ...]:
    """The papers that wait for an official's office, excluding their own cases; the one said first before others."""
    on = local_day(pack, now)
    if not may(role, CONFIRM, role.place, pack.places, on=on):
        return ()
    which = and_(handed_papers.c.holder == role.place, handed_papers.c.state == State.WAITING.value)
    return tuple(one for one in read(db, which) if _lives(db, one) and not _own(db, one, role.person_id))


def would_tell(
    db: Connection, *, pack: Pack, paper: HandedPaper, received: bool, role: Role, now: datetime, tell: Teller
) -> dict[str, Message]:
    """The message about an answer for each member of the entity, equal to the one that `answer` enqueues."""
    values = values_of(db, pack, paper, now) | {"official": role.title or "", "office": place_name(pack, role.place)}
    code = str(values["code"])
    buttons: list[Offer] = [(ShowStatus(code), "button.status")] if code else []
    if not received:
        buttons = [(SayHandedInAgain(paper.id), "reminder.button.done"), *buttons, ("/lienhe", "button.ask_official")]
    key = "paper.received" if received else "paper.not_seen"
    return {one: tell(one, key, values, tuple(buttons)) for one in _members(db, paper)}


def answer(
    db: Connection, *, pack: Pack, paper_id: str, version: int, received: bool, role: Role, now: datetime, tell: Teller
) -> HandedPaper:
    """
    Confirm a paper or say that it was not seen, and notify its producer.

    A second answer to the same version is a `MovedOnError` with the present state; nobody is notified again.
    So is an answer after the application has moved on.
    Officials do not confirm papers of an entity they act for.
    """
    on = local_day(pack, now)
    paper = paper_for(db, paper_id=paper_id, role=role, places=pack.places, on=on)
    if paper is None or _own(db, paper, role.person_id):
        raise NotAllowedError(CONFIRM)
    if paper.application_id is not None and not _lives(db, paper):
        raise MovedOnError(paper)
    messages = would_tell(db, pack=pack, paper=paper, received=received, role=role, now=now, tell=tell)
    which = and_(handed_papers.c.id == paper.id, handed_papers.c.version == version)
    trigger = Trigger.RECEIVE if received else Trigger.MISS
    if change(db, which, trigger, answered_by=role.person_id, answered_at=now) != 1:
        raise MovedOnError(next(iter(read(db, handed_papers.c.id == paper_id)), paper))
    answered = next(iter(read(db, handed_papers.c.id == paper_id)), paper)
    _cancel(db, answered)
    record(
        db, now=now, actor=role.person_id, act=f"paper.{'receive' if received else 'miss'}", noun="paper",
        noun_id=paper.id, version=answered.version,
    )  # fmt: skip
    for person_id, message in messages.items():
        key = keys.paper_answer(paper.id, answered.version, person_id)
        enqueue(db, key=key, person_id=person_id, kind="status", message=message, now=now)
    return answered


def follow(
    db: Connection, *, pack: Pack, tell: Teller, now: datetime, room: Room | None = None, after: Place = ()
) -> Slice:
    """
    Notify the officials of every waiting paper, also those whose role began later, and escalate.

    A paper goes one level up after three working days, again after three more, and at once where the office has
    no official.  Idempotent.  Those beyond the room wait for the next slice.
    """

    def find(behind: Place, most: int) -> Sequence[HandedPaper]:
        return waiting_behind(db, behind[0] if behind else "", most)

    def act(paper: HandedPaper) -> Mapping[str, int]:
        return _follow_one(db, pack, paper, tell, now) if _lives(db, paper) else {}

    return each(find, act, room=room or Room(), after=after, place_of=lambda paper: (paper.id,))


def _follow_one(db: Connection, pack: Pack, paper: HandedPaper, tell: Teller, now: datetime) -> Mapping[str, int]:
    on, escalated = local_day(pack, now), 0
    office = _office(db, pack, paper.place, paper.holder, paper.application_id, paper.person_id, now)
    since = local_day(pack, paper.holder_since)
    if on > add_working_days(since, ANSWER_WITHIN, pack.programme.holidays, pack.programme.workdays):
        found = pack.places.get(paper.holder)
        above = () if found is None else tuple(one.code for one in pack.places.ancestors(found.code))
        higher = _first_staffed(db, pack, paper.place, above, paper.application_id, paper.person_id, on)
        office = office if higher is None else higher
    if office.holder != paper.holder:
        which = and_(handed_papers.c.id == paper.id, handed_papers.c.version == paper.version)
        db.execute(update(handed_papers).where(which).values(holder=office.holder, holder_since=now))
        record(
            db, now=now, actor="system", act="paper.escalate", noun="paper", noun_id=paper.id,
            before=paper.holder, after=office.holder,
        )  # fmt: skip
        escalated = 1
    return {"papers_escalated": escalated, "papers_told": _tell_office(db, pack, paper, office.roles, tell, now)}


# --- what is said -----------------------------------------------------------------------------------------------------


def values_of(db: Connection, pack: Pack, paper: HandedPaper, now: datetime) -> dict[str, object]:
    """The values of every message about a paper: the product, its step, and the last day while the deadline is open."""
    application = None if paper.application_id is None else read_application(db, paper.application_id)
    deadline = deadline_of(db, pack, paper, now)
    said_by = person(db, paper.person_id)
    answers: Mapping[str, Any] = _draft_answers(db, paper.person_id) if application is None else application.answers
    phone = answers.get("phone") or (None if said_by is None else said_by.phone)
    unsent = str(answers.get("product_name") or pack.forms["idea"].title)
    return {
        "code": "" if application is None else application.code,
        "product": unsent if application is None else application.product,
        "name": str(answers.get("entity_name") or (said_by.name if said_by else None) or "–"),
        "phone": "" if phone is None else phone_said(str(phone)),
        "title": title_of(pack, paper),
        "place": place_name(pack, paper.place),
        "holder": place_name(pack, paper.holder),
        "due_on": None if deadline is None else deadlines.last_day(pack, deadline),
    }


def title_of(pack: Pack, paper: HandedPaper) -> str:
    """How the deadline is called; for a certificate the step its new dossier belongs to."""
    spec = next((one for one in pack.programme.deadlines if one.id == paper.spec), None)
    if spec is not None:
        return spec.title
    step = pack.programme.status_step(_AFTER_CERTIFICATE)
    return next((one.name for one in pack.programme.steps if one.number == step), paper.spec)


def deadline_of(db: Connection, pack: Pack, paper: HandedPaper, now: datetime) -> Deadline | None:
    """The open deadline a paper is for, at its place; None once it has closed."""
    if paper.spec == certificates.SPEC:
        ending = certificates.ending(db, now=now, person_id=None)
        return next((one for one, _ in ending if one.application_id == paper.application_id), None)
    ahead = deadlines.open_deadlines(db, places=pack.places, place=paper.place, now=now)
    return next((one for one in ahead if (one.spec, one.round) == (paper.spec, paper.round)), None)


# --- whose desk -------------------------------------------------------------------------------------------------------


def _place(db: Connection, person_id: str) -> str | None:
    said_by = person(db, person_id)
    place = _draft_answers(db, person_id).get("place") or (None if said_by is None else said_by.place)
    return None if place is None else str(place)


def _draft_answers(db: Connection, person_id: str) -> Mapping[str, Any]:
    return next((one.answers for one in open_drafts(db, person_id=person_id) if one.application_id is None), {})


def _first_holder(db: Connection, pack: Pack, application: Application | None, place: str, now: datetime) -> str:
    """The office that has the application; for an unsent form the one that decides about ideas."""
    if application is not None:
        return application.holder
    level = pack.programme.decision("idea").level
    return officials_for(db, pack.places, place=place, level=level, on=local_day(pack, now)).holder


def _office(
    db: Connection, pack: Pack, place: str, holder: str, application_id: str | None, person_id: str, now: datetime
) -> Reviewers:
    """Return the officials at the holder who may confirm, else those of the nearest office above, else nobody."""
    found = pack.places.get(holder)
    above = () if found is None else (one.code for one in pack.places.ancestors(found.code))
    places = tuple(chain((holder,), above))
    on = local_day(pack, now)
    return _first_staffed(db, pack, place, places, application_id, person_id, on) or Reviewers(
        (), holder, went_up=False
    )


def _first_staffed(
    db: Connection, pack: Pack, place: str, offices: tuple[str, ...], application_id: str | None, person_id: str,
    on: date,
) -> Reviewers | None:  # fmt: skip
    for number, office in enumerate(offices):
        able = tuple(
            role
            for role in roles_at(db, place=office, on=on)
            if may(role, CONFIRM, place, pack.places, on=on)
            and role.person_id != person_id
            and (application_id is None or application_id not in own_cases(db, role.person_id))
        )
        if able:
            return Reviewers(able, office, number > 0)
    return None


def _own(db: Connection, paper: HandedPaper, person_id: str) -> bool:
    return paper.person_id == person_id or paper.application_id in own_cases(db, person_id)


def _lives(db: Connection, paper: HandedPaper) -> bool:
    """True while it can still matter: the application is in the same state, or the form is still unsent."""
    if paper.application_id is None:
        return bool(_draft_answers(db, paper.person_id))
    application = read_application(db, paper.application_id)
    return application is not None and application.status == paper.status


def _members(db: Connection, paper: HandedPaper) -> tuple[str, ...]:
    application = None if paper.application_id is None else read_application(db, paper.application_id)
    if application is None:
        return (paper.person_id,)
    return tuple(person_id for person_id, _part in members_of(db, application.entity_id))


def _tell_office(
    db: Connection, pack: Pack, paper: HandedPaper, officials: tuple[Role, ...], tell: Teller, now: datetime
) -> int:
    """Notify each official once per version of the paper."""
    values = values_of(db, pack, paper, now)
    values["phone"] = values["phone"] or "–"
    buttons: tuple[Offer, ...] = (
        (AnswerPaper(paper.id, paper.version, "nhan"), "paper.button.received"),
        (AnswerPaper(paper.id, paper.version, "chua"), "paper.button.not_seen"),
    )
    key = "paper.arrived" if paper.application_id else "paper.arrived_unsent"
    told = 0
    for official in dict.fromkeys(role.person_id for role in officials):
        made = enqueue(
            db, key=keys.paper_said(paper.id, paper.version, official), person_id=official, kind="status",
            message=tell(official, key, values, buttons), now=now,
        )  # fmt: skip
        if made is not None:
            told += 1
            record(db, now=now, actor=official, act="person.seen", noun="person", noun_id=paper.person_id, why="paper")
    return told


def _cancel(db: Connection, paper: HandedPaper) -> None:
    """Cancel unsent messages about an earlier version."""
    purposes = (keys.Purpose.ASK, keys.Purpose.RESULT)
    cancel(db, subject=keys.Subject.PAPER, subject_id=paper.id, purposes=purposes, reason=Reason.SUPERSEDED)
