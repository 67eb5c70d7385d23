"""
Hand over the waiting cases of an office when a role there begins or ends.

The first official of an office gets back the cases that went up because nobody was there, and one message about all
that waits.  When the last role of an office ends, its cases go up at once.
"""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, select, update

from content.actions.officials import ShowQueue
from content.actions.producers import ShowStatus
from content.programme.pack import Pack
from registry.applications import escalating, questions
from registry.applications.applications import Application, read_application
from registry.applications.changes import (
    Change,
    forget_review,
    move,
    reviewers_for,
    tell_members,
    term_end,
    values_of,
    waits_for_level,
)
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.offices import new_officials
from registry.people.official_names import first_known
from registry.people.people import person
from registry.people.roles import OFFICIALS, Role, officials_for, roles_at
from registry.store.audit import record
from registry.store.rows import applications, roles
from registry.store.slices import Room
from registry.telling import Teller, local_day, place_name

HANDED_OVER = "hand_over"
AT_ONCE = 10
"""Applications, and questions, that go up in the turn that ends a role: each takes some milliseconds."""
PHRASES = {"status.handed_over": "status.handed_over_due", "status.taken_up": "status.taken_up_due"}
"""The same message with the day an answer is expected."""


def role_began(db: Connection, *, pack: Pack, role: Role, tell: Teller, now: datetime) -> int:
    """
    Hand over what waits at the place of a role that begins or is extended, and notify its official in one message.

    Returns the number of cases that came back from an office above.  Idempotent.
    """
    if role.role not in OFFICIALS:
        return 0
    came = 0
    others = {one.person_id for one in roles_at(db, place=role.place, on=local_day(pack, now))} - {role.person_id}
    if not others and _begins(db, role, now):
        came = _take_back(db, pack, role, tell, now)
        _take_up_kept(db, pack, role, tell, now)
    new_officials.tell_new_officials(db, pack=pack, tell=tell, now=now, role_id=role.id)
    return came


def role_ended(db: Connection, *, pack: Pack, place: str, tell: Teller, now: datetime) -> int:
    """
    Send the cases of an office without an official one level up now; return their number.  Idempotent.

    At most `AT_ONCE` applications and questions; the job that escalates takes the others, by day.
    """
    if roles_at(db, place=place, on=local_day(pack, now)):
        return 0
    some = Room(rows=AT_ONCE)
    moved = escalating.escalate_overdue(db, pack=pack, now=now, tell=tell, holder=place, room=some).counts
    some = Room(rows=AT_ONCE)
    asked = questions.escalate_overdue(db, pack=pack, now=now, tell=tell, holder=place, room=some).counts
    return moved.get("escalated", 0) + asked.get("escalated", 0)


def _take_back(db: Connection, pack: Pack, role: Role, tell: Teller, now: datetime) -> int:
    """Take the cases of this office back from the offices above, and notify those who had them, once each."""
    above = [place.code for place in pack.places.ancestors(role.place)]
    levels = [one.id for one in pack.programme.statuses if waits_for_level(pack, one.id) is not None]
    held = db.execute(
        select(applications.c.id).where(applications.c.holder.in_(above), applications.c.status.in_(levels))
    ).scalars()
    lost: dict[str, list[int]] = {}
    for application_id in held.all():
        application = read_application(db, application_id)
        if application is not None and _belongs(db, pack, application, role.place, now):
            before = application.holder
            if _move_down(db, pack, application, role, tell, now):
                lost.setdefault(before, [0, 0])[0] += 1
    level, on = pack.programme.roles.get("commune_official") or pack.programme.root.id, local_day(pack, now)
    asked = questions.questions
    rows = db.execute(
        select(asked).where(asked.c.holder.in_(above), asked.c.answered_at.is_(None), asked.c.kind != "report")
    ).all()
    for row in rows:
        if officials_for(db, pack.places, place=row.place, level=level, on=on).holder != role.place:
            continue
        db.execute(update(asked).where(asked.c.id == row.id).values(holder=role.place, escalated_at=None))
        record(
            db, now=now, actor="system", act="question.hand_over", noun="question", noun_id=row.id,
            before=row.holder, after=role.place,
        )  # fmt: skip
        _tell_asker(db, pack, row.id, row.person_id, role, tell, now)
        lost.setdefault(row.holder, [0, 0])[1] += 1
    for place, (ideas, asked_count) in lost.items():
        _tell_above(db, pack, place, role, ideas, asked_count, tell, now)
    return sum(map(sum, lost.values()))


