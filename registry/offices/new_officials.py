"""Applications and questions that waited at an office before it had an official: one message, once per role."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, true

from content.actions.officials import ListQuestions, ShowQueue
from content.programme.pack import Pack
from registry.applications.changes import waits_for_level
from registry.applications.own_cases import own_cases
from registry.applications.questions import questions
from registry.deliveries import keys
from registry.deliveries.deliveries import enqueue, was_enqueued
from registry.people.roles import OFFICIALS
from registry.store.rows import applications, leaves, people, roles
from registry.store.slices import Place, Room, Slice, each
from registry.telling import Teller, local_day, place_name

LOOKED_AT_FOR = timedelta(days=30)
"""The age from which a role needs no notice: it was sent long ago, or nothing waited."""


def tell_new_officials(
    db: Connection,
    *,
    pack: Pack,
    tell: Teller,
    now: datetime,
    role_id: str | None = None,
    room: Room | None = None,
    after: Place = (),
) -> Slice:
    """
    Queue one message for each official whose office had applications or questions waiting when their role began.

    Producers are promised it ("có cán bộ em chuyển ngay").  `role_id` looks at one role that begins now, and counts
    what came back to its office with it.  Idempotent per role.  Those beyond the room wait for the next slice.
    """
    begun = (
        select(roles)
        .join(people, people.c.id == roles.c.person_id)
        .where(
            roles.c.role.in_(OFFICIALS),
            roles.c.revoked_at.is_(None),
            roles.c.until >= local_day(pack, now),
            roles.c.granted_at > now - LOOKED_AT_FOR,
            people.c.erased_at.is_(None),
            roles.c.id.not_in(select(leaves.c.stand_in_role_id).where(leaves.c.stand_in_role_id.is_not(None))),
            true() if role_id is None else roles.c.id == role_id,
        )
        .order_by(roles.c.id)
    )

    def find(behind: Place, most: int) -> list[Row[Any]]:
        return list(db.execute(begun.where(roles.c.id > (behind[0] if behind else "")).limit(most)))

    def act(role: Row[Any]) -> Mapping[str, int]:
        until = role.granted_at if role_id is None else now + timedelta(microseconds=1)
        return {"new_officials": _tell_one(db, pack, role, until, tell, now)}

    return each(find, act, room=room or Room(), after=after, place_of=lambda role: (role.id,))


def _tell_one(db: Connection, pack: Pack, role: Row[Any], until: datetime, tell: Teller, now: datetime) -> bool:
    if was_enqueued(db, key=keys.kept_for(role.id)):
        return False
    ideas, asked = waiting_at(db, pack=pack, place=role.place, person_id=role.person_id, before=until)
    if not ideas and not asked:
        return False
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
    return made is not None


def waiting_at(
    db: Connection, *, pack: Pack, place: str, person_id: str, before: datetime | None = None
) -> tuple[int, int]:
    """Count the waiting applications of an office that this person may decide, and its questions."""
    statuses = [one.id for one in pack.programme.statuses if waits_for_level(pack, one.id) is not None]
    own = own_cases(db, person_id)
    mine = (
        select(func.count())
        .select_from(applications)
        .where(applications.c.holder == place, applications.c.status.in_(statuses), applications.c.id.not_in(own))
    )
    asked = (
        select(func.count())
        .select_from(questions)
        .where(questions.c.holder == place, questions.c.answered_at.is_(None))
    )
    if before is not None:
        mine = mine.where(applications.c.holder_since < before)
        first, later = questions.c.escalated_at.is_(None), questions.c.escalated_at < before
        asked = asked.where(or_(and_(first, questions.c.asked_at < before), later))  # both by the index
    return db.execute(mine).scalar_one(), db.execute(asked).scalar_one()
