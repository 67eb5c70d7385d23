"""Applications and questions that waited at an office before it had an official: one message, once per role."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select, true

from content.actions.officials import ListQuestions, ShowQueue
from content.programme.pack import Pack
from registry.applications.changes import waits_for_level
from registry.applications.own_cases import own_cases
from registry.applications.questions import questions
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue
from registry.people.roles import OFFICIALS
from registry.store.rows import applications, people, roles
from registry.telling import Teller, local_day, place_name

LOOKED_AT_FOR = timedelta(days=30)
"""The age from which a role needs no notice: it was sent long ago, or nothing waited."""


def tell_new_officials(db: Connection, *, pack: Pack, tell: Teller, now: datetime, role_id: str | None = None) -> int:
    """
    Queue one message for each official whose office had applications or questions waiting when their role began.

    Producers are promised it ("có cán bộ em chuyển ngay").  `role_id` looks at one role that begins now, and counts
    what came back to its office with it.  Idempotent per role.
    """
    begun = db.execute(
        select(roles)
        .join(people, people.c.id == roles.c.person_id)
        .where(
            roles.c.role.in_(OFFICIALS),
            roles.c.revoked_at.is_(None),
            roles.c.until >= local_day(pack, now),
            roles.c.granted_at > now - LOOKED_AT_FOR,
            people.c.erased_at.is_(None),
            true() if role_id is None else roles.c.id == role_id,
        )
        .order_by(roles.c.granted_at, roles.c.id)
    ).all()
    statuses = [one.id for one in pack.programme.statuses if waits_for_level(pack, one.id) is not None]
    told = 0
    for role in begun:
        until = role.granted_at if role_id is None else now + timedelta(microseconds=1)
        held = db.execute(
            select(applications.c.id).where(
                applications.c.holder == role.place,
                applications.c.status.in_(statuses),
                applications.c.holder_since < until,
            )
        ).scalars()
        ideas = len(set(held) - own_cases(db, role.person_id))
        asked = db.execute(
            select(func.count())
            .select_from(questions)
            .where(
                questions.c.holder == role.place,
                questions.c.answered_at.is_(None),
                questions.c.asked_at < until,
                or_(questions.c.escalated_at.is_(None), questions.c.escalated_at < until),
            )
        ).scalar_one()
        if not ideas and not asked:
            continue
        key = "review.kept_both" if ideas and asked else "review.kept" if ideas else "question.kept"
        ways = ((ideas, (ShowQueue(), "digest.button.review")), (asked, (ListQuestions(), "digest.button.questions")))
        values = {"place": place_name(pack, role.place), "applications": ideas, "questions": asked}
        made = enqueue(
            db,
            key=keys.kept_for(role.id),
            person_id=role.person_id,
            kind="status",
            message=tell(role.person_id, key, values, tuple(way for count, way in ways if count)),
            now=now,
        )
        told += made is not None
    return told