def _take_up_kept(db: Connection, pack: Pack, role: Role, tell: Teller, now: datetime) -> None:
    """Begin the term of the cases an office without officials kept, and notify their people as they were promised."""
    statuses = [one.id for one in pack.programme.statuses if waits_for_level(pack, one.id) is not None]
    kept = db.execute(
        select(applications.c.id).where(
            applications.c.holder == role.place, applications.c.status.in_(statuses), applications.c.holder_since < now
        )
    ).scalars()
    for application_id in kept.all():
        application = read_application(db, application_id)
        if application is not None:
            due = term_end(pack, application.status, local_day(pack, now))
            _give(db, pack, application, role, due, "status.taken_up", tell, now)
    asked = questions.questions
    rows = db.execute(
        select(asked.c.id, asked.c.person_id).where(
            asked.c.holder == role.place, asked.c.answered_at.is_(None), asked.c.asked_at < now,
            asked.c.kind != "report",
        )
    ).all()  # fmt: skip
    for row in rows:
        _tell_asker(db, pack, row.id, row.person_id, role, tell, now)


def _begins(db: Connection, role: Role, now: datetime) -> bool:
    """True when the role began now; False for one that is extended."""
    began: datetime = db.execute(select(roles.c.granted_at).where(roles.c.id == role.id)).scalar_one()
    return began >= now


def _tell_asker(
    db: Connection, pack: Pack, question_id: str, person_id: str, role: Role, tell: Teller, now: datetime
) -> None:
    """Notify the person who asked that somebody has their question now; erased people are left out."""
    if person(db, person_id) is None:
        return
    values = {"official": first_known(db, (role,)), "office": place_name(pack, role.place)}
    enqueue(
        db,
        key=keys.question_taken(question_id, role.id),
        person_id=person_id,
        kind="status",
        message=tell(person_id, "question.taken_up", values, ()),
        now=now,
    )


def _belongs(db: Connection, pack: Pack, application: Application, place: str, now: datetime) -> bool:
    """True if this is the nearest office with an official for an application."""
    on = local_day(pack, now)
    nearest = reviewers_for(db, pack, place=application.place, status=application.status, on=on)
    return nearest is not None and nearest.holder == place


def _move_down(
    db: Connection, pack: Pack, application: Application, role: Role, tell: Teller, now: datetime
) -> Application | None:
    """Give an application back to its own office; a promised day that is still to come stays."""
    on = local_day(pack, now)
    due = application.due_on
    if due is None or due < on:
        due = term_end(pack, application.status, on)
    return _give(db, pack, application, role, due, "status.handed_over", tell, now)


def _give(
    db: Connection,
    pack: Pack,
    application: Application,
    role: Role,
    due: date | None,
    phrase: Literal["status.handed_over", "status.taken_up"],
    tell: Teller,
    now: datetime,
) -> Application | None:
    """Give a waiting application to an office with its day, and notify its members."""
    columns = {"holder": role.place, "holder_since": now, "due_on": due}
    moved = move(db, application, Change(HANDED_OVER, application.status, "system", columns=columns), now)
    if moved is None:
        return None
    forget_review(db, pack, moved)
    values = values_of(pack, moved) | {"official": first_known(db, (role,)), "office": place_name(pack, role.place)}
    key = PHRASES[phrase] if due is not None else phrase
    tell_members(
        db, application=moved, key=key, values=values,
        actions=((ShowStatus(moved.code), "button.status"),), tell=tell, now=now,
    )  # fmt: skip
    return moved


def _tell_above(
    db: Connection, pack: Pack, place: str, role: Role, ideas: int, asked: int, tell: Teller, now: datetime
) -> None:
    """Notify the office that had the cases: who has them now, and how many."""
    values = {
        "place": place_name(pack, role.place), "applications": ideas, "questions": asked,
        "official": first_known(db, (role,)), "office": place_name(pack, role.place),
    }  # fmt: skip
    for person_id in dict.fromkeys(one.person_id for one in roles_at(db, place=place, on=local_day(pack, now))):
        enqueue(
            db,
            key=keys.handed_over(role.id, now, person_id),
            person_id=person_id,
            kind="status",
            message=tell(person_id, "review.handed_over", values, ((ShowQueue(), "digest.button.review"),)),
            now=now,
        )
